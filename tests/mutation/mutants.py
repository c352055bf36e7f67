#!/usr/bin/env python3
"""Takes one thing out of the code at a time (operators.py says what) and runs tests until one fails: at least 95 % have to be noticed.

What nothing can notice, because the code does the same without it, stands in equivalent.txt with the reason, and does not count.
"""

import argparse
import pathlib
import queue
import re
import sys
import threading
import time

import operators
from tree import TOP, Tree

REQUIRED = 0.95
EQUIVALENT = pathlib.Path(__file__).with_name("equivalent.txt")
ASAN = 'HOSTILE_VECTORS=\'$(HOSTILE_FEW)\' DAMAGE_COUNT=800 BUILD=build-asan CFLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all"'

# The tests for a mutant, quick ones first: (what it is made of, commands). The first that matches counts.
TESTS = (
    (lambda mutant: mutant.kind == "order",
     ("tests/model/labels.py", "make -s check-orders", "make -s check-tsan")),
    (lambda mutant: mutant.path.startswith("lib/"),
     ("make -s check-unit-lib", "make -s check-security", "make -s check-api", "make -s check-faults", "make -s check-stress",
      "make -s check-snapshots SNAPSHOTS_SECONDS=10", "make -s check-crash", f"make -s check-unit-lib {ASAN}")),
    (lambda mutant: True,
     ("make -s all && TTDECODE=$PWD/build/ttdecode tests/vectors/vectors.sh", "make -s check-unit-decoder",
      f"make -s check-fuzz {ASAN}", f"make -s check-vectors {ASAN}", f"make -s check-damage {ASAN}", "make -s check-kaitai",
      "make -s check-faults-decoder check-faults-allocations", "make -s check-security",
      "make -s check-stress", "make -s check-snapshots SNAPSHOTS_SECONDS=10")),
)


class Equivalents:
    """Lines `path | what | reason`."""

    def __init__(self):
        lines = EQUIVALENT.read_text().splitlines() if EQUIVALENT.exists() else []
        self.known = {tuple(part.strip() for part in line.split(" | ")[:2]) for line in lines if line and not line.startswith("#")}
        self.used = set()

    def __contains__(self, mutant):
        key = (mutant.path, mutant.what)
        if key in self.known:
            self.used.add(key)
        return key in self.known


def plant(tree, mutant):
    text = (TOP / mutant.path).read_text()
    lines = text.splitlines(keepends=True)
    start = sum(map(len, lines[: mutant.line - 1]))
    at = text.index(mutant.old, start)
    tree.write(mutant.path, (text[:at] + mutant.new + text[at + len(mutant.old) :]).encode())


def catch(tree, mutant, seconds):
    """The command that noticed it and what it said; None if none did. Compilers that refuse it do not count as tests."""
    plant(tree, mutant)
    try:
        for command in next(commands for is_for, commands in TESTS if is_for(mutant)):
            status, output = tree.run(command, seconds)
            if status != 0:
                if "No rule to make target" in output:
                    sys.exit(f"mutants: no such test: {command}")
                if re.search(r"^\S+:\d+:\d+: (fatal )?error: ", output, re.M):
                    return "does not compile", output[-400:]
                said = [line for line in output.splitlines() if line.strip() and not line.startswith("make")]
                return command, said[-1][:160] if said else "ended" if status is not None else "no answer in time"
    finally:
        tree.restore(mutant.path)
    return None


def worker(number, arguments, todo, results, lock):
    tree = Tree(TOP / f"{arguments.tree}-{number}")
    while True:
        try:
            mutant = todo.get_nowait()
        except queue.Empty:
            return
        start = time.monotonic()
        caught = catch(tree, mutant, arguments.seconds)
        with lock:
            results.append((mutant, caught))
            what = f"caught by {caught[0]}: {caught[1]}" if caught else "SURVIVED"
            print(f"{mutant.name} {mutant.kind} [{mutant.what}] {what} ({time.monotonic() - start:.0f} s)", flush=True)


def run_all(mutants, arguments):
    todo, results, lock = queue.Queue(), [], threading.Lock()
    for mutant in mutants:
        todo.put(mutant)
    threads = [threading.Thread(target=worker, args=(number, arguments, todo, results, lock)) for number in range(arguments.jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def select(tree, arguments):
    equivalents = Equivalents()
    mutants = [*operators.orders(tree), *operators.tests(tree)]
    kept = [mutant for mutant in mutants if mutant not in equivalents]
    for path, what in sorted(equivalents.known - equivalents.used):
        print(f"mutants: equivalent.txt names what is not there any more: {path} | {what}", file=sys.stderr)
    chosen = [mutant for mutant in kept if re.search(arguments.only, f"{mutant.name} {mutant.kind} {mutant.what}")]
    return chosen, len(mutants) - len(kept)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="REGEX", help="only those whose file:line, kind or text matches")
    parser.add_argument("--jobs", type=int, default=1, help="so many at once, each in a copy of its own (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=900, help="how long one test may take (default: %(default)s)")
    parser.add_argument("--tree", default="build/mutation/mutants", help="where the copies are (default: %(default)s)")
    parser.add_argument("--list", action="store_true", help="print what there is, and run nothing")
    arguments = parser.parse_args()

    chosen, left_out = select(Tree(TOP / f"{arguments.tree}-0"), arguments)
    if arguments.list:
        for mutant in chosen:
            print(f"{mutant.name} {mutant.kind} [{mutant.what}]")
        return 0
    start = time.monotonic()
    results = [result for result in run_all(chosen, arguments) if not (result[1] and result[1][0] == "does not compile")]
    survivors = [mutant for mutant, caught in results if not caught]
    if not results:
        print("mutants: none", file=sys.stderr)
        return 1
    for kind in ("order", "bound", "checksum"):
        of_kind = [caught for mutant, caught in results if mutant.kind == kind]
        print(f"mutants: {kind}: {len(of_kind)} planted, {sum(map(bool, of_kind))} caught")
    share = 1 - len(survivors) / len(results)
    print(f"mutants: {len(results)} planted, {100 * share:.1f} % caught, {left_out} more that change nothing left out, "
          f"{time.monotonic() - start:.0f} s")
    return 0 if share >= REQUIRED else 1


if __name__ == "__main__":
    sys.exit(main())
