#include "report.h"

#include <string.h>
#include <unistd.h>

#include "platform/os.h"
#include "text.h"

void report(const char *what, const char *detail, int error)
{
	char line[1024];
	struct text text = text_in(line, sizeof(line) - 1);

	text_add(&text, "ttlog: ");
	text_add(&text, what);
	if (detail[0] != '\0') {
		text_add(&text, ": ");
		text_add(&text, detail);
	}
	if (error != 0) {
		const char *description = strerrordesc_np(error < 0 ? -error : error);

		text_add(&text, ": ");
		text_add(&text, description ? description : "unknown error");
	}
	line[text.bytes] = '\n';
	os_write(STDERR_FILENO, line, text.bytes + 1);
}

void report_once(int *flag, const char *what, const char *detail, int error)
{
	if (!__atomic_exchange_n(flag, 1, __ATOMIC_RELAXED))
		report(what, detail, error);
}
