#include "glob.h"

#include <string.h>

bool glob_any(const char *list, bool (*matches)(struct text pattern, const void *context),
	      const void *context)
{
	for (;;) {
		size_t bytes = strcspn(list, ",");
		struct text pattern = { list, bytes };

		while (pattern.bytes > 0 && *pattern.at == ' ') {
			pattern.at++;
			pattern.bytes--;
		}
		while (pattern.bytes > 0 && pattern.at[pattern.bytes - 1] == ' ')
			pattern.bytes--;
		if (pattern.bytes > 0 && matches(pattern, context))
			return true;
		if (list[bytes] == '\0')
			return false;
		list += bytes + 1;
	}
}

/* Wildcards with one place to come back to: a later star makes the earlier ones' choice final. */
static bool match(struct text pattern, struct text text, bool may_end_before_dot)
{
	size_t star = SIZE_MAX;
	size_t star_text = 0;
	size_t p = 0;
	size_t t = 0;

	for (;;) {
		bool is_end = t == text.bytes || (may_end_before_dot && text.at[t] == '.');

		if (p == pattern.bytes && is_end)
			return true;
		if (p < pattern.bytes && pattern.at[p] == '*') {
			star = p++;
			star_text = t;
		} else if (p < pattern.bytes && t < text.bytes && pattern.at[p] == text.at[t]) {
			p++;
			t++;
		} else if (star != SIZE_MAX && star_text < text.bytes) {
			p = star + 1;
			t = ++star_text;
		} else {
			return false;
		}
	}
}

bool glob_matches(struct text pattern, struct text text)
{
	return match(pattern, text, false);
}

bool glob_matches_target(struct text pattern, struct text target)
{
	return match(pattern, target, true);
}
