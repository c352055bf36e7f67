#include "sites.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/crc32.h"

#define RECORD_IDS (1u << 20) /* what a record's id field can hold */

/* The lengths of an entry, all checked against their limits. */
struct lengths {
	uint32_t bytes;
	uint16_t target;
	uint16_t file;
	uint16_t function;
	uint16_t format;
	uint16_t names;
};

static bool lengths_read(struct lengths *lengths, const uint8_t *entry)
{
	*lengths = (struct lengths){
		.bytes = ttf_load32(entry + TTF_SITE_BYTES),
		.target = ttf_load16(entry + TTF_SITE_TARGET_BYTES),
		.file = ttf_load16(entry + TTF_SITE_FILE_BYTES),
		.function = ttf_load16(entry + TTF_SITE_FUNCTION_BYTES),
		.format = ttf_load16(entry + TTF_SITE_FORMAT_BYTES),
		.names = ttf_load16(entry + TTF_SITE_NAMES_BYTES),
	};
	if (lengths->bytes % 8 != 0 || lengths->bytes > TTF_SITE_MAX)
		return false;
	if (lengths->target == 0 || lengths->target > TTF_SITE_TARGET_MAX ||
	    lengths->file > TTF_SITE_FILE_MAX || lengths->function > TTF_SITE_FUNCTION_MAX ||
	    lengths->format > TTF_SITE_FORMAT_MAX || lengths->names > TTF_SITE_NAMES_MAX)
		return false;
	return TTF_SITE_STRINGS + (uint32_t)lengths->target + lengths->file + lengths->function +
		       lengths->format + lengths->names <=
	       lengths->bytes;
}

/* Whether an intact entry stands at `at`; *lengths is set. Cheap tests first: a search asks at every 8 bytes. */
static bool is_intact(struct sites *sites, struct window *window, uint64_t at, uint64_t to,
		      struct lengths *lengths)
{
	const uint8_t *entry;
	uint32_t id;

	entry = window_at(window, at, TTF_SITE_STRINGS);
	if (entry == NULL || !lengths_read(lengths, entry) || lengths->bytes > to - at)
		return false;
	id = ttf_load32(entry + TTF_SITE_ID);
	if (id == 0 || id > TTF_SITE_ID_MAX || entry[TTF_SITE_ARGUMENTS] > TTF_ARGUMENTS_MAX)
		return false;
	/* The type of the hidden errno is never written. */
	if (memchr(entry + TTF_SITE_TYPES, 0, entry[TTF_SITE_ARGUMENTS]) != NULL ||
	    memchr(entry + TTF_SITE_TYPES, TTF_ERRNO, entry[TTF_SITE_ARGUMENTS]) != NULL)
		return false;
	entry = window_at(window, at, lengths->bytes);
	if (entry != NULL && ttf_load32(entry + TTF_SITE_CRC) ==
				     ttf_crc32(0, entry + TTF_SITE_ID, lengths->bytes - TTF_SITE_ID))
		return true;
	sites->tried_bytes += lengths->bytes;
	return false;
}

/* By size, 16 bytes first, and within one size in the order of the arguments. */
void site_lay_out(struct site *site)
{
	uint16_t offset = 0;

	site->strings = 0;
	for (unsigned size = 16; size >= 2; size /= 2) {
		for (unsigned i = 0; i < site->fields; i++) {
			if (ttf_type_bytes(site->types[i]) != size)
				continue;
			site->offsets[i] = offset;
			offset = (uint16_t)(offset + size);
			if (size == 2)
				site->string_fields[site->strings++] = (uint8_t)i;
		}
	}
	site->fixed_bytes = offset;
}

static void describe(struct site *site, const uint8_t *entry)
{

	site->id = ttf_load32(entry + TTF_SITE_ID);
	site->line = ttf_load32(entry + TTF_SITE_LINE);
	site->level = entry[TTF_SITE_LEVEL];
	site->kind = entry[TTF_SITE_KIND];
	site->arguments = entry[TTF_SITE_ARGUMENTS];
	site->has_errno = entry[TTF_SITE_FLAGS] & TTF_SITE_FLAG_ERRNO;
	memcpy(site->types, entry + TTF_SITE_TYPES, site->arguments);
	if (site->has_errno)
		site->types[site->arguments] = TTF_ERRNO;
	site->fields = (uint8_t)(site->arguments + site->has_errno);
	site->is_unknown = site->level == 0 || site->level >= TTF_LEVEL_END || site->kind >= TTF_KIND_END;
	for (unsigned i = 0; i < site->fields; i++)
		if (ttf_type_bytes(site->types[i]) == 0)
			site->is_unknown = true;
	site_lay_out(site);
}

static struct text cut(const char **strings, size_t bytes)
{
	struct text text = { *strings, bytes };

	*strings += bytes;
	return text;
}

/* One allocation holds the site and the strings. */
static struct site *make(const uint8_t *entry, const struct lengths *lengths)
{
	size_t string_bytes = lengths->bytes - TTF_SITE_STRINGS;
	struct site *site = calloc(1, sizeof(*site) + string_bytes);
	const char *strings;

	if (site == NULL)
		return NULL;
	strings = memcpy(site + 1, entry + TTF_SITE_STRINGS, string_bytes);
	describe(site, entry);
	site->target = cut(&strings, lengths->target);
	site->file = cut(&strings, lengths->file);
	site->function = cut(&strings, lengths->function);
	site->format = cut(&strings, lengths->format);
	site->names = cut(&strings, lengths->names);
	return site;
}

static int make_room(struct sites *sites, uint32_t id)
{
	uint32_t room = sites->room < 256 ? 256 : sites->room;
	struct site **larger;

	if (id < sites->room)
		return 0;
	while (room <= id)
		room *= 2;
	larger = realloc(sites->by_id, room * sizeof(*larger));
	if (larger == NULL)
		return -ENOMEM;
	memset(larger + sites->room, 0, (room - sites->room) * sizeof(*larger));
	sites->by_id = larger;
	sites->room = room;
	return 0;
}

/* Of two entries of one id the first counts, a promised one before one that was found. */
static int add(struct sites *sites, const uint8_t *entry, const struct lengths *lengths, bool is_promised)
{
	uint32_t id = ttf_load32(entry + TTF_SITE_ID);
	struct site *site;
	struct site *before;

	if (make_room(sites, id) != 0)
		return -ENOMEM;
	before = sites->by_id[id];
	if (before != NULL && (!is_promised || !before->is_found))
		return 0;
	site = make(entry, lengths);
	if (site == NULL)
		return -ENOMEM;
	site->is_found = !is_promised;
	sites->by_id[id] = site;
	sites->count += before == NULL;
	sites->unknown += site->is_unknown;
	sites->unknown -= before != NULL && before->is_unknown;
	free(before);
	return 0;
}

static bool is_tired(const struct sites *sites)
{
	return sites->tried_bytes > SITES_TRIED_MAX;
}

/*
 * Where the next entry stands that begins before `to` and ends until `limit`, or `to`. Holes are jumped over: a length may claim a
 * terabyte of them.
 */
static uint64_t search(struct sites *sites, struct window *window, uint64_t at, uint64_t to, uint64_t limit,
		       struct lengths *lengths)
{
	uint64_t next_look = 0;

	for (; at < to && !is_tired(sites); at += 8) {
		if (at >= next_look) {
			uint64_t data = source_next_data(window->source, at) & ~(uint64_t)7;

			next_look = at + 1048576;
			if (data > at)
				at = data;
			if (at >= to)
				return to;
		}
		if (is_intact(sites, window, at, limit, lengths))
			return at;
	}
	return to;
}

/* No entry stands at range->from: goes on to the next one. */
static void skip(struct sites *sites, struct window *window, struct sites_range *range,
		 struct lengths *lengths, struct damage *damage)
{
	const char *name = window->source->name;
	uint64_t from = range->from;
	bool was_tired = is_tired(sites);

	if (from < range->promised)
		damage_report(damage, name, from, "a site's entry is damaged");
	range->from = search(sites, window, from + 8, range->to, range->limit, lengths);
	if (is_tired(sites) && !was_tired)
		damage_report(damage, name, from,
			      "too much seems to be a site's entry and is none: no more are looked for");
}

int sites_read(struct sites *sites, struct window *window, struct sites_range *range, struct damage *damage)
{
	while (range->from < range->to) {
		struct lengths lengths;
		int error;

		if (!is_intact(sites, window, range->from, range->limit, &lengths)) {
			if (window->source->failure != NULL && *window->source->failure == -ENOMEM)
				return -ENOMEM;
			skip(sites, window, range, &lengths, damage);
			if (range->from >= range->to)
				break;
		}
		error = add(sites, window_at(window, range->from, lengths.bytes), &lengths,
			    range->from < range->promised);
		if (error != 0)
			return error;
		range->from += lengths.bytes;
	}
	return 0;
}

int sites_open(struct sites *sites)
{
	*sites = (struct sites){ .reported = calloc(1, RECORD_IDS / 8) };
	return sites->reported != NULL ? 0 : -ENOMEM;
}

bool sites_first_miss(struct sites *sites, uint32_t id)
{
	uint8_t bit = (uint8_t)(1u << id % 8);

	if (sites->reported == NULL || id >= RECORD_IDS)
		return true;
	if (sites->reported[id / 8] & bit)
		return false;
	sites->reported[id / 8] |= bit;
	return true;
}

void sites_forget(struct sites *sites, void (*forget)(struct site *site))
{
	for (uint32_t id = 0; id < sites->room; id++)
		if (sites->by_id[id] != NULL)
			forget(sites->by_id[id]);
}

void sites_free(struct sites *sites, void (*forget)(struct site *site))
{
	if (forget != NULL)
		sites_forget(sites, forget);
	for (uint32_t id = 0; id < sites->room; id++)
		if (sites->by_id[id] != NULL) /* as few are where one id is high */
			free(sites->by_id[id]);
	free(sites->by_id);
	free(sites->reported);
	*sites = (struct sites){ 0 };
}
