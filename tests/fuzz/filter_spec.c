/*
 * filter_spec.c - fuzz target: filter specs (TTLOG_FILTER, tt_filter) and the globs of ttdecode, which match as they do.
 *
 * The input is a target, a zero byte, and a spec. The spec is read a second time by a plain reading of README.md's rules; both
 * must say the same.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../decoder/cli/glob.h"
#include "../../format-spec/twin/record.h"
#include "../../lib/config.h"
#include "../../lib/filter.h"
#include "fuzz.h"

/* The naive matcher tries all ways, so it is asked about short texts only. */
#define NAIVE_STARS_MAX 4u
#define NAIVE_BYTES_MAX 64u

#define NOT_A_SPEC 0u

static struct text trim(struct text text)
{
	for (; text.bytes > 0 && *text.at == ' '; text.at++)
		text.bytes--;
	while (text.bytes > 0 && text.at[text.bytes - 1] == ' ')
		text.bytes--;
	return text;
}

/* Off the front, up to the separator or the end. False: it is not there, and all was taken. */
static bool split(struct text *rest, char separator, struct text *piece)
{
	const char *found = rest->bytes > 0 ? memchr(rest->at, separator, rest->bytes) : NULL;

	*piece = *rest;
	if (found == NULL) {
		rest->at += rest->bytes;
		rest->bytes = 0;
		return false;
	}
	piece->bytes = (size_t)(found - rest->at);
	rest->at = found + 1;
	rest->bytes -= piece->bytes + 1;
	return true;
}

static unsigned level_of(struct text name)
{
	static const char *const names[] = { "trace", "debug", "info", "warn", "error", "fatal", "off" };

	for (unsigned i = 0; i < 7; i++)
		if (strlen(names[i]) == name.bytes && memcmp(names[i], name.at, name.bytes) == 0)
			return i + 1;
	return NOT_A_SPEC;
}

/* Whether the pattern is the whole text, or of it a part before a dot. */
static bool matches(struct text pattern, struct text text)
{
	if (pattern.bytes == 0)
		return text.bytes == 0 || *text.at == '.';
	if (*pattern.at == '*') {
		struct text rest = { pattern.at + 1, pattern.bytes - 1 };

		for (; !matches(rest, text); text.at++, text.bytes--)
			if (text.bytes == 0)
				return false;
		return true;
	}
	return text.bytes > 0 && *text.at == *pattern.at &&
	       matches((struct text){ pattern.at + 1, pattern.bytes - 1 },
		       (struct text){ text.at + 1, text.bytes - 1 });
}

static bool is_short(struct text pattern, struct text text)
{
	unsigned stars = 0;

	for (size_t i = 0; i < pattern.bytes; i++)
		stars += pattern.at[i] == '*';
	return stars <= NAIVE_STARS_MAX && pattern.bytes <= NAIVE_BYTES_MAX && text.bytes <= NAIVE_BYTES_MAX;
}

/* The pattern's answer: the decoder's globs, which must agree with the plain matching where that can be asked. */
static bool ask(struct text pattern, struct text target)
{
	bool answer = glob_matches_target(pattern, target);

	if (is_short(pattern, target))
		fuzz_require(answer == matches(pattern, target), "a glob matches what its rule says");
	return answer;
}

/* The level that the spec gives the target, NOT_A_SPEC if it is none. Only the last rule may be blank. */
static unsigned minimum(struct text spec, struct text target)
{
	unsigned result = TTF_LEVEL_TRACE;

	for (bool is_more = true; is_more;) {
		struct text rule, level, pattern;
		unsigned rule_level;

		is_more = split(&spec, ',', &rule);
		rule = trim(rule);
		if (rule.bytes == 0)
			return is_more ? NOT_A_SPEC : result;
		level = rule;
		if (!split(&level, '=', &pattern)) {
			level = pattern;
			pattern = (struct text){ "*", 1 };
		}
		pattern = trim(pattern);
		rule_level = level_of(trim(level));
		if (rule_level == NOT_A_SPEC || pattern.bytes == 0)
			return NOT_A_SPEC;
		if (ask(pattern, target))
			result = rule_level;
	}
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *zero = size > 0 ? memchr(data, 0, size) : NULL;
	size_t target_bytes = zero != NULL ? (size_t)(zero - data) : size;
	size_t spec_bytes = zero != NULL ? strnlen((const char *)zero + 1, size - target_bytes - 1) : 0;
	char *target = fuzz_exact(data, target_bytes, true);
	char *spec = fuzz_exact(zero != NULL ? zero + 1 : data, spec_bytes, true);
	unsigned expected = minimum((struct text){ spec, spec_bytes }, (struct text){ target, target_bytes });
	int result = filter_check(spec);

	fuzz_require(result == 0 || result == -EINVAL, "a spec is right or wrong");
	fuzz_require((result == 0) == (expected != NOT_A_SPEC && spec_bytes < CONFIG_FILTER_BYTES),
		     "a spec is taken if its rules say so");
	if (result == 0) {
		filter_set(spec);
		fuzz_require(filter_minimum(target) == expected,
			     "a target has the level that its last rule says");
	}
	free(target);
	free(spec);
	return 0;
}
