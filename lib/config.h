/*
 * config.h - what the user has asked for: TTLOG_* variables over struct tt_options over the defaults.
 *
 * The environment is read once, before main (later it may change under our hands, and a signal handler may not
 * read it). Bad values are reported once, on stderr, and the default is used.
 */
#ifndef TTLOG_CONFIG_H
#define TTLOG_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "../format-spec/twin/region.h"

#ifndef CONFIG_CHUNK_BYTES /* some tests build a recorder with smaller ones */
#define CONFIG_CHUNK_BYTES 16384u
#endif
#define CONFIG_SMALL_RING_BYTES (2 * CONFIG_CHUNK_BYTES)
#define CONFIG_FILTER_BYTES 1024

enum config_clock { CONFIG_CLOCK_AUTO, CONFIG_CLOCK_TSC, CONFIG_CLOCK_MONOTONIC, CONFIG_CLOCK_ADAPTIVE };

struct tt_options;

struct config {
	char service[TTF_REGION_SERVICE_BYTES]; /* without '/' */
	char dir[PATH_MAX];			/* of snapshots; absolute */
	char blackbox_dir[PATH_MAX];		/* absolute; empty: off */
	bool is_own_dir;     /* blackbox_dir is the default one: made, and checked to be ours */
	uint64_t ring_bytes; /* a multiple of the chunk, at least two */
	uint64_t max_bytes;  /* of the region */
	enum config_clock clock;
	char filter[CONFIG_FILTER_BYTES];
	bool has_filter;
	bool is_crash; /* TTLOG_CRASH */
	int signo;     /* TTLOG_SIGNAL; 0: none */
};

extern struct config config;

/* Reads the environment; does nothing the second time. CONTROL, and before any other thread. */
void config_load(void);

/* Puts options under the environment's values. -EINVAL: one is wrong, and nothing has changed. CONTROL. */
int config_apply(const struct tt_options *options);

#endif
