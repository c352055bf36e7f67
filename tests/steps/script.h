/*
 * script.h - what the programs of these tests say: event n of a stream is a pseudo-random function of both, known to the judge too.
 *
 * A thread has two streams: its own, and that of the signal handler that interrupts it. Every event but one of KIND_NONE begins with its
 * id, that is stream and number. Speaker and judge share a struct stage: mapped memory in which the speaker says what it is doing.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SCRIPT_THREADS 16
#define SCRIPT_STREAMS (2 * SCRIPT_THREADS) /* 2 t is thread t's own, 2 t + 1 its handler's */
#define SCRIPT_STRING_MAX 400
#define SCRIPT_ERRNO 1000 /* errno before event n is this plus n % 100 */

enum script_kind {
	KIND_NONE, /* first: a handler says none of them */
	KIND_INTS,
	KIND_DOUBLES,
	KIND_SHORT, /* string */
	KIND_LONG,
	KIND_NULL,
	KIND_PRECISION,
	KIND_WIDE,
	KIND_ERRNO,
	KIND_MANY,
	KIND_MODULE, /* said by a loaded module, and only when asked for */
	KINDS
};

/* The formats tell the kinds apart. */
#define FORMAT_NONE "nothing but itself"
#define FORMAT_INTS "%lu ints %d %u %ld %hhd %hd %c"
#define FORMAT_DOUBLES "%lu doubles %g %Lg"
#define FORMAT_SHORT "%lu short %s"
#define FORMAT_LONG "%lu long %s and %s"
#define FORMAT_NULL "%lu null %s %d"
#define FORMAT_PRECISION "%lu precision %.5s %.*s"
#define FORMAT_WIDE "%lu wide %ls %p"
#define FORMAT_ERRNO "%lu errno %m %d"
#define FORMAT_MANY "%lu many %d %lu %d %lu %d %lu %d %lu %d %lu %d %lu %d %s"
#define FORMAT_MODULE "%lu module %s"

/* What begin and end of what is tried mean: said right before it, and right after it. */
enum script_arm {
	ARM_NOT,
	ARM_STOP, /* a breakpoint: from there on a tracer looks after each instruction, until is_on is 0 */
	ARM_TRAP, /* the processor's trap flag: from there on SIGTRAP comes after each instruction */
};

struct stage {
	uint64_t begun[SCRIPT_STREAMS]; /* events, the one in question included */
	uint64_t said[SCRIPT_STREAMS];	/* events that are over */
	uint32_t arm;
	uint32_t is_on;
	uint32_t is_preparing; /* an event's arguments: nothing of the recorder runs */
	uint32_t is_inited;    /* tt_init, or a first event, has returned */
	uint32_t wrong_errno;  /* times that an event changed errno */
	uint32_t wrong_other;
	uint64_t start_ns; /* CLOCK_MONOTONIC */
	char what[80];	   /* of wrong_other, the first */
};

static inline uint64_t script_id(unsigned stream, uint64_t n)
{
	return (uint64_t)stream << 40 | n;
}

/* splitmix64. */
static inline uint64_t script_mix(uint64_t x)
{
	uint64_t z = (x + 1) * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Each kind comes once in as many events, in an order that changes. */
static inline enum script_kind script_kind(unsigned stream, uint64_t n)
{
	uint64_t round = n / KIND_MODULE,
		 turn = n + script_mix(round * SCRIPT_STREAMS + stream) % KIND_MODULE;
	enum script_kind kind = (enum script_kind)(turn % KIND_MODULE);

	return kind == KIND_NONE && stream % 2 != 0 ? KIND_INTS : kind;
}

/* A string of at least `least` letters and less than `limit`, made of the bits. Returns its length. */
static inline size_t script_string(uint64_t bits, size_t least, size_t limit, char string[SCRIPT_STRING_MAX])
{
	size_t bytes = least + (bits >> 32) % (limit - least);

	for (size_t i = 0; i < bytes; i++)
		string[i] = (char)('a' + (bits + i * 7) % 26);
	string[bytes] = '\0';
	return bytes;
}

#endif
