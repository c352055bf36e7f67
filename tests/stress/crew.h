/*
 * crew.h - the threads of soak.c that record, and what each of them has said, to the event.
 *
 * Talkers live as long as the test. A timer's signal interrupts them wherever they are, and its handler records too. And to a plan:
 * within a record, at its call of memcpy, a signal is raised whose handler records, to the nested ring; within that record another
 * one is, whose event must be dropped. Short threads come and go, and some record once more when they have given
 * their ring back. A crowd is more threads at once than there are rings.
 */
#ifndef CREW_H
#define CREW_H

#include "books.h"

#define CREW_TALKERS 4u
#define CREW_SPAWNERS 3u

/* Sequences of each talker, the last one a child's main thread; then that of the modules. From CREW_SHORT on: short threads. */
enum crew_kind { CREW_OWN, CREW_SOMETIMES, CREW_TIMER, CREW_NESTED, CREW_TOO_DEEP, CREW_KINDS };
#define CREW_MODULE ((CREW_TALKERS + 1) * CREW_KINDS)
#define CREW_SHORT 64u

/* Starts the threads, together with `others` that call crew_pause. Returns when each talker has both of its rings. */
void crew_start(unsigned others);

/* Comes back when all of the threads, and the others, stand still; crew_resume lets them go on. From the main thread. */
void crew_park(void);
void crew_resume(void);

/* Ends all of the threads, which must not be parked. */
void crew_stop(void);

/* What each thread of the crew, and each of the others, calls in a loop: false if it is over. */
bool crew_pause(void);

/* More threads at once than the region has rings for; it must have none that is not used. Returns how many had none. */
unsigned crew_crowd(void);

/* The calling thread, one in a forked child or before crew_start, says events as a talker does. */
void crew_talk(uint64_t events);

/* In a forked child: nothing was said so far. */
void crew_forget(void);

/* The module's events of sequence CREW_MODULE; says how many more there are. */
uint64_t crew_module_said(uint64_t more);

/* All that was said so far. */
struct books crew_books(void);
uint64_t crew_thread_count(void); /* short ones and those of crowds */

/* The rings of a trace, each against what its thread has said. For a moment at which all are parked. */
void crew_check_rings(const struct account_trace *trace);

#endif
