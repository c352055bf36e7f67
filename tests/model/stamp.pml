/*
 * stamp.pml - who holds a stamp, and what a sweep may say of it: lib/stamp.h, K1 to K4.
 *
 * One writer gets GRANTS stamps, one after the other, and begins up to EVENTS events with each; in between it is silent as long as it likes. A ticker
 * sweeps it SWEEPS times, and leaves.
 *
 * What must hold:
 *   right   when a sweep has said that a grant's events had all begun, none begins after it
 *   known   who asks, after a sweep has said it, gets what that sweep said of this grant, or nothing
 *   not lost when all is over and the ticker gone, no stamp can be held any more, or its end has been cleared
 *
 * Both write `end`, so memory.pml, which knows one writer, is not the memory here: each thread has store buffers of its own, one for each location, that
 * drain in any order, but a release store and a full fence wait for all before them (-DBUFFERS=2: in program order, which is TSO). Loads are
 * acquire loads where they have a label, or stand behind a full fence; the writer's load of `end` finds its own stores first. A sweep that follows the last one
 * finds it complete.
 */
#ifndef GRANTS
#define GRANTS 2
#endif
#ifndef EVENTS
#define EVENTS 2
#endif
#ifndef SWEEPS
#define SWEEPS 2
#endif

#define END 0 /* 0, or the number of the grant that has set it; the sweep looks only whether it is 0 */
#define GRANT 1
#define LEFT 2 /* not 0: no ticker runs */
#define NOTED 3
#define UNTIL 4 /* stands for a reading of the counter: the grant that it was read for */
#define LOCATIONS 5

#define WRITER 0
#define TICKER 1
#define DEPTH 4 /* stores of one thread that are on their way */

mtype = { RELAXED, RELEASE, ACQUIRE };

byte memory[LOCATIONS];
byte place_of[2 * DEPTH]; /* by thread: what is on its way, oldest first */
byte value_of[2 * DEPTH];
byte waiting[2];

byte holds;		/* the grant that the writer's events repeat; 0: each reads the counter */
byte counted[GRANTS + 1]; /* of each grant: the last sweep that has read the counter for it, from 1 */
byte said[GRANTS + 1];	  /* ... and that has said then that its events had begun */
byte late[GRANTS + 1];	  /* the last of them that an event had behind it which repeated the stamp */
bool is_over;

#define SLOT(thread, i) ((thread) * DEPTH + (i))

/* A store that is on its way arrives: any, if none before it is to the same location; with TSO the oldest. */
inline arrive(thread)
{
	atomic {
		memory[place_of[SLOT(thread, at)]] = value_of[SLOT(thread, at)];
		do
		:: at + 1 < waiting[thread] ->
			place_of[SLOT(thread, at)] = place_of[SLOT(thread, at + 1)];
			value_of[SLOT(thread, at)] = value_of[SLOT(thread, at + 1)];
			at++
		:: else -> break
		od;
		waiting[thread]--;
		place_of[SLOT(thread, waiting[thread])] = 0;
		value_of[SLOT(thread, waiting[thread])] = 0;
		at = 0
	}
}

inline drain_one(thread)
{
	atomic {
		at = 0;
#if BUFFERS != 2
		do
		:: at + 1 < waiting[thread] -> at++
		:: break
		od;
#endif
		other = 0;
		do
		:: other < at && place_of[SLOT(thread, other)] != place_of[SLOT(thread, at)] -> other++
		:: else -> break
		od;
		if
		:: other == at -> arrive(thread)
		:: else -> at = 0
		fi;
		other = 0
	}
}

/* Some of what is on its way arrives. */
inline drain(thread)
{
	do
	:: waiting[thread] > 0 -> drain_one(thread)
	:: break
	od
}

inline drain_all(thread)
{
	do
	:: waiting[thread] > 0 -> drain_one(thread)
	:: waiting[thread] == 0 -> break
	od
}

inline put(thread, location, what)
{
	drain(thread);
	do
	:: waiting[thread] == DEPTH -> drain_one(thread)
	:: else -> break
	od;
	atomic {
		place_of[SLOT(thread, waiting[thread])] = location;
		value_of[SLOT(thread, waiting[thread])] = what;
		waiting[thread]++
	}
}

inline store(thread, location, what, order)
{
	if
	:: order == RELEASE -> drain_all(thread)
	:: else
	fi;
	put(thread, location, what)
}

inline fence_seq_cst(thread)
{
	drain_all(thread)
}

/* Finds the thread's own newest store, else what has arrived. */
inline get(thread, location, result)
{
	drain(thread);
	atomic {
		other = 0;
		result = memory[location];
		do
		:: other < waiting[thread] ->
			if
			:: place_of[SLOT(thread, other)] == location -> result = value_of[SLOT(thread, other)]
			:: else
			fi;
			other++
		:: else -> break
		od;
		other = 0
	}
}
inline load(thread, location, order, result)
{
	get(thread, location, result)
}

#ifdef NO_CLEARING_FIRST
#define CLEAR_FIRST skip
#else
#define CLEAR_FIRST put(WRITER, END, 0)
#endif
#ifdef RELAXED_GRANT
#define K1_ORDER RELAXED
#else
#define K1_ORDER RELEASE
#endif
#ifdef NO_WRITERS_FENCE
#define S5_FENCE skip
#else
#define S5_FENCE drain_all(WRITER)
#endif
#ifdef NO_SWEEPS_FENCE
#define K2_FENCE skip
#else
#define K2_FENCE fence_seq_cst(TICKER)
#endif
#ifdef RELAXED_NOTE
#define K3_ORDER RELAXED
#else
#define K3_ORDER RELEASE
#endif
#ifdef NO_LEAVING_FENCE
#define K4_FENCE skip
#else
#define K4_FENCE fence_seq_cst(TICKER)
#endif

c_decl {
	static char seen[8];
}
#define REACHED(i, what)                      \
	c_code {                              \
		if (!seen[i])                 \
			puts("reached: " what); \
		seen[i] = 1;                  \
	}

/* C: lib/stamp.c stamp_grant */
inline stamp_grant()
{
	CLEAR_FIRST;
	store(WRITER, GRANT, number, K1_ORDER); /* K1 */
	holds = number
}

inline set_end()
{
	put(WRITER, END, number);
	S5_FENCE
}

/* C: lib/stamp.c stamp_release */
inline stamp_release()
{
	load(WRITER, NOTED, ACQUIRE, noted); /* K3 */
	if
	:: noted == holds ->
		get(WRITER, UNTIL, until);
		assert(until == holds);
		REACHED(0, "a burst whose end the ticker has noted")
	:: else
	fi;
	holds = 0;
	noted = 0;
	until = 0
}

/* An event begins; whether it repeats the stamp says its load of `end`. */
inline say()
{
	before = counted[number];
	get(WRITER, END, end);
	atomic {
		if
		:: end != 0 && holds != 0 ->
			late[number] = before;
			assert(said[number] == 0 || before < said[number]);
			REACHED(1, "an event that repeats the stamp")
		:: end == 0 && holds != 0 -> REACHED(2, "an event that finds its grant ended")
		:: else
		fi;
		before = 0;
		end = 0
	}
}

active proctype writer()
{
	byte number, end, noted, until, events, left, before, at, other;

	do
	:: number < GRANTS ->
		number++;
		if
		:: holds != 0 -> stamp_release()
		:: else
		fi;
		stamp_grant();
		set_end();
		get(WRITER, LEFT, left);
		if
		:: left != 0 -> REACHED(3, "a grant taken back"); holds = 0
		:: else
		fi;
		left = 0;
		events = 0;
		do
		:: events < EVENTS -> say(); events++
		:: break
		od
	:: break
	od;
	drain_all(WRITER);
	is_over = true
}

/* C: lib/stamp.c note */
inline note()
{
	put(TICKER, UNTIL, grant);
	store(TICKER, NOTED, grant, K3_ORDER) /* K3 */
}

/* C: lib/stamp.c stamp_sweep */
inline stamp_sweep()
{
	load(TICKER, GRANT, ACQUIRE, grant); /* K1 */
	get(TICKER, END, end);
	if
	:: end != 0 ->
		put(TICKER, END, 0);
		K2_FENCE; /* K2 */
		atomic {
			turn++; /* the counter is read */
			counted[grant] = turn;
			assert(late[grant] < turn);
			said[grant] = turn;
			if
			:: end == grant -> REACHED(4, "a sweep that says when a grant was over")
			:: else -> REACHED(5, "a sweep that a new grant has overtaken")
			fi
		};
		note()
	:: else
	fi;
	grant = 0;
	end = 0
}

/* C: lib/ticker.c run */
inline leave()
{
	put(TICKER, LEFT, 1);
	K4_FENCE /* K4 */
}

active proctype ticker()
{
	byte grant, end, sweeps, turn, at, other;

	do
	:: sweeps < SWEEPS -> stamp_sweep(); sweeps++
	:: break
	od;
	leave();
	stamp_sweep();
	drain_all(TICKER);
	is_over;
	assert(holds == 0 || memory[END] == 0)
}
