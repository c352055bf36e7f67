#include "filter.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "../format-spec/twin/record.h"
#include "config.h"
#include "text.h"

static char current[CONFIG_FILTER_BYTES];

static const char *const level_names[] = { "", "trace", "debug", "info", "warn", "error", "fatal", "off" };

/* One rule of a spec, as pointers into it. */
struct rule {
	const char *pattern;
	size_t pattern_bytes; /* 0: every target */
	unsigned minimum;
};

static unsigned level_of(const char *name, size_t bytes)
{
	for (unsigned level = 1; level < sizeof(level_names) / sizeof(level_names[0]); level++)
		if (strlen(level_names[level]) == bytes && memcmp(level_names[level], name, bytes) == 0)
			return level;
	return 0;
}

static void trim(const char **text, size_t *bytes)
{
	for (; *bytes > 0 && **text == ' '; ++*text)
		--*bytes;
	while (*bytes > 0 && (*text)[*bytes - 1] == ' ')
		--*bytes;
}

/* Takes the next rule off *spec. Returns 1, 0 at the end, where blanks may stand, -EINVAL. */
static int next_rule(const char **spec, struct rule *rule)
{
	const char *text = *spec, *equals, *level;
	size_t bytes = strcspn(text, ","), level_bytes;
	bool is_last = text[bytes] == '\0';

	*spec += bytes + !is_last;
	trim(&text, &bytes);
	if (bytes == 0)
		return is_last ? 0 : -EINVAL;
	equals = memchr(text, '=', bytes);
	level = equals ? equals + 1 : text;
	level_bytes = bytes - (size_t)(level - text);
	rule->pattern = text;
	rule->pattern_bytes = equals ? (size_t)(equals - text) : 0;
	trim(&rule->pattern, &rule->pattern_bytes);
	trim(&level, &level_bytes);
	rule->minimum = level_of(level, level_bytes);
	return rule->minimum == 0 || (equals && rule->pattern_bytes == 0) ? -EINVAL : 1;
}

int filter_check(const char *spec)
{
	const char *at = spec;
	struct rule rule;
	int result;

	if (strlen(spec) >= sizeof(current))
		return -EINVAL;
	while ((result = next_rule(&at, &rule)) > 0)
		continue;
	return result;
}

void filter_set(const char *spec)
{
	struct text text = text_in(current, sizeof(current));

	text_add(&text, spec);
}

/*
 * Does the pattern match the target, or a part of it that ends before a dot? `*` stands for any characters. The
 * usual matching of wildcards with one point to come back to: linear but for patterns of many stars.
 */
static bool matches(const struct rule *rule, const char *target)
{
	const char *pattern = rule->pattern, *end = pattern + rule->pattern_bytes;
	const char *star = NULL, *star_target = NULL;

	for (;;) {
		if (pattern == end && (*target == '\0' || *target == '.'))
			return true;
		if (pattern < end && *pattern == '*') {
			star = pattern++;
			star_target = target;
		} else if (*target != '\0' && pattern < end && *pattern == *target) {
			pattern++;
			target++;
		} else if (star && *star_target != '\0') {
			pattern = star + 1;
			target = ++star_target;
		} else {
			return false;
		}
	}
}

unsigned filter_minimum(const char *target)
{
	unsigned minimum = TTF_LEVEL_TRACE;
	const char *at = current;
	struct rule rule;

	while (next_rule(&at, &rule) > 0)
		if (rule.pattern_bytes == 0 || matches(&rule, target))
			minimum = rule.minimum;
	return minimum;
}
