/*
 * record.c - records that are not made where they are called: of call places that were compiled without optimization, and what the inline
 * path leaves to the library; see ttlog/impl.h. HOT.
 */
#include <errno.h>

#include "include/ttlog/impl.h"
#include "thread.h"

void tt_impl_record_plainly(const struct tt_impl_site *site, uint32_t slot,
			    const struct tt_impl_value *values)
{
	tt_impl_record(site, slot, site->types, values, site->arguments, site->has_errno);
}

static void take_values(const struct tt_impl_site *site, struct tt_impl_value *values, const uint64_t *words)
{
	for (unsigned i = 0; i < site->arguments; i++) {
		values[i].bits = *words++;
		if (tt_impl_field_bytes(site->types[i]) == 16)
			values[i].high = *words++;
	}
}

void tt_impl_record_slowly_from(const struct tt_impl_site *site, const uint64_t *words)
{
	struct tt_impl_value values[TT_IMPL_ARGUMENTS_MAX] = { { 0, 0 } };
	struct tt_impl_string strings[TT_IMPL_ARGUMENTS_MAX] = { { NULL, 0, 0 } };
	uint32_t fixed_bytes = tt_impl_fixed_bytes(site->types, site->arguments, site->has_errno);
	uint32_t strings_bytes, record_words;
	struct tt_impl_place place;
	bool is_claimed;
	int saved = errno;

	take_values(site, values, words);
	strings_bytes = tt_impl_measure_all(site, site->types, values, site->arguments, strings);
	record_words = (8 + fixed_bytes + strings_bytes + 7) / 8;
	is_claimed = thread_claim(&place, record_words);
	errno = saved;
	if (is_claimed)
		tt_impl_put(&place, site->header, record_words, site->types, values, site->arguments,
			    site->has_errno, strings, strings_bytes);
}

void tt_impl_record_slowly_0(const struct tt_impl_site *site)
{
	tt_impl_record_slowly_from(site, NULL);
}

void tt_impl_record_slowly_1(const struct tt_impl_site *site, uint64_t first)
{
	tt_impl_record_slowly_from(site, &first);
}

void tt_impl_record_slowly_2(const struct tt_impl_site *site, uint64_t first, uint64_t second)
{
	tt_impl_record_slowly_from(site, (const uint64_t[]){ first, second });
}

void tt_impl_record_slowly_3(const struct tt_impl_site *site, uint64_t first, uint64_t second, uint64_t third)
{
	tt_impl_record_slowly_from(site, (const uint64_t[]){ first, second, third });
}

void tt_impl_record_slowly_4(const struct tt_impl_site *site, uint64_t first, uint64_t second, uint64_t third,
			     uint64_t fourth)
{
	tt_impl_record_slowly_from(site, (const uint64_t[]){ first, second, third, fourth });
}
