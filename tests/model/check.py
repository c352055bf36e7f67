#!/usr/bin/env python3
"""Runs the models: the protocol as it is passes exhaustively, each variant of it is rejected with a counterexample.

check.py [--work DIRECTORY] [--long] [MODEL...]: in DIRECTORY stay, of each run, what spin printed, and of each variant the counterexample, step by step.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
VIEWS, BUFFERS, TSO = (), ("BUFFERS=1",), ("BUFFERS=2",)
MEMORIES = {VIEWS: "views", BUFFERS: "store buffers", TSO: "TSO"}

# Model: bounds of `make check`, and what check-long adds; by memory; the variants, each with the memories that reject it. The larger ones take up to 6 GB.
WEAK, ALL = (VIEWS, BUFFERS), (VIEWS, BUFFERS, TSO)
CHUNK_LONG = (("CHUNKS=2", "WORDS=3", "GENERATIONS=6"), ("CHUNKS=3", "WORDS=3", "GENERATIONS=6"), ("CHUNKS=2", "WORDS=4", "GENERATIONS=4"))
MODELS = {
    "chunk": {
        "bounds": {VIEWS: ("CHUNKS=2", "WORDS=3", "GENERATIONS=4"), BUFFERS: ("CHUNKS=2", "WORDS=2", "GENERATIONS=4"),
                   TSO: ("CHUNKS=2", "WORDS=2", "GENERATIONS=4")},
        "long": {VIEWS: CHUNK_LONG, BUFFERS: (("CHUNKS=2", "WORDS=3", "GENERATIONS=5"), *CHUNK_LONG[1:]), TSO: CHUNK_LONG},
        "variants": {
            "NO_RELEASE_FENCE": WEAK,
            "NO_INVALIDATING_STORE": ALL,
            "NO_ACQUIRE_FENCE": WEAK,
            "RELAXED_COMMIT": WEAK,
            "RELAXED_FIRST_LOAD": WEAK,
            "FENCE_BEFORE_STORE": WEAK,
            "NO_SECOND_LOAD": ALL,
        },
    },
    "ring": {
        "bounds": {VIEWS: ("OWNERS=2", "CHUNKS=2", "GENERATIONS_EACH=2"), BUFFERS: ("OWNERS=2", "CHUNKS=2", "GENERATIONS_EACH=1")},
        "long": {VIEWS: (("OWNERS=3", "CHUNKS=2", "GENERATIONS_EACH=2"),),
                 BUFFERS: (("OWNERS=2", "CHUNKS=2", "GENERATIONS_EACH=2"), ("OWNERS=3", "CHUNKS=2", "GENERATIONS_EACH=1"))},
        "variants": {
            "NO_VERSION_FENCE": WEAK,
            "RELAXED_VERSION": WEAK,
            "RELAXED_FIRST_VERSION": WEAK,
            "NO_SECOND_FENCE": WEAK,
            "NO_LAST_VERSION": WEAK,
            "RELAXED_EXIT": WEAK,
            "RELAXED_CLAIM": WEAK,
        },
    },
    "stamp": {
        "bounds": {BUFFERS: ("GRANTS=3", "EVENTS=2", "SWEEPS=2"), TSO: ("GRANTS=3", "EVENTS=2", "SWEEPS=2")},
        "long": {BUFFERS: (("GRANTS=4", "EVENTS=3", "SWEEPS=3"),), TSO: (("GRANTS=4", "EVENTS=3", "SWEEPS=3"),)},
        "variants": {
            "NO_CLEARING_FIRST": (BUFFERS, TSO),
            "RELAXED_GRANT": (BUFFERS,),
            "NO_WRITERS_FENCE": (BUFFERS, TSO),
            "NO_SWEEPS_FENCE": (BUFFERS, TSO),
            "RELAXED_NOTE": (BUFFERS,),
            "NO_LEAVING_FENCE": (BUFFERS, TSO),
        },
    },
}


class Run:
    """One search: of a model, with these definitions."""

    def __init__(self, work, model, definitions, optimization):
        self.name = "-".join([model, *definitions]).replace("=", "")
        self.directory = work / self.name
        self.directory.mkdir(parents=True, exist_ok=True)
        for old in self.directory.glob("*.trail"):
            old.unlink()
        self._do("spin", "-a", *(f"-D{one}" for one in definitions), str(HERE / f"{model}.pml"))
        self._do("gcc", optimization, "-w", "-DSAFETY", "-DCOLLAPSE", "-DMEMLIM=12000", "-o", "pan", "pan.c")
        self.output = self._do("./pan", "-m100000")
        (self.directory / "output.txt").write_text(self.output)
        self.trail = next(self.directory.glob("*.trail"), None)
        if self.trail:
            (self.directory / "counterexample.txt").write_text(self._do("./pan", "-r", "-n", may_fail=True))
        for built in [*self.directory.glob("pan*"), *self.directory.glob("_spin*")]:
            built.unlink()

    def _do(self, *command, may_fail=False):
        done = subprocess.run(command, cwd=self.directory, capture_output=True, text=True, errors="replace")
        if done.returncode != 0 and not may_fail:
            sys.exit(f"model: {self.name}: {' '.join(command)}: {done.stdout[-1000:]}{done.stderr[-1000:]}")
        return done.stdout

    def states(self):
        return int(re.search(r"(\d+(?:\.\d+e\+\d+)?) states, stored", self.output)[1].split(".")[0])

    def fault_if_wrong(self, situations):
        """What is wrong if this run was to pass; None: it passed, exhaustively, and came to all that it has to come to."""
        error = re.search(r"^pan:1: (.*)$", self.output, re.M)
        if error or not re.search(r"errors: 0$", self.output, re.M):
            return f"{error[1] if error else 'no result'}; see {self.directory}/counterexample.txt"
        if re.search(r"not completed|reached -DMEMLIM|max search depth too small", self.output):
            return "the search is not complete"
        missing = [one for one in situations if f"reached: {one}\n" not in self.output]
        return f"never came to: {', '.join(missing)}" if missing else None

    def fault_if_passed(self):
        """What is wrong if this run was to be rejected; None: an assertion of the model failed."""
        if not re.search(r"^pan:1: assertion violated ", self.output, re.M) or not self.trail:
            return "NOT REJECTED"
        return None


def situations(model):
    return re.findall(r'REACHED\(\d+, "([^"]+)"\)', (HERE / f"{model}.pml").read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="MODEL", help="default: all")
    parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path("build/tests/model/work"))
    parser.add_argument("--long", action="store_true")
    arguments = parser.parse_args()
    work = arguments.work.resolve()
    failures = 0

    def judge(run, fault):
        nonlocal failures
        if fault:
            print(f"model: {run.name}: {fault}", flush=True)
            failures += 1

    for name, model in MODELS.items():
        if arguments.names and name not in arguments.names:
            continue
        start, states, rejected, unseen = time.monotonic(), 0, 0, 0
        searches = list(model["bounds"].items())
        if arguments.long:
            searches += [(memory, bound) for memory, bounds in model["long"].items() for bound in bounds]
        for memory, bound in searches:
            run = Run(work, name, (*bound, *memory), "-O2" if arguments.long else "-O0")
            states += run.states()
            judge(run, run.fault_if_wrong(situations(name)))
        for variant, rejecting in model["variants"].items():
            for memory, bound in model["bounds"].items():
                run = Run(work, name, (*bound, *memory, variant), "-O0") if memory in rejecting or arguments.long else None
                if run and memory in rejecting:
                    rejected += 1
                    judge(run, run.fault_if_passed())
                elif run:  # the orders that this machine keeps anyway
                    unseen += 1
                    judge(run, run.fault_if_wrong([]))
        said = "; ".join(f"{MEMORIES[memory]} {' '.join(bound).lower()}" for memory, bound in searches)
        print(f"model {name}: {len(searches)} searches pass, {states} states ({said}); {len(model['variants'])} variants, rejected in {rejected} searches"
              + (f", not seen by TSO in {unseen}" if unseen else "") + f"; {time.monotonic() - start:.0f} s", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
