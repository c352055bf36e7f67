/*
 * module.c - a module that the program under test loads: it brings a call place of its own.
 */
#include "script.h"

#define TT_TARGET "steps.module"
#include <ttlog.h>

__attribute__((visibility("default"))) void module_say(uint64_t id, const char *string);

void module_say(uint64_t id, const char *string)
{
	TT_INFO(FORMAT_MODULE, id, string);
}
