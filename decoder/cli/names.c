#include "names.h"

#include <stddef.h>

#include "../../format-spec/twin/region.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define MACHINE_X86_64 62
#define MACHINE_AARCH64 183

/* By number, the same on x86-64 and AArch64. */
static const char *const signals[] = {
	NULL,	   "SIGHUP",  "SIGINT",	   "SIGQUIT", "SIGILL",	  "SIGTRAP", "SIGABRT", "SIGBUS",
	"SIGFPE",  "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
	NULL,	   "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
	"SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",	"SIGSYS",
};

static const struct {
	int32_t signal; /* 0: of any */
	int32_t code;
	const char *name;
} codes[] = {
	{ 0, 0, "SI_USER" },	   { 0, 0x80, "SI_KERNEL" }, { 0, -1, "SI_QUEUE" },
	{ 0, -2, "SI_TIMER" },	   { 0, -6, "SI_TKILL" },    { 4, 1, "ILL_ILLOPC" },
	{ 4, 2, "ILL_ILLOPN" },	   { 4, 3, "ILL_ILLADR" },   { 4, 4, "ILL_ILLTRP" },
	{ 4, 5, "ILL_PRVOPC" },	   { 5, 1, "TRAP_BRKPT" },   { 5, 2, "TRAP_TRACE" },
	{ 7, 1, "BUS_ADRALN" },	   { 7, 2, "BUS_ADRERR" },   { 7, 3, "BUS_OBJERR" },
	{ 7, 4, "BUS_MCEERR_AR" }, { 8, 1, "FPE_INTDIV" },   { 8, 2, "FPE_INTOVF" },
	{ 8, 3, "FPE_FLTDIV" },	   { 8, 4, "FPE_FLTOVF" },   { 8, 5, "FPE_FLTUND" },
	{ 8, 6, "FPE_FLTRES" },	   { 8, 7, "FPE_FLTINV" },   { 11, 1, "SEGV_MAPERR" },
	{ 11, 2, "SEGV_ACCERR" },  { 11, 3, "SEGV_BNDERR" }, { 11, 4, "SEGV_PKUERR" },
	{ 31, 1, "SYS_SECCOMP" },
};

static const char *const registers_x86_64[] = {
	"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8",
	"r9",  "r10", "r11", "r12", "r13", "r14", "r15", "rip", "eflags",
};

static const char *const registers_aarch64[] = {
	"x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",	 "x7",	"x8",  "x9",	 "x10", "x11",
	"x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",	 "x22", "x23",
	"x24", "x25", "x26", "x27", "x28", "x29", "x30", "sp",	"pc",  "pstate",
};

const char *names_signal(int32_t signal)
{
	return signal >= 0 && signal < (int32_t)COUNT(signals) ? signals[signal] : NULL;
}

const char *names_signal_code(int32_t signal, int32_t code)
{
	for (size_t i = 0; i < COUNT(codes); i++)
		if ((codes[i].signal == 0 || codes[i].signal == signal) && codes[i].code == code)
			return codes[i].name;
	return NULL;
}

const char *names_machine(uint32_t machine)
{
	return machine == MACHINE_X86_64 ? "x86-64" : machine == MACHINE_AARCH64 ? "AArch64" : NULL;
}

const char *names_register(uint32_t machine, uint32_t index)
{
	if (machine == MACHINE_X86_64 && index < COUNT(registers_x86_64))
		return registers_x86_64[index];
	if (machine == MACHINE_AARCH64 && index < COUNT(registers_aarch64))
		return registers_aarch64[index];
	return NULL;
}

const char *names_clock(uint32_t clock)
{
	static const char *const clocks[] = { NULL, "x86 TSC", "AArch64 virtual counter", "CLOCK_MONOTONIC" };

	return clock < COUNT(clocks) ? clocks[clock] : NULL;
}

const char *names_drop(unsigned cause)
{
	static const char *const causes[] = {
		[TTF_DROP_NESTED] = "nested",	  [TTF_DROP_NO_RING] = "no ring",
		[TTF_DROP_SHUTDOWN] = "shutdown", [TTF_DROP_FROZEN] = "frozen",
		[TTF_DROP_STARTING] = "starting", [TTF_DROP_EXITING] = "exiting",
	};

	return cause < COUNT(causes) ? causes[cause] : NULL;
}
