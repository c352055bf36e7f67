/*
 * flat.h - what a program that goes on for long must not need more and more of.
 *
 * Samples are taken at moments that are alike, with nobody recording and no module loaded. After a warm-up, the first third of them,
 * what has to be equal is, and of the rest a straight line laid through all samples rises by no more than a tolerance from the first
 * to the last, however long that takes.
 */
#ifndef FLAT_H
#define FLAT_H

#include <stddef.h>

/* Takes a sample; `boxes` is the directory of the black boxes and `files` the one of everything else. */
void flat_sample(const char *boxes, const char *files);

/* Reports by account_wrong what is not flat, and puts the figures in words into `to`. */
void flat_check(char *to, size_t room);

#endif
