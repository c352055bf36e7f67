/*
 * record.c - the record of a call place that was compiled without optimization; see ttlog/impl.h. HOT.
 */
#include "include/ttlog/impl.h"

void tt_impl_record_plainly(const struct tt_impl_site *site, uint32_t slot,
			    const struct tt_impl_value *values)
{
	tt_impl_record(site, slot, site->types, values, site->arguments, site->has_errno);
}
