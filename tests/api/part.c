/*
 * part.c - a shared library that records, built twice: PART says which.
 */
#define TT_TARGET "api.part." PART
#include <stdio.h>

#include <ttlog.h>

int PART_FUNCTION(void);

int PART_FUNCTION(void)
{
	static int count;

	TT_INFO("part %s, %d", PART, ++count);
	printf("part %s, %d\n", PART, count);
	return count;
}
