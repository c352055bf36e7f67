/*
 * check_lib_os.c - what the recorder does with kernels that do not know the advice it gives them, or do not follow it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../../lib/include/ttlog.h"
#include "../../lib/platform/os.h"
#include "lib_sample.h"

#define BYTES (1u << 20)

/* What madvise does. */
enum kernel { KERNEL_OWN, KERNEL_OLD, KERNEL_IGNORES, KERNELS };

/*
 * Every madvise of this process fails with EINVAL, or does nothing and succeeds. qemu's user emulation lets nobody filter
 * system calls; it is of the second kind itself.
 */
static void pretend(enum kernel kernel)
{
	uint32_t result = SECCOMP_RET_ERRNO | (kernel == KERNEL_OLD ? EINVAL : 0);
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, result),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

	if (kernel == KERNEL_OWN)
		return;
	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		printf("no filter of system calls here (%s): kernel %d is not tried\n", strerror(errno),
		       kernel);
}

START_TEST(says_what_is_not_wiped)
{
	char *memory = os_map(BYTES);
	int error, status;

	pretend((enum kernel)_i);
	memory[0] = 1;
	error = os_wipe_on_fork(memory, BYTES);
	if (fork() == 0)
		_exit(memory[0]);
	wait(&status);
	ck_assert_int_eq(status, error == 0 ? 0 : 1 << 8);
}
END_TEST

static void check_file_is_allocated(const char *directory)
{
	char path[128];
	struct stat stat;
	char *memory;
	int fd;

	snprintf(path, sizeof(path), "%s/box", directory);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, 2 * BYTES), 0);
	memory = mmap(NULL, 2 * BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(memory, MAP_FAILED);
	ck_assert_int_eq(os_populate(memory + BYTES, BYTES, path, BYTES), 0);
	ck_assert_int_eq(fstat(fd, &stat), 0);
	ck_assert_int_ge(stat.st_blocks * 512, BYTES);
	ck_assert_int_lt(stat.st_blocks * 512, 2 * BYTES);
}

START_TEST(allocates_what_a_file_backs)
{
	const char *directory = sample_directory();

	pretend((enum kernel)_i);
	check_file_is_allocated(directory);
	sample_sweep(directory);
}
END_TEST

START_TEST(touches_what_no_file_backs)
{
	unsigned char resident[BYTES / 4096];
	char *memory = os_map(BYTES);

	pretend((enum kernel)_i);
	ck_assert_int_eq(os_populate(memory, BYTES, NULL, 0), 0);
	ck_assert_int_eq(mincore(memory, BYTES, resident), 0);
	for (size_t i = 0; i < BYTES / 4096; i++)
		ck_assert_int_eq(resident[i] & 1, 1);
}
END_TEST

static uint64_t recorded(void)
{
	struct tt_stats stats = { .size = sizeof(stats) };

	ck_assert_int_eq(tt_stats(&stats), 0);
	ck_assert_uint_eq(stats.dropped, 0);
	return stats.recorded;
}

/* The child has a recorder of its own, and what it records is not its parent's. */
START_TEST(gives_a_forked_child_its_own)
{
	const char *directory = sample_directory();
	struct tt_options options = { .size = sizeof(options), .blackbox_dir = directory };
	int status;

	pretend((enum kernel)_i);
	ck_assert_int_eq(tt_init(&options), 0);
	for (int i = 0; i < 5; i++)
		TT_INFO("parent %d", i);
	if (fork() == 0) {
		for (int i = 0; i < 3; i++)
			TT_INFO("child %d", i);
		_exit((int)recorded());
	}
	wait(&status);
	ck_assert_int_eq(status, 3 << 8);
	TT_INFO("parent again");
	ck_assert_uint_eq(recorded(), 6);
	sample_sweep(directory);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lib_os");
	TCase *kernels = tcase_create("kernels");

	tcase_add_loop_test(kernels, says_what_is_not_wiped, 0, KERNELS);
	tcase_add_loop_test(kernels, allocates_what_a_file_backs, 0, KERNELS);
	tcase_add_loop_test(kernels, touches_what_no_file_backs, 0, KERNELS);
	tcase_add_loop_test(kernels, gives_a_forked_child_its_own, 0, KERNELS);
	suite_add_tcase(suite, kernels);
	return unit_run(suite);
}
