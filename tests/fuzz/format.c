/*
 * format.c - fuzz target: hostile formats and arguments.
 *
 * The first byte says what the rest is:
 *	even: a site and a record, both hostile: registration of the format, its entry, where its fields stand, the record's check and decoding,
 *	      and both renderers. u8 arguments, their types, u16 length of the body, the body, and the format to the end.
 *	odd:  a format of which glibc knows what it prints: u8 length of the values, the values, and the format to the end. What the
 *	      recorder measures of the strings and what the decoder prints must be, byte for byte, what snprintf prints: see
 *	      printf_oracle.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "../../decoder/reader/record.h"
#include "../../decoder/reader/sites.h"
#include "../../decoder/render/json.h"
#include "../../decoder/render/message.h"
#include "../../decoder/render/text.h"
#include "../../format-spec/twin/bytes.h"
#include "../../format-spec/twin/conversion.h"
#include "../../format-spec/twin/crc32.h"
#include "../../lib/site_entry.h"
#include "../../lib/string_rule.h"
#include "fuzz.h"
#include "printf_oracle.h"
#include "shown.h"

#define LINE_BYTES_MAX (2u * 1024 * 1024)
#define MESSAGE_BYTES_MAX 65536u /* rendering.md, "The message" */

static struct out out;

/* A site and a record, as they come. */
struct hostile {
	uint8_t arguments;
	bool has_errno;
	uint8_t types[TTF_ARGUMENTS_MAX];
	const uint8_t *body;
	size_t body_bytes;
	const uint8_t *format;
	size_t format_bytes;
};

static void ignore(struct damage *damage, const char *file, uint64_t offset, const char *what)
{
	(void)damage, (void)file, (void)offset, (void)what;
}

/* Reads an entry as the decoder does. NULL: it is damaged. */
static struct site *read_entry(struct sites *sites, const void *entry, size_t bytes)
{
	static struct fuzz_file file;
	struct damage damage = { .report = ignore };
	struct source source;
	struct window window = WINDOW_ON(&source);
	struct sites_range range = { .to = bytes, .promised = bytes, .limit = bytes };

	if (file.path[0] == '\0')
		fuzz_file_make(&file, "sites");
	fuzz_file_fill(&file, entry, bytes);
	source = (struct source){ .fd = file.fd, .bytes = bytes, .name = "sites" };
	fuzz_require(sites_read(sites, &window, &range, &damage) == 0, "a site's entry can be read");
	window_free(&window);
	return sites_find(sites, 1);
}

/* The entry of a site whose format may hold anything, zero bytes too. */
static size_t write_entry(const struct hostile *hostile, uint8_t *entry)
{
	size_t format =
		hostile->format_bytes < TTF_SITE_FORMAT_MAX ? hostile->format_bytes : TTF_SITE_FORMAT_MAX;
	size_t bytes = ttf_pad8(TTF_SITE_STRINGS + 3 + format);

	memset(entry, 0, bytes);
	ttf_store32(entry + TTF_SITE_BYTES, (uint32_t)bytes);
	ttf_store32(entry + TTF_SITE_ID, 1);
	entry[TTF_SITE_LEVEL] = TTF_LEVEL_INFO;
	entry[TTF_SITE_ARGUMENTS] = hostile->arguments;
	entry[TTF_SITE_FLAGS] = hostile->has_errno ? TTF_SITE_FLAG_ERRNO : 0;
	ttf_store16(entry + TTF_SITE_TARGET_BYTES, 1);
	ttf_store16(entry + TTF_SITE_FILE_BYTES, 1);
	ttf_store16(entry + TTF_SITE_FUNCTION_BYTES, 1);
	ttf_store16(entry + TTF_SITE_FORMAT_BYTES, (uint16_t)format);
	memcpy(entry + TTF_SITE_TYPES, hostile->types, hostile->arguments);
	memcpy(entry + TTF_SITE_STRINGS, "tfg", 3);
	if (format > 0)
		memcpy(entry + TTF_SITE_STRINGS + 3, hostile->format, format);
	ttf_store32(entry + TTF_SITE_CRC, ttf_crc32(0, entry + TTF_SITE_ID, bytes - TTF_SITE_ID));
	return bytes;
}

static void judge(bool is_json)
{
	size_t bytes = out_used(&out);
	const char *wrong = is_json ? shown_json(out.start, bytes) : shown_text(out.start, bytes, false);

	fuzz_require(out.error == 0, "every event can be rendered");
	fuzz_require(bytes > 0 && bytes <= LINE_BYTES_MAX, "an event's line is of bounded length");
	fuzz_require(wrong == NULL, wrong);
	fuzz_require(memchr(out.start, '\n', bytes) == out.start + bytes - 1, "an event is one line");
}

/* Both forms of an event, each of which ends in one line. Its message is of bounded length. */
static void render(struct event *event)
{
	struct text_style style = { .color = false };

	out_clear(&out);
	message_render(&out, event);
	fuzz_require(out_used(&out) <= MESSAGE_BYTES_MAX, "a message is of bounded length");
	out_clear(&out);
	text_event(&out, event, &style);
	judge(false);
	out_clear(&out);
	json_event(&out, event, &(struct labels){ 0 });
	judge(true);
}

/* Only what is rendered straight from the body may read behind it. */
static void decode_exactly(struct event *event, const struct hostile *hostile)
{
	uint8_t *body = fuzz_exact(hostile->body, hostile->body_bytes, false);

	event->body = body;
	event_decode(event);
	event->is_decoded = false;
	free(body);
}

static void decode_record(struct site *site, const struct hostile *hostile)
{
	static const struct process process = { .pid = 1 };
	static const struct ring ring = { .process = &process, .tid = 1 };
	struct argument arguments[EVENT_ARGUMENTS];
	struct event event = { .ring = &ring, .site = site, .arguments = arguments };
	uint8_t *body;

	if (site->is_unknown || record_check(site, hostile->body, hostile->body_bytes) != NULL)
		return;
	decode_exactly(&event, hostile);
	body = calloc(1, hostile->body_bytes + BODY_SLACK);
	fuzz_require(body != NULL, "there is memory");
	if (hostile->body_bytes > 0)
		memcpy(body, hostile->body, hostile->body_bytes);
	event.body = body;
	render(&event);
	message_forget(site);
	free(body);
}

/* Whether a valid %m is in the format: as the grammar of the specification says, not the recorder's quick search. */
static bool has_error(const char *format)
{
	struct ttf_format grammar = { format, format + strlen(format), 0 };
	struct ttf_piece piece;

	while (ttf_format_next(&grammar, &piece))
		if (!piece.is_literal && piece.letter == 'm' && piece.length == TTF_LENGTH_NONE)
			return true;
	return false;
}

/* A string of each argument, by the rule that the format gave it, with what the body begins with as the argument before. */
static void measure_strings(const struct tt_impl_site *site, const struct hostile *hostile)
{
	static const wchar_t string[] = L"a string, also as narrow characters";
	uint64_t before = hostile->body_bytes >= 8 ? ttf_load64(hostile->body) : 0;

	for (unsigned i = 0; i < site->arguments; i++) {
		uint32_t left = (uint32_t)hostile->body_bytes % (TTF_STRINGS_BYTES_MAX + 1);
		struct tt_impl_string measured;

		if (site->types[i] < TTF_STR)
			continue;
		measured = string_rule_measure((uint64_t)(uintptr_t)string, site->rules[i], before, left);
		fuzz_require((measured.field & TTF_STRING_BYTES) == measured.bytes,
			     "a string's length is what it says");
		fuzz_require(measured.bytes <= left || site->rules[i] == TT_IMPL_RULE_POINTER,
			     "a string stays in its room");
	}
}

/* The recorder's side of a hostile format: what it registers, the decoder finds again. */
static void register_site(const struct hostile *hostile)
{
	char *format = fuzz_exact(hostile->format, hostile->format_bytes, true);
	struct tt_impl_site site = { .level = TTF_LEVEL_WARN,
				     .arguments = hostile->arguments,
				     .target = "t",
				     .file = "f",
				     .function = "g",
				     .format = format,
				     .source = format };
	uint8_t types[TT_IMPL_ARGUMENTS_MAX] = { 0 };
	uint32_t bytes = site_entry_bytes(&site);
	int result;

	for (unsigned i = 0; i < hostile->arguments; i++)
		site.types[i] = (uint8_t)(TTF_I32 + hostile->types[i] % (TTF_WSTR - TTF_I32 + 1));
	result = string_rule_set(&site);
	fuzz_require(result == 0 || result == -EINVAL, "a format is taken or refused");
	fuzz_require(site.has_errno || !has_error(format), "a site with a %m records errno");
	string_rule_types(&site, types);
	if (result == 0)
		measure_strings(&site, hostile);
	fuzz_require((bytes == 0) == (strlen(format) > TTF_SITE_FORMAT_MAX),
		     "a site has an entry unless its format is too long");
	if (bytes > 0) {
		struct sites sites = { 0 };
		char *entry = calloc(1, bytes);
		struct site *read;

		fuzz_require(entry != NULL, "there is memory");
		site_entry_write(&site, 1, types, entry);
		read = read_entry(&sites, entry, bytes);
		fuzz_require(read != NULL && !read->is_unknown, "what is registered can be read");
		fuzz_require(read->format.bytes == strlen(format) &&
				     memcmp(read->format.at, format, strlen(format)) == 0 &&
				     read->has_errno == (site.has_errno != 0) &&
				     read->arguments == site.arguments &&
				     memcmp(read->types, types, site.arguments) == 0,
			     "what is registered is what is read");
		sites_free(&sites, NULL);
		free(entry);
	}
	free(format);
}

static void hostile_site(struct fuzz_input input)
{
	static uint8_t entry[TTF_SITE_MAX];
	struct hostile hostile = { 0 };
	struct sites sites = { 0 };
	struct site *site;
	uint8_t first = fuzz_u8(&input);

	hostile.arguments = first % (TTF_ARGUMENTS_MAX + 1);
	hostile.has_errno = first >= 128;
	for (unsigned i = 0; i < hostile.arguments; i++)
		hostile.types[i] = fuzz_u8(&input) & 15;
	hostile.body_bytes = fuzz_u16(&input);
	hostile.body = fuzz_bytes(&input, &hostile.body_bytes);
	hostile.format = input.at;
	hostile.format_bytes = input.left;
	site = read_entry(&sites, entry, write_entry(&hostile, entry));
	if (site != NULL)
		decode_record(site, &hostile);
	sites_free(&sites, message_forget);
	register_site(&hostile);
}

/* The same message from the recorder's and the decoder's rules as from snprintf. */
static void same_as_printf(struct fuzz_input input)
{
	static struct printf_oracle oracle;
	size_t bytes;

	if (!printf_oracle_ask(&oracle, input))
		return;
	out_clear(&out);
	message_render(&out, &oracle.event);
	bytes = oracle.expected_bytes < MESSAGE_BYTES_MAX ? oracle.expected_bytes : MESSAGE_BYTES_MAX;
	fuzz_require(out_used(&out) == bytes && memcmp(out.start, oracle.expected, bytes) == 0,
		     "the message is what printf prints");
	fuzz_require(oracle.event.is_truncated == (oracle.expected_bytes > MESSAGE_BYTES_MAX),
		     "a message that was cut says so");
	render(&oracle.event);
	message_forget(&oracle.site);
	printf_oracle_end(&oracle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = { data, size };

	if (out.start == NULL)
		fuzz_require(out_open(&out, -1) == 0, "there is memory");
	if (fuzz_u8(&input) % 2 == 0)
		hostile_site(input);
	else
		same_as_printf(input);
	return 0;
}
