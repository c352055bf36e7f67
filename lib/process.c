#include "process.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "platform/os.h"
#include "text.h"

struct process process;

void process_load(void)
{
	struct utsname system;
	char boot_id[64];
	struct text text;
	ssize_t bytes = readlink("/proc/self/exe", process.exe, sizeof(process.exe) - 1);

	process.exe[bytes < 0 ? 0 : bytes] = '\0';
	text = text_in(process.host, sizeof(process.host));
	if (uname(&system) == 0)
		text_add(&text, system.nodename);
	text = text_in(process.boot_id, sizeof(process.boot_id));
	if (os_read_file("/proc/sys/kernel/random/boot_id", boot_id, sizeof(boot_id)) > 0)
		text_add_bytes(&text, boot_id, strcspn(boot_id, "\n"));
}

uint64_t process_start_time(pid_t pid)
{
	char path[64], stat[1024];
	struct text name = text_in(path, sizeof(path));
	const char *at;
	uint64_t value = 0;

	text_add(&name, "/proc/");
	text_add_number(&name, (uint64_t)pid);
	text_add(&name, "/stat");
	if (os_read_file(path, stat, sizeof(stat)) <= 0)
		return 0;
	/* The second field is a name in parentheses that may hold anything: count from the last one. */
	at = strrchr(stat, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	for (at = at ? at + 1 : ""; *at >= '0' && *at <= '9'; at++)
		value = value * 10 + (uint64_t)(*at - '0');
	return value;
}

bool process_is_gone(pid_t pid, uint64_t start)
{
	uint64_t now;

	if (syscall(SYS_kill, pid, 0) < 0 && errno == ESRCH)
		return true;
	now = process_start_time(pid);
	return now != 0 && start != 0 && now != start;
}
