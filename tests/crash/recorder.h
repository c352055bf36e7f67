/*
 * recorder.h - what the victim asks of ttlog. recorder.c is built twice: with ttlog, and WITHOUT_TTLOG as the measure of what a death
 * looks like otherwise.
 */
#ifndef RECORDER_H
#define RECORDER_H

#include <stdint.h>

/* Reports the event ("%u %s", n, text). */
void recorder_say(uint32_t n, const char *text);

/* Starts the recorder. 0 or -errno. */
int recorder_start(void);

/* Asks for a snapshot on a crash. 0 or -errno. */
int recorder_watch(void);

#endif
