/*
 * frame.h - where a snapshot's sections stand, and whether they are intact: snapshot.md, "Section header".
 */
#ifndef TTDECODE_FRAME_H
#define TTDECODE_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "../input/window.h"

/* What an intact header says. */
struct section {
	uint16_t type;
	uint32_t length;
	uint32_t body_crc;
	uint64_t body; /* offset in the file */
};

/* The section at `at`; false: no intact header stands there, or its body reaches past the file's end. */
bool section_at(struct window *window, uint64_t at, struct section *section);

/* Its body, if its CRC is right and it can be read; NULL. Valid until the window moves. */
const uint8_t *section_body(struct window *window, const struct section *section);

/* Where what follows it begins. */
uint64_t section_end(const struct section *section);

/*
 * The next multiple of 8 from `at` on where an intact header stands, and, if that is wanted, its body ends within the file; the file's end if there is
 * none.
 */
uint64_t section_next(struct window *window, uint64_t at, bool is_body_wanted);

/* The same of a header of that type with its body. */
uint64_t section_search(struct window *window, uint64_t at, unsigned type);

#endif
