"""The region and the black box file, after region.md: blocks to a Trace, going on after damage."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import NamedTuple

from .model import CHUNK_BYTES_MAX, CHUNK_BYTES_MIN, CLOCKS, Chunk, Refused, Reports, Ring, Trace, Triple, u32, u64
from .sites import Span, read_sites

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
COPY = 2048
CONSTANTS = ((8, 24), (32, 52), (56, 112))


def is_chunk_bytes(value: int) -> bool:
    return CHUNK_BYTES_MIN <= value <= CHUNK_BYTES_MAX and value & (value - 1) == 0


def crc_of(data: bytes, at: int, *ranges: tuple[int, int]) -> int:
    return zlib.crc32(b"".join(data[at + start : at + end] for start, end in ranges))


def is_block(data: bytes, at: int) -> bool:
    """Right magic and right CRC."""
    if not data.startswith(BLOCK_MAGIC, at) or at + BLOCK_HEADER > len(data):
        return False
    return u32(data, at + 12) == crc_of(data, at, (8, 12), (16, 32))


def is_identity(data: bytes, at: int) -> bool:
    """Is the CRC of a ring's own fields right?"""
    return u32(data, at + 88) == crc_of(data, at, (40, 72), (80, 88), (160, 192))


def is_geometry(count: int, chunk_bytes: int) -> bool:
    return count in CHUNK_COUNTS and is_chunk_bytes(chunk_bytes)


def bare_ring_size(data: bytes, at: int) -> int:
    """The length of a ring block by the ring's own fields; 0 if they are no such."""
    if at + RING_HEADER > len(data) or not is_identity(data, at):
        return 0
    if u64(data, at) == 0 and u32(data, at + 32) % 2:
        return 0  # block and identity were being made
    count, chunk_bytes = u32(data, at + 80), u32(data, at + 84)
    return RING_CHUNKS + count * chunk_bytes if is_geometry(count, chunk_bytes) else 0


def has_constants(header: bytes) -> bool:
    return u32(header, 508) == crc_of(header, 0, *CONSTANTS)


def has_identity(header: bytes) -> bool:
    return u32(header, 512) == crc_of(header, 0, (516, 2048))


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
        self.strays: list[int] = []
        self.sites_end = 0
        self.has_lost_sites = False
        self.chunk_limit = CHUNK_BYTES_MAX

    def read(self) -> Trace:
        self.read_header()
        at = PAGE if self.data.startswith(MAGIC) else 0
        while at < len(self.data):
            at = self.read_page(at)
        for at in self.strays:
            self.take_stray(at)
        for ring in self.trace.rings.values():
            self.report_gaps(ring)
        return self.trace

    def report_gaps(self, ring: Ring) -> None:
        chunks = ring.in_order()
        for before, chunk in zip(chunks, chunks[1:]):
            if chunk.number != before.number + 1:
                self.reports.add(chunk.offset, f"chunks {before.number + 1} to {chunk.number - 1} are not there")

    def find_copy(self, is_right: Callable[[bytes], bool]) -> bytes:
        """The first right copy of the header in a ring's header, or nothing."""
        data = self.data
        for at in range(PAGE + COPY, len(data) - COPY + 1, PAGE):
            if u32(data, at + 8) == ABI and u32(data, at + 12) == PAGE and is_right(data[at : at + COPY]):
                return data[at : at + COPY]
        return b""

    def read_header(self) -> None:
        page = self.data[:PAGE]
        is_there, has_magic = len(page) == PAGE, page.startswith(MAGIC)
        if not has_magic:
            self.reports.add(0, "region header's magic is damaged")
        elif not is_there:
            self.reports.add(0, "region header is cut short")
        constants = page if is_there and has_constants(page) else b""
        is_page = is_there and (has_magic or bool(constants))
        if is_there and not constants:
            self.reports.add(0, "region header is damaged: wrong CRC")
        constants = constants or self.find_copy(has_constants)
        if constants or is_page:
            self.check_version(constants or page)
        if is_there and not has_identity(page):
            self.reports.add(0, "region header's identity is damaged: wrong CRC")
        if is_page:
            self.check_used(page)
        if constants:
            self.read_constants(constants)
        if is_page:
            self.read_latest(page)

    def check_version(self, header: bytes) -> None:
        if u32(header, 8) != ABI:
            raise Refused(f"region of abi {u32(header, 8)}; this reader knows {ABI}")
        if u32(header, 40):
            raise Refused(f"region with unknown incompatible flags {u32(header, 40):#x}")

    def check_used(self, page: bytes) -> None:
        used = u64(page, 24)
        if used < PAGE or used % PAGE:
            self.reports.add(0, f"region header's used_bytes {used} cannot be")
        elif used > len(self.data):
            self.reports.add(len(self.data), f"the file is cut short: {used} bytes are used")

    def read_constants(self, header: bytes) -> None:
        chunk_bytes = u32(header, 32)
        if u32(header, 12) != PAGE:
            self.reports.add(0, f"region header says that it has {u32(header, 12)} bytes")
        if is_chunk_bytes(chunk_bytes):
            self.chunk_limit = chunk_bytes
        else:
            self.reports.add(0, f"region header's chunk_bytes {chunk_bytes} cannot be")
        self.trace.clock = u32(header, 36)
        if self.trace.clock not in CLOCKS:
            self.reports.add(0, f"clock {u32(header, 36)} is not known")
        self.trace.pid = u32(header, 48)
        self.add_triple(header, 64)
        self.add_triple(header, 88)

    def read_latest(self, page: bytes) -> None:
        version = u64(page, 112)
        if u32(page, 288) == crc_of(page, 0, (120, 144)):
            self.add_triple(page, 120)
        elif version % 2 == 0 and version != 0:
            self.reports.add(0, "the latest triple is damaged: wrong CRC")

    def add_triple(self, header: bytes, at: int) -> None:
        self.trace.triples.append(Triple(u64(header, at), u64(header, at + 8), u64(header, at + 16)))

    def read_page(self, at: int) -> int:
        """Take what stands at this multiple of 4096. Returns where to go on."""
        if is_block(self.data, at):
            return self.read_block(at)
        size = bare_ring_size(self.data, at)
        has_magic = self.data.startswith(BLOCK_MAGIC, at) and at + BLOCK_HEADER <= len(self.data)
        if has_magic or (size and u64(self.data, at) != 0):
            self.reports.add(at, "block header is damaged")
        if size:
            return self.read_ring(at, at, size)
        if is_chunk(self.data, at):
            return self.read_orphan(at)
        self.read_lost_sites(at)
        return at + PAGE

    def read_block(self, at: int) -> int:
        size, kind = u64(self.data, at + 16), u32(self.data, at + 8)
        if size == 0 or size % PAGE:
            self.reports.add(at, "block header is damaged")
            return at + PAGE
        own = u64(self.data, at + 24)
        if own != at:
            self.reports.add(at, f"block belongs to {own}")
        if kind == BLOCK_RING:
            return self.read_ring(at, own, size)
        is_beyond = at + size > len(self.data)
        if is_beyond:
            self.reports.add(at, "block reaches past the end of the file")
        if kind == BLOCK_SITES:
            self.read_sites(at, size)
        return at + PAGE if is_beyond else at + size

    def read_sites(self, at: int, size: int) -> None:
        start, end = at + SITES_ENTRIES, min(at + size, len(self.data))
        if start > len(self.data):
            return
        committed = u64(self.data, at + 32)
        promised = end
        if committed > size - SITES_ENTRIES:
            self.reports.add(at, f"sites block's committed {committed} reaches past the block")
        else:
            promised = min(start + committed, end)
        read_sites(self.data, Span(start, end, promised, end), self.trace, self.reports)

    def read_lost_sites(self, at: int) -> None:
        """A page of which nothing says what it is."""
        known = len(self.trace.all_sites())
        span = Span(max(at, self.sites_end), min(at + PAGE, len(self.data)), 0, len(self.data))
        self.sites_end = read_sites(self.data, span, self.trace, self.reports)
        if len(self.trace.all_sites()) > known and not self.has_lost_sites:
            self.has_lost_sites = True
            self.reports.add(at, "sites outside of an intact block")

    def read_ring(self, at: int, own: int, size: int) -> int:
        """`own`: its offset by its own header, by which its chunks name it."""
        data = self.data
        if at + RING_HEADER > len(data):
            return at + PAGE
        count, chunk_bytes = u32(data, at + 80), u32(data, at + 84)
        if not is_geometry(count, chunk_bytes) or size != RING_CHUNKS + count * chunk_bytes or own in self.trace.rings:
            self.reports.add(at, "ring header is damaged")
            return at + PAGE
        self.trace.rings[own] = ring = Ring(own)
        if u32(data, at + 32) % 2:
            self.reports.add(at, "ring header was being changed")
        elif not is_identity(data, at):
            self.reports.add(at, "ring's thread is not known: wrong CRC")
        if u32(data, at + 32) % 2 or is_identity(data, at):
            ring.tid, ring.name = u32(data, at + 44), cut_name(data[at + 160 : at + 192])
            ring.is_nested = u32(data, at + 40) == 1
            ring.first_number = u64(data, at + 48)
        ring.held_ticks, ring.until_ticks = u64(data, at + 192), u64(data, at + 200)
        for place in range(count):
            self.read_place(ring, at + RING_CHUNKS + place * chunk_bytes, place, (count, chunk_bytes))
        return at + size

    def read_place(self, ring: Ring, at: int, place: int, sizes: tuple[int, int]) -> None:
        count, chunk_bytes = sizes
        if at + CHUNK_HEADER > len(self.data) or read_state(self.data, at).words == 0:
            return
        number = u64(self.data, at + 16)
        if not self.is_right(at):
            self.reports.add(at, "chunk's header is damaged")
        elif u64(self.data, at + 48) != ring.order or number % count != place:
            self.reports.add(at, "chunk does not belong here")
            self.strays.append(at)
        elif number >= ring.first_number:
            self.take_chunk(ring, at, chunk_bytes)

    def is_right(self, at: int) -> bool:
        """The chunk's header, but for its state."""
        data = self.data
        is_whole = is_chunk(data, at) and u32(data, at + 56) == crc_of(data, at, (8, 56))
        return is_whole and u64(data, at + 16) != 0

    def is_usable(self, at: int, chunk_bytes: int) -> bool:
        """Can the chunk be read by its state? Of another generation only if its counts are right."""
        state = read_state(self.data, at)
        if state.generation == u64(self.data, at + 16) & 0xFFFFFFFF:
            return True
        start, size = at + CHUNK_HEADER, 8 * state.words
        if CHUNK_HEADER + size > chunk_bytes or start + size > len(self.data):
            return False
        return count_events(self.data[start : start + size]) == state.events

    def take_chunk(self, ring: Ring, at: int, chunk_bytes: int) -> None:
        state = read_state(self.data, at)
        if state.generation != u64(self.data, at + 16) & 0xFFFFFFFF:
            self.reports.add(at, "chunk's number is not that of its generation")
            if not self.is_usable(at, chunk_bytes):
                return
        elif CHUNK_HEADER + 8 * state.words > chunk_bytes:
            self.reports.add(at, "chunk has more words than room")
        self.add_chunk(ring, at, (chunk_bytes - CHUNK_HEADER) // 8)

    def add_chunk(self, ring: Ring, at: int, room: int) -> None:
        state, number = read_state(self.data, at), u64(self.data, at + 16)
        if number in ring.chunks:
            self.reports.add(at, f"a second chunk {number} of its ring")
            return
        start = at + CHUNK_HEADER
        there = (len(self.data) - start) // 8
        available = min(state.words, room, there)
        if there < min(state.words, room):
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

    def read_orphan(self, at: int) -> int:
        """A chunk outside of any intact ring. Returns where to go on."""
        words = read_state(self.data, at).words
        if words == 0:
            return at + PAGE
        is_right = self.is_right(at) and self.is_usable(at, self.chunk_limit)
        if u64(self.data, at + 48) % PAGE or not is_right:
            self.reports.add(at, "chunk is damaged")
            return at + PAGE
        self.strays.append(at)
        size = min(CHUNK_HEADER + 8 * words, self.chunk_limit)
        return at + (size + PAGE - 1) // PAGE * PAGE

    def take_stray(self, at: int) -> None:
        """A chunk that stands where it does not belong, to the ring that it names."""
        block = u64(self.data, at + 48)
        if block % PAGE:
            return
        if block not in self.trace.rings:
            self.reports.add(block, "ring header is damaged; its chunks are shown without a thread")
            self.trace.rings[block] = Ring(block)
        ring = self.trace.rings[block]
        if u64(self.data, at + 16) >= ring.first_number:
            self.take_chunk(ring, at, self.chunk_limit)


def count_events(data: bytes) -> int | None:
    """How many events the words hold; None if they are not a whole number of records."""
    at = events = 0
    while at < len(data):
        header = u64(data, at)
        if header >> 32 & 0xFFF == 0:
            return None
        events += header >> 44 != 0
        at += 8 * (header >> 32 & 0xFFF)
    return events if at == len(data) else None


def read_region(data: bytes, reports: Reports) -> Trace:
    return RegionReader(data, reports).read()
