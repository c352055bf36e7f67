/*
 * harness.c - what a call of one recorder costs its caller, beside b, in one process.
 *
 *	peer-NAME		measures
 *	peer-NAME EVENTS	records so many events of W4, the same as generate.c
 *
 * Rounds are interleaved, and a round's figure is the median of its bursts, as in latency.c. Threads that a recorder has of its own may use the
 * other CPUs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../limits.h"
#include "../sample.h"
#include "peer.h"

#define ROUNDS 31
#define CALLS 2000
#define PEERS_MAX 16

static double results[PEERS_MAX + 1][ROUNDS]; /* ns a call; b is the last */

static void print(size_t peer)
{
	double ratios[ROUNDS];

	for (int round = 0; round < ROUNDS; round++)
		ratios[round] = results[peer][round] / results[peer_count][round];
	sample_begin("peer", peers[peer].variant, peers[peer].name, "ns", results[peer], ROUNDS);
	printf(",\"to_b\":%.4f", sample_quantile(ratios, ROUNDS, 0.5));
	printf(",\"to_b_p10\":%.4f,\"to_b_p90\":%.4f", sample_quantile(ratios, ROUNDS, 0.1),
	       sample_quantile(ratios, ROUNDS, 0.9));
	sample_end();
}

static void measure(void)
{
	for (int round = 0; round < ROUNDS; round++) {
		for (size_t peer = 0; peer < peer_count; peer++)
			results[peer][round] = sample_round_ns(peers[peer].run, CALLS);
		results[peer_count][round] = sample_round_ns(limits_ticks_store_16, CALLS);
	}
	for (size_t peer = 0; peer < peer_count; peer++)
		print(peer);
}

static void record(unsigned long events)
{
	uint64_t state = 1;

	for (uint32_t i = 0; i < events; i++)
		peer_record(i, sample_random(&state));
}

int main(int argc, char **argv)
{
	const char *why = peer_begin();

	if (why != NULL) {
		fprintf(stderr, "%s: %s\n", argv[0], why);
		return 1;
	}
	sample_pin();
	if (argc == 2 && peer_record != NULL)
		record(strtoul(argv[1], NULL, 10));
	else
		measure();
	return 0;
}
