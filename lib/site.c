#include "site.h"

#include <errno.h>
#include <stddef.h>

#include "region.h"
#include "report.h"
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

int site_write(struct module *module)
{
	uint32_t serial = region_serial();

	if (module->written_in == serial || __atomic_load_n(&module->is_gone, __ATOMIC_ACQUIRE))
		return 0;
	for (uint32_t i = 0; i < module->count; i++) {
		struct tt_impl_site *site = module->sites[i];
		uint8_t types[TT_IMPL_ARGUMENTS_MAX];
		uint32_t bytes = site_entry_bytes(site);
		char *entry;

		if (site->is_refused)
			continue;
		entry = region_site_room(bytes);
		if (!entry)
			return -ENOSPC;
		string_rule_types(site, types);
		site_entry_write(site, module->first_id + i, types, entry);
		region_site_commit(bytes);
	}
	module->written_in = serial;
	return 0;
}

void site_write_all(void)
{
	for (struct module *module = site_first(); module; module = site_next(module))
		if (site_write(module) < 0)
			report("no room for call places", "", ENOSPC);
}
