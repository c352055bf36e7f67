/*
 * target.c - the program that is attacked: records, and does what its arguments say, one after the other.
 *
 *	target WORD...
 *	  snapshot PATH   tt_snapshot(PATH); its result is printed
 *	  on-crash        tt_snapshot_on_crash(); its result is printed
 *	  crash           dereferences NULL
 *	  wait            until standard input ends
 *	  descriptors     executes a program that lists its open descriptors
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TT_TARGET "security"
#include <ttlog.h>

static void wait_for_end(void)
{
	char byte;

	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
}

static void say(const char *what, int result)
{
	printf("%s %s\n", what, result == 0 ? "done" : strerror(-result));
	fflush(stdout);
}

int main(int count, char **words)
{
	umask(0); /* what the recorder makes is private all the same */
	TT_INFO("the secret is %s", "xyzzy");
	for (int i = 1; i < count; i++) {
		if (strcmp(words[i], "snapshot") == 0 && i + 1 < count)
			say("snapshot", tt_snapshot(words[++i], "asked"));
		else if (strcmp(words[i], "on-crash") == 0)
			say("on-crash", tt_snapshot_on_crash());
		else if (strcmp(words[i], "crash") == 0)
			*(volatile int *)NULL = 1;
		else if (strcmp(words[i], "wait") == 0)
			wait_for_end();
		else if (strcmp(words[i], "descriptors") == 0)
			execl("/bin/ls", "ls", "-l", "/proc/self/fd", (char *)NULL);
		else
			return 2;
	}
	return 0;
}
