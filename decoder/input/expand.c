#include "expand.h"

#include <dlfcn.h>
#include <errno.h>
#include <lz4frame.h>
#include <string.h>

#include "../../format-spec/twin/bytes.h"

#define ZSTD_MAGIC 0xfd2fb528u
#define LZ4_MAGIC 0x184d2204u

static int lz4_open(void **state)
{
	LZ4F_dctx *context;

	if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)))
		return -ENOMEM;
	*state = context;
	return 0;
}

static int lz4_run(void *state, const uint8_t *from, size_t *from_bytes, uint8_t *to, size_t *to_bytes)
{
	size_t left = LZ4F_decompress(state, to, to_bytes, from, from_bytes, NULL);

	if (LZ4F_isError(left))
		return -EBADMSG;
	return left == 0;
}

static void lz4_close(void *state)
{
	LZ4F_freeDecompressionContext(state);
}

/* The part of zstd's stable interface that is needed, as its zstd.h has it. */
struct zstd_in {
	const void *at;
	size_t bytes;
	size_t done;
};

struct zstd_out {
	void *at;
	size_t bytes;
	size_t done;
};

static struct {
	void *(*open)(void);
	size_t (*run)(void *state, struct zstd_out *to, struct zstd_in *from);
	size_t (*close)(void *state);
	unsigned (*is_error)(size_t result);
} zstd;

/* A pointer to a function, which C does not make of one to an object. */
static int find(void *library, const char *name, void *to)
{
	void *found = dlsym(library, name);

	memcpy(to, &found, sizeof(found));
	return found != NULL ? 0 : -ENOPKG;
}

static int zstd_load(void)
{
	void *library;

	if (zstd.is_error != NULL)
		return 0;
	library = dlopen("libzstd.so.1", RTLD_NOW | RTLD_LOCAL);
	if (library == NULL || find(library, "ZSTD_createDStream", &zstd.open) != 0 ||
	    find(library, "ZSTD_decompressStream", &zstd.run) != 0 ||
	    find(library, "ZSTD_freeDStream", &zstd.close) != 0)
		return -ENOPKG;
	return find(library, "ZSTD_isError", &zstd.is_error);
}

static int zstd_open(void **state)
{
	int error = zstd_load();

	if (error != 0)
		return error;
	*state = zstd.open();
	return *state != NULL ? 0 : -ENOMEM;
}

static int zstd_run(void *state, const uint8_t *from, size_t *from_bytes, uint8_t *to, size_t *to_bytes)
{
	struct zstd_in in = { from, *from_bytes, 0 };
	struct zstd_out out = { to, *to_bytes, 0 };
	size_t left = zstd.run(state, &out, &in);

	*from_bytes = in.done;
	*to_bytes = out.done;
	if (zstd.is_error(left))
		return -EBADMSG;
	return left == 0;
}

static void zstd_close(void *state)
{
	zstd.close(state);
}

const struct expander *expander_of(const uint8_t *bytes, size_t count)
{
	static const struct expander lz4 = { lz4_open, lz4_run, lz4_close };
	static const struct expander zstandard = { zstd_open, zstd_run, zstd_close };

	if (count < 4)
		return NULL;
	if (ttf_load32(bytes) == LZ4_MAGIC)
		return &lz4;
	return ttf_load32(bytes) == ZSTD_MAGIC ? &zstandard : NULL;
}
