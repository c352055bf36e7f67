"""Writes the vectors below a directory, or checks that they stand there as they would be written."""

from __future__ import annotations

import sys
from pathlib import Path

from ttread.jsonline import show_event
from ttread.model import Refused, Reports
from ttread.trace import read_trace, trace_events

from . import bad_regions, bad_snapshots, good_regions, good_snapshots, large, packed
from .common import Vector

USAGE = "usage: ttvectors.py [--check] DIRECTORY\n"
GOOD = (good_snapshots.VECTORS, good_regions.VECTORS, large.VECTORS, packed.GOOD)
BAD = (bad_snapshots.VECTORS, bad_regions.VECTORS, packed.BAD)


def expected_json(data: bytes) -> bytes:
    reports = Reports()
    try:
        events = trace_events(read_trace(data, reports), reports)
    except Refused:
        events = []
    return "".join(map(show_event, events)).encode("utf-8")


def files_of(folder: str, vector: Vector) -> dict[str, bytes]:
    data = vector.make()
    files = {f"{folder}/{vector.name}": data, f"{folder}/{vector.name}.json": expected_json(data)}
    if folder == "bad":
        lines = [str(vector.status), *vector.needles]
        files[f"{folder}/{vector.name}.expect"] = "".join(line + "\n" for line in lines).encode("utf-8")
    return files


def all_files() -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for folder, registries in (("good", GOOD), ("bad", BAD)):
        for vector in [vector for registry in registries for vector in registry.vectors]:
            new = files_of(folder, vector)
            assert not new.keys() & files.keys(), vector.name
            files |= new
    return files


def write(root: Path, files: dict[str, bytes]) -> int:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return 0


def check(root: Path, files: dict[str, bytes]) -> int:
    there = {str(path.relative_to(root)) for folder in ("good", "bad") for path in (root / folder).iterdir()}
    wrong = sorted(there ^ files.keys())
    wrong += [name for name in sorted(there & files.keys()) if (root / name).read_bytes() != files[name]]
    for name in wrong:
        sys.stderr.write(f"{root / name}: not as ttvectors.py writes it\n")
    return 1 if wrong else 0


def main(arguments: list[str]) -> int:
    sys.set_int_max_str_digits(0)
    is_check = arguments[:1] == ["--check"]
    names = arguments[1:] if is_check else arguments
    if len(names) != 1 or names[0].startswith("-"):
        sys.stderr.write(USAGE)
        return 2
    return (check if is_check else write)(Path(names[0]), all_files())
