/*
 * module.c - a shared library with call places of its own, for soak.c to load and unload.
 */
#include "module.h"

#include "account.h"

void module_say(uint32_t sequence, uint64_t from, uint64_t count)
{
	for (uint64_t n = from; n < from + count; n++)
		account_say(sequence, n);
}
