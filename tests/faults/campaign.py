"""What the testers of failing system calls have in common: a list of things to try, each fault with each call of each, and what came of it."""

import collections
import concurrent.futures
import os
import pathlib
import shutil
import time

from injection import Injector, jobs


class Campaign:
    """Subclasses have a name, and judge one thing in try_thing()."""

    name = ""

    def __init__(self, build):
        self.build = pathlib.Path(build).resolve()
        self.injector = self.build / "tests/faults/inject"
        self.work = self.build / "tests/faults/work" / self.name
        self.runs = self.failed = 0
        self.kinds = collections.Counter()

    def report(self, case, *complaints):
        self.failed += 1
        for complaint in complaints:
            print(f"{self.name}: FAILED {case.name()}: {complaint}", flush=True)

    def finish(self, case):
        self.runs += 1
        self.kinds[case.kind] += 1
        if case.complaints:
            self.report(case, *case.complaints)
        else:
            shutil.rmtree(case.directory)

    def faults(self, calls):
        """(call, kind, is it for ever) of each run: all that can be, or with LONG unset one a call."""
        only, is_all = os.environ.get("ONLY"), bool(os.environ.get("LONG"))
        return [(call, kind, is_forever) for call in calls if only in (None, "", call.name) for kind, is_forever in call.kinds(is_all)]

    def try_thing(self, thing, pool):
        """Tries each fault with it. Returns how many calls it has."""
        raise NotImplementedError

    def summary(self, things, calls):
        """What was tried, for the line of figures."""
        raise NotImplementedError

    def run(self, things):
        """Returns the exit status."""
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        why_not = Injector(self.injector).why_not()
        if why_not:
            print(f"{self.name}: SKIPPED, no system call can be made to fail here: {why_not}")
            return 0
        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(jobs()) as pool:
            calls = sum(self.try_thing(thing, pool) for thing in things)
        print(f"{self.name}: {self.summary(things, calls)}, {self.failed} failed, {time.monotonic() - start:.0f} s")
        if self.failed == 0:
            shutil.rmtree(self.work)
        return 1 if self.failed or not self.runs else 0

    def said_kinds(self):
        return ", ".join(f"{kind} {count}" for kind, count in self.kinds.most_common())
