/*
 * memory.pml - the memory between one thread that writes and one that reads, as weak as C11 and the machines allow.
 *
 * Each location keeps all that was ever stored in it, in order: its messages. The writer reads nothing that others write, so it runs
 * first and to its end; what of it is seen, and when, is decided afterwards, by the memory. That loses no behaviour, and is what makes
 * the models small.
 *
 * stamp[] is a store's place in the writer's program order. known[] says how much of that order comes with a message: a release store
 * brings all before it, a relaxed store all before the last release fence, and nothing else is ordered but the stores of one location.
 *
 * Which message a load finds:
 *   as it is       the views of RC11 without promises: any message that is not older than one the reader has read of the location, nor
 *                  than what it has acquired. An acquire load takes over `known` at once, a relaxed one by the next acquire fence. Since
 *                  there is one writer, a view is one number.
 *   -DBUFFERS      store buffers, explicitly: one for each location, which drain in any order, but no message before all that it
 *                  is known to come after (-DBUFFERS=2: in program order, which is TSO). The reader's loads run out of order: a load
 *                  finds any value that the location had since the last acquire load or fence.
 */
mtype = { RELAXED, RELEASE, ACQUIRE };

#define MESSAGE(location, i) ((location) * MESSAGES + (i))

short value[LOCATIONS * MESSAGES];
byte stamp[LOCATIONS * MESSAGES];
byte known[LOCATIONS * MESSAGES];
byte last[LOCATIONS];  /* the newest message */
byte least[LOCATIONS]; /* the oldest one that the reader can still find */
byte now;	       /* the writer's last store */
byte fenced;	       /* its last store before its last release fence */
byte acquired;	       /* what the reader knows of the writer's order */
byte pending;	       /* what an acquire fence would add to that */
#ifdef BUFFERS
byte drained[LOCATIONS]; /* the newest message that has reached the memory */
byte other;
#endif
byte found;

inline store(location, what, order)
{
	now++;
	last[location]++;
	assert(last[location] < MESSAGES && now < 255);
	value[MESSAGE(location, last[location])] = what;
	stamp[MESSAGE(location, last[location])] = now;
	known[MESSAGE(location, last[location])] = (order == RELEASE -> now - 1 : fenced);
	printf("writer: word %d = %d\n", location, what)
}

/* The store of an exchange: it brings what the message before it brought, too (in C11: it is of its release sequence). */
inline update(location, what)
{
	store(location, what, RELAXED);
	if
	:: known[MESSAGE(location, last[location] - 1)] > known[MESSAGE(location, last[location])] ->
		known[MESSAGE(location, last[location])] = known[MESSAGE(location, last[location] - 1)]
	:: else
	fi
}

inline fence_release()
{
	fenced = now;
	printf("writer: release fence\n")
}

#ifndef BUFFERS

inline load(location, order, result)
{
	atomic {
		found = least[location];
		do
		:: found < last[location] && stamp[MESSAGE(location, found + 1)] <= acquired -> found++
		:: else -> break
		od;
		do /* any later one will do */
		:: found < last[location] -> found++
		:: break
		od;
		least[location] = found;
		result = value[MESSAGE(location, found)];
		printf("reader: word %d is %d, store %d of %d\n", location, result, found, last[location]);
		if
		:: known[MESSAGE(location, found)] > pending -> pending = known[MESSAGE(location, found)]
		:: else
		fi;
		if
		:: order == ACQUIRE && known[MESSAGE(location, found)] > acquired ->
			acquired = known[MESSAGE(location, found)]
		:: else
		fi;
		found = 0
	}
}

inline fence_acquire()
{
	atomic {
		if
		:: pending > acquired -> acquired = pending
		:: else
		fi;
		printf("reader: acquire fence\n")
	}
}

/* The writer has ended and so has all that is on its way: the reader finds the newest of everything. */
inline settle()
{
	acquired = now
}

#else

inline fence_acquire()
{
	d_step {
		other = 0;
		do
		:: other < LOCATIONS -> least[other] = drained[other]; other++
		:: else -> break
		od;
		other = 0;
		printf("reader: acquires\n")
	}
}

#if BUFFERS == 2
#define LEAST(location) drained[location]
#define BEFORE(message) stamp[message]
#else
#define LEAST(location) least[location]
#define BEFORE(message) known[message]
#endif

/*
 * The next store of the location reaches the memory, and all that must have been there before. (Stores that nothing depends on may
 * drain at any time; it is enough to let them do so when they are looked for.)
 */
inline drain(location)
{
	d_step {
		drained[location]++;
		other = 0;
		do
		:: other == LOCATIONS -> break
		:: other < LOCATIONS && drained[other] < last[other] &&
			stamp[MESSAGE(other, drained[other] + 1)] <= BEFORE(MESSAGE(location, drained[location])) ->
			drained[other]++
		:: else -> other++
		od;
		other = 0
	}
}

inline load(location, order, result)
{
	atomic {
		do
		:: drained[location] < last[location] -> drain(location)
		:: break
		od;
		found = LEAST(location);
		do
		:: found < drained[location] -> found++
		:: break
		od;
		least[location] = found;
		result = value[MESSAGE(location, found)];
		printf("reader: word %d is %d, store %d of %d\n", location, result, found, last[location]);
		found = 0;
		if
		:: order == ACQUIRE -> fence_acquire()
		:: else
		fi
	}
}

inline settle()
{
	d_step {
		other = 0;
		do
		:: other < LOCATIONS -> drained[other] = last[other]; least[other] = last[other]; other++
		:: else -> break
		od;
		other = 0
	}
}

#endif
