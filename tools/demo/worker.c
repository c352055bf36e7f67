/*
 * worker.c - reads files in blocks of 64 KiB and compresses each block with LZ4. The output is measured, not kept.
 *
 * A file that cannot be read travels on with its error set: every file the walker queued reaches the indexer.
 */
#define TT_TARGET "demo.work"
#include <ttlog.h>

#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <lz4.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fnv.h"
#include "monotonic.h"

int worker_init(struct worker *worker, unsigned number, struct queue *files, struct queue *results,
		struct worker_crash *crash)
{
	*worker = (struct worker){ .number = number, .files = files, .results = results, .crash = crash };
	worker->compressed_bytes = LZ4_compressBound(WORKER_BLOCK_BYTES);
	worker->block = malloc(WORKER_BLOCK_BYTES);
	worker->compressed = malloc((size_t)worker->compressed_bytes);
	worker->lz4_state = malloc((size_t)LZ4_sizeofState());
	if (!worker->block || !worker->compressed || !worker->lz4_state) {
		worker_destroy(worker);
		return -ENOMEM;
	}
	return 0;
}

void worker_destroy(struct worker *worker)
{
	free(worker->block);
	free(worker->compressed);
	free(worker->lz4_state);
}

/* Fills the block: short only at the end of the file. Bytes read, or -errno. */
static ssize_t read_block(int fd, unsigned char *block)
{
	size_t have = 0;

	while (have < WORKER_BLOCK_BYTES) {
		ssize_t got = read(fd, block + have, WORKER_BLOCK_BYTES - have);

		if (got == 0)
			break;
		if (got > 0)
			have += (size_t)got;
		else if (errno != EINTR)
			return -errno;
	}
	return (ssize_t)have;
}

static int compress_block(struct worker *worker, struct file *file, size_t bytes)
{
	int compressed =
		LZ4_compress_fast_extState(worker->lz4_state, (const char *)worker->block, worker->compressed,
					   (int)bytes, worker->compressed_bytes, 1);

	if (compressed <= 0) {
		TT_ERROR("LZ4 refused block %u of %s (%zu bytes)", file->block_count, file->path, bytes);
		return -EIO;
	}
	TT_TRACE("block %u of %s: %zu -> %d bytes", file->block_count, file->path, bytes, compressed);
	file->checksum = fnv_add(file->checksum, worker->block, bytes);
	file->in_bytes += bytes;
	file->out_bytes += (uint64_t)compressed;
	file->block_count++;
	return 0;
}

/* What a careless program does when a pointer it counts on was never set. */
static void crash_as_asked(const struct worker_crash *crash, const struct file *file)
{
	TT_FATAL("dereferencing a null pointer at file number %llu, %s: --crash-after asks for it",
		 (unsigned long long)crash->after_count + 1, file->path);
	*crash->never_set = 1;
}

static int compress_blocks(struct worker *worker, struct file *file, int fd)
{
	for (;;) {
		ssize_t got = read_block(fd, worker->block);
		int result;

		if (got < 0) {
			errno = (int)-got;
			TT_ERROR("cannot read %s at byte %llu: %m", file->path,
				 (unsigned long long)file->in_bytes);
			return (int)got;
		}
		if (got == 0)
			return 0;
		result = compress_block(worker, file, (size_t)got);
		if (result < 0)
			return result;
	}
}

/* A descriptor of a regular file, or -errno. The file may have been replaced since the walker saw it: a link is not
 * followed and a FIFO is not waited for. */
static int open_file(const struct file *file)
{
	int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (fd < 0) {
		int error = errno;

		TT_WARN("cannot open %s: %m", file->path);
		return -error;
	}
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
		TT_WARN("skip %s: no longer a regular file", file->path);
		close(fd);
		return -EINVAL;
	}
	TT_DEBUG("open %s (%lld bytes)", file->path, (long long)status.st_size);
	return fd;
}

static void work_on(struct worker *worker, struct file *file)
{
	uint64_t before_count =
		atomic_fetch_add_explicit(&worker->crash->begun_count, 1, memory_order_relaxed);
	int64_t start_ns = monotonic_ns();
	int fd = open_file(file);

	if (worker->crash->is_wanted && before_count == worker->crash->after_count)
		crash_as_asked(worker->crash, file);
	if (fd < 0) {
		file->error = -fd;
		return;
	}
	file->checksum = FNV_START;
	file->error = -compress_blocks(worker, file, fd);
	close(fd);
	if (file->error)
		return;
	if (file->in_bytes != (uint64_t)file->size_bytes)
		TT_WARN("%s changed while it was queued: %lld bytes then, %llu now", file->path,
			(long long)file->size_bytes, (unsigned long long)file->in_bytes);
	TT_INFO("done %s: %llu -> %llu bytes (%.1f %%), %u block(s), %.3f ms", file->path,
		(unsigned long long)file->in_bytes, (unsigned long long)file->out_bytes,
		file_percent(file->in_bytes, file->out_bytes), file->block_count,
		monotonic_ms_since(start_ns));
}

void *worker_main(void *argument)
{
	struct worker *worker = argument;
	struct file *file;
	unsigned file_count = 0;
	char name[32];

	snprintf(name, sizeof(name), "worker-%u", worker->number);
	tt_thread_name(name);
	TT_DEBUG("thread starts");
	while ((file = queue_take(worker->files))) {
		work_on(worker, file);
		file_count++;
		if (queue_put(worker->results, file) < 0)
			file_free(file);
	}
	TT_DEBUG("thread stops after %u files", file_count);
	return NULL;
}
