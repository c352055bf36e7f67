"""Runs programs under inject (inject.c), and knows what can go wrong with each system call."""

import errno
import os
import pathlib
import re
import resource
import subprocess

HERE = pathlib.Path(__file__).parent
PHASES = {int(number): name.lower().replace("_", "-")
          for name, number in re.findall(r"MARK_([A-Z]+) = (\d+)", (HERE / "mark.h").read_text())}
MARK_BASE = 0x74740000
OUT_OF_QUESTION = {"getpid", "gettid", "geteuid", "brk", "rt_sigreturn", "exit", "exit_group", "restart_syscall"}
LIMIT_SECONDS = 100  # more than the crash handler's watchdog, and than a loaded machine needs

ERRORS = ("ENOSPC", "EIO", "EINTR", "EDQUOT", "ENOMEM", "EMFILE", "EPERM", "EACCES")
KINDS = (*ERRORS, "short", "kill")
FOREVER = ("ENOSPC", "EIO", "ENOMEM", "EMFILE", "EPERM")

# What these calls really do, by their manual pages; the others take turns through what any call may say.
APT = {
    "open": ("ENOSPC", "EINTR", "EMFILE", "EACCES", "kill", "EDQUOT", "EIO", "ENOMEM"),
    "openat": ("ENOSPC", "EINTR", "EMFILE", "EACCES", "kill", "EDQUOT", "EIO", "ENOMEM"),
    "read": ("EIO", "short", "EINTR", "kill"),
    "pread64": ("EIO", "short", "EINTR", "kill"),
    "getdents64": ("EIO", "kill"),
    "write": ("ENOSPC", "short", "EINTR", "EIO", "kill", "EDQUOT", "EPERM"),
    "pwrite64": ("ENOSPC", "short", "EINTR", "EIO", "kill", "EDQUOT"),
    "fallocate": ("ENOSPC", "EINTR", "EIO", "kill", "EDQUOT", "EPERM"),
    "ftruncate": ("EIO", "EINTR", "kill", "EPERM"),
    "madvise": ("ENOMEM", "EIO", "EINTR", "kill", "EPERM"),
    "mmap": ("ENOMEM", "EPERM", "kill", "EACCES"),
    "munmap": ("ENOMEM", "kill"),
    "mprotect": ("ENOMEM", "EACCES", "kill"),
    "close": ("EIO", "EINTR", "kill", "ENOSPC", "EDQUOT"),
    "linkat": ("ENOSPC", "EPERM", "kill", "EACCES", "EIO", "EDQUOT", "ENOMEM"),
    "rename": ("ENOSPC", "EIO", "kill", "EACCES", "EPERM", "EDQUOT"),
    "unlink": ("EACCES", "EIO", "kill", "EPERM"),
    "unlinkat": ("EACCES", "EIO", "kill", "EPERM"),
    "mkdir": ("ENOSPC", "EACCES", "kill", "EDQUOT", "EPERM"),
    "fcntl": ("EMFILE", "kill", "EPERM"),
    "pipe2": ("EMFILE", "kill"),
    "process_vm_readv": ("EPERM", "ENOMEM", "kill"),
}
ANY = ("EPERM", "EIO", "kill", "ENOMEM")

# Where the manual says that a signal may interrupt it, or that it does a part only: repeated, and nothing comes of it.
RESUMED = {
    "EINTR": {"open", "openat", "read", "pread64", "write", "pwrite64", "fallocate", "ftruncate", "madvise", "nanosleep", "rt_sigtimedwait",
              "getrandom", "flock"},
    "short": {"read", "pread64", "write", "pwrite64", "getdents64"},
}


class Call:
    """One marked system call of a recorded run."""

    def __init__(self, fields):
        self.number, self.task, self.name, self.ordinal = int(fields[1]), int(fields[2]), fields[3], int(fields[4])
        self.phase = PHASES[int(fields[5])]
        self.arguments = [int(word, 16) for word in fields[6:9]]

    def is_apt(self, kind):
        if kind == "short":
            return self.name in RESUMED["short"] and self.arguments[2] > 1
        return True

    def is_resumed(self, kind):
        return self.name in RESUMED.get(kind, ()) and (self.name != "madvise" or self.arguments[2] == 23)

    def kinds(self, is_all):
        """What to try: all of it, or the one whose turn it is; (kind, is it from now on for ever)."""
        if is_all:
            return [(kind, False) for kind in KINDS if self.is_apt(kind)] + [(kind, True) for kind in FOREVER if self.name != "rt_sigaction"]
        apt = [kind for kind in APT.get(self.name, ANY) if self.is_apt(kind)]
        kind = apt[self.number % len(apt)]
        is_forever = kind in FOREVER and self.number // len(apt) % 3 == 0 and self.name != "rt_sigaction"
        return [(kind, is_forever)]


class Outcome:
    """What a run came to. status: as of subprocess (negative: a signal), None: it did not end."""

    def __init__(self, status, stdout, stderr, lines):
        self.status, self.stdout, self.stderr = status, stdout, stderr
        self.calls = [Call(line.split()) for line in lines if line.startswith("call ")]
        self.injected = [line.split()[1:] for line in lines if line.startswith("injected ")]


class Injector:
    def __init__(self, program, lacks=()):
        self.program = str(program)
        self.lacks = [word for name in lacks for word in ("-n", name)]

    def why_not(self):
        """None, or why nothing can be traced here."""
        done = subprocess.run([self.program, "/bin/true"], capture_output=True, text=True)
        return None if done.returncode == 0 else done.stderr.strip()

    def run(self, command, directory, environment, call=None, kind=None, is_forever=False, stdin=None, stdout=subprocess.PIPE):
        path = directory / "list"
        path.write_text("")
        fault = []
        if call:
            fault = ["-k", str(call), *({"kill": ["-x"], "short": ["-s"]}.get(kind) or ["-e", str(getattr(errno, kind))])]
        arguments = [self.program, "-o", str(path), *self.lacks, *fault, *(["-a"] if is_forever else []), *map(str, command)]
        try:
            done = subprocess.run(arguments, cwd=directory, env=environment, stdin=stdin or subprocess.DEVNULL, stdout=stdout,
                                  stderr=subprocess.PIPE, timeout=LIMIT_SECONDS, preexec_fn=no_core)
        except subprocess.TimeoutExpired:
            return Outcome(None, b"", b"", [])
        lines = path.read_text().splitlines()
        ends = [line.split() for line in lines if line.startswith(("exit ", "signal "))]
        if not ends:
            raise SystemExit(f"faults: inject ended with status {done.returncode}: {done.stderr.decode(errors='replace')}")
        word, number = ends[-1]
        return Outcome(int(number) if word == "exit" else -int(number), done.stdout, done.stderr, lines)


def no_core():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def jobs():
    return int(os.environ.get("JOBS") or min(4, len(os.sched_getaffinity(0))))
