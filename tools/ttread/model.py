"""What a trace holds once its container is taken apart, and the reports of what was damaged.

Both containers (snapshot, region) come down to one Trace; everything after that is common.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

CLOCK_MONOTONIC = 3
CLOCK_HELD = 0x100
CLOCKS = (1, 2, 3, CLOCK_HELD | 1, CLOCK_HELD | 2, CLOCK_HELD | 3)
RING_NUMBER_MAX = 65535
CHUNK_BYTES_MIN = 4096
CHUNK_BYTES_MAX = 262144


class Refused(Exception):
    """The file is foreign, or too new: no event of it is shown."""


class Reports:
    """Collects damage as (offset, text), in the order found."""

    def __init__(self) -> None:
        self.items: list[tuple[int, str]] = []

    def add(self, offset: int, text: str) -> None:
        self.items.append((offset, text))


class Triple(NamedTuple):
    """The three clocks read together."""

    ticks: int
    mono_ns: int
    real_ns: int


@dataclass
class Chunk:
    """One chunk; `data` is its committed words, decoded, or None where they do not decode."""

    offset: int
    number: int
    first_seq: int
    base_ticks: int
    base_ns: int
    events: int
    data: bytes | None
    is_cut: bool = False


@dataclass
class Ring:
    """One thread's chunks, by number."""

    order: int
    tid: int = 0
    name: bytes = b""
    is_nested: bool = False
    first_number: int = 0
    held_ticks: int = 0
    until_ticks: int = 0
    chunks: dict[int, Chunk] = field(default_factory=dict)

    def in_order(self) -> list[Chunk]:
        return [self.chunks[number] for number in sorted(self.chunks)]


@dataclass
class Site:
    """One call place. An unknown one has a type, level or kind that this version does not know."""

    id: int
    line: int
    level: int
    kind: int
    types: tuple[int, ...]
    has_errno: bool
    target: bytes
    file: bytes
    function: bytes
    format: bytes
    is_unknown: bool


@dataclass
class Trace:
    """A whole file."""

    pid: int = 0
    clock: int = 0
    triples: list[Triple] = field(default_factory=list)
    rings: dict[int, Ring] = field(default_factory=dict)
    sites: dict[int, Site] = field(default_factory=dict)
    found_sites: dict[int, Site] = field(default_factory=dict)

    @property
    def has_held(self) -> bool:
        """May an event have the ticks of the one before it?"""
        return self.clock in CLOCKS and bool(self.clock & CLOCK_HELD)

    def all_sites(self) -> dict[int, Site]:
        """Those that were found where no entry was promised count only in the place of none."""
        return self.found_sites | self.sites

    def in_order(self) -> list[Ring]:
        return [self.rings[key] for key in sorted(self.rings)]


def u16(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 2], "little")


def u32(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 4], "little")


def u64(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 8], "little")


def pad8(length: int) -> int:
    return (length + 7) & ~7
