/*
 * chunk.pml - the chunk protocol: format-spec/region.md, "The chunk protocol".
 *
 * One thread writes a ring of CHUNKS chunks, of WORDS words for records each, through GENERATIONS generations, and may die
 * before any of its stores. One reader reads one chunk, at any time: while the writer goes on, or when it is dead. (A reader that reads more
 * finds no older values than one that begins, so one chunk stands for all.)
 *
 * What must hold:
 *   whole    of what is accepted, header and words are of one generation, and the count of events is that of the words
 *   not lost a reader that comes after the writer has ended or died accepts, of each chunk, all that was committed
 *
 * A step that the code gives a label has that label here; `C:` before a part names the functions that take the same steps in the same
 * order. labels.py compares them. A variant leaves out or weakens one step.
 */
#ifndef CHUNKS
#define CHUNKS 2
#endif
#ifndef WORDS
#define WORDS 3
#endif
#ifndef GENERATIONS
#define GENERATIONS 4
#endif

/* What is modelled of a chunk: its words, by location. Of the chunks that are not read nothing is kept. */
#define STATE 0
#define NUMBER 1
#define FIRST_SEQ 2
#define RECORDS 3
#define LOCATIONS (3 + WORDS)
#define MESSAGES (1 + (GENERATIONS + CHUNKS - 1) / CHUNKS * (1 + WORDS))

#include "memory.pml"

/* state = generation | events | words, as in C. */
#define GENERATION(state) ((state) / 256)
#define EVENTS(state) ((state) / 16 % 16)
#define STATE_WORDS(state) ((state) % 16)

/* A record's word says which it is, so that any other in its place shows: generation, place, and what begins there. */
#define REST 0 /* of the record before */
#define EVENT_1 1
#define EVENT_2 2
#define SYNC 3 /* two words, no event */
#define WORD(generation, at, kind) ((generation) * 64 + (at) * 4 + (kind))
#define KIND(word) ((word) % 4)
/* What a record adds to the state. */
#define STATE_OF(kind) ((kind) == EVENT_1 -> 16 + 1 : ((kind) == EVENT_2 -> 16 + 2 : 2))

#ifdef NO_RELEASE_FENCE
#define W2_FENCE skip
#else
#define W2_FENCE fence_release()
#endif
#ifdef FENCE_BEFORE_STORE
#define W1_FENCE fence_release()
#undef W2_FENCE
#define W2_FENCE skip
#else
#define W1_FENCE skip
#endif
#ifdef NO_INVALIDATING_STORE
#define W1_STORE(what) skip
#else
#define W1_STORE(what) write(STATE, what, RELAXED)
#endif
#ifdef RELAXED_COMMIT
#define W3_ORDER RELAXED
#else
#define W3_ORDER RELEASE
#endif
#ifdef RELAXED_FIRST_LOAD
#define A1_ORDER RELAXED
#else
#define A1_ORDER ACQUIRE
#endif
#ifdef NO_ACQUIRE_FENCE
#define A2_FENCE skip
#else
#define A2_FENCE fence_acquire()
#endif
#ifdef NO_SECOND_LOAD
#define A3_LOAD(result) result = first
#else
#define A3_LOAD(result) load(STATE, RELAXED, result)
#endif

/* Says once what a correct variant has to come to, so that nothing holds for want of a case; check.py looks for all of them. */
c_decl {
	static char seen[8];
}
#define REACHED(i, what)                      \
	c_code {                              \
		if (!seen[i])                 \
			puts("reached: " what); \
		seen[i] = 1;               \
	}

byte seq_of[GENERATIONS + 1]; /* of each generation of the chunk that is read, its first event's */
byte chunk_read;	      /* which that is */
bool is_late;		      /* whether it is read when the writer has ended or died */
bool is_dead;

/* The next step may be the one that the writer never comes to. (An early reader finds that state of affairs anyway.) */
#define OR_DIE                  \
	if                      \
	:: is_late -> goto dead \
	:: skip                 \
	fi

/* A store to the chunk that the writer is at. */
inline write(location, what, order)
{
	if
	:: chunk == chunk_read -> store(location, what, order)
	:: else
	fi
}

/* C: lib/writer.c switch_chunk */
inline switch_chunk()
{
	seq = seq + EVENTS(state);
	number++;
	chunk = number % CHUNKS;
	state = number * 256;
	cursor = 0;
	seq_of[number] = (chunk == chunk_read -> seq : 0);
	W1_FENCE;
	OR_DIE;
	W1_STORE(state); /* W1 */
	W2_FENCE;		/* W2 */
	OR_DIE;
	write(NUMBER, number, RELAXED);
	OR_DIE;
	write(FIRST_SEQ, seq, RELAXED)
}

/*
 * C: lib/include/ttlog/impl.h tt_impl_record
 * C: lib/writer.c append_ticks
 */
inline record()
{
	OR_DIE;
	write(RECORDS + cursor, WORD(number, cursor, kind), RELAXED);
	if
	:: kind != EVENT_1 ->
		OR_DIE;
		write(RECORDS + cursor + 1, WORD(number, cursor + 1, REST), RELAXED)
	:: else
	fi;
	state = state + STATE_OF(kind);
	OR_DIE;
	write(STATE, state, W3_ORDER); /* W3 */
	cursor = cursor + STATE_WORDS(STATE_OF(kind))
}

/* Of the chunks that are not read only the number of events shows, in the next one's header: there one size of record will do. */
active proctype writer()
{
	byte number, chunk, cursor, seq, kind;
	int state;

	atomic {
		do
		:: chunk_read < CHUNKS - 1 -> chunk_read++
		:: break
		od;
		if
		:: is_late = true
		:: skip
		fi;
		switch_chunk();
		do
		:: cursor + 1 <= WORDS -> kind = EVENT_1; record()
		:: cursor + 2 <= WORDS && chunk == chunk_read -> kind = EVENT_2; record()
		:: cursor + 2 <= WORDS && chunk == chunk_read -> kind = SYNC; record()
		:: cursor + 2 > WORDS && number < GENERATIONS -> switch_chunk()
		:: cursor + 2 > WORDS && number == GENERATIONS -> break
		od;
dead:
		number = 0;
		chunk = 0;
		cursor = 0;
		seq = 0;
		kind = 0;
		state = 0;
		is_dead = true
	}
}

/*
 * What the reader copies is held against what was written at once, since that leaves fewer states than the copy: a word is right if it is
 * the one that a decoder expects there, in this generation.
 */
inline copy(location, is_right)
{
	atomic {
		load(location, RELAXED, word);
		is_mixed = is_mixed || !(is_right);
		kind = KIND(word);
		word = 0;
		least[location] = 0 /* each is read once */
	}
}

inline copy_header()
{
	copy(NUMBER, word == GENERATION(first));
	copy(FIRST_SEQ, word == seq_of[GENERATION(first)]);
	kind = 0
}

inline copy_records()
{
	do
	:: at < STATE_WORDS(first) ->
		atomic {
			copy(RECORDS + at, word == WORD(GENERATION(first), at, KIND(word)) && (KIND(word) == REST) == is_rest);
			events = (is_mixed -> 0 : events + (kind == EVENT_1 || kind == EVENT_2));
			is_rest = !is_mixed && (kind == EVENT_2 || kind == SYNC);
			kind = 0;
			at++
		}
	:: else -> break
	od
}

/*
 * All in one pass.
 * C: lib/capture.c copy_chunk
 * C: lib/ring.c ring_read_extent
 */
inline read_at_once()
{
	load(STATE, A1_ORDER, first); /* A1 */
	copy_header();			    
	copy_records();			    
	A2_FENCE;			     /* A2 */
	A3_LOAD(second)		     /* A3 */
}

/* C: decoder/reader/protocol.c protocol_header */
inline read_header()
{
	load(STATE, A1_ORDER, first); /* A1 */
	copy_header();			    
	A2_FENCE;			     /* A2 */
	A3_LOAD(second)		     /* A3 */
}

/*
 * The words later, of the generation that the header was of.
 * C: decoder/reader/protocol.c protocol_copy
 */
inline read_words()
{
	copy_records();	      
	A2_FENCE;	       /* A2 */
	A3_LOAD(second) /* A3 */
}

active proctype reader()
{
	byte at, events, kind;
	bool is_mixed, is_rest;
	int first, second, word;

	atomic {
		is_dead;
		if
		:: is_late -> settle()
		:: else
		fi
	};
	if
	:: read_at_once()
	:: read_header();
		if
		:: GENERATION(first) == GENERATION(second) -> read_words()
		:: else
		fi
	fi;
	/* Of a chunk without words nothing else is looked at. */
	if
	:: GENERATION(first) == GENERATION(second) && STATE_WORDS(first) > 0 ->
		assert(!is_mixed);
		assert(!is_rest);
		assert(events == EVENTS(first));
		if
		:: is_late -> REACHED(0, "accepted after the end")
		:: !is_late && first != second -> REACHED(1, "accepted while it grew")
		:: !is_late && GENERATION(first) + CHUNKS <= GENERATIONS -> REACHED(2, "accepted what is overwritten")
		:: !is_late && events * 2 == STATE_WORDS(first) -> REACHED(3, "accepted records of two words")
		:: !is_late && events < STATE_WORDS(first) / 2 -> REACHED(4, "accepted a sync record")
		:: else
		fi
	:: GENERATION(first) != GENERATION(second) ->
		assert(!is_late);
		REACHED(5, "torn")
	:: else ->
		if
		:: first == 0 -> REACHED(6, "never used")
		:: else -> REACHED(7, "empty")
		fi
	fi;
	assert(!is_late || first == value[MESSAGE(STATE, last[STATE])])
}
