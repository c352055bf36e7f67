#!/usr/bin/env python3
"""vectors.py MACHINE OURS COMMAND... - every vector decoded on another machine, byte for byte as here.

COMMAND... runs that machine's ttdecode. Its JSON is what stands beside the vector; text (and with LONG in the environment --info and
--check too), reports and exit status are those of OURS, the ttdecode of this machine. Prints one line; differences go to standard
error, and the status is 1.
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys

VECTORS = pathlib.Path(__file__).resolve().parents[2] / "format-spec/vectors"
FORMS = [["-f", "json"], ["-f", "text"]] + ([["--info"], ["--check"]] if os.environ.get("LONG") else [])


def run(command, options, vector):
    return subprocess.run([*command, *options, vector], capture_output=True, cwd=VECTORS, timeout=120)


def compare(ours, theirs, vector):
    """Returns what differs."""
    wrong = []
    for options in FORMS:
        here, there = run(ours, options, vector), run(theirs, options, vector)
        if "json" in options and there.stdout != (VECTORS / (vector + ".json")).read_bytes():
            wrong.append(f"{vector}: the JSON is not as {vector}.json")
        for what, one, other in (("output", here.stdout, there.stdout), ("reports", here.stderr, there.stderr),
                                 ("exit status", here.returncode, there.returncode)):
            if one != other:
                wrong.append(f"{vector}: {' '.join(options)}: the {what} differs: {other!r:.200} and here {one!r:.200}")
    return wrong


def main():
    machine, ours, *theirs = sys.argv[1:]
    vectors = sorted(str(path.relative_to(VECTORS)).removesuffix(".json") for path in VECTORS.glob("*/*.json"))
    if not vectors or not theirs:
        sys.exit(__doc__)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        wrong = [line for lines in pool.map(lambda vector: compare([ours], theirs, vector), vectors) for line in lines]
    for line in wrong[:20]:
        print(f"vectors {machine}: {line}", file=sys.stderr)
    print(f"vectors {machine}: {len(vectors)} decoded in {len(FORMS)} forms, {len(wrong)} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
