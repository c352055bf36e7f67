/*
 * mapped_file.h - the file that a process has mapped, found by its directory.
 *
 * The link that /proc has of a mapping may only be followed by root, and what it says of a black box is no name: that has got one after it was
 * opened.
 */
#ifndef TTDECODE_MAPPED_FILE_H
#define TTDECODE_MAPPED_FILE_H

#include <stdint.h>
#include <sys/types.h>

#include "source.h"

/*
 * Opens the regular file of that device and inode in the directory of `path`, an absolute one as the process sees it. 0; -ENOENT if there is none; or
 * another -errno.
 */
int mapped_file_open(struct source *source, uint32_t pid, const char *path, dev_t device, ino_t inode,
		     const char *name);

#endif
