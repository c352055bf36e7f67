"""The region and the black box file, after region.md: blocks to a Trace, going on after damage."""

from __future__ import annotations

import zlib
from typing import NamedTuple

from .model import CHUNK_BYTES_MAX, CHUNK_BYTES_MIN, CLOCKS, Chunk, Refused, Reports, Ring, Trace, Triple, u32, u64
from .sites import read_sites

MAGIC = b"TTREGION"
BLOCK_MAGIC = b"TTBLOCK\x1a"
CHUNK_MAGIC = b"TTCHUNK\x1a"
PAGE = 4096
ABI = 1
BLOCK_RING, BLOCK_SITES = 1, 2
BLOCK_HEADER = 32
RING_HEADER = 192
RING_CHUNKS = 4096
SITES_ENTRIES = 64
CHUNK_HEADER = 64
CHUNK_COUNTS = range(2, 65537)


def is_chunk_bytes(value: int) -> bool:
    return CHUNK_BYTES_MIN <= value <= CHUNK_BYTES_MAX and value & (value - 1) == 0


def is_block(data: bytes, at: int) -> bool:
    """Right magic and right place."""
    return data.startswith(BLOCK_MAGIC, at) and at + BLOCK_HEADER <= len(data) and u64(data, at + 24) == at


def is_chunk(data: bytes, at: int) -> bool:
    return data.startswith(CHUNK_MAGIC, at + 8) and at + CHUNK_HEADER <= len(data)


def any_block(data: bytes) -> bool:
    """Does a block or a chunk stand anywhere it may?"""
    return any(is_block(data, at) or is_chunk(data, at) for at in range(0, len(data), PAGE))


def cut_name(raw: bytes) -> bytes:
    return raw.split(b"\0", 1)[0]


class State(NamedTuple):
    words: int
    events: int
    generation: int


def read_state(data: bytes, at: int) -> State:
    state = u64(data, at)
    return State(state & 0xFFFF, state >> 16 & 0xFFFF, state >> 32)


class RegionReader:
    """Collects the blocks of one region into `trace`. Rings are keyed and ordered by their block's offset."""

    def __init__(self, data: bytes, reports: Reports) -> None:
        self.data = data
        self.reports = reports
        self.trace = Trace()
        self.intact_rings: set[int] = set()
        self.chunk_limit = CHUNK_BYTES_MAX

    def read(self) -> Trace:
        self.read_header()
        at = PAGE
        while at < len(self.data):
            at = self.read_page(at)
        return self.trace

    def read_header(self) -> None:
        data = self.data
        if not data.startswith(MAGIC):
            self.reports.add(0, "region header is damaged")
            return
        if len(data) < PAGE:
            self.reports.add(0, "region header is cut short")
            return
        if u32(data, 8) != ABI:
            raise Refused(f"region of abi {u32(data, 8)}; this reader knows {ABI}")
        if u32(data, 40):
            raise Refused(f"region with unknown incompatible flags {u32(data, 40):#x}")
        self.check_header()
        self.trace.pid = u32(data, 48)
        self.trace.clock = u32(data, 36)
        self.read_triples()

    def check_header(self) -> None:
        data, chunk_bytes, used = self.data, u32(self.data, 32), u64(self.data, 24)
        if u32(data, 12) != PAGE:
            self.reports.add(0, f"region header says that it has {u32(data, 12)} bytes")
        if used < PAGE or used % PAGE:
            self.reports.add(0, f"region header's used_bytes {used} cannot be")
        elif used > len(data):
            self.reports.add(len(data), f"the file is cut short: {used} bytes are used")
        if is_chunk_bytes(chunk_bytes):
            self.chunk_limit = chunk_bytes
        else:
            self.reports.add(0, f"region header's chunk_bytes {chunk_bytes} cannot be")
        if u32(data, 36) not in CLOCKS:
            self.reports.add(0, f"clock {u32(data, 36)} is not known")
        if zlib.crc32(data[516:2048]) != u32(data, 512):
            self.reports.add(0, "region header's identity is damaged: wrong CRC")

    def read_triples(self) -> None:
        version = u64(self.data, 112)
        places = [64, 88] + ([120] if version and version % 2 == 0 else [])
        for at in places:
            self.trace.triples.append(Triple(u64(self.data, at), u64(self.data, at + 8), u64(self.data, at + 16)))

    def read_page(self, at: int) -> int:
        """Take what stands at this multiple of 4096. Returns where to go on."""
        if self.data.startswith(BLOCK_MAGIC, at) and at + BLOCK_HEADER <= len(self.data):
            return self.read_block(at)
        if is_chunk(self.data, at):
            self.read_orphan(at)
        return at + PAGE

    def read_block(self, at: int) -> int:
        size, kind = u64(self.data, at + 16), u32(self.data, at + 8)
        if not is_block(self.data, at) or size == 0 or size % PAGE:
            self.reports.add(at, "block header is damaged")
            return at + PAGE
        if kind == BLOCK_RING:
            return self.read_ring(at, size)
        is_beyond = at + size > len(self.data)
        if is_beyond:
            self.reports.add(at, "block reaches past the end of the file")
        if kind == BLOCK_SITES:
            self.read_sites(at, size)
        return at + PAGE if is_beyond else at + size

    def read_sites(self, at: int, size: int) -> None:
        if at + SITES_ENTRIES > len(self.data):
            return
        committed = u64(self.data, at + 32)
        if committed > size - SITES_ENTRIES:
            self.reports.add(at, f"sites block's committed {committed} reaches past the block")
            committed = size - SITES_ENTRIES
        start = at + SITES_ENTRIES
        read_sites(self.data, start, min(start + committed, len(self.data)), self.trace.sites, self.reports)

    def read_ring(self, at: int, size: int) -> int:
        data = self.data
        if at + RING_HEADER > len(data):
            return at + PAGE
        count, chunk_bytes = u32(data, at + 80), u32(data, at + 84)
        is_right = count in CHUNK_COUNTS and is_chunk_bytes(chunk_bytes)
        if not is_right or size != RING_CHUNKS + count * chunk_bytes:
            self.reports.add(at, "ring header is damaged")
            return at + PAGE
        if u32(data, at + 32) % 2:
            self.reports.add(at, "ring header was being changed")
        self.intact_rings.add(at)
        ring = Ring(at, u32(data, at + 44), cut_name(data[at + 160 : at + 192]), u32(data, at + 40) == 1)
        self.trace.rings[at] = ring
        for place in range(count):
            self.read_place(ring, at + RING_CHUNKS + place * chunk_bytes, place, count, chunk_bytes)
        return at + size

    def read_place(self, ring: Ring, at: int, place: int, count: int, chunk_bytes: int) -> None:
        if at + CHUNK_HEADER > len(self.data) or read_state(self.data, at).words == 0:
            return
        number = u64(self.data, at + 16)
        is_right = u64(self.data, at + 48) == ring.order and number % count == place
        if not is_right or not self.is_sound(at, chunk_bytes):
            self.reports.add(at, "chunk is damaged")
        elif number >= u64(self.data, ring.order + 48):
            self.add_chunk(ring, at)

    def is_sound(self, at: int, chunk_bytes: int) -> bool:
        """The rules that hold for every chunk, whatever is known of its ring."""
        state, number = read_state(self.data, at), u64(self.data, at + 16)
        if not is_chunk(self.data, at) or number == 0:
            return False
        return number & 0xFFFFFFFF == state.generation and CHUNK_HEADER + 8 * state.words <= chunk_bytes

    def add_chunk(self, ring: Ring, at: int) -> None:
        state, number = read_state(self.data, at), u64(self.data, at + 16)
        if number in ring.chunks:
            self.reports.add(at, f"a second chunk {number} of its ring")
            return
        start = at + CHUNK_HEADER
        available = min(state.words, (len(self.data) - start) // 8)
        if available < state.words:
            self.reports.add(at, f"chunk {number} is cut short")
        if available == 0:
            return
        ring.chunks[number] = Chunk(
            offset=at,
            number=number,
            first_seq=u64(self.data, at + 40),
            base_ticks=u64(self.data, at + 24),
            base_ns=u64(self.data, at + 32),
            events=state.events,
            data=self.data[start : start + 8 * available],
            is_cut=available < state.words,
        )

    def read_orphan(self, at: int) -> None:
        """A chunk outside of any intact ring."""
        if read_state(self.data, at).words == 0:
            return
        block = u64(self.data, at + 48)
        is_right = block % PAGE == 0 and block < at and block not in self.intact_rings
        if not is_right or not self.is_sound(at, self.chunk_limit):
            self.reports.add(at, "chunk is damaged")
            return
        if block not in self.trace.rings:
            self.reports.add(block, "ring header is damaged; its chunks are shown without a thread")
            self.trace.rings[block] = Ring(block)
        self.add_chunk(self.trace.rings[block], at)


def read_region(data: bytes, reports: Reports) -> Trace:
    return RegionReader(data, reports).read()
