/*
 * stage.h - a page that a program about to die shares with whoever judges it afterwards: a mapping of a file.
 *
 * What a program has stored here before it died is there after its death, in the order it was stored; it is the
 * truth that traces are compared with. It owes nothing to ttlog.
 */
#ifndef STAGE_H
#define STAGE_H

#include <stddef.h>

/* Maps the first `bytes` of the file, made and zero-filled if `is_new`. NULL after a message on stderr. */
void *stage_map(const char *path, size_t bytes, int is_new);
void stage_unmap(void *stage, size_t bytes);

#endif
