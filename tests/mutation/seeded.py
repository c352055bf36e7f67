#!/usr/bin/env python3
"""Plants one fault at a time, each of which one test was made to catch, and sees whether that test catches it.

A fault is a patch in seeded/, NAME.patch; three lines stand before it:
    Fault: what it breaks, in a sentence
    Test: the shell command, at the top of the tree, that has to fail
    Says: a regular expression that what the command prints has to contain, so that it fails for the right reason
"""

import argparse
import pathlib
import re
import subprocess
import sys
import time

from tree import TOP, Tree

SEEDED = pathlib.Path(__file__).with_name("seeded")
SECONDS = 900


class Fault:
    def __init__(self, path):
        text = path.read_text()
        self.name = path.stem
        self.head, self.patch = text[: text.index("\n--- ") + 1], text[text.index("\n--- ") + 1 :]
        self.fault, self.test, self.says = (self._line(key) for key in ("Fault", "Test", "Says"))
        self.files = [name.removeprefix("b/") for name in re.findall(r"^\+\+\+ (\S+)", self.patch, re.M)]

    def _line(self, key):
        found = re.search(rf"^{key}: (.+)$", self.head, re.M)
        if not found:
            sys.exit(f"seeded: {self.name}.patch: no line '{key}:'")
        return found[1]

    def apply(self, path, *options):
        """What patch has against it; "" if nothing."""
        command = ["patch", "-s", "-p1", "--fuzz=0", "--no-backup-if-mismatch", "-r", "-", *options]
        done = subprocess.run(command, cwd=path, text=True, input=self.patch, capture_output=True)
        return f"does not apply any more: {done.stdout.strip()}" if done.returncode != 0 else ""

    def plant(self, tree):
        before = {name: (tree.path / name).read_bytes() for name in self.files}
        wrong = self.apply(tree.path)
        if wrong:
            return wrong
        for name, content in before.items():
            after = (tree.path / name).read_bytes()
            if after == content:
                return f"{name}: changes nothing"
            tree.write(name, after)
        return None


def catch(tree, fault):
    """Returns None if the fault was caught, otherwise what went wrong."""
    wrong = fault.plant(tree)
    if wrong is None:
        status, output = tree.run(fault.test, SECONDS)
        if status == 0:
            wrong = "NOT CAUGHT"
        elif status is None:
            wrong = f"no answer within {SECONDS} s"
        elif not re.search(fault.says, output, re.M):
            wrong = f"failed, but not with '{fault.says}':\n" + "\n".join("    " + line for line in output.splitlines()[-15:])
    for name in fault.files:
        tree.restore(name)
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="faults to plant (default: all)")
    parser.add_argument("--tree", default="build/mutation/tree", help="where the copy is (default: %(default)s)")
    parser.add_argument("--list", action="store_true", help="print what there is, and plant nothing")
    parser.add_argument("--check", action="store_true", help="see whether they can still be planted, and plant nothing")
    arguments = parser.parse_args()

    faults = [Fault(path) for path in sorted(SEEDED.glob("*.patch")) if not arguments.names or path.stem in arguments.names]
    unknown = set(arguments.names) - {fault.name for fault in faults}
    if unknown:
        parser.error(f"no such fault: {', '.join(sorted(unknown))}")
    if arguments.list:
        for fault in faults:
            print(f"{fault.name}: {fault.fault}\n    {fault.test}")
        return 0
    if arguments.check:
        rotten = [f"{fault.name}: {wrong}" for fault in faults if (wrong := fault.apply(TOP, "--dry-run"))]
        print("\n".join(rotten), end="\n" if rotten else "")
        return 1 if rotten else 0
    tree = Tree(TOP / arguments.tree)
    escaped, start = 0, time.monotonic()
    for fault in faults:
        wrong = catch(tree, fault)
        if wrong:
            print(f"seeded: {fault.name}: {wrong}", flush=True)
            escaped += 1
    print(f"seeded: {len(faults)} faults planted, {len(faults) - escaped} caught, {time.monotonic() - start:.0f} s")
    return 1 if escaped or not faults else 0


if __name__ == "__main__":
    sys.exit(main())
