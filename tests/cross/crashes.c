/*
 * crashes.c registers|call|abort - dies, on AArch64, with what a crash snapshot has to tell of. programs.py looks at that.
 *
 *	registers	x0 to x28 and x30 hold 0x1000 and their number; it prints sp and x29, and stores to 0x1000 at `crash_pc`
 *	call		calls address 0x10 in `calls_nothing`
 *	abort		calls abort()
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ttlog.h>

static __attribute__((noinline, noreturn)) void fill_registers(void)
{
	unsigned long sp, frame;

	__asm__ volatile("mov %0, sp\n\tmov %1, x29" : "=r"(sp), "=r"(frame));
	printf("%lx %lx\n", sp, frame);
	fflush(stdout);
	__asm__ volatile(
		".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,30\n\t"
		"mov x\\n, #(0x1000 + \\n)\n\t"
		".endr\n"
		"crash_pc: str xzr, [x0]");
	__builtin_unreachable();
}

__attribute__((noinline)) void calls_nothing(void (*nothing)(void));
void calls_nothing(void (*nothing)(void))
{
	nothing();
	puts("it came back"); /* so that it is no jump */
}

int main(int argc, char **argv)
{
	const char *cause = argc == 2 ? argv[1] : "";

	TT_INFO("dies by %s", cause);
	if (strcmp(cause, "registers") == 0)
		fill_registers();
	if (strcmp(cause, "call") == 0)
		calls_nothing((void (*)(void))0x10);
	if (strcmp(cause, "abort") == 0)
		abort();
	return 2;
}
