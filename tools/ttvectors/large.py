"""Four files of about 64 KiB as a busy program leaves them, for the test that damages them everywhere (tests/damage/).

Four threads and a nested ring, rings that went round, strings, every section. Each event's first argument is ring * 1000000 + chunk * 10000 +
its place in the chunk, and each site's line is its id. Three ticks are a ns, exactly, and all clock pairs lie on one line: so no time depends on
which of the pairs are intact.
"""

from __future__ import annotations

import random

from ttwrite.records import F64, I32, STR, Chunk, Site, f64, text
from ttwrite.region import Region, RegionHeader, RingBlock, SitesBlock
from ttwrite.snapshot import (
    CHUNK, CLOCK, CRASH, LZ4, MODULES, PACKED, PROCESS, RAW, SITES, THREADS, Process, Snapshot, Thread, clock_body, crash_body,
    modules_body, packed_body, sites_body, threads_body,
)

from .common import Registry

VECTORS = Registry()
good = VECTORS.good

RATE = 3
TICKS0, MONO0, REAL0 = 3_000_000_000_000, 50_000_000_000, 1_795_223_923_000_000_000
WORDS_MAX = (4096 - 64) // 8
NAMES = ((2001, b"main", 0), (2001, b"main", 1), (2002, b"worker-1", 0), (2003, b"worker-2", 0), (2004, b"flusher", 0))
SITES_USED = [
    Site(1, b"%d accepted from %s", [I32, STR], line=1, target=b"net.http", file=b"server.c", function=b"serve"),
    Site(2, b"%d cache miss for %s, %d bytes", [I32, STR, I32], line=2, level=2, target=b"db.cache", file=b"cache.c"),
    Site(3, b"%d took %.3f ms", [I32, F64], line=3, target=b"net.http", file=b"server.c", function=b"serve"),
    Site(4, b"%d retry", [I32], line=4, level=4, target=b"db", file=b"pool.c", function=b"connect"),
    Site(5, b"%d query %s: %s", [I32, STR, STR], line=5, level=1, target=b"db.sql", file=b"sql.c", function=b"run"),
    Site(6, b"%d failed: %m", [I32], line=6, level=5, flags=1, target=b"net", file=b"socket.c", function=b"flush"),
]
WORDS = ("select", "from", "orders", "where", "customer", "10.0.0.17", "10.2.3.4", "/index.html", "/api/v1/items", "timeout", "cached")


def triple(after_ns: int) -> tuple[int, int, int]:
    return TICKS0 + RATE * after_ns, MONO0 + after_ns, REAL0 + after_ns


def words(rng: random.Random, least: int, most: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(rng.randrange(least, most)))


def add_event(rng: random.Random, chunk: Chunk, name: int, delta: int) -> None:
    site = rng.choice(SITES_USED)
    values = {1: [text(rng.choice(WORDS))], 2: [text(words(rng, 1, 4)), rng.randrange(1 << 20)], 3: [f64(rng.randrange(9000) / 7)], 4: [],
              5: [text(words(rng, 3, 12)), text(rng.choice(WORDS), is_cut=rng.random() < 0.1)], 6: [rng.choice((4, 11, 32, 104))]}
    chunk.add(site, delta, name, *values[site.id])


def fill(rng: random.Random, ring: int, number: int, seq: int, start_ns: int) -> tuple[Chunk, int]:
    """A full chunk, and when its last event was."""
    chunk = Chunk(number, TICKS0 + RATE * start_ns, MONO0 + start_ns, seq)
    at = base = start_ns
    while chunk.words < WORDS_MAX - 40:
        at += rng.randrange(200, 90_000)
        if rng.random() < 0.01:
            chunk.sync(TICKS0 + RATE * at)
            base = at
        add_event(rng, chunk, ring * 1_000_000 + number * 10_000 + chunk.events, RATE * (at - base))
    return chunk, at


def rings(rng: random.Random, counts: tuple[int, ...]) -> list[list[Chunk]]:
    """Of each ring so many chunks; most rings have gone round before."""
    made = []
    for ring, count in enumerate(counts):
        number, seq, at = rng.choice((1, 4, 17)), 0, rng.randrange(1_000_000)
        seq = 0 if number == 1 else number * 61
        chunks = []
        for _ in range(count):
            chunk, at = fill(rng, ring, number, seq, at + 100)
            chunks.append(chunk)
            number, seq = number + 1, seq + chunk.events
        made.append(chunks)
    return made


def snapshot(seed: int, counts: tuple[int, ...], encoding: int, has_index: bool = True) -> bytes:
    rng = random.Random(seed)
    made = rings(rng, counts)
    threads = [Thread(ring, tid, name, kind, serial=ring + 1, recorded=chunks[-1].first_seq + chunks[-1].events,
                      overwritten=chunks[0].first_seq) for ring, ((tid, name, kind), chunks) in enumerate(zip(NAMES, made))]
    file = Snapshot().add(PROCESS, Process(pid=2001, policy=3, signal=11, si_code=1, tid=2002, si_addr=16).encode())
    file.add(CLOCK, clock_body(1, [triple(0), triple(10**6), triple(10**8)]))
    file.add(MODULES, modules_body([(0x400000, 0x500000, rng.randbytes(20), b"/usr/bin/shop"), (0x7F0000, 0x7F8000, b"", b"/lib/libc.so.6")]))
    file.add(SITES, sites_body(SITES_USED[:4])).add(SITES, sites_body(SITES_USED[4:])).add(THREADS, threads_body(threads))
    file.add(CRASH, crash_body(2002, 0x401000, 0x7FFF00, list(range(18)), [0x401000, 0x402000]))
    for back in range(1, max(counts) + 1):
        for ring, chunks in enumerate(made):
            if back <= len(chunks):
                add_chunk(file, ring, chunks[-back], encoding)
    return file.end(has_index)


def add_chunk(file: Snapshot, ring: int, chunk: Chunk, encoding: int) -> None:
    if encoding == PACKED:
        file.add(CHUNK, packed_body(ring, chunk, SITES_USED))
    else:
        file.add_chunk(ring, chunk, encoding)


@good("large-raw.tts")
def large_raw() -> bytes:
    """Without INDEX: damage to a section's header is all that is known of it."""
    return snapshot(1, (4, 1, 4, 3, 4), RAW, has_index=False)


@good("large-lz4.tts")
def large_lz4() -> bytes:
    return snapshot(2, (6, 2, 7, 6, 6), LZ4)


@good("large-packed.tts")
def large_packed() -> bytes:
    return snapshot(4, (7, 2, 8, 8, 8), PACKED)


@good("large.ttr")
def large_region() -> bytes:
    rng = random.Random(3)
    counts = (3, 1, 2, 2)
    header = RegionHeader(pid=2001, load=triple(0), creation=triple(10**6), latest=triple(10**8), latest_version=6)
    blocks: list = [SitesBlock(SITES_USED[:4])]
    for ring, ((tid, name, kind), chunks, count) in enumerate(zip(NAMES, rings(rng, counts), (3, 2, 2, 2))):
        blocks.append(RingBlock(tid, name, kind, serial=ring + 1, chunk_count=count, chunks=chunks))
    blocks.insert(3, SitesBlock(SITES_USED[4:]))
    return Region(header, blocks).build()
