/*
 * info.h - --info: what is in a file, for somebody who has never seen it.
 */
#ifndef TTDECODE_INFO_H
#define TTDECODE_INFO_H

#include "../reader/trace.h"
#include "../render/out.h"

/* 0 or -ENOMEM. */
int info_print(struct out *out, struct trace *trace);

#endif
