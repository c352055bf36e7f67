#!/usr/bin/env python3
"""recorder.py BUILD - makes each system call of the recorder fail, one a run, and looks at what the program notices and what is left.

What each scenario calls is recorded first, from all threads between the marks of victim.c, and held against what strace sees. Then it is run
again for each of these calls: LONG=1 with each fault, else with one of them in turn. Some are run once more by strace itself.

After each run: the program went on, ended as it would have, and counted every event as recorded or dropped; it holds no descriptor and no memory
more; a snapshot is there whole or not at all; a file holds events that were said and nothing else; the black box of a killed one has them
all; stderr has at most one line of each kind; what a killed one left under hidden names is gone after the next start.

SCENARIO: only that one. ONLY: only calls of that name. JOBS: runs at a time.
Exit status: 0 all is well, 1 something is not.
"""

import collections
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

from campaign import Campaign
from injection import KINDS, LIMIT_SECONDS, MARK_BASE, OUT_OF_QUESTION, PHASES, Injector, Outcome

STRING_MAX = 60
CHILD = 100
POPULATE_WRITE = 23
OLD = 10  # black boxes of the dead, of which eight are kept

Scenario = collections.namedtuple("Scenario", "name steps lacks variables old_boxes")


def scenario(name, steps, lacks=(), old_boxes=False, **variables):
    return Scenario(name, steps.split(), lacks, variables, old_boxes)


SCENARIOS = [
    scenario("demand", "init record 300 thread 20 hold 30 demand-to replaced.tts record 50 demand"),
    scenario("signal", "record 100 on-signal signal record 20 hold 10 signal", TTLOG_BLACKBOX_DIR="off"),
    scenario("crash", "record 300 on-crash hold 40 thread 10 crash"),
    scenario("fork", "record 50 on-crash fork 30 record 5 demand"),
    scenario("housekeeping", "init record 5", old_boxes=True),
    scenario("full", "record 5 thread 5 thread 6 hold 7 thread 8 hold 9", TTLOG_MAX_BYTES="256K", TTLOG_RING_BYTES="32K"),
    scenario("named", "record 100 on-crash demand demand-to replaced.tts", ("tmpfile",), TTLOG_BLACKBOX_DIR="off"),
    scenario("named-crash", "record 100 on-crash hold 10 crash", ("tmpfile",)),
    scenario("variables", "record 60 signal", TTLOG_CRASH="1", TTLOG_SIGNAL="USR2"),
    scenario("old-kernel", "record 100 on-crash hold 10 crash", ("populate", "readv")),
]

STEP = re.compile(r"(\S+) (\S+) recorded (\d+) overwritten (\d+) dropped (\d+) attempted (\d+) snapshots (\d+) failed (\d+) descriptors (\d+) pages (\d+)$")


class Step:
    def __init__(self, match):
        self.name, self.result = match[1], match[2]
        values = list(map(int, match.groups()[2:]))
        self.recorded, self.overwritten, self.dropped, self.attempted, self.snapshots, self.failed, self.descriptors, self.pages = values
        self.retained = self.recorded - self.overwritten


def said(thread, n):
    """What victim.c records."""
    return "%u %u %s" % (thread, n, "".join(chr(ord("a") + (n * n + i * (n + 3) + thread) % 26) for i in range((n * 7 + thread) % STRING_MAX)))


class Trace:
    """What ttdecode says of a file."""

    def __init__(self, decoder, path):
        done = subprocess.run([decoder, "-f", "json", path], capture_output=True, timeout=LIMIT_SECONDS)
        self.path, self.status, self.stderr = path, done.returncode, done.stderr.decode(errors="replace").strip()
        self.numbers = collections.defaultdict(list)
        self.wrong = None
        seqs = collections.defaultdict(list)
        for line in done.stdout.decode().splitlines():
            event = json.loads(line)
            thread, n = event["args"][:2]
            if event["msg"] != said(thread, n):
                self.wrong = f"garbled: {event['msg']!r}"
            self.numbers[thread].append(n)
            seqs[thread].append(event["seq"])
        for thread, numbers in self.numbers.items():
            if sorted(set(numbers)) != numbers:
                self.wrong = f"thread {thread}: events {numbers}"
            if seqs[thread] != list(range(seqs[thread][0], seqs[thread][0] + len(numbers))):
                self.wrong = f"thread {thread}: a gap in {seqs[thread]}"
        self.count = sum(map(len, self.numbers.values()))

    def is_from_start(self):
        """Nothing is missing at the beginning: threads that were dropped from aside."""
        return all(numbers[0] == 0 for numbers in self.numbers.values())


class Case:
    """A scenario with one fault; judges what came of it."""

    def __init__(self, tester, scene, call=None, kind=None, is_forever=False):
        self.tester, self.scene, self.call, self.kind, self.is_forever = tester, scene, call, kind, is_forever
        self.complaints = []
        self.directory = tester.work / f"{scene.name}-{call.number if call else 0}-{kind}{'-ever' if is_forever else ''}"

    def complain(self, what):
        self.complaints.append(what)

    def name(self):
        if not self.call:
            return f"{self.scene.name} without a fault"
        ever = " for ever" if self.is_forever else ""
        return f"{self.scene.name}: {self.kind}{ever} at call {self.call.number}, {self.call.name}, phase {self.call.phase}"

    def prepare(self):
        self.snapshots = self.directory / "snapshots"
        self.boxes = self.directory / "boxes"
        self.snapshots.mkdir(parents=True)
        self.boxes.mkdir(mode=0o700)
        self.environment = {"TTLOG_DIR": str(self.snapshots), "TTLOG_BLACKBOX_DIR": str(self.boxes), "TTLOG_MAX_BYTES": "2M",
                            "TTLOG_RING_BYTES": "64K", **self.scene.variables}
        self.replaced = self.snapshots / "replaced.tts"
        self.is_replacing = "replaced.tts" in self.scene.steps
        if self.is_replacing:
            self.replaced.write_text("older")
        if self.scene.old_boxes:
            for number in range(OLD):
                (self.boxes / f"victim-{2**31 - 2 - number}-{self.tester.start_time + 1 + number}-{number:08x}.ttr").write_text("old")
            self.living = self.boxes / f"victim-{os.getpid()}-{self.tester.start_time}-ffffffff.ttr"
            self.living.write_text("of one that lives")

    def command(self):
        return [self.tester.victim] + [str(self.replaced) if word == "replaced.tts" else word for word in self.scene.steps]

    def run(self, by_strace=False):
        self.prepare()
        number, kind = (self.call.number, self.kind) if self.call else (None, None)
        if by_strace:
            self.outcome = self.tester.strace(self)
        else:
            self.outcome = Injector(self.tester.injector, self.scene.lacks).run(self.command(), self.directory, self.environment, number, kind,
                                                                                self.is_forever)
        self.read()
        return self

    def read(self):
        self.steps, self.child_steps, self.other, self.pid = [], [], [], None
        for line in self.outcome.stdout.decode(errors="replace").splitlines():
            match = STEP.match(line)
            if line.startswith("pid "):
                self.pid = line.split()[1]
            elif match:
                (self.child_steps if match[1] == "child" else self.steps).append(Step(match))
            else:
                self.other.append(line)
        self.stderr = self.outcome.stderr.decode(errors="replace").splitlines()

    def is_killed(self):
        return self.kind == "kill"

    def is_child_killed(self):
        return self.is_killed() and "child ended with status 9" in self.other

    def crashes(self):
        return "crash" in self.scene.steps

    def judge(self, reference):
        if self.outcome.status is None:
            self.complain(f"it did not end within {LIMIT_SECONDS} s")
            return
        self.judge_injection()
        self.judge_end(reference)
        self.judge_steps(reference)
        self.judge_stderr()
        self.judge_snapshots()
        self.judge_boxes()
        self.judge_hidden()
        if self.call and self.call.is_resumed(self.kind) and not self.is_forever:
            self.judge_unnoticed(reference)

    def judge_injection(self):
        if not self.call:
            return
        if not self.outcome.injected:
            self.complain("nothing was injected")
        elif self.outcome.injected[0] != [str(self.call.number), self.call.name]:
            if self.scene.old_boxes:  # their order in the directory is the file system's
                self.call = self.outcome.calls[self.call.number - 1]
            else:
                self.complain(f"another call than recorded: {self.outcome.injected[0]}")

    def judge_end(self, reference):
        wanted = reference.outcome.status
        if self.is_killed() and not self.is_child_killed():
            wanted = -9
        if self.outcome.status != wanted:
            self.complain(f"ended with {self.outcome.status}, not {wanted}")
        if wanted == -9:
            return
        expected = ["child ended with status 9"] if self.is_child_killed() else [line for line in reference.other if line.startswith("child")]
        expected += ["end"] if "end" in reference.other else []
        if self.other != expected:
            self.complain(f"its own output is {self.other}, not {expected}")
        if [step.name for step in self.steps] != [step.name for step in reference.steps]:
            self.complain(f"steps {[step.name for step in self.steps]}")

    def judge_steps(self, reference):
        """Every event is counted; nothing is held that is not held without a fault."""
        holds = [(self.steps, reference.steps), (self.child_steps, reference.child_steps)]
        for mine, theirs in holds:
            for step, other in zip(mine, theirs):
                # Without the page that is wiped on fork a child goes on counting from its parent's drops.
                is_inherited = step.name == "child" and self.call and self.call.phase == "load"
                if step.recorded + step.dropped != step.attempted and not is_inherited:
                    self.complain(f"{step.name}: {step.recorded} recorded + {step.dropped} dropped are not {step.attempted}")
                if step.descriptors > other.descriptors and not (self.call and self.call.name == "close"):
                    self.complain(f"{step.name}: {step.descriptors} descriptors, not {other.descriptors}")
                if step.pages > other.pages and not self.may_take_memory():
                    self.complain(f"{step.name}: {step.pages} pages, not {other.pages}")

    def may_take_memory(self):
        """Where a slab of threads cannot be had, or not be wiped on fork, the next one is tried; a signal stack that
        may be another's is left alone."""
        if not self.call:
            return False
        return (self.call.name in ("munmap", "mmap") or (self.call.name == "madvise" and self.call.arguments[2] != POPULATE_WRITE)
                or (self.call.name == "sigaltstack" and self.call.phase == "exit"))

    def judge_stderr(self):
        for line in self.stderr:
            if not line.startswith("ttlog: "):
                self.complain(f"stderr: {line}")
        kinds = [re.sub(r"/\S*|\d+", "", line) for line in self.stderr]
        most = 2 if "fork" in self.scene.steps else 1  # a child says it for itself
        if any(kinds.count(kind) > most for kind in kinds):
            self.complain(f"says the same twice: {self.stderr}")

    def judge_trace(self, trace, is_whole):
        if trace.wrong:
            self.complain(f"{trace.path.name}: {trace.wrong}")
        if is_whole and trace.status != 0:
            self.complain(f"{trace.path.name} is not whole: {trace.stderr}")
        if not is_whole and trace.status not in (0, 1) and trace.path.stat().st_size > 0:
            self.complain(f"{trace.path.name} cannot be read: {trace.stderr}")

    def demanded(self):
        """How many events each snapshot that was taken has: as many as were recorded."""
        before, counts = 0, []
        for step in self.steps:
            if step.snapshots > before:
                counts += [step.retained] * (step.snapshots - before)
                before = step.snapshots
        return counts

    def judge_snapshots(self):
        counts = self.demanded()
        found = [path for path in self.snapshots.iterdir() if not path.name.startswith(".")]
        replaced = [path for path in found if path == self.replaced]
        if self.is_replacing and (not replaced or replaced[0].stat().st_size == 0):
            self.complain("the file that was to be replaced is gone")
        if replaced and replaced[0].read_bytes() == b"older":
            found.remove(self.replaced)
        partial = self.crashes() and not any("snapshot written" in line for line in self.stderr)
        traces = [Trace(self.tester.decoder, path) for path in sorted(found)]
        for trace in traces:
            self.judge_trace(trace, not partial)
        most = len(counts) + (1 if self.crashes() or self.is_killed() else 0)
        if not len(counts) <= len(traces) <= most:
            self.complain(f"{len(traces)} snapshots, {len(counts)} were taken")
        if any("snapshot written" in line for line in self.stderr) and not traces:
            self.complain("there is no snapshot of the crash")
        have = sorted(trace.count for trace in traces)
        if self.crashes():
            self.judge_crash_snapshot(traces, partial)
        elif not set(counts) <= set(have):
            self.complain(f"snapshots have {have} events, not {sorted(counts)}")

    def judge_crash_snapshot(self, traces, partial):
        for trace in traces:
            if not partial and trace.count != self.steps[-1].retained:
                self.complain(f"the snapshot of the crash has {trace.count} events, not {self.steps[-1].retained}")

    def judge_boxes(self):
        found = set(self.boxes.iterdir())
        if self.scene.old_boxes:
            found -= self.judge_old_boxes(found)
        traces = [Trace(self.tester.decoder, path) for path in sorted(found)]
        for trace in traces:
            if self.is_unfinished(trace):
                continue
            self.judge_trace(trace, True)
            steps = self.steps if self.is_own(trace) else self.child_steps
            if steps and trace.count < steps[-1].retained:
                self.complain(f"the black box has {trace.count} events of {steps[-1].retained}")
            if not any(step.dropped for step in steps) and self.scene.name != "full" and not trace.is_from_start():
                self.complain("the black box lacks the first events")
        must_be = self.outcome.status < 0 and self.steps and self.scene.variables.get("TTLOG_BLACKBOX_DIR") != "off" and not any(
            "in memory" in line or "not recorded" in line for line in self.stderr) and self.call and self.call.phase != "shutdown"
        if must_be and not any(self.is_own(trace) for trace in traces):
            self.complain("there is no black box")
        may_be = self.outcome.status < 0 or self.is_child_killed() or (self.call and self.call.name == "unlink")
        if traces and not may_be:
            self.complain(f"a black box stayed: {traces[0].path.name}")

    def is_unfinished(self, trace):
        """Of one killed at the start, where files must have names at once."""
        return "tmpfile" in self.scene.lacks and self.is_killed() and self.call.phase in ("start", "forked") and trace.status == 2

    def is_own(self, trace):
        """And not the forked child's."""
        return self.pid is None or f"-{self.pid}-" in trace.path.name

    def judge_old_boxes(self, found):
        old = {path for path in found if re.search(r"-0000000[0-9]\.ttr$", path.name)}
        has_failed = self.call and self.call.name in ("openat", "getdents64", "unlinkat", "read", "mmap", "mkdir", "ftruncate", "madvise", "linkat",
                                                      "fallocate", "flock", "kill", "prlimit64", "readlink", "newfstatat")
        if self.living not in found:
            self.complain("the black box of a living process was removed")
        if len(old) < 8 or (len(old) > 8 and not has_failed and not self.is_killed()):
            self.complain(f"{len(old)} old black boxes")
        return old | {self.living}

    def judge_hidden(self):
        """What has a private name: only of the killed, and gone after the next start."""
        hidden = [path for path in self.snapshots.iterdir() if path.name.startswith(".")]
        if not hidden:
            return
        self.tester.hidden += len(hidden)
        dies = self.is_killed() or self.crashes()
        if not dies and not (self.call and self.call.name == "unlink"):
            self.complain(f"a hidden file stayed: {hidden[0].name}")
        steps = ["record", "1", "on-crash", "demand-to", str(self.replaced)]
        again = Injector(self.tester.injector, self.scene.lacks).run([self.tester.victim, *steps], self.directory, self.environment)
        left = [path for path in self.snapshots.iterdir() if path.name.startswith(".")]
        if again.status != 0 or left:
            self.complain(f"hidden files after the next start: {[path.name for path in left]}")

    def judge_unnoticed(self, reference):
        """It is repeated, or goes on: as if nothing had been."""
        mine, theirs = ([(step.name, step.result, step.recorded, step.dropped, step.snapshots, step.failed) for step in case.steps + case.child_steps]
                        for case in (self, reference))
        for one, other in zip(mine, theirs):
            if one != other:
                self.complain(f"{self.kind} was noticed: {one}, not {other}")
                break
        quiet, usual = ([re.sub(r"/\S*", "", line) for line in case.stderr] for case in (self, reference))
        if quiet != usual:
            self.complain(f"{self.kind} was noticed: {self.stderr}")


class Tester(Campaign):
    name = "recorder"

    def __init__(self, build):
        super().__init__(build)
        self.victim, self.decoder = self.build / "tests/faults/victim", self.build / "ttdecode"
        self.start_time = int(pathlib.Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19])
        self.hidden = self.strace_runs = 0

    def strace(self, case):
        """The same fault by strace, which counts the calls of a name in each thread: good for the first one, while there is no other process."""
        call = case.call
        path = case.directory / "strace"
        done = self.run_strace(case, ["-o", str(path), "-e", f"trace={call.name}", "-e", f"inject={call.name}:"
                                      + ("signal=SIGKILL" if case.kind == "kill" else f"error={case.kind}") + f":when={call.ordinal}"])
        outcome = Outcome(done.returncode, done.stdout, done.stderr, [])
        if "(INJECTED" in path.read_text() or (case.kind == "kill" and "killed by SIGKILL" in path.read_text()):
            outcome.injected = [[str(call.number), call.name]]
        return outcome

    def run_strace(self, case, options):
        return subprocess.run(["strace", "-f", *options, *map(str, case.command())], cwd=case.directory, capture_output=True,
                              env={**case.environment, "PATH": os.environ["PATH"]}, timeout=LIMIT_SECONDS)

    def marked_by_strace(self, scene):
        """How often each call is made in each phase, as strace sees it."""
        case = Case(self, scene, kind="strace")
        case.prepare()
        path = case.directory / "strace"
        self.run_strace(case, ["-o", str(path)])
        phases, counts = {}, collections.Counter()
        for line in path.read_text().splitlines():
            match = re.match(r"(\d+) +(\w+)\((\d*)", line)
            if not match:
                continue
            task, name, argument = match.groups()
            if name == "getpgid" and int(argument or 0) - MARK_BASE in PHASES:
                phases[task] = PHASES[int(argument) - MARK_BASE]
            elif phases.get(task, "none") != "none" and name not in OUT_OF_QUESTION:
                counts[phases[task], name] += 1
        shutil.rmtree(case.directory)
        return counts

    def hold_against_strace(self, reference):
        if reference.scene.lacks:
            return
        counts = collections.Counter((call.phase, call.name) for call in reference.outcome.calls)
        other = self.marked_by_strace(reference.scene)
        for key in sorted(set(counts) | set(other)):
            if counts[key] != other[key]:
                self.report(reference, f"{key}: {counts[key]} calls, strace sees {other[key]}")

    def record(self, scene):
        reference = Case(self, scene).run()
        reference.judge(reference)
        if reference.complaints:
            self.report(reference, *reference.complaints)
        self.hold_against_strace(reference)
        return reference

    def try_one(self, case, reference):
        case.run()
        case.judge(reference)
        return case

    def strace_cases(self, reference):
        """One a name and phase. Of a program that forks strace does not count as it says."""
        only = os.environ.get("ONLY")
        tried = set()
        for call in reference.outcome.calls:
            if only in (None, "", call.name) and call.task == 0 and "fork" not in reference.scene.steps and call.phase != "shutdown" and (call.name, call.phase) not in tried and not reference.scene.lacks:
                tried.add((call.name, call.phase))
                kind = [kind for kind in (*KINDS[:3], "kill") if call.is_apt(kind)][call.number % 4]
                yield Case(self, reference.scene, call, kind)

    def try_one_by_strace(self, case, reference):
        case.directory = case.directory.with_name(case.directory.name + "-strace")
        case.run(by_strace=True)
        case.judge(reference)
        return case

    def try_thing(self, scene, pool):
        reference = self.record(scene)
        calls = reference.outcome.calls
        tasks = [pool.submit(self.try_one, Case(self, scene, *fault), reference) for fault in self.faults(calls)]
        by_strace = [pool.submit(self.try_one_by_strace, case, reference) for case in self.strace_cases(reference)]
        for task in concurrent.futures.as_completed(tasks + by_strace):
            self.finish(task.result())
        self.strace_runs += len(by_strace)
        return len(calls)

    def summary(self, scenes, calls):
        return (f"{len(scenes)} scenarios with {calls} system calls, {self.runs} runs with a fault, {self.strace_runs} of them by strace "
                f"({self.said_kinds()}), {self.hidden} hidden files of the dead")


if __name__ == "__main__":
    sys.exit(Tester(sys.argv[1]).run([scene for scene in SCENARIOS if os.environ.get("SCENARIO") in (None, "", scene.name)]))
