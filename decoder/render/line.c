#include "line.h"

int line_keep(const struct line *line, struct site *site)
{
	struct program *program;
	struct out out;
	int error = out_open(&out, -1);

	if (error != 0)
		return error;
	if (line->is_json)
		json_keep(&out, site);
	else
		text_keep(&out, site);
	error = -out.error;
	program = site->program;
	if (error == 0 && program != NULL)
		program->is_kept[line->is_json] = true;
	out_close(&out);
	return error;
}
