/*
 * filters.c - tt_filter while running: takes effect at once, in all threads, for all sites; what is wrong changes nothing.
 */
#include <pthread.h>
#include <stdbool.h>
#include <unistd.h>

#define TT_TARGET "net.http"
#include "api.h"

/* Bits of the events that were recorded: net.http and db.pool, each from trace to fatal. */
static unsigned recorded(void)
{
	unsigned bits = 0, bit = 0;
	uint64_t before = stats_now().recorded;

#define NOTE(event)                                                                                          \
	do {                                                                                                 \
		event;                                                                                       \
		bits |= (unsigned)(stats_now().recorded - before) << bit++;                                  \
		before = stats_now().recorded;                                                               \
	} while (0)
	NOTE(TT_TRACE("t"));
	NOTE(TT_DEBUG("d"));
	NOTE(TT_INFO("i"));
	NOTE(TT_WARN("w"));
	NOTE(TT_ERROR("e"));
	NOTE(TT_FATAL("f"));
	NOTE(TT_LOG(TT_LEVEL_TRACE, "db.pool", "t"));
	NOTE(TT_LOG(TT_LEVEL_DEBUG, "db.pool", "d"));
	NOTE(TT_LOG(TT_LEVEL_INFO, "db.pool", "i"));
	NOTE(TT_LOG(TT_LEVEL_WARN, "db.pool", "w"));
	NOTE(TT_LOG(TT_LEVEL_ERROR, "db.pool", "e"));
	NOTE(TT_LOG(TT_LEVEL_FATAL, "db.pool", "f"));
	return bits;
}

#define HTTP(bits) (bits)
#define POOL(bits) ((unsigned)(bits) << 6)
#define FROM(level) ((0x3fu << ((level)-1)) & 0x3fu)

static const struct {
	const char *spec;
	unsigned bits;
} good[] = {
	{ "", HTTP(0x3f) | POOL(0x3f) },
	{ "trace", HTTP(0x3f) | POOL(0x3f) },
	{ "debug", HTTP(FROM(2)) | POOL(FROM(2)) },
	{ "info", HTTP(FROM(3)) | POOL(FROM(3)) },
	{ "warn", HTTP(FROM(4)) | POOL(FROM(4)) },
	{ "error", HTTP(FROM(5)) | POOL(FROM(5)) },
	{ "fatal", HTTP(FROM(6)) | POOL(FROM(6)) },
	{ "off", 0 },
	{ "info,net=debug,db.*=off", HTTP(FROM(2)) },
	{ "off,db.pool=warn", POOL(FROM(4)) },
	{ "off,db=warn", POOL(FROM(4)) },
	{ "*.http=fatal", HTTP(FROM(6)) | POOL(0x3f) },
	{ "net=error,net.http=info", HTTP(FROM(3)) | POOL(0x3f) },
	{ NULL, HTTP(0x3f) | POOL(0x3f) },
};

static const char *const bad[] = { "loud", "net", "=info", "net=", "info,,warn", "net=loud", "a=b=c" };

static bool is_over;

static void *record_on(void *count)
{
	uint64_t events = 0;

	while (!__atomic_load_n(&is_over, __ATOMIC_RELAXED)) {
		TT_LOG(TT_LEVEL_ERROR, "always", "%llu", (unsigned long long)events++);
		TT_LOG(TT_LEVEL_DEBUG, "flips", "x");
	}
	*(uint64_t *)count = events;
	return NULL;
}

/* Filters change under recording threads: what no filter turns off loses nothing. */
static void change_while_recording(void)
{
	pthread_t threads[4];
	uint64_t counts[4], sum = 0, before = stats_now().recorded, after;

	MUST(tt_filter("flips=off") == 0);
	for (int i = 0; i < 4; i++)
		MUST(pthread_create(&threads[i], NULL, record_on, &counts[i]) == 0);
	for (int i = 0; i < 2000; i++)
		MUST(tt_filter(i % 2 ? "flips=off" : "trace,*=error") == 0);
	__atomic_store_n(&is_over, true, __ATOMIC_RELAXED);
	for (int i = 0; i < 4; i++) {
		MUST(pthread_join(threads[i], NULL) == 0);
		sum += counts[i];
	}
	after = stats_now().recorded;
	MUST(after - before == sum);
	printf("filters: %zu specs, %zu wrong ones, 2000 changes under %llu events\n",
	       sizeof(good) / sizeof(good[0]), sizeof(bad) / sizeof(bad[0]), (unsigned long long)sum);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		MUST(tt_filter(good[i].spec) == 0);
		if (recorded() != good[i].bits) {
			fprintf(stderr, "filters: \"%s\": %x\n", good[i].spec, recorded());
			return 1;
		}
	}
	MUST(tt_filter("warn") == 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		MUST(tt_filter(bad[i]) == -EINVAL);
		MUST(recorded() == (HTTP(FROM(4)) | POOL(FROM(4))));
	}
	change_while_recording();
	return 0;
}
