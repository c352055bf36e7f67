/*
 * waiting.c - records from several threads, says that it has, and waits for its end.
 *
 *	waiting THREADS EVENTS [STATE]
 *
 * How it waits, STATE says: pause (default); spin; lock, for a mutex that it holds; record, with events of its first thread all the time.
 */
#define TT_TARGET "waiting"
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static int wait_for_the_end(const char *state)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

	if (strcmp(state, "lock") == 0) {
		pthread_mutex_lock(&mutex);
		return pthread_mutex_lock(&mutex); /* for ever */
	}
	for (unsigned i = 0; strcmp(state, "record") == 0; i++)
		TT_DEBUG("and %u", i);
	while (strcmp(state, "spin") == 0)
		__asm__ volatile("");
	while (pause() < 0)
		continue;
	return 0;
}

int main(int count, char **arguments)
{
	unsigned threads = count >= 3 ? (unsigned)strtoul(arguments[1], NULL, 10) : 0;
	pthread_t thread;

	if (threads == 0) {
		fprintf(stderr, "usage: waiting THREADS EVENTS [STATE]\n");
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
	return wait_for_the_end(count > 3 ? arguments[3] : "pause");
}
