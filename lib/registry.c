#include "registry.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "../format-spec/twin/record.h"
#include "filter.h"
#include "life.h"
#include "platform/atomic.h"
#include "report.h"
#include "site.h"
#include "site_entry.h"
#include "string_rule.h"

#define MAKING_NS 10000000000u /* how long a region may take to be made: it is a matter of microseconds */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint32_t next_id = 1;
static uint64_t refused_count;

/* Words of the record without its string bytes: the slot's lower part. */
static uint32_t fixed_words(const struct tt_impl_site *site)
{
	uint32_t bytes = 8 + (site->has_errno ? 4 : 0);

	for (unsigned i = 0; i < site->arguments; i++)
		bytes += ttf_type_bytes(site->types[i]);
	return (bytes + 7) / 8;
}

/* Turns a site on or off as the filter says. */
static void set_slot(struct tt_impl_site *site, uint32_t id)
{
	bool is_on = !site->is_refused && site->level >= filter_minimum(site->target);
	uint32_t header = id << 12 | fixed_words(site);

	if (site->header != header) /* else others may be reading it */
		site->header = header;
	__atomic_store_n(&site->slot, is_on ? (int32_t)header : 0, __ATOMIC_RELAXED);
}

static void set_slots(struct module *module)
{
	for (uint32_t i = 0; i < module->count; i++)
		set_slot(module->sites[i], module->first_id + i);
}

static void refuse(struct tt_impl_site *site, const char *why)
{
	site->is_refused = 1;
	refused_count++;
	report(why, site->format, 0);
}

static void prepare_all(struct tt_impl_site *const *sites, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct tt_impl_site *site = sites[i];

		site->is_refused = 0;
		if (string_rule_set(site) < 0)
			refuse(site,
			       "a call place that never records, because of its %n, or of a precision that does not stand before its string");
		else if (site_entry_bytes(site) == 0)
			refuse(site,
			       "a call place that never records, because its target or format is empty or too long");
	}
}

static struct module *find(struct tt_impl_site *const *from)
{
	for (struct module *module = site_first(); module; module = site_next(module))
		if (module->sites == from && !module->is_gone)
			return module;
	return NULL;
}

/* The module that these sites were when they were loaded before, brought back; NULL: none. So that memory stays flat. */
static struct module *revive(struct tt_impl_site *const *from, uint32_t count)
{
	for (struct module *module = site_first(); module; module = site_next(module)) {
		if (!site_fits(module, from, count))
			continue;
		module->sites = from;
		module->written_in = 0;
		__atomic_store_n(&module->is_gone, 0,
				 __ATOMIC_RELEASE); /* S6: pairs with site_write; publishes `sites` */
		return module;
	}
	return NULL;
}

static int append(struct tt_impl_site *const *from, uint32_t count, struct module **made)
{
	struct module *module;

	if (count > TTF_SITE_ID_MAX - next_id)
		return -ENOSPC;
	module = calloc(1, sizeof(*module) + count * sizeof(module->entries[0]));
	if (!module)
		return -ENOMEM;
	module->sites = from;
	module->count = count;
	module->first_id = next_id;
	next_id += count;
	site_append(module);
	*made = module;
	return 0;
}

static void enter_locked(struct tt_impl_site *const *from, uint32_t count)
{
	struct module *module;
	int error = 0;

	prepare_all(from, count);
	life_wait(MAKING_NS); /* site_fits asks for it */
	module = revive(from, count);
	if (!module)
		error = append(from, count, &module);
	if (error < 0) {
		report("no more call places can be registered", "", error);
		refused_count += count;
		return;
	}
	fence_seq_cst(); /* S1: the module is announced; pairs with S2 in life.c */
	if (life_wait(MAKING_NS) == 0 && site_write(module) < 0) {
		report("no room for call places", "", ENOSPC);
		for (uint32_t i = 0; i < count; i++)
			module->sites[i]->is_refused = 1;
		refused_count += count;
	}
	set_slots(module);
}

void registry_enter(struct tt_impl_site *const *from, struct tt_impl_site *const *to)
{
	pthread_mutex_lock(&lock);
	if (!find(from))
		enter_locked(from, (uint32_t)(to - from));
	pthread_mutex_unlock(&lock);
}

void registry_leave(struct tt_impl_site *const *from)
{
	struct module *module;

	pthread_mutex_lock(&lock);
	module = find(from);
	if (module) {
		__atomic_store_n(&module->is_gone, 1, __ATOMIC_RELAXED);
		fence_seq_cst();      /* S1: as in enter_locked */
		life_wait(MAKING_NS); /* who makes a region may be reading the sites */
	}
	pthread_mutex_unlock(&lock);
}

void registry_filter(const char *spec)
{
	pthread_mutex_lock(&lock);
	filter_set(spec);
	for (struct module *module = site_first(); module; module = site_next(module))
		if (!module->is_gone)
			set_slots(module);
	pthread_mutex_unlock(&lock);
}

uint64_t registry_count(void)
{
	return __atomic_load_n(&next_id, __ATOMIC_RELAXED) - 1;
}

uint64_t registry_refused_count(void)
{
	return __atomic_load_n(&refused_count, __ATOMIC_RELAXED);
}

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&lock);
}

static void __attribute__((constructor(101))) guard_fork(void)
{
	pthread_atfork(before_fork, after_fork, after_fork);
}
