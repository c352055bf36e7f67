#!/usr/bin/env python3
"""overhead.py OUT ON [DIRECTORY] - what recording costs a real program: ttlog-demo, which indexes and compresses the files of a directory.

OUT is the program compiled with TT_DISABLE, ON as it is. Each round runs all of them in turn, one thread, and counts processor time. Prints results
as the other programs of the bench do. DIRECTORY: what is indexed (default: /usr/include).
"""

import json
import os
import statistics
import subprocess
import sys

ROUNDS = 15


def seconds(program, directory, settings):
    # As any program: the black box is made, too.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TTLOG_")}
    process = subprocess.Popen([program, "--quiet", "--threads=1", directory], env={**environment, **settings})
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = status
    if os.waitstatus_to_exitcode(status) not in (0, 1):  # 1: not every file could be read
        sys.exit(f"overhead: {program} ended with {status}")
    return used.ru_utime + used.ru_stime


def main():
    if len(sys.argv) not in (3, 4):
        print(__doc__, file=sys.stderr)
        return 2
    out, on = sys.argv[1:3]
    directory = sys.argv[3] if len(sys.argv) == 4 else "/usr/include"
    subjects = {
        "compiled out": (out, {}),
        "off by the filter": (on, {"TTLOG_FILTER": "off"}),
        "on": (on, {}),
        "on, adaptive": (on, {"TTLOG_CLOCK": "adaptive"}),
    }
    for program, settings in subjects.values():
        seconds(program, directory, settings)
    taken = {name: [] for name in subjects}
    for number in range(ROUNDS):
        for i in range(len(subjects)):
            name = list(subjects)[(number + i) % len(subjects)]
            taken[name].append(seconds(subjects[name][0], directory, subjects[name][1]))
    base = taken["compiled out"]
    for name, times in taken.items():
        ratios = sorted(time / least for time, least in zip(times, base))
        print(json.dumps({
            "section": "demo", "variant": "static", "name": name, "unit": "s", "count": ROUNDS, "min": min(times),
            "median": statistics.median(times), "p99": max(times), "to_out": statistics.median(ratios),
            "to_out_p10": ratios[ROUNDS // 10], "to_out_p90": ratios[-1 - ROUNDS // 10]}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
