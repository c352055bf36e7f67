/*
 * version.h - the release that this ttdecode belongs to.
 */
#ifndef TTDECODE_VERSION_H
#define TTDECODE_VERSION_H

#define TTDECODE_VERSION "0.1.0"

#endif
