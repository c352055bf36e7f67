/*
 * note.h - the notes of a core file: of which process it is, and how that ended.
 */
#ifndef TTDECODE_NOTE_H
#define TTDECODE_NOTE_H

#include "core.h"

/* Reads a segment of notes. What is wrong in it ends it. 0; -ENOMEM; or -errno as stream_read. */
int note_read(struct core_process *process, struct stream *stream, uint64_t bytes);

void note_free(struct core_process *process);

#endif
