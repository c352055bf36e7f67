/*
 * place.c - the places.
 *
 * What a place needs is made ready before fall(): from there on nothing may allocate, and the next thing is the crash.
 */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cause.h"
#include "locked_malloc.h"
#include "recorder.h"

#define STACK_LEFT_BYTES 2048u /* too little for a signal's frame */
#define DESCRIPTORS 64
#define DESCRIPTORS_MAX 4096
#define SMASHED_BYTES 4096u
#define DUMP_COPIES 100		       /* fewer than the handler makes */
#define FOR_EVER SIGKILL	       /* no signal, but a memcpy that does not come back */
#define HANGING_COPY 50		       /* in the middle of the handler's */
#define WILD_FRAME 0x7ffffffff0000000u /* aligned, above every stack, and nothing is there */

struct place_stage place_stage;
__thread uint32_t place_said;

static __thread int memcpy_signo;      /* what a memcpy to come causes */
static __thread uint32_t memcpy_after; /* so many calls before it */

extern void *__libc_malloc(size_t bytes);

static uint32_t crowd;	/* threads that crash together; 0: no more than one */
static uint32_t fallen; /* of them, about to crash */
static __thread bool has_fallen;

/* Hidden from the compiler, which would make a memcpy of it. */
static void *(*volatile move)(void *to, const void *from, size_t bytes) = memmove;

/* Is that thread asleep? Between its last step and its crash it is not, and in the crash handler it is, waiting for the first one. */
static bool is_asleep(uint32_t tid)
{
	char path[64], stat[256], *name_end;
	ssize_t bytes;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%u/stat", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	bytes = fd < 0 ? 0 : read(fd, stat, sizeof(stat) - 1);
	if (fd >= 0)
		close(fd);
	stat[bytes < 0 ? 0 : bytes] = '\0';
	name_end = strrchr(stat, ')');
	return name_end && strncmp(name_end, ") S", 3) == 0;
}

/*
 * The first of several holds its copying until all others are in the crash handler. One that came when the first is done, and has given the
 * signal back, would rightly find the earlier handler.
 */
static void wait_for_crowd(void)
{
	const struct roles *roles = place_stage.roles;
	uint32_t self = (uint32_t)syscall(SYS_gettid);

	while (__atomic_load_n(&fallen, __ATOMIC_ACQUIRE) < crowd)
		usleep(200);
	for (uint32_t i = 0; i < crowd; i++) {
		uint32_t tid = roles->tids[i == 0 ? ROLE_CRASHER : ROLE_FOLLOWER + i - 1];

		while (tid != self && !is_asleep(tid))
			usleep(200);
	}
	crowd = 0;
}

/*
 * Everybody's memcpy, the library's too. Where a record's string is copied a crash can be put: the record is half written. And where
 * the crash handler copies, it is the handler that faults.
 */
__attribute__((visibility("default"))) void *memcpy(void *restrict to, const void *restrict from,
						    size_t bytes)
{
	int signo = memcpy_signo;

	if (signo != 0 && memcpy_after > 0) {
		memcpy_after--;
	} else if (signo != 0) {
		memcpy_signo = 0;
		place_stage.roles->is_hit = 1;
		if (signo == SIGUSR1)
			raise(SIGUSR1);
		else if (signo == FOR_EVER)
			for (;;)
				pause();
		else
			cause(signo);
	}
	if (has_fallen && crowd > 0)
		wait_for_crowd();
	return move(to, from, bytes);
}

static void say(const char *text)
{
	recorder_say(place_said++, text);
}

static void fall(void)
{
	struct roles *roles = place_stage.roles;

	roles->counts[ROLE_CRASHER] = place_said;
	roles->counts[ROLE_BUSY] = __atomic_load_n(&roles->busy_live, __ATOMIC_ACQUIRE);
	roles->is_staged = 1;
	locked_malloc_forbid();
}

static void fall_of(int signo)
{
	fall();
	cause(signo);
}

static void here(void)
{
	fall_of(place_stage.signo);
}

static void inside_malloc(void)
{
	void *volatile block; /* so that the compiler leaves both calls in */

	locked_malloc_inside(fall_of, place_stage.signo);
	block = malloc(1000);
	free(block);
}

/* All that lies behind a block is overwritten: the next one who allocates from there, or looks, is lost. */
static void after_smashing(void)
{
	char *volatile block = malloc(24);

	if (!block)
		exit(2);
	fall();
	memset(block, 'A', SMASHED_BYTES);
	if (place_stage.signo == SIGABRT)
		block = __libc_malloc(100000); /* finds it, and aborts */
	cause(place_stage.signo);
}

static void in_handler(int signo)
{
	(void)signo;
	say(ROLE_CRASHER_TEXT);
	here();
}

static void from_handler(void)
{
	signal(SIGUSR1, in_handler);
	raise(SIGUSR1);
}

static void inside_record(void)
{
	fall();
	memcpy_signo = place_stage.signo;
	recorder_say(place_said, ROLE_CUT_TEXT);
}

static void in_nested_handler(int signo)
{
	(void)signo;
	for (uint32_t n = 0; n < 10; n++)
		recorder_say(n, ROLE_NESTED_TEXT);
	place_stage.roles->nested_count = 10;
	here();
}

static void inside_nested(void)
{
	signal(SIGUSR1, in_nested_handler);
	memcpy_signo = SIGUSR1;
	recorder_say(place_said, ROLE_CUT_TEXT);
}

/* A string that runs into memory that faults: behind the end of a file, or protected. */
static void bad_string(void)
{
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	FILE *file = tmpfile();

	if (pages == MAP_FAILED || !file || ftruncate(fileno(file), 4096) < 0)
		exit(2);
	if (place_stage.signo == SIGBUS)
		pages = mmap(pages, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fileno(file), 0);
	else
		mprotect(pages + 4096, 4096, PROT_NONE);
	memset(pages, 'x', 4096);
	place_stage.roles->guard_start = (uintptr_t)pages + 4096;
	place_stage.roles->guard_end = (uintptr_t)pages + 8192;
	fall();
	recorder_say(place_said, pages + 4000);
}

/* SIGSEGV: to the end of the stack. Others: until hardly anything is left of it. */
static __attribute__((noinline)) void descend(uintptr_t low, uint64_t depth)
{
	volatile char frame[256];

	frame[0] = 1;
	if (place_stage.signo != SIGSEGV && (uintptr_t)frame - low < STACK_LEFT_BYTES)
		cause(place_stage.signo);
	if (depth > 0)
		descend(low, depth - 1);
	frame[1] = frame[0];
}

static void at_the_end_of_the_stack(void)
{
	fall();
	descend(place_stage.roles->guard_end, UINT64_MAX);
}

static void *watch(void *unused)
{
	return recorder_watch() < 0 ? (void *)-1 : unused;
}

/* Another thread asks for snapshots on a crash. One event later this one is ready for all. */
static void after_late_watch(void)
{
	pthread_t thread;
	void *result;

	if (pthread_create(&thread, NULL, watch, NULL) != 0 || pthread_join(thread, &result) != 0 || result)
		exit(2);
	say(ROLE_CRASHER_TEXT);
	at_the_end_of_the_stack();
}

/* Not even the stack pointer is good for anything. SIGSEGV only. */
static void with_wild_stack(void)
{
	fall();
#if defined(__x86_64__)
	__asm__ volatile("movq %0, %%rsp\n\tpushq $1" : : "r"((uint64_t)CAUSE_NULL_ADDRESS + 8) : "memory");
#elif defined(__aarch64__)
	__asm__ volatile("mov sp, %0\n\tstr x0, [sp, #-16]!"
			 :
			 : "r"((uint64_t)CAUSE_NULL_ADDRESS + 16)
			 : "memory");
#endif
	__builtin_unreachable();
}

/* The program counter is not good either. SIGSEGV only. */
static void call_nowhere(void)
{
	void (*volatile nowhere)(void) = NULL;

	fall();
	nowhere();
}

/* By kill, and not by a fault. */
static void sent(void)
{
	fall();
	kill(getpid(), place_stage.signo);
}

static void *follow(void *argument)
{
	pthread_barrier_t *together = argument;
	static uint32_t count;
	uint32_t role = ROLE_FOLLOWER + __atomic_fetch_add(&count, 1, __ATOMIC_RELAXED);

	place_stage.roles->tids[role] = (uint32_t)syscall(SYS_gettid);
	while (place_said < PLACE_EVENTS)
		say(ROLE_CRASHER_TEXT);
	place_stage.roles->counts[role] = place_said;
	pthread_barrier_wait(together);
	has_fallen = true;
	__atomic_fetch_add(&fallen, 1, __ATOMIC_RELEASE);
	cause(place_stage.signo);
	return NULL;
}

/* Several at once. Who is first is not known before. */
static void together(uint32_t followers)
{
	pthread_barrier_t barrier;
	pthread_t thread;

	pthread_barrier_init(&barrier, NULL, followers + 1);
	for (uint32_t i = 0; i < followers; i++)
		if (pthread_create(&thread, NULL, follow, &barrier) != 0)
			exit(2);
	place_stage.roles->followers = followers;
	crowd = followers + 1;
	fall();
	pthread_barrier_wait(&barrier);
	has_fallen = true;
	__atomic_fetch_add(&fallen, 1, __ATOMIC_RELEASE);
	cause(place_stage.signo);
}

static void two_at_once(void)
{
	together(1);
}

static void sixteen_at_once(void)
{
	together(ROLE_FOLLOWERS_MAX);
}

/* The crash handler itself faults: at its first copy, or some copies later. */
static void inside_dump(void)
{
	fall();
	memcpy_after = place_stage.run * 37 % DUMP_COPIES;
	memcpy_signo = place_stage.signo;
	cause(place_stage.signo);
}

/* The crash handler does not come to its end, and the program wants to hear nothing of alarms. */
static void hanging_dump(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	fall();
	memcpy_after = HANGING_COPY;
	memcpy_signo = FOR_EVER;
	cause(place_stage.signo);
}

/* A child that shares our memory crashes; we go on, and then we crash too. */
static void after_vfork(void)
{
	const struct rlimit none = { 0, 0 };
	struct roles *roles = place_stage.roles;
	pid_t pid = vfork();

	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &none);
		cause(place_stage.signo);
		_exit(3);
	}
	if (pid < 0 || waitpid(pid, &roles->child_status, 0) != pid)
		exit(2);
	roles->child_seen = roles->seen;
	memset(&roles->seen, 0, sizeof(roles->seen));
	say(ROLE_CRASHER_TEXT);
	here();
}

static void without_descriptors(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = DESCRIPTORS;
	setrlimit(RLIMIT_NOFILE, &limit);
	while (dup(STDIN_FILENO) >= 0)
		continue;
	if (errno != EMFILE)
		exit(2);
	here();
}

/* Refuses this thread the system call by which ttlog reads memory that may be bad. */
static void forbid_process_vm_readv(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0)
		_exit(ROLE_STATUS_SKIPPED);
}

/* The frame pointer points nowhere: whoever walks the stack by it must not fault. */
static void with_wild_frame(void)
{
	fall();
#if defined(__x86_64__)
	__asm__ volatile("movq %0, %%rbp\n\tandq $-16, %%rsp\n\tcall *%2"
			 :
			 : "r"((uint64_t)WILD_FRAME), "D"(place_stage.signo), "r"(cause)
			 : "memory");
#elif defined(__aarch64__)
	register uint64_t signo __asm__("x0") = (uint64_t)place_stage.signo;

	__asm__ volatile("mov x29, %1\n\tblr %2"
			 :
			 : "r"(signo), "r"((uint64_t)WILD_FRAME), "r"(cause)
			 : "memory");
#else
#error "say what the frame pointer is"
#endif
	__builtin_unreachable();
}

static void without_process_vm_readv(void)
{
	forbid_process_vm_readv();
	with_wild_frame();
}

/* The descriptor that waits for the snapshot, a file without a name; -1: there is none. */
static int find_reserve(void)
{
	for (int fd = 3; fd < DESCRIPTORS_MAX; fd++) {
		struct stat info;

		if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink == 0)
			return fd;
	}
	return -1;
}

static void after_closing(void)
{
	int reserve = find_reserve();

	if (reserve >= 0)
		close(reserve);
	here();
}

/* The program has closed what was not its own, and a file of its own has the number now. */
static void after_reusing(void)
{
	int reserve = find_reserve();
	int own = open(ROLE_OWN_FILE, O_WRONLY | O_CREAT | O_EXCL, 0600);

	if (own < 0 || write(own, ROLE_OWN_CONTENT, strlen(ROLE_OWN_CONTENT)) < 0)
		exit(2);
	if (reserve >= 0 && dup2(own, reserve) < 0)
		exit(2);
	here();
}

static const struct place places[] = {
	{ .name = "main", PLACE_MAIN, here },
	{ .name = "worker", PLACE_WORKER, here },
	{ .name = "sent", PLACE_MAIN, sent },
	{ .name = "silent", PLACE_WORKER, here, .is_silent = true },
	{ .name = "null-call", PLACE_WORKER, call_nowhere },
	{ .name = "overflow", PLACE_WORKER, at_the_end_of_the_stack, .needs_own_stack = true },
	{ .name = "overflow-main", PLACE_MAIN, at_the_end_of_the_stack, .needs_own_stack = true },
	{ .name = "overflow-late",
	  PLACE_WORKER,
	  after_late_watch,
	  .is_watched_late = true,
	  .needs_own_stack = true },
	{ .name = "wild-stack", PLACE_WORKER, with_wild_stack, .needs_own_stack = true },
	{ .name = "small-stack", PLACE_SMALL_WORKER, here, .needs_own_stack = true },
	{ .name = "malloc", PLACE_WORKER, inside_malloc },
	{ .name = "malloc-main", PLACE_MAIN, inside_malloc },
	{ .name = "heap", PLACE_WORKER, after_smashing },
	{ .name = "handler", PLACE_WORKER, from_handler },
	{ .name = "handler-main", PLACE_MAIN, from_handler },
	{ .name = "record", PLACE_WORKER, inside_record },
	{ .name = "record-main", PLACE_MAIN, inside_record },
	{ .name = "nested", PLACE_WORKER, inside_nested },
	{ .name = "string", PLACE_WORKER, bad_string },
	{ .name = "abort", PLACE_WORKER, here, .aborts = true },
	{ .name = "abort-main", PLACE_MAIN, here, .aborts = true },
	{ .name = "pair", PLACE_WORKER, two_at_once, .is_together = true },
	{ .name = "herd", PLACE_WORKER, sixteen_at_once, .is_together = true },
	{ .name = "dump", PLACE_WORKER, inside_dump },
	{ .name = "hang", PLACE_WORKER, hanging_dump, .is_quiet = true },
	{ .name = "vfork", PLACE_WORKER, after_vfork },
	{ .name = "descriptors", PLACE_WORKER, without_descriptors },
	{ .name = "no-readv", PLACE_WORKER, without_process_vm_readv },
	{ .name = "frames", PLACE_WORKER, with_wild_frame },
	{ .name = "closed", PLACE_WORKER, after_closing },
	{ .name = "reused", PLACE_WORKER, after_reusing },
};

const struct place *place_find(const char *name)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (strcmp(places[i].name, name) == 0)
			return &places[i];
	return NULL;
}
