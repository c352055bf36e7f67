/*
 * say.h - ttdecode's own words on standard error: one line, of characters that are safe to show.
 *
 * A file's name is hostile too: of a snapshot the program that wrote it has a say in it, and a shell puts the names of a whole directory
 * on our command line.
 */
#ifndef TTDECODE_SAY_H
#define TTDECODE_SAY_H

/*
 * Prints "ttdecode: ", the text, and a line feed. `format` and its arguments as in printf, without line feeds of its own; the result is
 * escaped as text from a file is, and cut after SAY_BYTES_MAX. Never fails; for want of memory what is not plain ASCII becomes `?`.
 */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define SAY_BYTES_MAX 8192

#endif
