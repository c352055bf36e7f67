/*
 * say.h - how the programs of these tests say the next event of mix.h, and publish that they have.
 *
 * An event is (thread, stream, n, how far the other stream was before, bits, strings).
 */
#ifndef SAY_H
#define SAY_H

#define TT_TARGET "hammer"
#include <ttlog.h>

#include "hammer.h"

/* What is next to be said. */
struct saying {
	uint64_t n;
	uint64_t other;
	uint64_t bits;
	size_t string_bytes;
	const char *string; /* in `letters`, or a long one */
	char letters[MIX_STRING_MAX];
};

static inline void say_prepare(struct saying *saying, const struct hammer *hammer, uint32_t thread,
			       enum mix_stream stream)
{
	saying->n = hammer->threads[thread].said[stream];
	saying->other = __atomic_load_n(&hammer->threads[thread].said[!stream], __ATOMIC_RELAXED);
	saying->bits = mix_bits(thread, stream, saying->n);
	saying->string = saying->letters;
	saying->string_bytes = mix_string(saying->bits, saying->letters);
	if (hammer->is_long)
		saying->string = mix_long_string(saying->bits, hammer->letters);
}

/* Says it, once. */
static inline void say_prepared(const struct saying *saying, struct hammer *hammer, uint32_t thread,
				enum mix_stream stream)
{
	uint64_t n = saying->n, other = saying->other, bits = saying->bits;
	const char *string = saying->string;

	switch (n % 3) {
	case 0:
		TT_INFO("%u %d %lu %lu %lx", thread, stream, n, other, bits);
		break;
	case 1:
		TT_DEBUG("%u %d %lu %lu %lx %s", thread, stream, n, other, bits, string);
		break;
	default:
		TT_WARN("%u %d %lu %lu %lx %.5s %s", thread, stream, n, other, bits, string, string);
	}
	__atomic_store_n(&hammer->threads[thread].said[stream], n + 1, __ATOMIC_RELEASE);
}

static inline void say(struct hammer *hammer, uint32_t thread, enum mix_stream stream)
{
	struct saying saying;

	say_prepare(&saying, hammer, thread, stream);
	say_prepared(&saying, hammer, thread, stream);
}

#endif
