/*
 * decode.c - ttdecode, with its system calls between marks.
 */
#include "../../decoder/cli/cli.h"
#include "mark.h"

int main(int count, char **arguments)
{
	int status;

	mark(MARK_DECODE);
	status = cli_run(count, arguments);
	mark(MARK_NONE);
	return status;
}
