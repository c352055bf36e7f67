/*
 * crash.h - a snapshot when the program crashes.
 */
#ifndef TTLOG_CRASH_H
#define TTLOG_CRASH_H

/* Installs the handlers and reserves the file. The second time it does nothing. SIGNAL: the first event may ask for it. */
int crash_install(void);

/* In a forked child that has a region of its own: reserves a file of its own. SIGNAL. */
void crash_adopt(void);

/* Gives the signals back that are still ours, and the reserved file. CONTROL; one caller at a time. */
void crash_remove(void);

#endif
