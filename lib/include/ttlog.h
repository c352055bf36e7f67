/*
 * ttlog.h - a flight recorder for C programs.
 *
 *	#define TT_TARGET "net.http"
 *	#include <ttlog.h>
 *
 *	TT_INFO("conn %d state %s", fd, name);
 *
 * Always on: an event costs a few nanoseconds and overwrites the oldest ones of its thread. Nothing is formatted
 * or sent. The rings live in a shared-memory file, the black box, that outlives the program even if it is
 * killed; snapshots of them are made on demand, on a signal and on a crash; `ttdecode` prints both.
 *
 * Every function here returns 0, or a negative errno value. Unless it says otherwise a function is for ordinary
 * code (it may block and allocate), may be called by any thread at any time, also before tt_init, and on an
 * error changes nothing. The macros may be used anywhere at all: in signal handlers, constructors, destructors,
 * atexit handlers, forked children.
 *
 * Environment variables win over struct tt_options, so that whoever runs a program has the last word. They are
 * ignored in a program that runs with raised privileges (AT_SECURE). A bad value is reported once on stderr,
 * and the default is used.
 *
 *	TTLOG_SERVICE       name of the program in file names and headers; default: its executable's
 *	TTLOG_DIR           where snapshots go; default: the working directory at start
 *	TTLOG_BLACKBOX_DIR  where the black box goes, or `off`; default $XDG_RUNTIME_DIR/ttlog or /dev/shm/ttlog-<uid>
 *	TTLOG_RING_BYTES    of a thread's ring, default 256K; suffixes K, M, G
 *	TTLOG_MAX_BYTES     of the whole region, default 64M
 *	TTLOG_CLOCK         tsc | adaptive | monotonic; default: tsc where it can be trusted. adaptive: a burst's events cost 2 ns
 *	                    instead of 15, and have a time with a bound
 *	TTLOG_FILTER        as tt_filter
 *	TTLOG_CRASH         1: tt_snapshot_on_crash
 *	TTLOG_SIGNAL        USR2, or a number: tt_snapshot_on_signal
 */
#ifndef TTLOG_H
#define TTLOG_H

#include <stddef.h>
#include <stdint.h>

#include <ttlog/impl.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TT_VERSION "0.1.0"

/* The target of this file's events: dotted, 1 to 255 bytes. Define it before the include. */
#ifndef TT_TARGET
#define TT_TARGET "app"
#endif

enum tt_level {
	TT_LEVEL_TRACE = 1,
	TT_LEVEL_DEBUG,
	TT_LEVEL_INFO,
	TT_LEVEL_WARN,
	TT_LEVEL_ERROR,
	TT_LEVEL_FATAL
};

/*
 * TT_INFO(format, ...) and its like report an event. `format` is a printf format, a string literal, checked by the
 * compiler; up to 16 arguments follow, each evaluated once, and only if the event is recorded. Strings are
 * copied, at most 4096 bytes of all strings of one event; everything else is stored as it is. `%n` is refused:
 * such a site is reported once on stderr and never recorded.
 *
 * Cost: about one clock read (15 ns) when on, 0.3 ns when off. No allocation, lock or system call, errno untouched; a
 * thread's first event (some 0.2 ms, in which its ring is made) and one in some hundreds after it (0.1 us) take a slower path that never blocks.
 * With TT_DISABLE defined they compile to nothing, and the arguments are still checked.
 */
#define TT_TRACE(...) TT_IMPL_EVENT(TT_LEVEL_TRACE, TT_TARGET, #__VA_ARGS__, __VA_ARGS__)
#define TT_DEBUG(...) TT_IMPL_EVENT(TT_LEVEL_DEBUG, TT_TARGET, #__VA_ARGS__, __VA_ARGS__)
#define TT_INFO(...) TT_IMPL_EVENT(TT_LEVEL_INFO, TT_TARGET, #__VA_ARGS__, __VA_ARGS__)
#define TT_WARN(...) TT_IMPL_EVENT(TT_LEVEL_WARN, TT_TARGET, #__VA_ARGS__, __VA_ARGS__)
#define TT_ERROR(...) TT_IMPL_EVENT(TT_LEVEL_ERROR, TT_TARGET, #__VA_ARGS__, __VA_ARGS__)
#define TT_FATAL(...) TT_IMPL_EVENT(TT_LEVEL_FATAL, TT_TARGET, #__VA_ARGS__, __VA_ARGS__)

/* The same with level and target, both constants, said on the spot. */
#define TT_LOG(level, target, ...) TT_IMPL_EVENT(level, target, #__VA_ARGS__, __VA_ARGS__)

/* Set `size` to sizeof(struct tt_options), and the rest to zero where the default is wanted. Strings are copied. */
struct tt_options {
	size_t size;
	const char *service;	  /* TTLOG_SERVICE */
	const char *dir;	  /* TTLOG_DIR */
	const char *blackbox_dir; /* TTLOG_BLACKBOX_DIR */
	size_t ring_bytes;	  /* TTLOG_RING_BYTES */
	size_t max_bytes;	  /* TTLOG_MAX_BYTES */
	const char *clock;	  /* TTLOG_CLOCK */
	const char *filter;	  /* TTLOG_FILTER */
};

/*
 * Starts the recorder with these options (NULL: defaults). Optional: the first event does the same with defaults.
 * Makes the region. -EINVAL: an option is wrong; -EALREADY: an event or an earlier call has started the recorder;
 * -ESHUTDOWN: after tt_shutdown. If the black box cannot be made the recorder works in anonymous memory, says so
 * once on stderr and tt_init returns 0.
 */
TT_IMPL_API int tt_init(const struct tt_options *options);

/*
 * Writes a snapshot of all rings to `path` (NULL: <dir>/<service>-<pid>-<time>.tts), with the reason given (NULL: none). The
 * threads go on meanwhile. The file appears, mode 0600, when it is whole, and replaces one of that name; on an error
 * none is left behind. Returns 0, -ENODATA if nothing was ever recorded, or what the file system said.
 * Cost: milliseconds; memory: as much as the region has in use, given back at return.
 */
TT_IMPL_API int tt_snapshot(const char *path, const char *reason);

/*
 * Makes a crash (SIGSEGV SIGBUS SIGILL SIGFPE SIGABRT SIGTRAP SIGSYS) write a snapshot to <dir>, whose space is
 * reserved now. Handlers that were there before run afterwards, and exit status and core file stay what they would have
 * been. Call it after other handlers were installed. If an earlier handler lets the program go on after all, the recorder
 * stays frozen: events are counted as dropped. Returns 0 or what the file system said.
 */
TT_IMPL_API int tt_snapshot_on_crash(void);

/*
 * Makes signal `signo` write a snapshot to <dir>, in the thread that receives it; the handler that was there before
 * runs afterwards. -EINVAL: not a signal that can be caught.
 */
TT_IMPL_API int tt_snapshot_on_signal(int signo);

/*
 * Names the calling thread in every trace: at most 31 bytes. Without it a thread has the name that the kernel knows at its
 * first event. -EINVAL: NULL or too long. -ENOBUFS: the thread has no ring, and could get none.
 */
TT_IMPL_API int tt_thread_name(const char *name);

/*
 * Decides which sites record: "info,net=debug,db.*=off". A comma-separated list of rules, `level` for all targets or
 * `target=level`; the last rule that matches a target decides. A target matches itself and everything below
 * it (`net` matches `net.http`); `*` stands for any characters. Levels: trace debug info warn error fatal off. What no rule matches
 * records from trace on. NULL or "": everything. Takes effect at once, in all threads. -EINVAL: not a filter.
 */
TT_IMPL_API int tt_filter(const char *spec);

/* Causes of a drop: index into tt_stats.dropped_by_cause. */
enum tt_drop {
	TT_DROP_NESTED,	  /* in a signal handler that interrupted a nested record */
	TT_DROP_NO_RING,  /* the region is full */
	TT_DROP_SHUTDOWN, /* after tt_shutdown */
	TT_DROP_FROZEN,	  /* while crashing */
	TT_DROP_STARTING, /* another thread was making the region */
	TT_DROP_EXITING,  /* the thread had given its ring back */
	TT_DROP_CAUSES = 8
};

struct tt_stats {
	size_t size;	      /* set to sizeof(struct tt_stats) before the call */
	uint64_t recorded;    /* events, by all threads that ever lived */
	uint64_t overwritten; /* of them; those of threads whose ring was reused included */
	uint64_t dropped;
	uint64_t dropped_by_cause[TT_DROP_CAUSES];
	uint64_t threads;	/* that ever had a ring */
	uint64_t rings;		/* of threads, living and exited */
	uint64_t sites;		/* registered */
	uint64_t sites_refused; /* with %n, without room, or otherwise not registered */
	uint64_t region_bytes;	/* taken so far */
	uint64_t snapshots;
	uint64_t snapshots_failed;
};

/* g++: a function beside a struct of its name "hides the constructor". */
#ifdef __cplusplus
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif
/* The counters as of now, exact for threads that are not recording meanwhile. -EINVAL: NULL or no size. */
TT_IMPL_API int tt_stats(struct tt_stats *stats);
#ifdef __cplusplus
#pragma GCC diagnostic pop
#endif

/*
 * Ends recording: the black box is unlinked, signal handlers are given back. Events afterwards are counted and nothing else.
 * Runs by itself when the program exits in order.
 */
TT_IMPL_API void tt_shutdown(void);

#ifdef __cplusplus
}
#endif

#endif
