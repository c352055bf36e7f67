"""The command line: files to JSON lines on standard output, reports on standard error."""

from __future__ import annotations

import sys
from heapq import merge
from pathlib import Path

from .jsonline import show_event
from .model import Refused, Reports
from .trace import Event, read_trace, trace_events

USAGE = """usage: ttread.py FILE...
       ttread.py --batch
Print the events of snapshots and regions as JSON lines, as `ttdecode -f json` does. With --batch, file names
are read from standard input, one a line; each one's JSON goes to NAME.ttread, its reports to NAME.ttread.err,
and its exit status with its name to standard output.
"""

FINE, DAMAGED, REFUSED, UNREADABLE = range(4)


def read_input(name: str) -> bytes:
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


def decode_file(name: str) -> tuple[list[Event], list[str], int]:
    """One file's events, its report lines, and its exit status."""
    try:
        data = read_input(name)
    except OSError as error:
        return [], [f"{name}: {error.strerror}"], UNREADABLE
    reports = Reports()
    try:
        events = trace_events(read_trace(data, reports), reports)
    except Refused as refusal:
        return [], [f"{name}: {refusal}"], REFUSED
    lines = [f"{name}: offset {offset}: {text}" for offset, text in reports.items]
    return events, lines, DAMAGED if lines else FINE


def run_files(names: list[str]) -> int:
    status = FINE
    lists = []
    for name in names:
        events, lines, one = decode_file(name)
        lists.append(events)
        status = max(status, one)
        sys.stderr.writelines(line + "\n" for line in lines)
    for event in merge(*lists, key=lambda event: event.real_ns):
        sys.stdout.buffer.write(show_event(event).encode("utf-8"))
    return status


def run_batch() -> int:
    for name in sys.stdin.read().splitlines():
        events, lines, status = decode_file(name)
        Path(name + ".ttread").write_bytes("".join(map(show_event, events)).encode("utf-8"))
        Path(name + ".ttread.err").write_text("".join(line + "\n" for line in lines))
        print(status, name)
    return FINE


def main(arguments: list[str]) -> int:
    # An exact %Lf of a binary128 has more digits than Python converts by default.
    sys.set_int_max_str_digits(0)
    if arguments == ["--batch"]:
        return run_batch()
    if not arguments or any(name.startswith("-") and name != "-" for name in arguments):
        sys.stderr.write(USAGE)
        return REFUSED
    return run_files(arguments)
