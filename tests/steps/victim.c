#include "victim.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <ttlog.h>

#include "say.h"

#define THREADS 4
#define THREAD_EVENTS 5
#define SILENCE_EPOCHS 2

static struct stage *stage;

static void need(int error, const char *what)
{
	if (error != 0)
		say_wrong(stage, what, error);
}

static void interrupt(int signo)
{
	int saved = errno;

	(void)signo;
	say(stage, 1);
	errno = saved;
}

/* Events that are not looked at: so the next ones begin somewhere else in the chunk. */
static void skip(uint64_t count)
{
	uint32_t arm = stage->arm;

	stage->arm = ARM_NOT;
	for (uint64_t i = 0; i < count; i++)
		say(stage, 0);
	stage->arm = arm;
}

static void init(void)
{
	const struct tt_options options = { .size = sizeof(options), .filter = "trace" };

	SAY_TRY(stage, need(tt_init(&options), "tt_init"));
	stage->is_inited = 1;
}

/* To the recorder a long silence is an upper half far back. The records that are there keep theirs, which is the chunk's. */
static void be_silent(void)
{
	if (tt_impl_writer->epoch > SILENCE_EPOCHS)
		tt_impl_writer->epoch -= SILENCE_EPOCHS;
}

static void say_plain(uint64_t turns)
{
	for (uint64_t turn = 0; turn < turns; turn++) {
		if (turn % 16 == 15)
			be_silent();
		say(stage, 0);
	}
}

static void *be_thread(void *stream)
{
	/* The tracer steps from the thread's start to its end: no breakpoints. */
	for (int i = 0; i < THREAD_EVENTS; i++)
		say(stage, (unsigned)(uintptr_t)stream);
	return NULL;
}

/* The tracer steps a new thread, so the calling one must not be stepped meanwhile. */
static void run_thread(unsigned number)
{
	pthread_t thread;

	stage->arm = ARM_NOT;
	need(pthread_create(&thread, NULL, be_thread, (void *)(uintptr_t)(number * 2)), "pthread_create");
	need(pthread_join(thread, NULL), "pthread_join");
	stage->arm = ARM_STOP;
}

static void run_threads(void)
{
	say(stage, 0);
	for (unsigned number = 1; number <= THREADS; number++)
		run_thread(number);
	say(stage, 0);
}

static void change_names_and_filters(uint64_t turns)
{
	struct tt_stats stats = { .size = sizeof(stats) };

	for (uint64_t turn = 0; turn < turns; turn++) {
		SAY_TRY(stage, need(tt_filter("other.*=off, steps=debug, steps=trace"), "tt_filter"));
		say(stage, 0);
		SAY_TRY(stage, need(tt_thread_name(turn % 2 ? "even longer than that of before" : "short"),
				    "tt_thread_name"));
		say(stage, 0);
		SAY_TRY(stage, need(tt_stats(&stats), "tt_stats"));
		if (stats.recorded != stage->said[0] || stats.dropped != 0)
			say_wrong(stage, "tt_stats counts", (long)stats.recorded);
		SAY_TRY(stage, need(tt_filter("steps=off"), "tt_filter"));
		SAY_TRY(stage, need(tt_filter(NULL), "tt_filter"));
	}
}

static void use_module(const char *path)
{
	void (*function)(uint64_t, const char *);
	void *handle, *symbol;

	say(stage, 0);
	SAY_TRY(stage, handle = dlopen(path, RTLD_NOW));
	if (!handle) {
		say_wrong(stage, "dlopen", 0);
		return;
	}
	symbol = dlsym(handle, "module_say");
	memcpy(&function, &symbol, sizeof(function));
	say_in_module(stage, 0, function);
	say(stage, 0);
	SAY_TRY(stage, dlclose(handle));
	say(stage, 0);
}

static void shut_down(void)
{
	say(stage, 0);
	SAY_TRY(stage, tt_shutdown());
}

void victim_be(enum victim_scenario scenario, struct stage *of_tracer, const char *module, uint64_t turns,
	       uint64_t seed)
{
	uint64_t events = seed % 700;

	stage = of_tracer;
	stage->arm = ARM_STOP;
	signal(SIGUSR1, interrupt);
	if (scenario == VICTIM_INIT)
		init();
	else if (scenario != VICTIM_FIRST)
		skip(scenario == VICTIM_PLAIN ? 1 + events : 1 + events % 20);
	switch (scenario) {
	case VICTIM_THREADS:
		run_threads();
		break;
	case VICTIM_FILTER:
		change_names_and_filters(turns);
		break;
	case VICTIM_MODULE:
		use_module(module);
		break;
	case VICTIM_SHUTDOWN:
		shut_down();
		break;
	default:
		say_plain(turns);
	}
	_exit(0);
}
