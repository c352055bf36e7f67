/*
 * decode.h - one hostile file through the whole of the reader and the renderers.
 *
 * Beside not crashing, it requires:
 *	- the file is read or refused: there is no third way, and a refusal says why in safe characters;
 *	- every report of damage is one line of safe characters about a place within the file;
 *	- what is shown - info, verdict, each event as text and as JSON - is what shown.h calls right, and of bounded length;
 *	- events come in the order of time, and every pass over the file gives as many;
 *	- the heap stays below DECODE_HEAP_BYTES and DECODE_HEAP_FACTOR times the file.
 * That it ends within the engine's limit follows from the work that is left out: see DECODE_SHOWN_BYTES.
 */
#ifndef TT_FUZZ_DECODE_H
#define TT_FUZZ_DECODE_H

#include "fuzz.h"

/* The factor is what LZ4 packs at most, and what the index takes of an empty region's chunks. */
#define DECODE_HEAP_BYTES (24u * 1024 * 1024)
#define DECODE_HEAP_FACTOR 300u

/* Of one event. */
#define DECODE_LINE_BYTES (2u * 1024 * 1024)

/* So much of the output is judged: a file of 1 KiB may rightly hold 30000 events of 64 KiB each. */
#define DECODE_SHOWN_BYTES (256u * 1024)

void decode_file(const uint8_t *bytes, size_t count);

/* The same of what input.h makes of it: each region of a core, and what was compressed. */
void decode_input(const uint8_t *bytes, size_t count);

#endif
