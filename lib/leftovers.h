/*
 * leftovers.h - private files of snapshots whose process was killed before they had their name, or were taken away.
 *
 * There are such files only where O_TMPFILE is missing, and for an instant where a snapshot replaces a file. Each is locked by whoever
 * makes it, so a lock that can be had, and a process that is not there, say that nobody will ever finish it: also where processes of several
 * containers share a directory. SIGNAL.
 */
#ifndef TTLOG_LEFTOVERS_H
#define TTLOG_LEFTOVERS_H

#include "text.h"

/* The end of every private name, which says whose it is. */
void leftovers_add_end(struct text *name);

/* This file is being made. */
void leftovers_lock(int fd);

/* Unlinks what others have left in this directory. Once in a process: the second call does nothing. */
void leftovers_remove(const char *directory);

#endif
