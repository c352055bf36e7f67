/*
 * host.c PLUGIN TIMES SNAPSHOT - loads a library that records, uses and unloads it, again and again.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

#define TT_TARGET "api.host"
#include "api.h"

static bool is_over;

/* Another thread records all the while. */
static void *record_on(void *unused)
{
	while (!__atomic_load_n(&is_over, __ATOMIC_RELAXED))
		TT_DEBUG("meanwhile");
	return unused;
}

static void use(const char *path, int number)
{
	void *plugin = dlopen(path, RTLD_NOW);
	int (*work)(int);

	MUST(plugin != NULL);
	puts("plugin constructor");
	*(void **)&work = dlsym(plugin, "plugin_work");
	MUST(work != NULL && work(number) == number);
	printf("plugin work %d\n", number);
	MUST(dlclose(plugin) == 0);
	puts("plugin destructor");
}

int main(int argc, char **argv)
{
	pthread_t thread;
	uint64_t sites = 0, bytes = 0;
	int times;

	MUST(argc == 4);
	times = atoi(argv[2]);
	MUST(pthread_create(&thread, NULL, record_on, NULL) == 0);
	for (int i = 0; i < times; i++) {
		SAY("host %d", i);
		use(argv[1], i);
		if (i == 0) {
			while (stats_now().rings < 2) /* the other thread's takes room, too */
				sched_yield();
			sites = stats_now().sites;
			bytes = stats_now().region_bytes;
		}
	}
	MUST(stats_now().sites == sites && stats_now().region_bytes == bytes); /* the old call places again */
	MUST(dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD) == NULL);		       /* it is really gone */
	__atomic_store_n(&is_over, true, __ATOMIC_RELAXED);
	MUST(pthread_join(thread, NULL) == 0);
	MUST(stats_now().sites_refused == 0);
	MUST(tt_snapshot(argv[3], NULL) == 0);
	return 0;
}
