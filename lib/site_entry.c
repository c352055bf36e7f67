#include "site_entry.h"

#include <stdbool.h>
#include <string.h>

#include "../format-spec/twin/bytes.h"
#include "../format-spec/twin/crc32.h"
#include "../format-spec/twin/record.h"

static uint32_t bounded(const char *string, uint32_t most)
{
	return (uint32_t)strnlen(string, most);
}

/* One past the argument that begins at `from`: the next comma outside of all brackets and quotes, or the end. */
static const char *argument_end(const char *from)
{
	int depth = 0;
	char quote = '\0';

	for (; *from; from++) {
		if (quote) {
			if (*from == '\\' && from[1] != '\0')
				from++;
			else if (*from == quote)
				quote = '\0';
		} else if (*from == '"' || *from == '\'') {
			quote = *from;
		} else if (*from == '(' || *from == '[' || *from == '{') {
			depth++;
		} else if (*from == ')' || *from == ']' || *from == '}') {
			depth--;
		} else if (*from == ',' && depth == 0) {
			break;
		}
	}
	return from;
}

/*
 * The arguments' expressions, out of the macro's source text ("\"conn %d\", fd"), without the format, separated by
 * zero bytes. Returns their length; writes them if `to` is given.
 */
static uint32_t names(const char *source, char *to)
{
	const char *at = argument_end(source);
	uint32_t bytes = 0;

	while (*at == ',') {
		const char *from = at + 1 + strspn(at + 1, " ");

		at = argument_end(from);
		if (bytes + (uint32_t)(at - from) + 1 > TTF_SITE_NAMES_MAX)
			break;
		if (bytes > 0 && to)
			to[bytes] = '\0';
		bytes += bytes > 0;
		if (to)
			memcpy(to + bytes, from, (size_t)(at - from));
		bytes += (uint32_t)(at - from);
	}
	return bytes;
}

uint32_t site_entry_bytes(const struct tt_impl_site *site)
{
	uint32_t target = bounded(site->target, TTF_SITE_TARGET_MAX + 1);
	uint32_t format = bounded(site->format, TTF_SITE_FORMAT_MAX + 1);

	if (target == 0 || target > TTF_SITE_TARGET_MAX || format > TTF_SITE_FORMAT_MAX)
		return 0;
	return (uint32_t)ttf_pad8(TTF_SITE_STRINGS + target + bounded(site->file, TTF_SITE_FILE_MAX) +
				  bounded(site->function, TTF_SITE_FUNCTION_MAX) + format +
				  names(site->source, NULL));
}

static char *put(char *at, const char *string, uint32_t bytes, char *length)
{
	ttf_store16(length, (uint16_t)bytes);
	memcpy(at, string, bytes);
	return at + bytes;
}

void site_entry_write(const struct tt_impl_site *site, uint32_t id, const uint8_t *types, char *to)
{
	uint32_t bytes = site_entry_bytes(site);
	char *at = to + TTF_SITE_STRINGS;

	ttf_store32(to + TTF_SITE_BYTES, bytes);
	ttf_store32(to + TTF_SITE_ID, id);
	ttf_store32(to + TTF_SITE_LINE, site->line);
	to[TTF_SITE_LEVEL] = (char)site->level;
	to[TTF_SITE_KIND] = (char)site->kind;
	to[TTF_SITE_ARGUMENTS] = (char)site->arguments;
	to[TTF_SITE_FLAGS] = site->has_errno ? TTF_SITE_FLAG_ERRNO : 0;
	memcpy(to + TTF_SITE_TYPES, types, site->arguments);
	at = put(at, site->target, bounded(site->target, TTF_SITE_TARGET_MAX), to + TTF_SITE_TARGET_BYTES);
	at = put(at, site->file, bounded(site->file, TTF_SITE_FILE_MAX), to + TTF_SITE_FILE_BYTES);
	at = put(at, site->function, bounded(site->function, TTF_SITE_FUNCTION_MAX),
		 to + TTF_SITE_FUNCTION_BYTES);
	at = put(at, site->format, bounded(site->format, TTF_SITE_FORMAT_MAX), to + TTF_SITE_FORMAT_BYTES);
	ttf_store16(to + TTF_SITE_NAMES_BYTES, (uint16_t)names(site->source, at));
	ttf_store32(to + TTF_SITE_CRC, ttf_crc32(0, to + TTF_SITE_ID, bytes - TTF_SITE_ID));
}
