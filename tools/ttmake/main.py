"""The command line of ttmake, and its check of a reader's output against what the generator knows."""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path

from .damage import damage
from .files import lay_out_region, lay_out_snapshot
from .program import Program, random_program


def is_snapshot(index: int) -> bool:
    return index % 2 == 0


def make(seed: int, index: int, is_damaged: bool) -> tuple[Program, bytes]:
    """File `index` of a seed: the same whatever else is made."""
    rng = random.Random(f"{seed}/{index}")
    program = random_program(rng)
    lay_out = lay_out_snapshot if is_snapshot(index) else lay_out_region
    data = lay_out(rng, program)
    return program, damage(rng, data, is_snapshot(index)) if is_damaged else data


def name_of(index: int) -> str:
    return f"{index:05d}." + ("tts" if is_snapshot(index) else "ttr")


def known_lines(program: Program) -> list[tuple]:
    """What the generator knows of each event, ring by ring."""
    return [(one.tid, one.is_nested, one.seq, one.line, one.argument_count) for one in program.shown]


def shown_lines(text: bytes) -> list[tuple]:
    events = [json.loads(line) for line in text.splitlines()]
    times = [int(event["ts_ns"]) for event in events]
    assert times == sorted(times), "times go back"
    return [(event["tid"], "ring" in event, event["seq"], event["line"], len(event["args"])) for event in events]


def by_ring(lines: list[tuple]) -> dict[tuple, list[tuple]]:
    rings: dict[tuple, list[tuple]] = {}
    for line in lines:
        rings.setdefault(line[:2], []).append(line)
    return rings


def check(seed: int, count: int, directory: Path, suffix: str) -> int:
    """Compare what a reader wrote beside each undamaged file: the same events of each ring in the same order."""
    for index in range(count):
        program, _ = make(seed, index, False)
        path = directory / (name_of(index) + suffix)
        if by_ring(known_lines(program)) != by_ring(shown_lines(path.read_bytes())):
            print(f"{path}: not the events that were written", file=sys.stderr)
            return 1
    return 0


def write(seed: int, count: int, directory: Path, damaged: int) -> int:
    """The last `damaged` of the files are damaged."""
    directory.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        _, data = make(seed, index, index >= count - damaged)
        (directory / name_of(index)).write_bytes(data)
    return 0


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ttmake.py", description="Write random small traces by the specification.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=10, help="how many files")
    parser.add_argument("--damage", action="store_true", help="damage every file")
    parser.add_argument("--damaged", type=int, default=0, metavar="N", help="damage the last N files")
    parser.add_argument("--check", metavar="SUFFIX", help="compare the output FILE+SUFFIX of a reader for each file")
    parser.add_argument("directory", type=Path, metavar="DIR")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    if options.check is not None:
        return check(options.seed, options.count, options.directory, options.check)
    damaged = options.count if options.damage else options.damaged
    return write(options.seed, options.count, options.directory, damaged)
