#include "sample.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double sample_quantile(double *values, size_t count, double q)
{
	qsort(values, count, sizeof(*values), compare);
	return values[(size_t)(q * (double)(count - 1) + 0.5)];
}

void sample_begin(const char *section, const char *variant, const char *name, const char *unit,
		  double *values, size_t count)
{
	printf("{\"section\":\"%s\",\"variant\":\"%s\",\"name\":\"%s\",\"unit\":\"%s\",\"count\":%zu",
	       section, variant, name, unit, count);
	printf(",\"min\":%.4f,\"median\":%.4f,\"p99\":%.4f", sample_quantile(values, count, 0),
	       sample_quantile(values, count, 0.5), sample_quantile(values, count, 0.99));
}

void sample_end(void)
{
	puts("}");
	fflush(stdout);
}

void sample_number(const char *section, const char *variant, const char *name, const char *unit, double value)
{
	sample_begin(section, variant, name, unit, &value, 1);
	sample_end();
}

void sample_pin(void)
{
	cpu_set_t allowed, one;
	size_t last = CPU_SETSIZE;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return;
	for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &allowed))
			last = cpu; /* the first ones tend to serve interrupts */
	if (last == CPU_SETSIZE)
		return;
	CPU_ZERO(&one);
	CPU_SET(last, &one);
	if (sched_setaffinity(0, sizeof(one), &one) < 0)
		fprintf(stderr, "bench: not pinned to a CPU: more noise\n");
}

uint64_t sample_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Sebastiano Vigna, splitmix64. */
double sample_round_ns(void (*run)(uint32_t calls), uint32_t calls)
{
	double bursts[SAMPLE_BURSTS];

	run(calls);
	for (int i = 0; i < SAMPLE_BURSTS; i++) {
		uint64_t begin = sample_now_ns();

		run(calls);
		bursts[i] = (double)(sample_now_ns() - begin) / calls;
	}
	return sample_quantile(bursts, SAMPLE_BURSTS, 0.5);
}

uint64_t sample_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}
