"""What the vectors are made from: a registry, and a small process that most of them share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ttwrite.records import I32, STR, Chunk, Site, text
from ttwrite.region import RegionHeader, RingBlock
from ttwrite.snapshot import CLOCK, PROCESS, SITES, THREADS, Process, Snapshot, Thread, clock_body, sites_body, threads_body

TICKS0 = 1_000_000_000_000
MONO0 = 50_000_000_000
REAL0 = 1_795_223_923_000_000_000
PID = 1234

# One tick is a ns: the piecewise vectors choose their own.
TRIPLES = [(TICKS0, MONO0, REAL0), (TICKS0 + 10**9, MONO0 + 10**9, REAL0 + 10**9)]

Maker = Callable[[], bytes]


@dataclass(frozen=True)
class Vector:
    """`status` and `needles` (what standard error must hold) only for the bad ones."""

    name: str
    make: Maker
    status: int = 0
    needles: tuple[str, ...] = ()


class Registry:
    """The vectors of one directory, in the order of their definition."""

    def __init__(self) -> None:
        self.vectors: list[Vector] = []

    def good(self, name: str) -> Callable[[Maker], Maker]:
        return self.bad(name, 0)

    def bad(self, name: str, status: int, *needles: str) -> Callable[[Maker], Maker]:
        def add(make: Maker) -> Maker:
            self.vectors.append(Vector(name, make, status, needles))
            return make

        return add


CONN = Site(1, b"conn %d state %s", [I32, STR], line=42, target=b"net.http", file=b"server.c", function=b"serve",
            names=b"fd\0name")
TICK = Site(2, b"tick", line=7, level=2, target=b"app", file=b"main.c", function=b"loop")


def chunk(number: int = 1, first_seq: int = 0, after_ns: int = 0) -> Chunk:
    """An empty chunk whose base is `after_ns` after the first triple."""
    return Chunk(number, TICKS0 + after_ns, MONO0 + after_ns, first_seq)


def conn_chunk(number: int = 1, first_seq: int = 0, after_ns: int = 0) -> Chunk:
    """Two events: `conn 7 state open` and `conn 8 state closed`, 1 and 2 us after the base."""
    one = chunk(number, first_seq, after_ns)
    return one.add(CONN, 1000, 7, text("open")).add(CONN, 2000, 8, text("closed"))


def ticks_chunk(number: int, first_seq: int, after_ns: int, count: int = 3) -> Chunk:
    """`count` events without arguments, 1 us apart."""
    one = chunk(number, first_seq, after_ns)
    for index in range(count):
        one.add(TICK, 1000 * (index + 1))
    return one


def snapshot(sites: list[Site], threads: list[Thread], clock: int = 1) -> Snapshot:
    """The sections before the chunks."""
    start = Snapshot().add(PROCESS, Process(pid=PID).encode()).add(CLOCK, clock_body(clock, TRIPLES))
    return start.add(SITES, sites_body(sites)).add(THREADS, threads_body(threads))


def main_thread(name: bytes = b"worker-1") -> Thread:
    return Thread(0, 2001, name, recorded=2)


def simple(sites: list[Site], *chunks: Chunk) -> bytes:
    """A snapshot of one thread."""
    file = snapshot(sites, [main_thread()])
    for one in chunks:
        file.add_chunk(0, one)
    return file.end()


def region_header(**fields: int) -> RegionHeader:
    header = RegionHeader(pid=PID, load=TRIPLES[0], creation=TRIPLES[1])
    for name, value in fields.items():
        setattr(header, name, value)
    return header


def main_ring(*chunks: Chunk) -> RingBlock:
    return RingBlock(2001, b"worker-1", chunks=list(chunks))


def put(data: bytes, at: int, piece: bytes) -> bytes:
    """`data` with a piece of it overwritten."""
    assert at + len(piece) <= len(data)
    return data[:at] + piece + data[at + len(piece) :]


def flip(data: bytes, at: int, mask: int = 1) -> bytes:
    return put(data, at, bytes((data[at] ^ mask,)))
