#include "remains.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "trace_file.h"

/* Events of one ring. */
struct heard {
	uint64_t count;
	uint64_t last; /* n of the newest */
	bool is_wrong; /* a gap, or what was never said */
};

struct hearing {
	const struct roles *roles;
	struct heard threads[ROLE_COUNT];
	struct heard nested;
	uint64_t strangers; /* events of nobody */
};

static const char *text_of(int role)
{
	return role == ROLE_IDLE ? ROLE_IDLE_TEXT : role == ROLE_BUSY ? ROLE_BUSY_TEXT : ROLE_CRASHER_TEXT;
}

static const char *name_of(int role)
{
	return role == ROLE_IDLE      ? "idle"
	       : role == ROLE_BUSY    ? "busy"
	       : role == ROLE_CRASHER ? "crashing"
				      : "other crashing";
}

static bool text_is(const struct argument *argument, const char *text)
{
	return argument->type == TTF_STR && argument->bytes.bytes == strlen(text) &&
	       memcmp(argument->bytes.at, text, strlen(text)) == 0;
}

static void listen_to(struct heard *heard, const struct event *event, const char *text)
{
	uint64_t n = event->arguments[0].bits;

	if (event->site->fields != 2 || !text_is(&event->arguments[1], text) || event->seq != n ||
	    (heard->count > 0 && n != heard->last + 1))
		heard->is_wrong = true;
	heard->count++;
	heard->last = n;
}

static void hear(void *user, const struct event *event)
{
	struct hearing *hearing = user;

	for (int role = 0; role < ROLE_COUNT; role++) {
		if (event->ring->tid != hearing->roles->tids[role])
			continue;
		if (!event->ring->is_nested)
			listen_to(&hearing->threads[role], event, text_of(role));
		else if (role == ROLE_CRASHER)
			listen_to(&hearing->nested, event, ROLE_NESTED_TEXT);
		else
			hearing->strangers++;
		return;
	}
	hearing->strangers++;
}

/* All but the busy one have ended with the event that they said last; that one has at least come so far. */
static bool is_complete(const struct roles *roles, int role, const struct heard *heard)
{
	uint64_t found = heard->count > 0 ? heard->last + 1 : 0;

	return role == ROLE_BUSY ? found >= roles->counts[role] && found <= roles->busy_live + 1
				 : found == roles->counts[role];
}

static void check_events(const struct remains *remains, const char *what, const struct hearing *hearing,
			 bool is_part)
{
	const struct roles *roles = hearing->roles;

	for (uint32_t role = 0; role < ROLE_FOLLOWER + roles->followers; role++) {
		const struct heard *heard = &hearing->threads[role];

		if (heard->is_wrong)
			remains->wrong("%s: the %s thread's events are not what it said", what,
				       name_of((int)role));
		if (!is_part && !is_complete(roles, (int)role, heard))
			remains->wrong(
				"%s: the %s thread said %llu events, the newest found is %llu (of %llu)",
				what, name_of((int)role), (unsigned long long)roles->counts[role],
				(unsigned long long)heard->last + 1, (unsigned long long)heard->count);
	}
	if (hearing->nested.is_wrong || (!is_part && hearing->nested.count != roles->nested_count))
		remains->wrong("%s: %llu nested events of %llu", what,
			       (unsigned long long)hearing->nested.count,
			       (unsigned long long)roles->nested_count);
	if (hearing->strangers > 0)
		remains->wrong("%s: %llu events of nobody", what, (unsigned long long)hearing->strangers);
}

/* Is it a thread that has crashed, and the one whose signal the earlier handler got? */
static bool is_culprit(const struct remains *remains, const struct roles *roles, uint32_t tid)
{
	if (roles->seen.count > 0 && roles->seen.tid != tid)
		return false;
	if (tid == roles->tids[ROLE_CRASHER])
		return true;
	for (uint32_t i = 0; remains->is_together && i < roles->followers; i++)
		if (tid == roles->tids[ROLE_FOLLOWER + i])
			return true;
	return false;
}

static void check_seen(const struct remains *remains, const struct trace *trace, const struct seen *seen)
{
	const struct trace_info *info = &trace->info;

	if (info->signal_code != seen->code || trace->crash->pc != seen->pc ||
	    (info->fault_address != 0 && info->fault_address != seen->address))
		remains->wrong(
			"snapshot: code %d, address %#llx, pc %#llx; the earlier handler saw %d, %#llx, %#llx",
			info->signal_code, (unsigned long long)info->fault_address,
			(unsigned long long)trace->crash->pc, seen->code, (unsigned long long)seen->address,
			(unsigned long long)seen->pc);
	if (memcmp(trace->crash->siginfo, seen->info, ROLE_SIGINFO_BYTES) != 0)
		remains->wrong("snapshot: its siginfo is not the one that the earlier handler got");
}

static void check_cause(const struct remains *remains, const struct trace *trace, const struct run *run)
{
	const struct trace_info *info = &trace->info;
	const struct core_file *core = &run->death.core;

	if (info->policy != TTF_POLICY_CRASH || info->signal != remains->signo)
		remains->wrong("snapshot: policy %u, signal %d", info->policy, info->signal);
	if (!trace->crash) {
		remains->wrong("snapshot: no crash section");
		return;
	}
	if (trace->crash->tid != info->tid || !is_culprit(remains, &run->roles, info->tid))
		remains->wrong("snapshot: thread %u crashed; it was %u, the earlier handler ran in %u",
			       info->tid, run->roles.tids[ROLE_CRASHER], run->roles.seen.tid);
	if (run->roles.seen.count > 0)
		check_seen(remains, trace, &run->roles.seen);
	else if (run->death.has_core && core->has_pc && core->signo == remains->signo &&
		 core->pc != trace->crash->pc)
		remains->wrong("snapshot: pc %#llx, in the core file it is %#llx",
			       (unsigned long long)trace->crash->pc, (unsigned long long)core->pc);
}

static void check_with_ttdecode(const struct remains *remains, const char *path)
{
	char *arguments[] = {
		(char *)remains->ttdecode, "-f", "json", "-o", "/dev/null", (char *)path, NULL
	};
	struct death death;

	if (!remains->ttdecode)
		return;
	death_of(&death, remains->work, arguments, false);
	if (death.status != 0)
		remains->wrong("ttdecode of %s: %s", path, death_text(death.status));
}

static enum remains_snapshot check_snapshot(const struct remains *remains, const struct run *run)
{
	struct hearing hearing = { .roles = &run->roles };
	char path[DEATH_PATH_BYTES];
	unsigned count = trace_file_find(remains->work, ".tts", path, sizeof(path));
	struct trace_file file;
	bool is_part;
	int error;

	if (count != 1) {
		if (count > 1 || !remains->may_lack)
			remains->wrong("%u snapshots", count);
		return REMAINS_NONE;
	}
	error = trace_file_read(&file, path, hear, &hearing);
	if (error < 0) {
		if (!remains->may_lack)
			remains->wrong("snapshot: %s", strerror(-error));
		return REMAINS_NONE;
	}
	is_part = remains->may_lack && file.damage.count > 0;
	if (file.damage.count > 0 && !is_part)
		remains->wrong("snapshot: damaged, %s", file.first_damage);
	check_events(remains, "snapshot", &hearing, is_part);
	if (!is_part) {
		check_cause(remains, &file.trace, run);
		check_with_ttdecode(remains, path);
	}
	trace_file_close(&file);
	return is_part ? REMAINS_PART : REMAINS_WHOLE;
}

static void check_box(const struct remains *remains, const struct run *run)
{
	struct hearing hearing = { .roles = &run->roles };
	char path[DEATH_PATH_BYTES];
	unsigned count = trace_file_find(remains->boxes, ".ttr", path, sizeof(path));
	struct trace_file file;
	int error;

	if (count != 1) {
		remains->wrong("%u black boxes", count);
		return;
	}
	error = trace_file_read(&file, path, hear, &hearing);
	if (error < 0) {
		remains->wrong("black box: %s", strerror(-error));
		return;
	}
	if (file.damage.count > 0)
		remains->wrong("black box: damaged, %s", file.first_damage);
	check_events(remains, "black box", &hearing, false);
	trace_file_close(&file);
}

/* No file but those that belong there: the snapshot's name is its final one, and nothing private is left. */
static void check_names(const struct remains *remains, const char *directory, const char *suffix)
{
	static const char *const expected[] = { ".", "..", "stage", "stderr", "boxes" };
	DIR *entries = opendir(directory);
	struct dirent *entry;

	while (entries && (entry = readdir(entries))) {
		const char *name = entry->d_name;
		size_t bytes = strlen(name);
		bool is_known = name[0] != '.' && bytes > 4 && strcmp(name + bytes - 4, suffix) == 0;

		for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
			is_known = is_known || strcmp(name, expected[i]) == 0;
		if (!is_known && !(remains->has_own_file && strcmp(name, ROLE_OWN_FILE) == 0))
			remains->wrong("left behind: %s", name);
	}
	if (entries)
		closedir(entries);
}

static size_t read_file(const struct remains *remains, const char *name, char *content, size_t capacity)
{
	char path[DEATH_PATH_BYTES + 16];
	ssize_t bytes;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", remains->work, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	bytes = fd < 0 ? 0 : read(fd, content, capacity - 1);
	if (fd >= 0)
		close(fd);
	content[bytes < 0 ? 0 : bytes] = '\0';
	return bytes < 0 ? 0 : (size_t)bytes;
}

/* The program's own file is as the program wrote it, and ttlog has said one line of the crash on stderr. */
static void check_files(const struct remains *remains)
{
	char content[4096], *line;
	unsigned lines = 0;

	check_names(remains, remains->work, ".tts");
	check_names(remains, remains->boxes, ".ttr");
	if (remains->has_own_file && (read_file(remains, ROLE_OWN_FILE, content, sizeof(content)) == 0 ||
				      strcmp(content, ROLE_OWN_CONTENT) != 0))
		remains->wrong("the program's own file was written to: it is '%.40s'", content);
	read_file(remains, "stderr", content, sizeof(content));
	for (line = strstr(content, "ttlog: "); line; line = strstr(line + 1, "ttlog: "))
		lines++;
	if (lines != 1 && !(remains->may_lack && lines == 0))
		remains->wrong("%u lines on stderr: %s", lines, content);
}

enum remains_snapshot remains_check(const struct remains *remains, const struct run *run)
{
	enum remains_snapshot snapshot = check_snapshot(remains, run);

	check_box(remains, run);
	check_files(remains);
	return snapshot;
}
