#include "crew.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct crew {
	pthread_mutex_t lock;
	pthread_cond_t given; /* a task, or the end */
	pthread_cond_t done;  /* a task that a thread has begun */
	struct task line;     /* its ends: what was given and not begun */
	unsigned resting;     /* threads that wait for a task */
	bool is_over;
	unsigned members;
	struct member {
		struct crew *crew;
		unsigned number;
		pthread_t thread;
	} member[];
};

/* Enters the line behind another task, or behind its beginning. */
static void enter(struct task *task, struct task *before)
{
	task->state = TASK_GIVEN;
	task->before = before;
	task->after = before->after;
	task->after->before = task;
	before->after = task;
}

static void leave(struct task *task)
{
	task->before->after = task->after;
	task->after->before = task->before;
}

/* Takes a task out of the line and does it; the lock is held before and after. */
static void perform(struct crew *crew, struct task *task, unsigned member)
{
	leave(task);
	task->state = TASK_BEGUN;
	pthread_mutex_unlock(&crew->lock);
	task->run(task, member);
	pthread_mutex_lock(&crew->lock);
	task->state = TASK_IDLE;
}

static void rest(struct crew *crew)
{
	crew->resting++;
	pthread_cond_wait(&crew->given, &crew->lock);
	crew->resting--;
}

static void *work(void *context)
{
	struct member *member = context;
	struct crew *crew = member->crew;

	pthread_mutex_lock(&crew->lock);
	while (!crew->is_over) {
		if (crew->line.after == &crew->line) {
			rest(crew);
			continue;
		}
		perform(crew, crew->line.after, member->number);
		pthread_cond_signal(&crew->done);
	}
	pthread_mutex_unlock(&crew->lock);
	return NULL;
}

/* Signals are for the thread that was there before. */
static bool start(struct member *member)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	error = pthread_create(&member->thread, NULL, work, member);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error == 0;
}

struct crew *crew_open(unsigned members)
{
	struct crew *crew = calloc(1, sizeof(*crew) + members * sizeof(crew->member[0]));

	if (crew == NULL)
		return NULL;
	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->given, NULL);
	pthread_cond_init(&crew->done, NULL);
	crew->line.before = crew->line.after = &crew->line;
	for (crew->members = 1; crew->members < members; crew->members++) {
		struct member *member = &crew->member[crew->members];

		*member = (struct member){ .crew = crew, .number = crew->members };
		if (!start(member))
			break;
	}
	return crew;
}

unsigned crew_members(const struct crew *crew)
{
	return crew->members;
}

void crew_give(struct crew *crew, struct task *task, bool is_urgent)
{
	pthread_mutex_lock(&crew->lock);
	enter(task, is_urgent ? &crew->line : crew->line.before);
	if (crew->resting > 0)
		pthread_cond_signal(&crew->given);
	pthread_mutex_unlock(&crew->lock);
}

void crew_finish(struct crew *crew, struct task *task)
{
	pthread_mutex_lock(&crew->lock);
	while (task->state != TASK_IDLE) {
		if (task->state == TASK_GIVEN)
			perform(crew, task, 0);
		else if (crew->line.after != &crew->line)
			perform(crew, crew->line.after, 0);
		else
			pthread_cond_wait(&crew->done, &crew->lock);
	}
	pthread_mutex_unlock(&crew->lock);
}

void crew_cancel(struct crew *crew, struct task *task)
{
	pthread_mutex_lock(&crew->lock);
	if (task->state == TASK_GIVEN) {
		leave(task);
		task->state = TASK_IDLE;
	}
	while (task->state != TASK_IDLE)
		pthread_cond_wait(&crew->done, &crew->lock);
	pthread_mutex_unlock(&crew->lock);
}

void crew_close(struct crew *crew)
{
	if (crew == NULL)
		return;
	pthread_mutex_lock(&crew->lock);
	crew->is_over = true;
	pthread_cond_broadcast(&crew->given);
	pthread_mutex_unlock(&crew->lock);
	for (unsigned i = 1; i < crew->members; i++)
		pthread_join(crew->member[i].thread, NULL);
	pthread_cond_destroy(&crew->done);
	pthread_cond_destroy(&crew->given);
	pthread_mutex_destroy(&crew->lock);
	free(crew);
}
