/*
 * cli.h - ttdecode from its arguments to its exit status.
 */
#ifndef TTDECODE_CLI_H
#define TTDECODE_CLI_H

/* The higher of two counts. */
enum cli_status {
	CLI_FINE = 0,
	CLI_DAMAGED = 1, /* all that can be read was shown */
	CLI_REFUSED = 2, /* wrong usage, or a file that is refused */
	CLI_IO = 3,	 /* a file cannot be read or written */
};

/* Runs the program. May be called again. Reads descriptor 0 for "-", writes to 1 and 2. */
int cli_run(int argc, char **argv);

#endif
