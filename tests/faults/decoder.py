#!/usr/bin/env python3
"""decoder.py BUILD - makes each system call of ttdecode fail, one a run, and looks at what it prints.

Each command line below is recorded first, then run again for each of its calls: LONG=1 with each fault, else with one of them in turn. A run has to
give the whole right output and status; or status 3, one line that says what could not be read or written, and of the output only what is right. A
read that failed may cost what stood there, which is then reported as damage. An output file appears whole or not at all; a killed run leaves it as it
was, and none leaves a temporary file but one killed where files must have names at once.

COMMAND: only that one. ONLY: only calls of that name. JOBS: runs at a time.
Exit status: 0 all is well, 1 something is not.
"""

import collections
import concurrent.futures
import os
import pathlib
import re
import sys

from campaign import Campaign
from injection import LIMIT_SECONDS, Injector

TOP = pathlib.Path(__file__).parents[2]
GOOD = TOP / "format-spec/vectors/good"
BAD = TOP / "format-spec/vectors/bad"

# name: arguments, where OUT is the output file, what the system lacks, and what is on standard input: a file, or a pipe
Command = collections.namedtuple("Command", "name arguments lacks stdin", defaults=((), None))

COMMANDS = [
    Command("text", [GOOD / "two-events.tts"]),
    Command("json", ["-f", "json", GOOD / "lz4.tts", GOOD / "two-events.ttr"]),
    Command("info", ["--info", GOOD / "crash.tts", GOOD / "nested-ring.ttr"]),
    Command("check", ["--check", GOOD / "full-chunk.ttr", GOOD / "all-types.tts"]),
    Command("tail", ["--tail", "3", "--grep", "e", GOOD / "nested-ring.tts"]),
    Command("output", ["-o", "OUT", "-f", "json", GOOD / "full-chunk.ttr"]),
    Command("output-named", ["-o", "OUT", GOOD / "crash.tts"], ("tmpfile",)),
    Command("pipe", ["-f", "json", "-"], (), GOOD / "lz4.tts"),
    Command("repack", ["--repack", "-o", "OUT", GOOD / "full-chunk.ttr"]),
    Command("damaged", ["-f", "json", BAD / "body-crc-sites.tts", BAD / "ring-chunk-count.ttr"]),
]

OLDER = b"older\n"


def is_part(part, whole):
    """Is each line of it one of the whole's, in that order, the last one perhaps not to its end?"""
    *lines, rest = part.split(b"\n")
    others = iter(whole.split(b"\n"))
    return all(any(line == other for other in others) for line in lines) and (not rest or any(other.startswith(rest) for other in others))


class Case:
    def __init__(self, tester, command, call=None, kind=None, is_forever=False):
        self.tester, self.command, self.call, self.kind, self.is_forever = tester, command, call, kind, is_forever
        self.complaints = []
        self.directory = tester.work / f"{command.name}-{call.number if call else 0}-{kind}{'-ever' if is_forever else ''}"
        self.file = self.directory / "out" / "file"

    def complain(self, what):
        self.complaints.append(what)

    def name(self):
        ever = " for ever" if self.is_forever else ""
        return f"{self.command.name}" + (f": {self.kind}{ever} at call {self.call.number}, {self.call.name}" if self.call else " without a fault")

    def run(self):
        self.file.parent.mkdir(parents=True)
        self.file.write_bytes(OLDER)
        words = [self.tester.decode] + [self.file if word == "OUT" else word for word in self.command.arguments]
        injector = Injector(self.tester.injector, self.command.lacks)
        environment = {"TMPDIR": str(self.directory)}
        with open_pipe(self.command.stdin) as stdin:
            self.outcome = injector.run(words, self.directory, environment, self.call and self.call.number, self.kind, self.is_forever, stdin)
        self.output = self.outcome.stdout if self.command.name[:6] != "output" else self.file.read_bytes() if self.file.exists() else None
        self.lines = self.outcome.stderr.decode(errors="replace").splitlines()
        return self

    def judge(self, reference):
        if self.outcome.status is None:
            self.complain(f"it did not end within {LIMIT_SECONDS} s")
            return
        if self.call and (not self.outcome.injected or self.outcome.injected[0] != [str(self.call.number), self.call.name]):
            self.complain(f"another call than recorded: {self.outcome.injected[:1]}")
        left = [path.name for path in self.file.parent.iterdir() if path != self.file]
        if left and not (self.kind == "kill" and ("tmpfile" in self.command.lacks or self.call.name in ("rename", "unlink"))) and not (
                self.call and self.call.name == "unlink"):
            self.complain(f"files left: {left}")
        if self.kind == "kill":
            self.judge_killed(reference)
        elif self.call and self.call.is_resumed(self.kind) and not self.is_forever and not self.is_of_errors():
            self.judge_right(reference, f"{self.kind} was noticed")
        elif not self.is_right(reference):
            self.judge_failed(reference)

    def is_right(self, reference):
        return (self.outcome.status, self.output) == (reference.outcome.status, reference.output) and self.lines == reference.lines

    def judge_right(self, reference, what):
        if not self.is_right(reference):
            self.complain(f"{what}: status {self.outcome.status}, {len(self.output or b'')} bytes, {self.lines[:2]}")

    def judge_killed(self, reference):
        if self.outcome.status != -9:
            self.complain(f"ended with {self.outcome.status}, not -9")
        self.judge_output(reference)

    def judge_output(self, reference):
        if self.command.name.startswith("output"):
            if self.output not in (OLDER, reference.output) and not self.reads():
                self.complain("the output file is neither the old one nor whole")
        if self.output == OLDER or self.command.name in ("info", "check"):
            return
        if self.reads():  # it may have been the clock that was not read, or the process: other times, another order
            mine, whole = (collections.Counter(re.findall(rb'"msg":"[^"]*"', output)) for output in (self.output, reference.output))
            is_right = not mine - whole
        else:
            is_right = is_part(self.output, reference.output)
        if not is_right:
            self.complain(f"wrong output: {self.output[:200]}")

    def reads(self):
        return self.call.name in ("pread64", "read")

    def judge_failed(self, reference):
        """Status 3 and one line; what was read no more is told as damage."""
        damage = [line for line in self.lines if ": offset " in line]
        others = [line for line in self.lines if line not in damage and line not in reference.lines]
        if self.is_of_errors():
            return
        if self.outcome.status != 3:
            self.complain(f"status {self.outcome.status} with another output: {self.lines[:2]}")
        # Where nothing at all can be written any more, standard error takes no line either.
        least = 0 if self.is_forever and self.call.name == "write" else 1
        most = len(self.command.arguments) if self.is_forever else 1
        if not least <= len(others) <= most or not all(line.startswith("ttdecode: ") for line in others):
            self.complain(f"not one line but {others}")
        if not self.reads() and [line for line in damage if line not in reference.lines]:
            self.complain(f"damage is told, but there is none: {damage[0]}")
        self.judge_output(reference)

    def is_of_errors(self):
        """What cannot be written to standard error cannot be told either. stdio does not repeat it, and no signal is caught here."""
        return self.call.name == "write" and self.call.arguments[0] == 2


class open_pipe:
    """The file's bytes, to be read from a pipe; None: no input."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        if not self.path:
            return None
        self.reader, writer = os.pipe()
        os.write(writer, self.path.read_bytes())
        os.close(writer)
        return self.reader

    def __exit__(self, *_):
        if self.path:
            os.close(self.reader)


class Tester(Campaign):
    name = "decoder"

    def __init__(self, build):
        super().__init__(build)
        self.decode = self.build / "tests/faults/decode"

    def try_one(self, case, reference):
        case.run()
        case.judge(reference)
        return case

    def try_thing(self, command, pool):
        reference = Case(self, command).run()
        reference.judge(reference)
        if reference.complaints:
            self.report(reference, *reference.complaints)
        calls = reference.outcome.calls
        tasks = [pool.submit(self.try_one, Case(self, command, *fault), reference) for fault in self.faults(calls)]
        for task in concurrent.futures.as_completed(tasks):
            self.finish(task.result())
        return len(calls)

    def summary(self, commands, calls):
        return f"{len(commands)} command lines with {calls} system calls, {self.runs} runs with a fault ({self.said_kinds()})"


if __name__ == "__main__":
    sys.exit(Tester(sys.argv[1]).run([command for command in COMMANDS if os.environ.get("COMMAND") in (None, "", command.name)]))
