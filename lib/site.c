#include "site.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "../format-spec/twin/bytes.h"
#include "../format-spec/twin/record.h"
#include "region.h"
#include "site_entry.h"
#include "string_rule.h"

static struct module *first;

static struct module *follow(struct module *const *link)
{
	return __atomic_load_n(link, __ATOMIC_ACQUIRE); /* S3: pairs with the release in site_append */
}

struct module *site_first(void)
{
	return follow(&first);
}

struct module *site_next(const struct module *module)
{
	return follow(&module->next);
}

void site_append(struct module *module)
{
	struct module **link = &first;

	while (*link)
		link = &(*link)->next;
	__atomic_store_n(link, module, __ATOMIC_RELEASE); /* S3: publishes the module's fields */
}

/* Puts a site's description into the region. Its offset, or 0: no room. */
static uint64_t write_entry(const struct tt_impl_site *site, uint32_t id)
{
	uint8_t types[TT_IMPL_ARGUMENTS_MAX];
	uint32_t bytes = site_entry_bytes(site);
	char *entry = region_site_room(bytes);

	if (!entry)
		return 0;
	string_rule_types(site, types);
	site_entry_write(site, id, types, entry);
	region_site_commit(bytes);
	return (uint64_t)(entry - region_base());
}

int site_write(struct module *module)
{
	uint32_t serial = region_serial();

	/* S6: pairs with the release in registry.c's revive. */
	if (__atomic_load_n(&module->is_gone, __ATOMIC_ACQUIRE) || module->written_in == serial)
		return 0;
	if (module->begun_in != serial)
		memset(module->entries, 0, module->count * sizeof(module->entries[0]));
	module->begun_in = serial;
	for (uint32_t i = 0; i < module->count; i++) {
		if (module->sites[i]->is_refused || module->entries[i] != 0)
			continue;
		module->entries[i] = write_entry(module->sites[i], module->first_id + i);
		if (module->entries[i] == 0)
			return -ENOSPC;
	}
	module->written_in = serial;
	return 0;
}

/* Is the region's description the site's, byte for byte? */
static bool is_entry_of(const char *entry, const struct tt_impl_site *site, uint32_t id)
{
	static char expected[TTF_SITE_MAX]; /* under the registry's lock */
	uint8_t types[TT_IMPL_ARGUMENTS_MAX];
	uint32_t bytes = site_entry_bytes(site);

	if (ttf_load32(entry + TTF_SITE_BYTES) != bytes)
		return false;
	memset(expected, 0, bytes);
	string_rule_types(site, types);
	site_entry_write(site, id, types, expected);
	return memcmp(entry, expected, bytes) == 0;
}

bool site_fits(const struct module *module, struct tt_impl_site *const *sites, uint32_t count)
{
	if (!__atomic_load_n(&module->is_gone, __ATOMIC_RELAXED) || module->count != count)
		return false;
	if (!region_base() || module->begun_in != region_serial())
		return true; /* nothing of it was ever recorded, in this process */
	for (uint32_t i = 0; i < count; i++)
		if (module->entries[i] != 0 && !sites[i]->is_refused &&
		    !is_entry_of(region_base() + module->entries[i], sites[i], module->first_id + i))
			return false;
	return true;
}

int site_write_all(void)
{
	for (struct module *module = site_first(); module; module = site_next(module)) {
		int error = site_write(module);

		if (error < 0)
			return error;
	}
	return 0;
}
