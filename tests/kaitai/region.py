"""Regions: blocks in pages, read from a file that nobody writes any more."""

import zlib

from grammar import LARGEST, Refused, in_range, parse, stream
from trace import Trace
from ttlog import Ttlog

BLOCK_MAGIC = b"TTBLOCK\x1a"
CHUNK_MAGIC = b"TTCHUNK\x1a"
PAGE = 4096


def crc_of(data, at, *ranges):
    return zlib.crc32(b"".join(data[at + start : at + end] for start, end in ranges))


def u32(data, at):
    return int.from_bytes(data[at : at + 4], "little")


def u64(data, at):
    return int.from_bytes(data[at : at + 8], "little")


def are_constants_right(header):
    return u32(header, 508) == crc_of(header, 0, (8, 24), (32, 52), (56, 112))


def is_block_right(data, at):
    return data[at : at + 8] == BLOCK_MAGIC and at + 32 <= len(data) and u32(data, at + 12) == crc_of(data, at, (8, 12), (16, 32))


def is_chunk_size(value):
    return in_range(value, 4096, 262144) and value & (value - 1) == 0


class Region(Trace):
    def __init__(self, data):
        super().__init__()
        self.data = data
        self.chunk_bytes = 262144
        self.has_magic = data[:8] == b"TTREGION"
        self.first_numbers = {}
        self.strays = []
        self.sites_end = 0
        self._header()
        self._pages()
        for at in self.strays:
            self._stray(at)
        self._gaps()

    def _header(self):
        page = self.data[:PAGE]
        is_there = len(page) == PAGE
        if not self.has_magic or not is_there:
            self.report(0, "the header's magic is wrong, or it is cut")
        constants = page if is_there and are_constants_right(page) else None
        if is_there and (constants is None or crc_of(page, 0, (516, 2048)) != u32(page, 512)):
            self.report(0, "the header is damaged")
        is_page = is_there and (self.has_magic or constants is not None)
        constants = constants or self._copy()
        if (constants or is_page) and (u32(constants or page, 8) != 1 or u32(constants or page, 40) != 0):
            raise Refused("another ABI, or an unknown incompatible flag")
        if is_page:
            self._changing(page)
        if constants:
            self._constants(constants)

    def _copy(self):
        """The first copy in a ring's header whose constants are right."""
        for at in range(PAGE + 2048, len(self.data) - 2047, PAGE):
            copy = self.data[at : at + 2048]
            if u32(copy, 8) == 1 and u32(copy, 12) == PAGE and are_constants_right(copy):
                return copy
        return None

    def _changing(self, page):
        used, version = u64(page, 24), u64(page, 112)
        if used < PAGE or used % PAGE or used > len(self.data):
            self.report(0, "used_bytes")
        if u32(page, 288) != crc_of(page, 0, (120, 144)) and version % 2 == 0 and version:
            self.report(0, "the latest triple is damaged")

    def _constants(self, bytes_):
        header = Ttlog.RegionHeader(stream(b"TTREGION" + bytes_[8:].ljust(PAGE, b"\0")))
        self.pid = header.pid
        if header.header_bytes != PAGE or not is_chunk_size(header.chunk_bytes) or not isinstance(header.clock, Ttlog.ClockKind):
            self.report(0, "the header is wrong")
        if is_chunk_size(header.chunk_bytes):
            self.chunk_bytes = header.chunk_bytes

    def _pages(self):
        at = PAGE if self.has_magic else 0
        while at < len(self.data):
            at = self._block(at) if is_block_right(self.data, at) else self._page(at)

    def _block(self, at):
        """Reads a block; returns where reading goes on."""
        block = parse(Ttlog.Block, self.data[at + 8 : at + 32])
        kind, size, own = u32(self.data, at + 8), u64(self.data, at + 16), u64(self.data, at + 24)
        if block is None and (size == 0 or size % PAGE):
            self.report(at, "a block's header is damaged")
            return at + PAGE
        if own != at:
            self.report(at, "a block stands where it does not belong")
        if kind == Ttlog.BlockType.ring.value:
            return self._ring(at, own, at + size)
        end = at + size
        if end > len(self.data):
            self.report(at, "a block reaches past the end of the file")
        if kind == Ttlog.BlockType.sites.value and at + 64 <= len(self.data):
            self._sites(at, end)
        return end if end <= len(self.data) else at + PAGE

    def _sites(self, at, end):
        committed = u64(self.data, at + 32)
        if committed > end - at - 64:
            self.report(at, "the committed bytes of a sites block reach past it")
            committed = LARGEST
        self.add_entries(self.data[at + 64 : end], at, committed)

    def _page(self, at):
        """A page where no block's header is right."""
        size = self._ring_size(at)
        if at + 32 <= len(self.data) and (self.data[at : at + 8] == BLOCK_MAGIC or (size and u64(self.data, at))):
            self.report(at, "a block's header is damaged")
        if size:
            return self._ring(at, at, at + size)
        if self.data[at + 8 : at + 16] == CHUNK_MAGIC and at + 64 <= len(self.data):
            return self._lost_chunk(at)
        known = len(self.found | self.sites)
        self.sites_end = self.add_entries(self.data, at, promised=0, begin=max(at, self.sites_end), until=at + PAGE)
        if len(self.found | self.sites) > known:
            self.report(at, "sites outside of a block")
        return at + PAGE

    def _ring_size(self, at):
        """By its own fields; 0 if they are none."""
        data = self.data
        if at + 192 > len(data) or u32(data, at + 88) != crc_of(data, at, (40, 72), (80, 88), (160, 192)):
            return 0
        count, size = u32(data, at + 80), u32(data, at + 84)
        return PAGE + count * size if in_range(count, 2, 65536) and is_chunk_size(size) else 0

    def _ring(self, at, own, end):
        if at + 192 > len(self.data):
            return at + PAGE
        ring = parse(Ttlog.RingHeader, self.data[at + 32 : at + PAGE].ljust(PAGE - 32, b"\0"))
        is_right = ring and is_chunk_size(ring.chunk_bytes) and end - at == PAGE + ring.chunk_count * ring.chunk_bytes
        if not is_right or own in self.rings:
            self.report(at, "a ring's header is damaged")
            return at + PAGE
        if ring.version % 2 == 0 and ring.identity_crc != crc_of(self.data, at, (40, 72), (80, 88), (160, 192)):
            self._unknown_ring(at, own)
        else:
            self.rings[own] = {"tid": ring.tid, "name": ring.name.split(b"\0")[0], "kind": ring.kind}
            self.first_numbers[own] = ring.first_number
        if ring.version % 2:
            self.report(at, "the ring was being changed")
        for place, start in enumerate(range(at + PAGE, min(end, len(self.data) - 63), ring.chunk_bytes)):
            self._chunk(start, ring.chunk_bytes, own, lambda number, place=place: number % ring.chunk_count == place)
        return end

    def _unknown_ring(self, at, own):
        self.report(at, "a ring's thread is not known")
        self.rings[own] = {"tid": 0, "name": b"", "kind": Ttlog.RingKind.main}
        self.first_numbers[own] = 0

    def _chunk_at(self, at, size):
        """The grammar reads whole chunks; what the file does not have is zero. None: its header is not right."""
        chunk = parse(Ttlog.Chunk, self.data[at : at + size].ljust(size, b"\0"))
        is_right = chunk.magic == int.from_bytes(CHUNK_MAGIC, "little") and chunk.number and chunk.crc == crc_of(self.data, at, (8, 56))
        return chunk if is_right else None

    def _chunk(self, at, size, own, is_in_place):
        chunk = self._chunk_at(at, size)
        if self.data[at : at + 2] == b"\0\0":
            return
        if chunk is None:
            self.report(at, "a chunk is damaged")
        elif chunk.block != own or not is_in_place(chunk.number):
            self.report(at, "a chunk stands where it does not belong")
            self.strays.append(at)
        elif chunk.number >= self.first_numbers[own]:
            self._take(at, chunk, size)

    def _is_readable(self, at, chunk):
        """By its state: of another generation only if it holds what it says, in whole records."""
        if chunk.number & 0xFFFFFFFF == chunk.generation:
            return True
        if len(chunk.committed) < chunk.words * 8 or at + 64 + chunk.words * 8 > len(self.data):
            return False
        place = events = 0
        while place < len(chunk.committed):
            words, site = u32(chunk.committed, place + 4) & 0xFFF, u64(chunk.committed, place) >> 44
            if words == 0:
                return False
            events += site != 0
            place += words * 8
        return place == len(chunk.committed) and events == chunk.events

    def _take(self, at, chunk, size):
        is_of_generation = chunk.number & 0xFFFFFFFF == chunk.generation
        is_too_long = len(chunk.committed) < chunk.words * 8
        if not is_of_generation or is_too_long:
            self.report(at, "a chunk's state is damaged")
        if not self._is_readable(at, chunk):
            return
        there = min(len(chunk.committed) // 8, (len(self.data) - at - 64) // 8)
        if there < len(chunk.committed) // 8:
            self.report(at, "the rest of the chunk is beyond the end of the file")
        if there > 0:
            self.add_chunk(at, chunk.block, chunk, chunk.committed[: there * 8], there < chunk.words)

    def _lost_chunk(self, at):
        """A chunk outside of any ring; returns where reading goes on."""
        chunk = self._chunk_at(at, self.chunk_bytes)
        if self.data[at : at + 2] == b"\0\0":
            return at + PAGE
        if chunk is None or chunk.block % PAGE or not self._is_readable(at, chunk):
            self.report(at, "a chunk is damaged")
            return at + PAGE
        self.strays.append(at)
        return at + (64 + len(chunk.committed) + PAGE - 1) // PAGE * PAGE

    def _stray(self, at):
        chunk = self._chunk_at(at, self.chunk_bytes)
        if chunk.block % PAGE:
            return
        if chunk.block not in self.rings:
            self._unknown_ring(chunk.block, chunk.block)
        if chunk.number >= self.first_numbers[chunk.block]:
            self._take(at, chunk, self.chunk_bytes)

    def _gaps(self):
        before = None
        for ring, number in sorted(self.chunks):
            if before is not None and before[0] == ring and number != before[1] + 1:
                self.report(self.chunks[ring, number][0], "the chunks before it are missing")
            before = ring, number
