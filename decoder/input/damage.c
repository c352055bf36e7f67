#include "damage.h"

#include <stdarg.h>
#include <stdio.h>

void damage_report(struct damage *damage, const char *file, uint64_t offset, const char *format, ...)
{
	char what[DAMAGE_TEXT_BYTES];
	va_list arguments;

	if (damage->is_muted)
		return;
	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	damage->count++;
	damage->report(damage, file, offset, what);
}
