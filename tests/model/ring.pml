/*
 * ring.pml - whose ring it is: format-spec/region.md, "Ring block" and "The chunk protocol".
 *
 * OWNERS threads have a ring of CHUNKS chunks, one after the other: each takes it, writes up to GENERATIONS_EACH chunks with one record each, and
 * exits, or vanishes without a word, or the process dies at any step. One reader reads the ring's identity and then one chunk, at any time.
 *
 * What must hold:
 *   one owner  the identity that a reader accepts is of one thread, and so is the chunk that it then takes for that thread's
 *   not lost   a reader that comes after the end of all takes, for the last owner, what that has committed
 *
 * The owners are one chain, each ordered behind the one before by R9, so they are one writer to memory.pml. (That two threads do not
 * both take the ring is not in the model: the exchange is atomic.) `version` and `use` are one word to the exchange and two to all others: two
 * locations here, which is weaker than any machine. labels.py compares the labelled steps; those of the chunk protocol are in chunk.pml.
 */
#ifndef OWNERS
#define OWNERS 3
#endif
#ifndef CHUNKS
#define CHUNKS 2
#endif
#ifndef GENERATIONS_EACH
#define GENERATIONS_EACH 2
#endif

#define VERSION 0
#define USE 1
#define TID 2
#define FIRST_NUMBER 3
#define END 4
#define STATE 5
#define NUMBER 6
#define RECORD 7
#define LOCATIONS 8
#define MESSAGES (1 + OWNERS * 5)

#include "memory.pml"

#define NONE 0
#define LIVE 1
#define EXITED 2

/* Of the chunk: generation and whether the record is committed; of the record: its owner and generation. */
#define GENERATION(state) ((state) / 2)
#define IS_COMMITTED(state) ((state) % 2)
#define WORD(owner, number) ((owner) * 64 + (number))

#ifdef NO_VERSION_FENCE
#define R4_FENCE skip
#else
#define R4_FENCE fence_release()
#endif
#ifdef RELAXED_VERSION
#define R5_ORDER RELAXED
#else
#define R5_ORDER RELEASE
#endif
#ifdef RELAXED_FIRST_VERSION
#define A4_ORDER RELAXED
#define A4_FENCE skip
#else
#define A4_ORDER ACQUIRE
#define A4_FENCE fence_acquire()
#endif
#ifdef NO_SECOND_FENCE
#define A5_FENCE skip
#else
#define A5_FENCE fence_acquire()
#endif
#ifdef NO_LAST_VERSION
#define LAST_VERSION(result) result = version
#else
#define LAST_VERSION(result) load(VERSION, RELAXED, result)
#endif
#if defined(RELAXED_EXIT)
#define R9_EXIT RELAXED
#else
#define R9_EXIT RELEASE
#endif
#if defined(RELAXED_CLAIM)
#define R9_CLAIM RELAXED
#else
#define R9_CLAIM ACQUIRE
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

#define NEWEST(location) value[MESSAGE(location, last[location])]

byte first_of[OWNERS + 1]; /* of each owner, the number of its first chunk */
byte chunk_read;
bool is_late, is_dead;

#define OR_DIE                  \
	if                      \
	:: is_late -> goto dead \
	:: skip                 \
	fi

/* A load by the next owner: the newest if its claim came behind the last one's exit, otherwise any. */
inline peek(location, order, result)
{
	found = last[location];
	if
	:: is_ordered -> skip
	:: else ->
		do
		:: found > 0 -> found--
		:: break
		od
	fi;
	result = value[MESSAGE(location, found)];
	found = 0
}

/* The version and the use as one: they were just read, and nobody else is about. */
inline exchange(use, order)
{
	update(VERSION, version);
	update(USE, use);
	is_ordered = order == ACQUIRE && exit_order == RELEASE
}

/*
 * C: lib/ring.c put_identity
 * C: lib/ring.c ring_rename
 */
inline put_identity()
{
	version++;
	store(VERSION, version, RELAXED); /* R4 */
	R4_FENCE;			  /* R4 */
	OR_DIE;
	store(FIRST_NUMBER, first_of[owner], RELAXED);
	OR_DIE;
	store(USE, LIVE, RELAXED);
	store(TID, owner, RELAXED);
	OR_DIE;
	version++;
	store(VERSION, version, R5_ORDER) /* R5 */
}

/* C: lib/ring.c mark_exited */
inline mark_exited()
{
	store(END, owner, RELAXED);
	OR_DIE;
	store(USE, EXITED, R9_EXIT) /* R9 */
}

/* C: lib/ring.c oldest_exited */
inline look_for_exited()
{
	peek(VERSION, ACQUIRE, scratch); /* A4 */
	peek(USE, RELAXED, scratch)
}

/* C: lib/ring.c claim */
inline claim(use)
{
	exchange(use, R9_CLAIM) /* R9 */
}

/*
 * That a thread has vanished is known from the kernel, which orders it.
 * C: lib/ring.c claim_vanished
 */
inline claim_vanished()
{
	peek(VERSION, ACQUIRE, scratch); /* A4 */
	peek(USE, RELAXED, scratch);
	exchange(NONE, R9_CLAIM) /* R9 */
}

/* A chunk with a record, as in chunk.pml. */
inline write_chunk()
{
	number++;
	OR_DIE;
	if
	:: number % CHUNKS == chunk_read ->
		store(STATE, number * 2, RELAXED);
		fence_release();
		OR_DIE;
		store(NUMBER, number, RELAXED);
		store(RECORD, WORD(owner, number), RELAXED);
		OR_DIE;
		store(STATE, number * 2 + 1, RELEASE)
	:: else -> fence_release()
	fi
}

/* The newest number, from the chunks; of the one that is not read it is taken as known. */
inline read_extent()
{
	peek(STATE, ACQUIRE, scratch);
	if
	:: is_ordered -> skip
	:: else -> number = GENERATION(scratch)
	fi
}

active proctype owners()
{
	byte owner, number, count, version;
	short scratch;
	bool is_ordered = true;
	mtype exit_order = RELEASE;

	atomic {
		do
		:: chunk_read < CHUNKS - 1 -> chunk_read++
		:: break
		od;
		if
		:: is_late = true
		:: skip
		fi;
		do
		:: owner < OWNERS ->
			if
			:: owner > 0 ->
				look_for_exited();
				claim(NONE);
				OR_DIE;
				read_extent();
				is_ordered = true
			:: else
			fi;
			owner++;
			first_of[owner] = number + 1;
			put_identity();
			count = 0;
			do
			:: count < GENERATIONS_EACH -> write_chunk(); count++
			:: break
			od;
			if
			:: exit_order = R9_EXIT; mark_exited()
			:: claim_vanished(); exit_order = RELEASE; mark_exited()
			fi
		:: owner == OWNERS -> break
		od;
dead:
		owner = 0;
		number = 0;
		count = 0;
		version = 0;
		scratch = 0;
		is_ordered = true;
		exit_order = RELEASE;
		is_dead = true
	}
}

inline copy(location, result)
{
	load(location, RELAXED, result)
}

/* C: lib/ring.c ring_read_identity */
inline read_identity()
{
	load(VERSION, A4_ORDER, version); /* A4 */
	copy(TID, tid);
	copy(FIRST_NUMBER, first_number);
	A5_FENCE;			/* A5 */
	load(VERSION, RELAXED, version_after) /* A5 */
}

/*
 * Of the decoder, whose acquire load is a load and a fence.
 * C: decoder/reader/protocol.c protocol_versioned
 */
inline read_versioned()
{
	load(VERSION, RELAXED, version);
	A4_FENCE; /* A4 */
	copy(TID, tid);
	copy(FIRST_NUMBER, first_number);
	A5_FENCE;			/* A5 */
	load(VERSION, RELAXED, version_after) /* A5 */
}

inline read_chunk()
{
	load(STATE, ACQUIRE, state);
	copy(NUMBER, number);
	copy(RECORD, word);
	fence_acquire();
	load(STATE, RELAXED, state_after)
}

/* C: lib/capture.c copy_chunk */
inline copy_chunk()
{
	read_chunk();
	LAST_VERSION(version_after) /* A5 */
}

inline read_all()
{
	if
	:: read_identity();
		if
		:: version == version_after && version % 2 == 0 ->
			is_identified = true;
			copy_chunk()
		:: else
		fi
	:: read_versioned();
		if
		:: version == version_after && version % 2 == 0 ->
			is_identified = true;
			read_chunk();
			LAST_VERSION(version_after)
		:: else
		fi
	fi
}

active proctype reader()
{
	byte version, version_after, tid, first_number, number;
	short state, state_after, word;
	bool is_identified;

	atomic {
		is_dead;
		if
		:: is_late -> settle()
		:: else
		fi
	};
	read_all();
	/* Of an identity that was read while it was being made nothing is said but that: late readers find it so if the process died then. */
	assert(!is_late || is_identified == (NEWEST(VERSION) % 2 == 0));
	assert(!is_identified || first_number == first_of[tid]);
	if
	:: !is_identified -> REACHED(0, "an identity being changed")
	:: is_identified && version != version_after -> REACHED(1, "the ring changed hands"); assert(!is_late)
	:: is_identified && version == version_after && GENERATION(state) != GENERATION(state_after) ->
		REACHED(2, "torn"); assert(!is_late)
	:: is_identified && version == version_after && GENERATION(state) == GENERATION(state_after) && !IS_COMMITTED(state) ->
		REACHED(3, "empty"); assert(!is_late || !IS_COMMITTED(NEWEST(STATE)))
	:: is_identified && version == version_after && GENERATION(state) == GENERATION(state_after) && IS_COMMITTED(state) ->
		assert(number == GENERATION(state));
		if
		:: number < first_number -> REACHED(4, "of an earlier thread")
		:: else ->
			assert(word == WORD(tid, number));
			if
			:: is_late -> REACHED(5, "accepted after the end")
			:: !is_late && tid < OWNERS -> REACHED(6, "accepted of a thread that another followed")
			:: else
			fi
		fi;
		assert(!is_late || state == NEWEST(STATE))
	fi
}
