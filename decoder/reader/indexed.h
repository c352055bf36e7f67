/*
 * indexed.h - a snapshot's sections by its INDEX sections: snapshot.md, "INDEX".
 */
#ifndef TTDECODE_INDEXED_H
#define TTDECODE_INDEXED_H

#include <stdbool.h>

#include "section.h"

/*
 * Where a part of the file begins (at scan->indexed): if the next INDEX describes all of it, its sections are taken by that, and the scan stands behind
 * the INDEX; *is_read says whether. A chunk that is not there as described is one of which all but its data is known. 0 or -ENOMEM.
 */
int indexed_read_range(struct scan *scan, bool *is_read);

/*
 * The same for the whole file, from its END on, if the INDEX sections describe all of it, and all but the chunks are as they say; else nothing has changed. Lazily,
 * what the chunks' sections hold is looked at when they are fetched. 0 or -ENOMEM.
 */
int indexed_read_file(struct scan *scan, bool is_lazy, bool *is_read);

#endif
