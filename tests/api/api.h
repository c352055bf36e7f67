/*
 * api.h - what the programs that use the recorder as its users do share.
 *
 * run.py builds and runs them, decodes what they recorded, and compares.
 */
#ifndef API_H
#define API_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ttlog.h>

/* Records an event, and prints the message that ttdecode must show for it: printf's. */
#define SAY(...)                                                                                             \
	do {                                                                                                 \
		TT_INFO(__VA_ARGS__);                                                                        \
		__extension__ printf(__VA_ARGS__);                                                           \
		putchar('\n');                                                                               \
	} while (0)

/* Like assert, but always there. */
#define MUST(condition)                                                                                      \
	do {                                                                                                 \
		if (!(condition)) {                                                                          \
			fprintf(stderr, "%s:%d: not so: %s (errno %s)\n", __FILE__, __LINE__, #condition,    \
				strerror(errno));                                                            \
			exit(1);                                                                             \
		}                                                                                            \
	} while (0)

static inline struct tt_stats stats_now(void)
{
	struct tt_stats stats = { .size = sizeof(stats) };

	MUST(tt_stats(&stats) == 0);
	return stats;
}

#endif
