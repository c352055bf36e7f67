/*
 * waiting.c - records from several threads, says that it has, and waits for its end.
 *
 *	waiting THREADS EVENTS
 */
#define TT_TARGET "waiting"
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <ttlog.h>

static unsigned events, done;

static void *record(void *number)
{
	char name[16];

	snprintf(name, sizeof(name), "thread-%u", (unsigned)(uintptr_t)number);
	tt_thread_name(name);
	for (unsigned i = 0; i < events; i++)
		TT_INFO("event %u of %s", i, name);
	return number;
}

static void *record_and_wait(void *number)
{
	record(number);
	__atomic_fetch_add(&done, 1, __ATOMIC_RELEASE);
	while (pause() < 0)
		continue;
	return number;
}

int main(int count, char **arguments)
{
	unsigned threads = count == 3 ? (unsigned)strtoul(arguments[1], NULL, 10) : 0;
	pthread_t thread;

	if (threads == 0) {
		fprintf(stderr, "usage: waiting THREADS EVENTS\n");
		return 2;
	}
	events = (unsigned)strtoul(arguments[2], NULL, 10);
	/* Half of them end: their rings are there too. */
	for (uintptr_t i = 1; i < threads; i++) {
		if (pthread_create(&thread, NULL, i % 2 ? record : record_and_wait, (void *)i) != 0)
			return 1;
		if (i % 2)
			pthread_join(thread, NULL);
		else
			pthread_detach(thread);
	}
	record((void *)(uintptr_t)0);
	while (__atomic_load_n(&done, __ATOMIC_ACQUIRE) < (threads - 1) / 2)
		usleep(1000);
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
