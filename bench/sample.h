/*
 * sample.h - order statistics of repeated measurements, and how a result is handed on.
 *
 * Every program of the bench prints its results on stdout as JSON, one object a line, with at least
 *	{"section":..., "variant":..., "name":..., "unit":..., "count":..., "min":..., "median":..., "p99":...}
 * and report.py makes the tables. CONTROL, one thread.
 */
#ifndef BENCH_SAMPLE_H
#define BENCH_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

/* The value at share q (0 to 1) of the sorted values: nearest rank. Sorts `values`. */
double sample_quantile(double *values, size_t count, double q);

/* Prints the fields above, without the closing brace: the caller adds its own fields, then sample_end. Sorts `values`. */
void sample_begin(const char *section, const char *variant, const char *name, const char *unit,
		  double *values, size_t count);
void sample_end(void);

/* A result that is one number. */
void sample_number(const char *section, const char *variant, const char *name, const char *unit,
		   double value);

/* Keeps the process on one CPU, so that no measurement includes a migration. Does without where it is not allowed. */
void sample_pin(void);

uint64_t sample_now_ns(void);

#define SAMPLE_BURSTS 9

/* Nanoseconds a call: the median of so many bursts of `calls` calls, after one that makes caches and predictors know them. */
double sample_round_ns(void (*run)(uint32_t calls), uint32_t calls);

/* The next of a sequence of well-mixed numbers; the same in every run. */
uint64_t sample_random(uint64_t *state);

#endif
