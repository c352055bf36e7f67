#include "site.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../format-spec/twin/conversion.h"
#include "../format-spec/twin/record.h"
#include "filter.h"
#include "platform/atomic.h"
#include "region.h"
#include "report.h"
#include "site_entry.h"

struct module {
	struct tt_impl_site *const *sites;
	uint32_t count;
	uint32_t first_id;
	uint32_t written_in; /* serial of the region that has the sites */
	int is_gone;	     /* unmapped: the sites may no longer be touched */
	struct module *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct module *first;
static uint32_t next_id = 1;
static uint64_t refused_count;

static struct module *next_of(struct module *const *link)
{
	return __atomic_load_n(link, __ATOMIC_ACQUIRE); /* S3: pairs with the release in append */
}

static void append(struct module *module)
{
	struct module **link = &first;

	while (*link)
		link = &(*link)->next;
	__atomic_store_n(link, module, __ATOMIC_RELEASE); /* S3: publishes the module's fields */
}

static uint16_t string_rule(const struct ttf_piece *piece, uint8_t type)
{
	bool is_wide = type == TTF_WSTR;
	uint16_t rule = is_wide ? TT_IMPL_RULE_WIDE : 0;

	if ((piece->letter != 's' && piece->letter != 'S') || (piece->length == TTF_LENGTH_LONG) != is_wide)
		return TT_IMPL_RULE_POINTER;
	if (piece->precision_argument != TTF_ARGUMENT_NONE)
		return rule | TT_IMPL_RULE_STAR;
	return rule | (piece->precision < 0 ? TT_IMPL_RULE_PLAIN : (uint16_t)piece->precision);
}

/* Puts the rule of one conversion where its argument is a string. -EINVAL: the conversion cannot be recorded. */
static int apply_conversion(struct tt_impl_site *site, const struct ttf_piece *piece)
{
	uint16_t rule;

	if (piece->letter == 'n')
		return -EINVAL;
	if (piece->argument < 0 || piece->argument >= site->arguments ||
	    site->types[piece->argument] < TTF_STR)
		return 0;
	rule = string_rule(piece, site->types[piece->argument]);
	/* The recorder looks for a precision only in the argument before. */
	if (rule & TT_IMPL_RULE_STAR && rule != TT_IMPL_RULE_POINTER &&
	    piece->precision_argument != piece->argument - 1)
		return -EINVAL;
	/* An argument may be printed twice: what reads least of it decides. */
	if (site->rules[piece->argument] == TT_IMPL_RULE_POINTER || rule < site->rules[piece->argument])
		site->rules[piece->argument] = rule;
	return 0;
}

int site_prepare(struct tt_impl_site *site)
{
	struct ttf_format format = { site->format, site->format + strlen(site->format), 0 };
	struct ttf_piece piece;

	site->has_errno = tt_impl_wants_errno(site->format) != 0;
	for (unsigned i = 0; i < site->arguments; i++)
		site->rules[i] = TT_IMPL_RULE_POINTER; /* what no conversion reads is not read */
	while (ttf_format_next(&format, &piece))
		if (!piece.is_literal && apply_conversion(site, &piece) < 0)
			return -EINVAL;
	return 0;
}

/* The types by which the arguments go: a string that is not read goes as the pointer it is. */
static void resolve_types(const struct tt_impl_site *site, uint8_t types[TT_IMPL_ARGUMENTS_MAX])
{
	for (unsigned i = 0; i < site->arguments; i++)
		types[i] = site->types[i] >= TTF_STR && site->rules[i] == TT_IMPL_RULE_POINTER
				   ? TTF_PSTR
				   : site->types[i];
}

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
	int32_t slot = is_on ? (int32_t)(id << 12 | fixed_words(site)) : 0;

	__atomic_store_n(&site->slot, slot, __ATOMIC_RELAXED);
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

static void prepare_all(struct module *module)
{
	for (uint32_t i = 0; i < module->count; i++) {
		struct tt_impl_site *site = module->sites[i];

		site->is_refused = 0;
		if (site_prepare(site) < 0)
			refuse(site,
			       "a call place that never records, because of its %n, or of a precision that does not stand before its string");
		else if (site_entry_bytes(site) == 0)
			refuse(site,
			       "a call place that never records, because its target or format is empty or too long");
	}
}

/* Puts the module's sites into the region, if they are not there. SIGNAL: no lock. */
static int write_module(struct module *module)
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
		resolve_types(site, types);
		site_entry_write(site, module->first_id + i, types, entry);
		region_site_commit(bytes);
	}
	module->written_in = serial;
	return 0;
}

static struct module *find(struct tt_impl_site *const *from)
{
	for (struct module *module = first; module; module = module->next)
		if (module->sites == from && !module->is_gone)
			return module;
	return NULL;
}

static void enter_locked(struct tt_impl_site *const *from, uint32_t count)
{
	struct module *module = calloc(1, sizeof(*module));

	if (!module || count > TTF_SITE_ID_MAX - next_id) {
		report("no more call places can be registered", "", module ? ENOSPC : ENOMEM);
		refused_count += count;
		free(module);
		return;
	}
	module->sites = from;
	module->count = count;
	module->first_id = next_id;
	next_id += count;
	prepare_all(module);
	append(module);
	fence_seq_cst(); /* S1: the module is announced; pairs with S2 in region_make */
	if (region_wait_ready() == 0 && write_module(module) < 0) {
		report("no room for call places", "", ENOSPC);
		for (uint32_t i = 0; i < count; i++)
			module->sites[i]->is_refused = 1;
		refused_count += count;
	}
	set_slots(module);
}

void site_enter(struct tt_impl_site *const *from, struct tt_impl_site *const *to)
{
	pthread_mutex_lock(&lock);
	if (!find(from))
		enter_locked(from, (uint32_t)(to - from));
	pthread_mutex_unlock(&lock);
}

void site_leave(struct tt_impl_site *const *from)
{
	struct module *module;

	pthread_mutex_lock(&lock);
	module = find(from);
	if (module) {
		__atomic_store_n(&module->is_gone, 1, __ATOMIC_RELEASE);
		fence_seq_cst();     /* S1: as in enter_locked */
		region_wait_ready(); /* who makes a region may be reading the sites */
	}
	pthread_mutex_unlock(&lock);
}

void site_write_all(void)
{
	for (struct module *module = next_of(&first); module; module = next_of(&module->next))
		if (write_module(module) < 0)
			report("no room for call places", "", ENOSPC);
}

void site_filter(const char *spec)
{
	pthread_mutex_lock(&lock);
	filter_set(spec);
	for (struct module *module = first; module; module = module->next)
		if (!module->is_gone)
			set_slots(module);
	pthread_mutex_unlock(&lock);
}

uint64_t site_count(void)
{
	return __atomic_load_n(&next_id, __ATOMIC_RELAXED) - 1;
}

uint64_t site_refused_count(void)
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

/* The number of wide characters before the terminator, at most `most`. */
static uint32_t wide_length(const wchar_t *string, uint32_t most)
{
	uint32_t length = 0;

	while (length < most && string[length] != L'\0')
		length++;
	return length;
}

struct tt_impl_string site_measure(uint64_t bits, uint32_t rule, uint64_t before, uint32_t left)
{
	struct tt_impl_string string = { (const char *)(uintptr_t)bits, 0, TTF_STRING_NULL };
	uint32_t unit = rule & TT_IMPL_RULE_WIDE ? sizeof(wchar_t) : 1;
	uint32_t most = rule & TT_IMPL_RULE_PRECISION, length, room = left / unit;

	if (rule == TT_IMPL_RULE_POINTER)
		return (struct tt_impl_string){ NULL, 8, 8 };
	if (bits == 0)
		return string;
	if (rule & TT_IMPL_RULE_STAR) /* a negative precision is none */
		most = (int32_t)before < 0 || (int32_t)before > (int32_t)TT_IMPL_RULE_PLAIN
			       ? TT_IMPL_RULE_PLAIN
			       : (uint32_t)before;
	if (most > room)
		most = room + 1; /* one more than is kept tells whether it was cut */
	length = unit == 1 ? (uint32_t)strnlen(string.from, most)
			   : wide_length((const wchar_t *)(uintptr_t)bits, most);
	string.bytes = (length > room ? room : length) * unit;
	string.field = string.bytes | (length > room ? TTF_STRING_TRUNCATED : 0);
	return string;
}
