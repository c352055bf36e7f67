"""A random program laid out as a snapshot or as a region."""

from __future__ import annotations

import random
import struct
from dataclasses import replace

from ttwrite.packing import CONSTANT, PLAIN, RISING, ZIGZAG, narrowest, records_of, stored, width_of
from ttwrite.records import Chunk, Site
from ttwrite.region import RawBlock, Region, RegionHeader, RingBlock, SitesBlock
from ttwrite.snapshot import (
    CHUNK, CHUNK_DATA, CLOCK, CRASH, LZ4, MODULES, PACKED, PROCESS, RAW, SITES, THREADS, Process, Snapshot, Thread, clock_body,
    crash_body, file_header, modules_body, packed_body, sites_body, threads_body,
)

from .program import Program, RingPlan


def maybe_unknown(rng: random.Random, file: Snapshot) -> None:
    if rng.random() < 0.1:
        file.add(rng.choice((10, 77, 0xFFFF, 0)), rng.randbytes(rng.randrange(40)), flags=rng.getrandbits(16))


def thread_of(number: int, ring: RingPlan) -> Thread:
    recorded = sum(chunk.events for chunk in ring.chunks)
    overwritten = ring.chunks[0].first_seq if ring.chunks else 0
    return Thread(number, ring.tid, ring.name, ring.kind, ring.use, number + 1, 5, 0, recorded + overwritten, overwritten)


def halves(rng: random.Random, items: list) -> list[list]:
    """One or two parts, in order."""
    cut = rng.randrange(len(items) + 1)
    return [items] if rng.random() < 0.7 else [items[:cut], items[cut:]]


def add_tables(rng: random.Random, program: Program, file: Snapshot, numbers: list[int]) -> None:
    """Everything but PROCESS and the chunks."""
    for triples in halves(rng, program.triples):
        file.add(CLOCK, clock_body(program.clock, triples))
    if rng.random() < 0.3:
        file.add(MODULES, modules_body([(0x1000, 0x2000, rng.randbytes(20), b"/bin/x")]))
    if rng.random() < 0.1:
        file.add(CRASH, crash_body(1000, 1, 2, [3] * rng.randrange(20), [4] * rng.randrange(5)))
    maybe_unknown(rng, file)
    for sites in halves(rng, program.sites):
        file.add(SITES, sites_body(sites))
    threads = [thread_of(number, ring) for number, ring in zip(numbers, program.rings)]
    for part in halves(rng, threads):
        file.add(THREADS, threads_body(part))


def random_width(rng: random.Random, values: list[int]) -> tuple[int, int]:
    """Any mode of a column that can hold the values, any width."""
    mode = rng.choice((PLAIN, RISING, ZIGZAG, *([CONSTANT] if len(set(values)) <= 1 else [])))
    return mode, rng.choice((width_of(stored(values, mode)), 4))


def add_chunk(rng: random.Random, program: Program, file: Snapshot, number: int, chunk: Chunk) -> None:
    encoding = rng.choice((RAW, LZ4, PACKED))
    if encoding == PACKED and is_packable(chunk, program):
        choose = rng.choice((narrowest, lambda values: random_width(rng, values)))
        body = packed_body(number, chunk, [*program.sites, *program.unwritten], choose)
        if struct.unpack_from("<I", body, CHUNK_DATA)[0] <= 8 * chunk.words:
            file.add(CHUNK, body)
            return
    file.add_chunk(number, chunk, RAW if encoding == PACKED else encoding)


def is_packable(chunk: Chunk, program: Program) -> bool:
    """No record is shorter than its lanes."""
    lanes = {site.id: -(-site.fixed_bytes // 4) for site in [*program.sites, *program.unwritten]}
    return all(8 + 4 * lanes.get(site, 0) <= len(record) for site, record in records_of(chunk.data))


def lay_out_snapshot(rng: random.Random, program: Program) -> bytes:
    head = file_header(minor=rng.choice((0, 0, 3)), compatible=rng.choice((0, 0, 8)), file_id=rng.getrandbits(64))
    file = Snapshot(head).add(PROCESS, Process(pid=program.pid).encode() + rng.choice((b"", b"", b"more")))
    numbers = list(range(len(program.rings)))
    add_tables(rng, program, file, numbers)
    chunks = [(number, chunk) for number, ring in zip(numbers, program.rings) for chunk in reversed(ring.chunks)]
    if rng.random() < 0.5:
        rng.shuffle(chunks)
    for number, chunk in chunks:
        maybe_unknown(rng, file)
        add_chunk(rng, program, file, number, chunk)
        if rng.random() < 0.1:
            file.add_index()
    return file.end(has_index=rng.random() < 0.7, torn=rng.choice((0, 0, 3)))


def ring_block(rng: random.Random, ring: RingPlan) -> RingBlock:
    """Places enough for all of its numbers."""
    all_chunks = [*ring.stale, *ring.chunks]
    numbers = [chunk.number for chunk in all_chunks] or [1]
    count = max(2, max(numbers) - min(numbers) + 1)
    until_ticks = max(0, ring.last_ticks + rng.choice((-1, 0, 500, 10**9))) & (1 << 64) - 1
    block = RingBlock(ring.tid, ring.name, ring.kind, ring.use, 2 * rng.randrange(5), ring.first_number,
                      chunk_count=count, chunks=all_chunks, held_ticks=rng.choice((0, ring.last_ticks)), until_ticks=until_ticks)
    if ring.chunks and ring.chunks[-1].number == max(numbers) and count > len(set(numbers)):
        block.chunks = [*all_chunks, being_switched(rng, ring, count)]
    return block


def being_switched(rng: random.Random, ring: RingPlan, count: int) -> Chunk:
    """A chunk of no words, its header anything: it stands at a place that no other chunk has."""
    taken = {chunk.number % count for chunk in [*ring.stale, *ring.chunks]}
    place = next(place for place in range(count) if place not in taken)
    return Chunk(place, rng.getrandbits(64), rng.getrandbits(64))


def site_blocks(rng: random.Random, sites: list[Site]) -> list[SitesBlock]:
    late = replace(sites[0], format=b"not committed").encode()
    return [SitesBlock(part, rng.choice((b"", late))) for part in halves(rng, sites)]


def region_header(rng: random.Random, program: Program) -> RegionHeader:
    head = RegionHeader(clock=program.clock, pid=program.pid, compatible=rng.choice((0, 0, 4)), state=rng.choice((1, 2)))
    triples = [*program.triples, (0, 0, 0), (0, 0, 0)]
    head.load, head.creation, head.latest = triples[:3]
    head.latest_version = rng.choice((0, 2, 2, 3, 8))
    return head


def lay_out_region(rng: random.Random, program: Program) -> bytes:
    blocks = [*site_blocks(rng, program.sites), *(ring_block(rng, ring) for ring in program.rings)]
    if rng.random() < 0.1:
        blocks.insert(rng.randrange(len(blocks)), RawBlock(9, rng.randbytes(100)))
    if rng.random() < 0.1:
        blocks.insert(rng.randrange(len(blocks)), RawBlock(0, b"", has_header=False))
    return Region(region_header(rng, program), blocks, free_bytes=rng.choice((0, 0, 4096))).build()
