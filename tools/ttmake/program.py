"""A random process: its clock, its sites, its rings with their chunks, and what a reader must show of it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from ttwrite.records import Chunk, Site, control, event, header, sync, until

from .formats import random_site, random_values

THREAD_NAMES = (b"", b"main", b"worker-1", b"with space", b"\xff\xfe", "n\u00e4me".encode(), b"x" * 32, b"\xe2\x80\xae")
MASK64 = 2**64 - 1
WORDS_MAX = (4096 - 64) // 8

Triple = tuple[int, int, int]


@dataclass
class RingPlan:
    """`stale` are chunks of earlier threads; `chunks` of its own, by number, some perhaps missing."""

    tid: int
    name: bytes
    kind: int
    use: int
    first_number: int = 1
    chunks: list[Chunk] = field(default_factory=list)
    stale: list[Chunk] = field(default_factory=list)
    last_ticks: int = 0  # of an event; perhaps of a chunk that is missing


@dataclass(frozen=True)
class Shown:
    """What a reader must show of one event, its rendering apart."""

    ring: int
    tid: int
    is_nested: bool
    seq: int
    line: int
    argument_count: int


@dataclass
class Program:
    pid: int
    clock: int
    rate: float
    triples: list[Triple]
    sites: list[Site]
    unwritten: list[Site]
    rings: list[RingPlan] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    is_partial: bool = False

    @property
    def has_held(self) -> bool:
        return bool(self.clock & 0x100)


class Ticker:
    """Time passing: now in ns since the recorder's start, as ticks and as CLOCK_MONOTONIC."""

    def __init__(self, program: Program, ticks0: int, mono0: int, start_ns: int) -> None:
        self.program, self.ticks0, self.mono0, self.now = program, ticks0, mono0, start_ns

    def mono(self) -> int:
        return self.mono0 + self.now

    def ticks(self) -> int:
        return self.mono() if self.program.clock & 0xFF == 3 else (self.ticks0 + int(self.now * self.program.rate)) & MASK64


def random_triples(rng: random.Random, ticker: Ticker) -> list[Triple]:
    """Mostly in step; sometimes a real clock that was set back, an equal time, or a triple never filled."""
    real0 = rng.choice((1_795_000_000_000_000_000, 10**18, 500))
    triples = []
    for _ in range(rng.choice((1, 2, 3, 3, 5))):
        triples.append((ticker.ticks(), ticker.mono(), real0 + ticker.now + rng.randrange(-500, 500)))
        ticker.now += rng.choice((0, 1, 10**6, 10**9, 7 * 10**9))
    triples = [(ticks, mono, max(real, 0)) for ticks, mono, real in triples]
    if rng.random() < 0.1:
        triples.append((0, 0, rng.randrange(10**18)))
    if rng.random() < 0.2:
        triples.append((rng.choice(triples)[0], rng.choice(triples)[1], rng.randrange(10**18)))
    if rng.random() < 0.3:
        rng.shuffle(triples)
    return triples


def random_program(rng: random.Random) -> Program:
    clock = rng.choice((1, 1, 1, 2, 3, 0x101, 0x101, 0x102, 0x103))
    program = Program(rng.randrange(2**32), clock, rng.choice((0.025, 1.0, 2.7, 3.3)), [], [], [])
    ticks0, mono0 = rng.choice((0, 10**12, 2**63, 2**64 - 5 * 10**9)), rng.choice((1, 10**9, 10**14))
    ids = rng.sample(range(1, 40), rng.randrange(1, 7))
    if rng.random() < 0.1:
        ids[0] = 524287
    program.sites = [random_site(rng, site_id) for site_id in ids]
    if rng.random() < 0.1:
        program.unwritten = [random_site(rng, 50)]
    program.triples = random_triples(rng, Ticker(program, ticks0, mono0, 0))
    for index in range(rng.choice((1, 1, 2, 3))):
        ticker = Ticker(program, ticks0, mono0, rng.randrange(10**9))
        add_ring(rng, program, index, ticker)
    return program


def add_ring(rng: random.Random, program: Program, index: int, ticker: Ticker) -> None:
    is_nested = index > 0 and program.rings[-1].kind == 0 and rng.random() < 0.4
    tid = program.rings[-1].tid if is_nested else 1000 + index
    ring = RingPlan(tid, rng.choice(THREAD_NAMES), int(is_nested), rng.choice((1, 1, 2)))
    program.rings.append(ring)
    number = rng.choice((1, 1, 5, 2**32 - 1))
    if rng.random() < 0.25:
        number = add_stale(rng, program, ring, number, ticker)
    ring.first_number = number
    seq = rng.choice((0, 0, 812))
    for _ in range(rng.choice((0, 1, 2, 3, 4))):
        chunk = Chunk(number, ticker.ticks(), ticker.mono(), seq)
        shown = fill_chunk(rng, program, index, chunk, ticker)
        seq = (seq + chunk.events) & MASK64
        if rng.random() > 0.08:
            ring.chunks.append(chunk)
            program.shown += shown
        number += 1
    spoil_pairs(rng, ring)


def add_stale(rng: random.Random, program: Program, ring: RingPlan, number: int, ticker: Ticker) -> int:
    """Chunks of an earlier thread. Returns the first number of this one."""
    for _ in range(rng.randrange(1, 3)):
        chunk = Chunk(number, ticker.ticks(), ticker.mono(), 0)
        fill_chunk(rng, program, 0, chunk, ticker)
        ring.stale.append(chunk)
        number += 1
    return number


def spoil_pairs(rng: random.Random, ring: RingPlan) -> None:
    """Clock pairs that a strange machine may give: equal ticks, or time going back."""
    for before, chunk in zip(ring.chunks, ring.chunks[1:]):
        if rng.random() < 0.06:
            chunk.base_ticks = before.base_ticks
        if rng.random() < 0.06:
            chunk.base_ns = before.base_ns - rng.randrange(min(before.base_ns + 1, 1000))


def fill_chunk(rng: random.Random, program: Program, index: int, chunk: Chunk, ticker: Ticker) -> list[Shown]:
    shown: list[Shown] = []
    base = chunk.base_ticks
    ring = program.rings[index]
    for _ in range(rng.choice((0, 1, 3, 6, 12))):
        ticker.now += rng.choice((0, 5, 300, 10**5, 10**8, 0, 0, 0) if program.has_held else (0, 5, 300, 10**5, 10**8))
        base = special_records(rng, chunk, base, ticker)
        if ticker.ticks() >> 32 != base >> 32:
            chunk.add_raw(sync(ticker.ticks()))
            base = ticker.ticks()
        site = rng.choice(program.sites + program.unwritten)
        record = event(site, ticker.ticks(), *random_values(rng, site))
        if chunk.words + len(record) // 8 + 8 > WORDS_MAX:
            break
        if site in program.unwritten:
            program.is_partial = True
        else:
            seq = (chunk.first_seq + chunk.events) & MASK64
            shown.append(Shown(index, ring.tid, bool(ring.kind), seq, site.line, len(site.types)))
        chunk.add_raw(record, 1)
        ring.last_ticks = ticker.ticks()
    return shown


def special_records(rng: random.Random, chunk: Chunk, base: int, ticker: Ticker) -> int:
    """Now and then a sync that was not needed, or a control record of a later version. Returns the base."""
    if rng.random() < 0.05:
        chunk.add_raw(sync(ticker.ticks()))
        return ticker.ticks()
    if rng.random() < 0.1:
        chunk.add_raw(until(ticker.ticks() + rng.choice((0, 0, -3, 7, 10**6)) & MASK64))
    if rng.random() < 0.03:
        chunk.add_raw(control(rng.choice((0, 3, 2**32 - 1)), bytes(8 * rng.randrange(3))))
    if rng.random() < 0.01:
        chunk.add_raw(header(0, 3, 77) + rng.randbytes(16))
    return base
