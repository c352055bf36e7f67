/*
 * parts.c SNAPSHOT - a program of two shared libraries that record, and do so itself.
 */
#define TT_TARGET "api.parts"
#include "api.h"

int part_a(void);
int part_b(void);

int main(int argc, char **argv)
{
	MUST(argc == 2);
	SAY("program, %d", 1);
	for (int i = 0; i < 3; i++)
		MUST(part_a() == part_b());
	SAY("program, %d", 2);
	MUST(tt_snapshot(argv[1], NULL) == 0);
	return 0;
}
