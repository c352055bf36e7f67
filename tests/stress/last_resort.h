/*
 * last_resort.h - a snapshot as a crash makes it, and a signal when there is no memory: each chunk is written before the next is copied.
 *
 * Part of a recorder that snapshots.c is linked with, since nothing of the library itself gives it.
 */
#ifndef LAST_RESORT_H
#define LAST_RESORT_H

/* Writes one to fd. 0 or -errno. From one thread at a time. */
__attribute__((visibility("default"))) int last_resort(int fd);

#endif
