#!/usr/bin/env python3
"""report.py [--peers] RESULTS.jsonl RESULTS.json [RESULTS.md] - makes tables of what the bench's programs have printed.

Prints the tables on stdout; writes all results and the machine's description as one JSON object, and, if a third
file is named, as a page of Markdown. What is required stands in REQUIRED and is shown beside what was measured: a
figure that is not met is said to be so, but is no error, for times depend on the machine and on who else uses it.
"""

import datetime
import json
import os
import platform
import subprocess
import sys

# section, variant, name, field of the result, relation, limit, in words
REQUIRED = [
    ("call", "static", "W0", "to_b", "<=", 1.05, "1.05 b"),
    ("call", "static", "W2", "to_b", "<=", 1.05, "1.05 b"),
    ("call", "static", "W4", "to_b", "<=", 1.08, "1.08 b"),
    ("call", "static", "WS", "to_least", "<=", 1.05, "1.05 of least"),
    ("call", "static", "off", "over_empty", "<=", 0.1, "0.1 ns over empty"),
    ("call", "adaptive", "W0", "to_b", "<=", 0.15, "0.15 b"),
    ("call", "adaptive", "W2", "to_b", "<=", 0.15, "0.15 b"),
    ("call", "adaptive", "W4", "to_b", "<=", 0.18, "0.18 b"),
    ("call", "adaptive", "WS", "to_b", "<=", 0.30, "0.30 b"),
    ("code", "instructions", "W2", "median", "<=", 30, "30 instructions"),
    ("code", "instructions", "W4", "median", "<=", 36, "36 instructions"),
    ("code", "code-bytes", "W2", "median", "<=", 128, "128 bytes"),
    ("room", "record", "W2", "median", "<=", 16, "16"),
    ("room", "record", "W4", "median", "<=", 32, "32"),
    ("room", "snapshot", "W2", "median", "<=", 4, "4 in the file"),
    ("room", "snapshot", "W4", "median", "<=", 17, "17 in the file"),
    ("single", "static", "W4, one call", "tail", "<=", 2.5, "2.5 from p50 to p99.9"),
    ("single", "adaptive", "W4, one call", "tail", "<=", 12, "12 from p50 to p99.9"),
    ("together", "static", "two threads, W4", "median", ">=", 1.95, "1.95"),
    ("together", "decode", "ttdecode, W4 to text", "median", ">=", 1.8, "1.8"),
    ("peer-decode", "ttdecode --jobs 1", "W4", "to_babeltrace2", ">=", 10, "10 times babeltrace2"),
    ("snapshot", "static", "of a full region", "median", "<=", 200, "200 ms"),
    ("snapshot", "static", "the same as text with fprintf", "to_snapshot", ">=", 5, "5 times as long"),
    ("decode", "text", "W4", "median", ">=", 12, "12"),
    ("decode", "text", "W2", "median", ">=", 20, "20"),
    ("decode", "json", "W4", "median", ">=", 5, "5"),
]

EXPLAINED = {
    "empty loop": "the loop around every other line",
    "ticks": "the tick counter is read (rdtsc)",
    "16-byte store": "16 bytes into a ring, no clock",
    "ticks + 8-byte store": "",
    "ticks + 16-byte store": "b, the unit of the ratios",
    "ticks + 32-byte store": "",
    "ticks + strlen + copy": "of a 16-byte string into a ring",
    "CLOCK_MONOTONIC": "clock_gettime",
    "W0": '"heartbeat"',
    "W2": '"conn %d state %d"',
    "W4": '"req %u took %f us from %d flags 0x%llx"',
    "WS": '"user %s id %d", 16-byte string',
    "off": "a site that the filter has switched off",
}

# Limits that are shown with the first variant only; they are measured beside the others too.
LIMITS_ONCE = ("ticks", "16-byte store", "ticks + 8-byte store", "ticks + 32-byte store", "ticks + strlen + copy")

VARIANTS = {
    "static": "ttlog, linked statically, default clock",
    "shared": "The same as -fPIC code with libttlog.so",
    "adaptive": "The same with TTLOG_CLOCK=adaptive",
    "monotonic": "The same with TTLOG_CLOCK=monotonic",
}


class Table:
    """Rows of strings; the first row is the head, the first column is aligned to the left, and so is the last one."""

    def __init__(self, title, note, head):
        self.title, self.note, self.rows = title, note, [head]

    def add(self, *cells):
        self.rows.append(list(cells))

    def widths(self):
        return [max(len(row[i]) for row in self.rows) for i in range(len(self.rows[0]))]

    def padded(self, row):
        last = len(row) - 1
        return [
            cell.ljust(width) if i in (0, last) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, self.widths()))
        ]

    def text(self):
        lines = [self.title, *(["  " + line for line in self.note]), ""]
        lines += ["  " + "  ".join(self.padded(row)).rstrip() for row in self.rows]
        return "\n".join(lines) + "\n"

    def markdown(self):
        rule = ["---"] + ["---:"] * (len(self.rows[0]) - 2) + ["---"]
        rows = [self.padded(self.rows[0]), rule] + [self.padded(row) for row in self.rows[1:]]
        lines = ["## " + self.title, "", *self.note, ""]
        return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def of(results, section, variant=None):
    return [r for r in results if r["section"] == section and variant in (None, r["variant"])]


def derive(results):
    """What follows from two figures of one run."""
    for r in of(results, "single"):
        if "p999" in r:
            r["tail"] = r["p999"] / r["median"]
    snapshots = of(results, "snapshot")
    for r in snapshots[1:]:
        r["to_snapshot"] = r["median"] / snapshots[0]["median"]


    decoders = of(results, "peer-decode")
    for r in decoders:
        r["to_babeltrace2"] = r["median"] / of(results, "peer-decode", "babeltrace2")[0]["median"]
    for r in of(results, "peer"):
        r["to_ttlog"] = r["to_b"] / next(own["to_b"] for own in of(results, "peer", "ttlog") if own["name"] == r["name"])


def judge(results):
    """Puts what is required, and whether it is met, into the results it is about."""
    derive(results)
    for section, variant, name, field, relation, limit, words in REQUIRED:
        for r in results:
            if (r["section"], r["variant"], r["name"]) == (section, variant, name):
                r["required"] = {"field": field, "relation": relation, "limit": limit, "words": words}
                r["is_met"] = r[field] <= limit if relation == "<=" else r[field] >= limit


def verdict(result):
    if "required" not in result:
        return ""
    relation = "at most" if result["required"]["relation"] == "<=" else "at least"
    return "%s %s: %s" % (relation, result["required"]["words"], "met" if result["is_met"] else "NOT MET")


def spread(result, ratio):
    if ratio not in result:
        return ["", ""]
    return ["%.3f" % result[ratio], "%.3f-%.3f" % (result[ratio + "_p10"], result[ratio + "_p90"])]


def calls_table(results, variant):
    rounds = of(results, "call", variant)[0]["count"]
    table = Table(
        "What a call costs its caller. " + VARIANTS[variant],
        ["Nanoseconds an event: min, median, 99th percentile of %d interleaved rounds, and the ratio of medians to b with the" % rounds,
         "range of the middle 8 of 10 rounds; 'over least': ratio to the least that such an event needs."],
        ["", "min", "median", "p99", "x b", "p10-p90", "over empty", "over least", "what, and what is required"],
    )
    for r in of(results, "call", variant):
        if variant != "static" and r["name"] in LIMITS_ONCE:
            continue
        words = verdict(r) or EXPLAINED[r["name"]]
        table.add(
            r["name"], "%.2f" % r["min"], "%.2f" % r["median"], "%.2f" % r["p99"], *spread(r, "to_b"),
            "%.2f" % r["over_empty"], spread(r, "to_least")[0], words)
    return table


def rare_table(results):
    table = Table(
        "What happens rarely",
        ["Microseconds. One call: chunk switches included, the cost of reading the counter around it subtracted:",
         "here %.3f, which can also be the counter's own step, and then no figure is finer. 'as it is': not subtracted." % (of(results, "counter")[0]["median"] / 1e3)],
        ["", "count", "min", "median", "p99", "p99.9", "remark"],
    )
    for r in of(results, "single") + of(results, "live"):
        tail = "%.3f" % (r["p999"] / 1e3) if "p999" in r else ""
        remark = verdict(r) or ("as it is: %d snapshots" % r["snapshots"] if "snapshots" in r else "")
        name = r["name"] + (", adaptive" if r["variant"] == "adaptive" else "")
        table.add(name, str(r["count"]), *("%.3f" % (r[f] / 1e3) for f in ("min", "median", "p99")), tail, remark)
    for r in of(results, "snapshot"):
        table.add(r["name"], str(r["count"]), *("%.0f" % (r[f] * 1e3) for f in ("min", "median", "p99")), "", snapshot_remark(r))
    return table


def snapshot_remark(r):
    if "to_snapshot" in r:
        return "%.1f times as long; %s" % (r["to_snapshot"], verdict(r))
    return "%.1f MiB, %d rings, %d events; file %.1f MiB; %s" % (
        r["region_bytes"] / 2**20, r["rings"], r["events"], r["file_bytes"] / 2**20, verdict(r))


def together_table(results):
    table = Table(
        "Threads at once",
        [
            "Calls: events a ns of two threads, each on a CPU of its own, over those of one. ttdecode: time of --jobs 1 over --jobs 2,",
            "in turn. Two CPUs may be one core's two threads.",
        ],
        ["", "rounds", "min", "median", "max", "required"],
    )
    for r in of(results, "together"):
        table.add(r["name"], str(r["count"]), *("%.3f" % r[f] for f in ("min", "median", "p99")), verdict(r))
    return table


def room_table(results):
    table = Table(
        "How much room an event takes",
        ["Bytes. Ring: with the chunks' heads and ends. Snapshot: events that follow each other at once, arguments as in generate.c."],
        ["", "record", "ring", "snapshot file", "what, and what is required"],
    )
    for name in ("W0", "W2", "W4", "WS"):
        found = {r["variant"]: r for r in of(results, "room") if r["name"] == name}
        words = "; ".join(filter(None, map(verdict, found.values()))) or EXPLAINED[name]
        table.add(name, *("%.2f" % found[v]["median"] for v in ("record", "ring", "snapshot")), words)
    return table


def decode_table(results):
    table = Table(
        "ttdecode",
        ["Millions of events a second of processor time (user + system, one core, --jobs 1), to /dev/null; peak memory of the process."],
        ["", "runs", "min", "median", "max", "peak MiB", "required"],
    )
    for r in of(results, "decode"):
        name = "%s to %s" % (r["name"], r["variant"])
        table.add(name, str(r["count"]), *("%.2f" % r[f] for f in ("min", "median", "p99")), "%.1f" % r["peak_mib"], verdict(r))
    return table


def code_table(results):
    table = Table(
        "Code of a call site",
        ["Instructions executed by a call that is recorded (single-stepped), and bytes of code at a site: the same in every run."],
        ["", "instructions", "bytes", ""],
    )
    for name in ("W0", "W2", "W4", "WS", "off"):
        counted = [r for r in of(results, "code") if r["name"] == name]
        found = {r["variant"]: "%g" % r["median"] for r in counted}
        words = "; ".join(filter(None, map(verdict, counted))) or EXPLAINED[name]
        table.add(name, found.get("instructions", "-"), found.get("code-bytes", "-"), words)
    return table


def tables(results):
    calls = [calls_table(results, variant) for variant in VARIANTS]
    return calls + [code_table(results), room_table(results), decode_table(results), rare_table(results), together_table(results), demo_table(results)]


def demo_table(results):
    table = Table(
        "What recording costs a real program",
        ["ttlog-demo indexes and compresses the files below /usr/include: seconds of processor time, and the ratio to the program that was",
         "compiled without its call places (TT_DISABLE): median and the middle 8 of 10 of the rounds' own ratios."],
        ["", "rounds", "min", "median", "max", "x compiled out", "p10-p90", ""],
    )
    for r in of(results, "demo"):
        table.add(r["name"], str(r["count"]), *("%.3f" % r[f] for f in ("min", "median", "p99")), *spread(r, "to_out"), "")
    return table


def peer_tables(results):
    calls = Table(
        "What a call costs its caller",
        ["Nanoseconds an event: min, median and 99th percentile of 31 rounds. Each recorder has a process of its own, in which b (reading",
         "the tick counter and storing 16 bytes) is measured in turn: ratio of medians to b with the range of the middle 8 of 10",
         "rounds, and that ratio over ttlog's."],
        ["", "min", "median", "p99", "x b", "p10-p90", "x ttlog", ""],
    )
    for r in of(results, "peer"):
        calls.add("%s: %s" % (r["name"], r["variant"]), *("%.1f" % r[f] for f in ("min", "median", "p99")), *spread(r, "to_b"),
                  "%.1f" % r["to_ttlog"], "")
    decoding = Table(
        "Decoding the same million events of W4 to lines",
        ["Millions of events a second of processor time, to /dev/null; the size of what is decoded."],
        ["", "runs", "min", "median", "max", "x babeltrace2", "bytes/event", "required"],
    )
    for r in of(results, "peer-decode"):
        decoding.add(r["variant"], str(r["count"]), *("%.2f" % r[f] for f in ("min", "median", "p99")), "%.1f" % r["to_babeltrace2"],
                     "%.2f" % r["bytes"], verdict(r))
    return [calls, decoding]


def peer_versions():
    packages = ("liblttng-ust-dev", "babeltrace2", "libspdlog-dev", "libc6")
    return {name: said_by("dpkg-query", "-W", "-f=${Version}", name) or "unknown" for name in packages}


def said_by(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def line_of(path, start=""):
    try:
        with open(path, encoding="utf-8") as file:
            return next((line.split(":")[-1].strip() for line in file if line.startswith(start)), "unknown")
    except OSError:
        return "unknown"


def commit():
    changed = said_by("git", "status", "--porcelain", "--untracked-files=no", "--", "lib", "decoder", "format-spec", "bench/*.c")
    return said_by("git", "rev-parse", "--short=12", "HEAD") + (", with changes" if changed else "")


def machine():
    compiler = os.environ.get("CC", "cc")
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit() or "unknown",
        "compiler": (said_by(*compiler.split(), "--version").splitlines() or ["unknown"])[0],
        "flags": os.environ.get("CFLAGS", "unknown"),
        "processor": line_of("/proc/cpuinfo", "model name"),
        "cpus": os.cpu_count(),
        "virtual": "hypervisor" in said_by("grep", "-m1", "^flags", "/proc/cpuinfo").split(),
        "kernel": platform.release(),
        "libc": " ".join(platform.libc_ver()),
        "clocksource": line_of("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
        "load": "%.2f" % os.getloadavg()[0],
    }


def noise(results):
    """What in this run says how much to trust it, in words."""
    b = next(r for r in of(results, "call", "static") if r["name"] == "ticks + 16-byte store")
    ticks = next(r for r in of(results, "call", "static") if r["name"] == "ticks")
    return [
        "b itself took %.2f to %.2f ns (min to p99), a factor of %.2f; `ticks`, which does less than b, came out at %.3f b"
        % (b["min"], b["p99"], b["p99"] / b["min"], ticks["to_b"]),
        "(%.3f-%.3f). Differences between ratios that are smaller than that range are noise."
        % (ticks["to_b_p10"], ticks["to_b_p90"]),
    ]


def page(title, command, host, notes, results_tables):
    lines = [
        "# " + title,
        "",
        "Written by `" + command + " RESULTS=1`; [README.md](README.md) says how it is measured, what not, and what the lines mean.",
        "",
        "| | |",
        "|---|---|",
    ]
    lines += ["| %s | %s |" % (key, value) for key, value in host.items()]
    lines += ["", *notes, ""]
    return "\n".join(lines) + "\n" + "\n".join(table.markdown() for table in results_tables)


def main():
    arguments = sys.argv[1:]
    is_peers = arguments[:1] == ["--peers"]
    if is_peers:
        del arguments[0]
    if len(arguments) not in (2, 3):
        sys.exit(__doc__)
    with open(arguments[0], encoding="utf-8") as file:
        results = [json.loads(line) for line in file]
    judge(results)
    if is_peers:
        host, made, notes = {**machine(), **peer_versions()}, peer_tables(results), []
        title, command = "Other recorders on the same work", "make bench-peers"
    else:
        host, made, notes = machine(), tables(results), ["## Noise of this run", "", *noise(results)]
        title, command = "Results", "make bench"
    print("\n".join(table.text() for table in made))
    if notes:
        print("Noise: " + " ".join(notes[2:]))
    judged = [r for r in results if "required" in r]
    print("Required: %d of %d figures met." % (sum(r["is_met"] for r in judged), len(judged)))
    with open(arguments[1], "w", encoding="utf-8") as file:
        json.dump({"machine": host, "results": results}, file, indent=1)
    if len(arguments) == 3:
        with open(arguments[2], "w", encoding="utf-8") as file:
            file.write(page(title, command, host, notes, made))


if __name__ == "__main__":
    main()
