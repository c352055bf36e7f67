"""Regions as a conforming recorder leaves them, at rest or in the middle of something."""

from __future__ import annotations

import struct

from ttwrite.records import Chunk, Site
from ttwrite.region import PAGE, RawBlock, Region, RingBlock, SitesBlock

from .common import (
    CONN, MONO0, REAL0, TICK, TICKS0, Registry, chunk, conn_chunk, main_ring, put, region_header, ticks_chunk,
)

VECTORS = Registry()
good = VECTORS.good

# Where the first ring's chunks stand, after the header, a page of sites, and the ring's header.
FIRST_RING = 2 * PAGE
FIRST_CHUNK = 3 * PAGE


@good("minimal.ttr")
def minimal() -> bytes:
    return Region(region_header(), [SitesBlock([TICK]), main_ring(ticks_chunk(1, 0, 0))]).build()


@good("two-events.ttr")
def two_events() -> bytes:
    return Region(region_header(), [SitesBlock([CONN]), main_ring(conn_chunk())]).build()


@good("held.ttr")
def held() -> bytes:
    """What bounds the last run stands in its ring; in the second one it is of an earlier run; in the third below its ticks."""
    rings = []
    for tid, held_ticks, until_ticks in ((2001, 3000, 3100), (2002, 2000, 3100), (2003, 3000, 2999)):
        one = ticks_chunk(1, 0, 0).add(TICK, 3000).add(TICK, 3000)
        ring = RingBlock(tid, b"", chunks=[one], held_ticks=TICKS0 + held_ticks, until_ticks=TICKS0 + until_ticks)
        rings.append(ring)
    return Region(region_header(clock=0x101), [SitesBlock([TICK]), *rings]).build()


@good("just-made.ttr")
def just_made() -> bytes:
    """A header and nothing else yet."""
    return Region(region_header(), free_bytes=PAGE).build()


@good("wrapped.ttr")
def wrapped() -> bytes:
    """Chunks 5 and 6 stand at places 1 and 0; 1 to 4 were overwritten."""
    ring = main_ring(ticks_chunk(5, 12, 0), ticks_chunk(6, 15, 10_000))
    return Region(region_header(), [SitesBlock([TICK]), ring]).build()


@good("switching.ttr")
def switching() -> bytes:
    """The process died while it took chunk 2: its state is stored, its header still an older chunk's."""
    stale = ticks_chunk(1, 99, 5)
    data = Region(region_header(), [SitesBlock([TICK]), main_ring(ticks_chunk(1, 0, 0))]).build()
    place = FIRST_CHUNK
    return put(data, place, struct.pack("<Q", 2 << 32) + data[FIRST_CHUNK + PAGE + 8 :][:56] + stale.data)


@good("reused-ring.ttr")
def reused_ring() -> bytes:
    """Chunks 4 and 5 belong to an earlier thread: not shown, no damage, and their pairs do not count."""
    stale = [Chunk(4, 5, 7).add(TICK, 1), Chunk(5, 10**15, 8).add(TICK, 1)]
    ring = RingBlock(2002, b"second", first_number=6, serial=2, chunk_count=4)
    ring.chunks = [*stale, ticks_chunk(6, 0, 0), ticks_chunk(7, 3, 10_000)]
    return Region(region_header(), [SitesBlock([TICK]), ring]).build()


@good("nested-ring.ttr")
def nested_ring() -> bytes:
    nested = RingBlock(2001, b"worker-1", kind=1, chunks=[ticks_chunk(1, 0, 500)])
    return Region(region_header(), [SitesBlock([TICK]), main_ring(ticks_chunk(1, 0, 0)), nested]).build()


@good("exited-and-unused-rings.ttr")
def exited_and_unused_rings() -> bytes:
    exited = RingBlock(2002, b"gone", use=2, end_ns=MONO0 + 9, chunks=[ticks_chunk(1, 0, 100)])
    return Region(region_header(), [SitesBlock([TICK]), RingBlock(0, use=0, version=0), exited]).build()


@good("several-site-blocks.ttr")
def several_site_blocks() -> bytes:
    """Sites may stand in any block; an entry that is not committed does not count before one that is."""
    late = SitesBlock([CONN], slack=Site(2, b"not committed").encode())
    one = conn_chunk().add(TICK, 3000)
    return Region(region_header(), [SitesBlock([]), main_ring(one), late, SitesBlock([TICK])]).build()


@good("unmade-block.ttr")
def unmade_block() -> bytes:
    """Pages were taken, and the process died before their header was stored."""
    blocks = [SitesBlock([TICK]), RawBlock(0, bytes(2 * PAGE), has_header=False), main_ring(ticks_chunk(1, 0, 0))]
    return Region(region_header(), blocks).build()


@good("unknown-block.ttr")
def unknown_block() -> bytes:
    """Skipped by its length, even if it holds what looks like a block."""
    inner = SitesBlock([Site(2, b"fake")]).encode(3 * PAGE)
    body = bytes(PAGE - 32) + inner
    return Region(region_header(), [SitesBlock([CONN]), RawBlock(7, body), main_ring(conn_chunk())]).build()


@good("free-space.ttr")
def free_space() -> bytes:
    return Region(region_header(), [SitesBlock([TICK]), main_ring(ticks_chunk(1, 0, 0))], free_bytes=2 * PAGE).build()


@good("unknown-compatible-flag.ttr")
def unknown_compatible_flag() -> bytes:
    header = region_header(compatible=0x80000001)
    return Region(header, [SitesBlock([TICK]), main_ring(ticks_chunk(1, 0, 0))]).build()


@good("latest-triple.ttr")
def latest_triple() -> bytes:
    header = region_header(latest_version=4)
    header.latest = (TICKS0 + 2 * 10**9, MONO0 + 2 * 10**9, REAL0 + 4 * 10**9)
    one = chunk(after_ns=10**9).add(TICK, 0).add(TICK, 500_000_000).add(TICK, 1_500_000_000)
    return Region(header, [SitesBlock([TICK]), main_ring(one)]).build()


@good("latest-triple-torn.ttr")
def latest_triple_torn() -> bytes:
    """Its version is odd: the process died while it renewed the triple."""
    header = region_header(latest_version=3, is_latest_whole=False)
    header.latest = (TICKS0 + 2 * 10**9, MONO0 + 2 * 10**9, 0)
    return Region(header, [SitesBlock([TICK]), main_ring(ticks_chunk(1, 0, 2 * 10**9))]).build()


@good("latest-triple-whole.ttr")
def latest_triple_whole() -> bytes:
    """Its version is odd, but its CRC is right: it was complete."""
    header = region_header(latest_version=3)
    header.latest = (TICKS0 + 2 * 10**9, MONO0 + 2 * 10**9, REAL0 + 4 * 10**9)
    return Region(header, [SitesBlock([TICK]), main_ring(ticks_chunk(1, 0, 2 * 10**9))]).build()


@good("site-not-committed.ttr")
def site_not_committed() -> bytes:
    """The process died between an entry and its commit, beside another's record of it."""
    block = SitesBlock([CONN], slack=TICK.encode())
    return Region(region_header(), [block, main_ring(conn_chunk().add(TICK, 3000))]).build()


@good("ring-not-published.ttr")
def ring_not_published() -> bytes:
    """The process died before it stored the magic of a ring's block, the last step of making one."""
    data = Region(region_header(), [SitesBlock([TICK]), main_ring(ticks_chunk(1, 0, 0)), RingBlock(2002)]).build()
    return put(data, 5 * PAGE, bytes(8))


@good("monotonic-clock.ttr")
def monotonic_clock() -> bytes:
    one = Chunk(1, MONO0, MONO0).add(TICK, 1).sync(MONO0 + 5 * 10**9).add(TICK, 1)
    header = region_header(clock=3)
    header.load = (MONO0, MONO0, REAL0)
    header.creation = (MONO0 + 1000, MONO0 + 1000, REAL0 + 1000)
    return Region(header, [SitesBlock([TICK]), main_ring(one)]).build()


@good("chunk-number-beyond-32-bits.ttr")
def chunk_number_beyond_32_bits() -> bytes:
    """Generation 0 with committed words: the 2^32nd chunk."""
    ring = main_ring(ticks_chunk(2**32, 0, 0), ticks_chunk(2**32 + 1, 3, 10_000))
    return Region(region_header(), [SitesBlock([TICK]), ring]).build()


@good("full-chunk.ttr")
def full_chunk() -> bytes:
    """Every word after the chunk's header is committed."""
    return Region(region_header(), [SitesBlock([TICK]), main_ring(ticks_chunk(1, 0, 0, count=504))]).build()


@good("larger-chunks.ttr")
def larger_chunks() -> bytes:
    ring = main_ring(ticks_chunk(1, 0, 0, count=600), ticks_chunk(2, 600, 10**6))
    ring.chunk_bytes = 8192
    return Region(region_header(chunk_bytes=8192), [SitesBlock([TICK]), ring]).build()


@good("shut-down.ttr")
def shut_down() -> bytes:
    header = region_header(state=2)
    header.dropped = tuple(range(1, 9))
    return Region(header, [SitesBlock([TICK]), main_ring(ticks_chunk(1, 0, 0))]).build()
