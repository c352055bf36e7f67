/*
 * crew.h - some threads that do tasks for the one that gives them, which helps where it would wait.
 *
 * One thread, the owner, opens the crew, gives tasks and asks for them back; no other may. A task is done once, by whoever comes first: the
 * owner while it waits, or one of the crew. Tasks that are not urgent are begun in the order in which they were given. Everything that the owner wrote before it
 * gave a task is seen by who does it, and what that wrote by the owner once it has the task back.
 */
#ifndef TTDECODE_CREW_H
#define TTDECODE_CREW_H

#include <stdbool.h>

#define CREW_MAX 64u

enum task_state {
	TASK_IDLE, /* the owner's */
	TASK_GIVEN,
	TASK_BEGUN,
};

/* One thing to do. Begin with zeros and `run`. While it is not idle, the owner touches neither it nor what it works on. */
struct task {
	/* Does it. `member` is below crew_members, 0 for the owner: no two run at once with the same. Must not use the crew. */
	void (*run)(struct task *task, unsigned member);
	enum task_state state; /* guarded by the crew */
	struct task *before;   /* in the crew's line */
	struct task *after;
};

struct crew;

/* A crew of `members` <= CREW_MAX, the owner among them: members - 1 threads are started, or as many as can be. NULL: no memory. */
struct crew *crew_open(unsigned members);

/* How many there are with the owner, from 1 up. */
unsigned crew_members(const struct crew *crew);

/* Gives an idle task, an urgent one is begun next. Takes about as long as a lock; a system call where somebody has to be woken. */
void crew_give(struct crew *crew, struct task *task, bool is_urgent);

/* Returns when the task is idle. Meanwhile the owner does it itself, or others that are given. Does nothing for an idle task. */
void crew_finish(struct crew *crew, struct task *task);

/* Makes the task idle: it was not begun, or has been waited for. */
void crew_cancel(struct crew *crew, struct task *task);

/* Ends the threads. All tasks are idle. NULL is fine. */
void crew_close(struct crew *crew);

#endif
