/*
 * on_signal.h - a snapshot when a signal comes.
 */
#ifndef TTLOG_ON_SIGNAL_H
#define TTLOG_ON_SIGNAL_H

/* Installs the handler for signo; once more for the same signal does nothing. SIGNAL, one caller at a time. */
int on_signal_install(int signo);

/* Gives the signals back that are still ours. */
void on_signal_remove(void);

#endif
