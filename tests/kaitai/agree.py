#!/usr/bin/env python3
"""agree.py TTDECODE FILE... - the reader made from ttlog.ksy and ttdecode show the same events of each file, with the same exit status.

Compared is every key of a JSON line but the time and the message, which are no matter of structures; numbers by their digits.
Exit status: 0 they agree, 1 they do not.
"""

import collections
import json
import subprocess
import sys

from reader import read

LONGEST_MESSAGE = 65536 - 3


def canonical(event):
    return json.dumps(event, sort_keys=True)


def of_ttdecode(line):
    event = json.loads(line, parse_int=lambda digits: f"#{digits}", parse_float=lambda digits: f"#{digits}")
    # A message may be cut where no string was.
    is_cut = event.get("truncated", False) and len(event["msg"].encode()) < LONGEST_MESSAGE
    kept = {key: value for key, value in event.items() if key not in ("ts", "ts_ns", "ts_bound_ns", "msg")}
    return {"ring": None, "kind": None, "errno": None, **kept, "truncated": is_cut}


def difference(ours, theirs):
    """The first event that only one of them shows. An errno is shown only where the format prints it."""
    prints_errno = {event["fmt"] for event in theirs if event["errno"] is not None}
    ours = [event if event["fmt"] in prints_errno else {**event, "errno": None} for event in ours]
    left, right = (collections.Counter(map(canonical, events)) for events in (ours, theirs))
    return next(iter((left - right) + (right - left)), None)


def compare(ttdecode, name):
    """Returns how many events both show; raises ValueError if they differ."""
    with open(name, "rb") as file:
        status, ours, reports = read(file.read())
    shown = subprocess.run([ttdecode, "-f", "json", name], capture_output=True, check=False)
    theirs = [of_ttdecode(line) for line in shown.stdout.decode().splitlines()]
    if shown.returncode != status:
        raise ValueError(f"ttdecode exits with {shown.returncode}, the reader of ttlog.ksy with {status}\n"
                         f"  ttdecode: {shown.stderr.decode()[:300]}\n  ttlog.ksy: {reports[:3]}")
    other = difference(ours, theirs)
    if other:
        raise ValueError(f"only one of them shows {other[:300]}")
    return len(ours)


def main():
    ttdecode, names = sys.argv[1], sys.argv[2:]
    events = wrong = 0
    for name in names:
        try:
            events += compare(ttdecode, name)
        except ValueError as error:
            print(f"kaitai: {name}: {error}", file=sys.stderr)
            wrong += 1
    print(f"kaitai: {len(names)} files, {events} events, {wrong} differ from ttdecode")
    return 1 if wrong or not names else 0


if __name__ == "__main__":
    sys.exit(main())
