"""Regions with one damage each, and such as are refused. The layout is that of the common base file."""

from __future__ import annotations

import struct

from ttwrite.records import Site
from ttwrite.region import PAGE, RawBlock, Region, RingBlock, SitesBlock

from .common import (
    CONN, TICK, Registry, conn_chunk, flip, main_ring, put, region_header, ticks_chunk,
)

VECTORS = Registry()
bad = VECTORS.bad

# header | sites | ring 1: header, places 0 and 1 | ring 2: the same
SITES = PAGE
RING = 2 * PAGE
PLACE_0, PLACE_1 = 3 * PAGE, 4 * PAGE
RING_2 = 5 * PAGE
PLACE_1_OF_2 = 7 * PAGE
SECOND_SITE = SITES + 64 + len(TICK.encode())


def base(**fields: int) -> bytes:
    """Ring 1 holds chunks 1 and 2, ring 2 chunk 1."""
    second = RingBlock(2002, b"worker-2", serial=2, chunks=[conn_chunk()])
    first = main_ring(ticks_chunk(1, 0, 0), ticks_chunk(2, 3, 10_000))
    return Region(region_header(**fields), [SitesBlock([TICK, CONN]), first, second]).build()


WHOLE = base()
SIZE = len(WHOLE)


def offset(at: int) -> str:
    return f"offset {at}: "


@bad("header-magic.ttr", 1, offset(0))
def header_magic() -> bytes:
    """Nothing of the header counts: no pid, no triple."""
    return flip(WHOLE, 0)


@bad("header-cut.ttr", 1, offset(0))
def header_cut() -> bytes:
    return WHOLE[:100]


@bad("abi.ttr", 2, "abi")
def abi() -> bytes:
    return base(abi=2)


@bad("incompatible-flag.ttr", 2, "flag")
def incompatible_flag() -> bytes:
    return base(incompatible=0x10)


@bad("header-bytes.ttr", 1, offset(0))
def header_bytes() -> bytes:
    return put(WHOLE, 12, struct.pack("<I", 8192))


@bad("used-bytes.ttr", 1, offset(0))
def used_bytes() -> bytes:
    """Blocks are looked for to the end of the file all the same."""
    return put(WHOLE, 24, struct.pack("<Q", 4097))


@bad("chunk-bytes.ttr", 1, offset(0))
def chunk_bytes() -> bytes:
    return put(WHOLE, 32, struct.pack("<I", 5000))


@bad("clock-unknown.ttr", 1, offset(0))
def clock_unknown() -> bytes:
    return base(clock=9)


@bad("identity-crc.ttr", 1, offset(0))
def identity_crc() -> bytes:
    return flip(WHOLE, 530)


@bad("cut-in-chunk.ttr", 1, offset(PLACE_1_OF_2 + 64 + 33), offset(PLACE_1_OF_2))
def cut_in_chunk() -> bytes:
    """The words up to the end are read."""
    return WHOLE[: PLACE_1_OF_2 + 64 + 33]


@bad("cut-in-ring.ttr", 1, offset(PLACE_1))
def cut_in_ring() -> bytes:
    return WHOLE[:PLACE_1]


@bad("cut-in-sites.ttr", 1, offset(SITES), offset(SECOND_SITE + 8))
def cut_in_sites() -> bytes:
    return WHOLE[: SECOND_SITE + 8]


@bad("block-magic.ttr", 1, offset(RING))
def block_magic() -> bytes:
    """The ring's block is not seen; its chunks are found, and their ring is named after."""
    return flip(WHOLE, RING)


@bad("block-offset.ttr", 1, offset(RING))
def block_offset() -> bytes:
    return flip(WHOLE, RING + 24 + 2)


@bad("block-bytes.ttr", 1, offset(RING))
def block_bytes() -> bytes:
    return flip(WHOLE, RING + 16 + 1, 0x10)


@bad("block-bytes-0.ttr", 1, offset(SITES))
def block_bytes_0() -> bytes:
    """A sites block of 0 bytes: its entries are lost, and so are all events."""
    return put(WHOLE, SITES + 16, bytes(8))


@bad("ring-chunk-count.ttr", 1, offset(RING))
def ring_chunk_count() -> bytes:
    return flip(WHOLE, RING + 80, 7)


@bad("ring-being-changed.ttr", 1, offset(RING))
def ring_being_changed() -> bytes:
    """The process died while the ring's fields were changed: they are taken as they are."""
    return flip(WHOLE, RING + 32)


@bad("orphan-twice.ttr", 1, offset(RING), offset(PLACE_1))
def orphan_twice() -> bytes:
    """Two chunks of one number without their ring's header: the second does not count."""
    return put(flip(WHOLE, RING), PLACE_0, WHOLE[PLACE_1:RING_2])


@bad("chunk-magic.ttr", 1, offset(PLACE_0))
def chunk_magic() -> bytes:
    return flip(WHOLE, PLACE_0 + 8)


@bad("chunk-generation.ttr", 1, offset(PLACE_0))
def chunk_generation() -> bytes:
    return flip(WHOLE, PLACE_0 + 4, 4)


@bad("chunk-number.ttr", 1, offset(PLACE_1))
def chunk_number() -> bytes:
    return put(WHOLE, PLACE_1 + 16, struct.pack("<Q", 0))


@bad("chunk-place.ttr", 1, offset(PLACE_0))
def chunk_place() -> bytes:
    """Number and generation agree, but 3 does not stand at place 0 of 2."""
    state = struct.unpack_from("<Q", WHOLE, PLACE_0)[0] & 0xFFFFFFFF | 3 << 32
    return put(put(WHOLE, PLACE_0, struct.pack("<Q", state)), PLACE_0 + 16, struct.pack("<Q", 3))


@bad("chunk-words.ttr", 1, offset(PLACE_0))
def chunk_words() -> bytes:
    """505 words do not fit in 4096 bytes beside the header."""
    return put(WHOLE, PLACE_0, struct.pack("<H", 505))


@bad("chunk-block.ttr", 1, offset(PLACE_0))
def chunk_block() -> bytes:
    return flip(WHOLE, PLACE_0 + 48 + 1, 0x10)


@bad("chunk-events.ttr", 1, offset(PLACE_0))
def chunk_events() -> bytes:
    return put(WHOLE, PLACE_0 + 2, struct.pack("<H", 7))


@bad("record-words-0.ttr", 1, offset(PLACE_1))
def record_words_0() -> bytes:
    """The second record of chunk 1 is damaged: the first and chunk 2 are shown."""
    return put(WHOLE, PLACE_1 + 64 + 8, bytes(8))


@bad("site-entry.ttr", 1, offset(SITES + 64))
def site_entry() -> bytes:
    """The first entry's `bytes` is damaged; the second entry is found."""
    return flip(WHOLE, SITES + 64 + 1)


@bad("site-entries-all.ttr", 1, offset(SITES + 64), offset(PLACE_1), offset(PLACE_1_OF_2))
def site_entries_all() -> bytes:
    return flip(flip(WHOLE, SITES + 64 + 8), SECOND_SITE + 8)


@bad("sites-committed.ttr", 1, offset(SITES))
def sites_committed() -> bytes:
    return put(WHOLE, SITES + 32, struct.pack("<Q", 1 << 40))


@bad("header-magic-of-monotonic.ttr", 1, offset(0))
def header_magic_of_monotonic() -> bytes:
    """The clock is not known without the header: chunks alone give the same slope."""
    return flip(base(clock=3), 7)


@bad("blocks-only.ttr", 1, offset(0))
def blocks_only() -> bytes:
    """A page of zeros in the place of the header, and a block that nobody knows."""
    blocks = [SitesBlock([CONN, Site(9, b"x")]), RawBlock(5, b"?"), main_ring(conn_chunk())]
    return bytes(PAGE) + Region(region_header(), blocks).build()[PAGE:]
