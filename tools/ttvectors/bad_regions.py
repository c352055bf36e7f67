"""Regions with one damage each, and such as are refused. The layout is that of the common base file."""

from __future__ import annotations

import struct
import zlib

from ttwrite.records import Site
from ttwrite.region import BLOCK_RING, PAGE, RawBlock, Region, RingBlock, SitesBlock, block_header, encode_chunk

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


def three() -> bytes:
    """A ring of four places with the chunks 5 to 7, which stand at the places 1 to 3."""
    ring = main_ring(ticks_chunk(5, 12, 0), ticks_chunk(6, 15, 10_000), ticks_chunk(7, 18, 20_000))
    ring.chunk_count = 4
    return Region(region_header(), [SitesBlock([TICK]), ring]).build()


PLACE_2_OF_4, PLACE_3_OF_4 = 5 * PAGE, 6 * PAGE

WHOLE = base()
SIZE = len(WHOLE)


def lose_ring(data: bytes) -> bytes:
    """Neither the header of its block nor its own fields are right."""
    return flip(flip(data, RING), RING + 80)


def offset(at: int) -> str:
    return f"offset {at}: "


def lying_header(at: int, value: int) -> bytes:
    """A field of the header is wrong, and its CRC right."""
    data = put(WHOLE, at, struct.pack("<I", value))
    return put(data, 508, struct.pack("<I", zlib.crc32(data[8:24] + data[32:52] + data[56:112])))


def lying_block(data: bytes, at: int, kind: int, size: int) -> bytes:
    return put(data, at, block_header(kind, size, at))


def lying_ring(chunk_count: int, chunk_bytes: int, size: int) -> bytes:
    """Sizes that no ring has, under right CRCs; the block's fit them, or do not."""
    lie = RingBlock(2001, b"worker-1", chunk_count=chunk_count, chunk_bytes=chunk_bytes)
    data = put(WHOLE, RING + 80, struct.pack("<3I", chunk_count, chunk_bytes, lie.identity_crc()))
    return lying_block(data, RING, BLOCK_RING, size)


def lying_chunk(at: int, value: int) -> bytes:
    """A field of ring 1's chunk 1 is wrong, and its CRC right."""
    data = put(WHOLE, PLACE_1 + at, struct.pack("<Q", value))
    return put(data, PLACE_1 + 56, struct.pack("<I", zlib.crc32(data[PLACE_1 + 8 : PLACE_1 + 56])))


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


bad("header-bytes-sealed.ttr", 1, offset(0))(lambda: lying_header(12, 8192))
bad("chunk-bytes-low.ttr", 1, offset(0))(lambda: lying_header(32, 2048))
bad("chunk-bytes-high.ttr", 1, offset(0))(lambda: lying_header(32, 524288))
bad("chunk-bytes-odd.ttr", 1, offset(0))(lambda: lying_header(32, 12288))


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


@bad("header-zeros.ttr", 1, offset(0))
def header_zeros() -> bytes:
    """The first page is gone: clock, process and triples come from the copy in the first ring's header."""
    return bytes(PAGE) + WHOLE[PAGE:]


@bad("header-and-copy.ttr", 1, offset(0))
def header_and_copy() -> bytes:
    """The first copy is damaged, too: the second ring has another."""
    return flip(bytes(PAGE) + WHOLE[PAGE:], RING + 2048 + 64)


@bad("header-and-all-copies.ttr", 1, offset(0))
def header_and_all_copies() -> bytes:
    """Nothing says what the clock is: the chunks alone give it."""
    return flip(flip(bytes(PAGE) + WHOLE[PAGE:], RING + 2048 + 64), RING_2 + 2048 + 64)


@bad("header-abi-flip.ttr", 1, offset(0))
def header_abi_flip() -> bytes:
    """The CRC is wrong and a copy is right: damage, not another layout."""
    return flip(WHOLE, 8, 2)


@bad("header-triple.ttr", 1, offset(0))
def header_triple() -> bytes:
    return flip(WHOLE, 64 + 22)


@bad("latest-triple-crc.ttr", 1, offset(0))
def latest_triple_crc() -> bytes:
    return base(latest_version=4, is_latest_whole=False)


@bad("ring-lost.ttr", 1, offset(RING))
def ring_lost() -> bytes:
    """The ring's header is damaged all over; its chunks are found, and their ring is named after."""
    return lose_ring(WHOLE)


@bad("ring-identity.ttr", 1, offset(RING))
def ring_identity() -> bytes:
    """The number of the first chunk that counts is damaged: the chunks are shown without a thread."""
    return flip(WHOLE, RING + 48 + 5, 0x40)


@bad("block-magic.ttr", 1, offset(RING))
def block_magic() -> bytes:
    """The block's header is damaged, but the ring's own fields are right."""
    return flip(WHOLE, RING)


@bad("block-bytes-swallow.ttr", 1, offset(SITES))
def block_bytes_swallow() -> bytes:
    """The sites block claims the pages of the ring after it."""
    return put(WHOLE, SITES + 16, struct.pack("<Q", 4 * PAGE))


@bad("block-header-zeros.ttr", 1, offset(SITES))
def block_header_zeros() -> bytes:
    """Site entries in a page that says nothing of itself."""
    return put(WHOLE, SITES, bytes(64))


@bad("chunk-zeros.ttr", 1, offset(PLACE_3_OF_4))
def chunk_zeros() -> bytes:
    """A page of zeros between two chunks: what is missing shows in their numbers."""
    data = three()
    return put(data, PLACE_2_OF_4, bytes(PAGE))


@bad("pages-swapped.ttr", 1, offset(PLACE_0), offset(PLACE_1_OF_2))
def pages_swapped() -> bytes:
    """Two chunks stand in the place of each other, in different rings: each is its own ring's all the same."""
    first, second = WHOLE[PLACE_0:PLACE_1], WHOLE[PLACE_1_OF_2 : PLACE_1_OF_2 + PAGE]
    return put(put(WHOLE, PLACE_0, second), PLACE_1_OF_2, first)


@bad("halves-swapped.ttr", 1, offset(0), offset(PAGE))
def halves_swapped() -> bytes:
    """The blocks say where they belong, and the copy of the header what it said; the first chunk is cut off its ring."""
    return WHOLE[4 * PAGE :] + WHOLE[: 4 * PAGE]


@bad("chunk-first-seq.ttr", 1, offset(PLACE_0))
def chunk_first_seq() -> bytes:
    return flip(WHOLE, PLACE_0 + 40)


@bad("chunk-base.ttr", 1, offset(PLACE_1))
def chunk_base() -> bytes:
    """A clock pair of the far future must not push what comes after it."""
    return flip(WHOLE, PLACE_1 + 32 + 7, 0x10)


@bad("chunk-generation-and-words.ttr", 1, offset(PLACE_1))
def chunk_generation_and_words() -> bytes:
    """Neither the generation nor the counts of the state are right: nothing of the chunk is shown."""
    return flip(flip(WHOLE, PLACE_1 + 4, 4), PLACE_1)


@bad("record-ticks.ttr", 1, offset(PLACE_0))
def record_ticks() -> bytes:
    """A damaged time in a chunk does not reach the next chunk: no event is later than that begins."""
    return put(flip(WHOLE, PLACE_0 + 4, 4), PLACE_1 + 64, struct.pack("<I", 0xFFFFFFFF))


@bad("block-offset.ttr", 1, offset(RING))
def block_offset() -> bytes:
    return flip(WHOLE, RING + 24 + 2)


@bad("block-bytes.ttr", 1, offset(RING))
def block_bytes() -> bytes:
    return flip(WHOLE, RING + 16 + 1, 0x10)


@bad("block-bytes-0.ttr", 1, offset(SITES))
def block_bytes_0() -> bytes:
    """A sites block of 0 bytes: its entries are found all the same."""
    return put(WHOLE, SITES + 16, bytes(8))


bad("block-bytes-odd.ttr", 1, offset(RING))(lambda: lying_block(WHOLE, RING, BLOCK_RING, 3 * PAGE + 8))
bad("block-kind-unknown.ttr", 1, offset(PLACE_1), offset(PLACE_1_OF_2))(lambda: lying_block(WHOLE, SITES, 7, PAGE))
bad("ring-one-chunk.ttr", 1, offset(RING))(lambda: lying_ring(1, 4096, 2 * PAGE))
bad("ring-many-chunks.ttr", 1, offset(RING))(lambda: lying_ring(65537, 4096, 65538 * PAGE))
bad("ring-small-chunks.ttr", 1, offset(RING))(lambda: lying_ring(2, 2048, 2 * PAGE))
bad("ring-large-chunks.ttr", 1, offset(RING))(lambda: lying_ring(2, 524288, 257 * PAGE))
bad("ring-odd-chunks.ttr", 1, offset(RING))(lambda: lying_ring(2, 12288, 7 * PAGE))
bad("ring-of-another-size.ttr", 1, offset(RING))(lambda: lying_ring(2, 4096, 4 * PAGE))
bad("chunk-number-0.ttr", 1, offset(PLACE_1))(lambda: lying_chunk(16, 0))
bad("chunk-magic-sealed.ttr", 1, offset(PLACE_1))(lambda: lying_chunk(8, 1))
bad("chunk-of-no-page.ttr", 1, offset(PLACE_1))(lambda: lying_chunk(48, RING + 1))


@bad("ring-twice.ttr", 1, offset(SIZE))
def ring_twice() -> bytes:
    """A copy of ring 1 behind the last block: the first counts."""
    data = WHOLE + WHOLE[RING:RING_2]
    return put(data, 24, struct.pack("<Q", len(data)))


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
    return put(lose_ring(WHOLE), PLACE_0, WHOLE[PLACE_1:RING_2])


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
    return put(WHOLE, PLACE_0, encode_chunk(ticks_chunk(3, 3, 10_000), RING))


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


@bad("sites-committed-low.ttr", 1, offset(SITES + 64))
def sites_committed_low() -> bytes:
    """The number of committed bytes is too low, and the first entry damaged: the second is found all the same."""
    return flip(put(WHOLE, SITES + 32, struct.pack("<Q", 8)), SITES + 64 + 50)


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
