/*
 * plugin.c - a shared library that records; host.c loads and unloads it.
 */
#define TT_TARGET "api.plugin"
#include <ttlog.h>

int plugin_work(int number);

static void __attribute__((constructor)) load(void)
{
	TT_INFO("plugin constructor");
}

static void __attribute__((destructor)) unload(void)
{
	TT_INFO("plugin destructor");
}

int plugin_work(int number)
{
	TT_DEBUG("plugin work %d", number);
	return number;
}
