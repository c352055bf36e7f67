"""Regions and black boxes as bytes, after region.md."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

from .records import Chunk, Site

PAGE = 4096
MAGIC = b"TTREGION"
BLOCK_MAGIC = b"TTBLOCK\x1a"
CHUNK_MAGIC = b"TTCHUNK\x1a"
BLOCK_RING, BLOCK_SITES = 1, 2

Triple = tuple[int, int, int]
ZERO: Triple = (0, 0, 0)


def pages(data: bytes) -> bytes:
    return data + bytes(-len(data) % PAGE)


COPY = 2048


def block_header(kind: int, size: int, offset: int) -> bytes:
    crc = zlib.crc32(struct.pack("<IQQ", kind, size, offset))
    return BLOCK_MAGIC + struct.pack("<IIQQ", kind, crc, size, offset)


def state_word(words: int, events: int, generation: int) -> int:
    return generation << 32 | events << 16 | words


@dataclass
class RegionHeader:
    """The first 4096 bytes; region_bytes and used_bytes are filled in by Region.build."""

    abi: int = 1
    chunk_bytes: int = 4096
    clock: int = 1
    incompatible: int = 0
    compatible: int = 0
    pid: int = 1234
    state: int = 1
    start_time: int = 5000
    load: Triple = ZERO
    creation: Triple = ZERO
    latest: Triple = ZERO
    latest_version: int = 0
    is_latest_whole: bool = True
    dropped: tuple[int, ...] = (0,) * 8
    retired: tuple[int, int] = (0, 0)
    retired_dropped: tuple[int, ...] = (0,) * 8
    strings: tuple[bytes, ...] = (b"demo", b"host", b"boot", b"ttlog 1", b"/usr/bin/demo")

    def encode(self, region_bytes: int, used_bytes: int) -> bytes:
        head = MAGIC + struct.pack("<IIQQIIIIIIQ", self.abi, PAGE, region_bytes, used_bytes, self.chunk_bytes,
                                   self.clock, self.incompatible, self.compatible, self.pid, self.state,
                                   self.start_time)
        head += struct.pack("<6QQ3Q", *self.load, *self.creation, self.latest_version, *self.latest)
        head += struct.pack("<18Q", *self.dropped, *self.retired, *self.retired_dropped)
        if self.latest_version:
            head += struct.pack("<I", zlib.crc32(struct.pack("<3Q", *self.latest)) ^ (not self.is_latest_whole))
        crc = zlib.crc32(head[8:24] + head[32:52] + head[56:112])
        identity = bytes(4) + struct.pack("<64s64s40s32s512s", *self.strings).ljust(2048 - 520, b"\0")
        return pages(head.ljust(508, b"\0") + struct.pack("<II", crc, zlib.crc32(identity)) + identity)


def copy_of(header: bytes) -> bytes:
    """What a ring's header holds of the region's: the parts under a CRC."""
    parts = ((8, 24), (32, 52), (56, 112), (508, 2048))
    copy = bytearray(2048)
    for start, end in parts:
        copy[start:end] = header[start:end]
    return bytes(copy)


@dataclass
class RingBlock:
    """A ring; `places` holds the chunks by place, its thread's and stale ones of earlier threads alike."""

    tid: int
    name: bytes = b""
    kind: int = 0
    use: int = 1
    version: int = 2
    first_number: int = 1
    serial: int = 1
    start_ns: int = 0
    end_ns: int = 0
    chunk_count: int = 2
    chunk_bytes: int = 4096
    dropped: tuple[int, ...] = (0,) * 8
    held_ticks: int = 0
    until_ticks: int = 0
    chunks: list[Chunk] = field(default_factory=list)

    def identity_crc(self) -> int:
        covered = struct.pack("<2I3Q2I32s", self.kind, self.tid, self.first_number, self.serial, self.start_ns,
                              self.chunk_count, self.chunk_bytes, self.name)
        return zlib.crc32(covered)

    def encode(self, offset: int, copy: bytes = b"") -> bytes:
        size = PAGE + self.chunk_count * self.chunk_bytes
        head = block_header(BLOCK_RING, size, offset)
        head += struct.pack("<4I4Q4I", self.version, self.use, self.kind, self.tid, self.first_number, self.serial,
                            self.start_ns, self.end_ns, self.chunk_count, self.chunk_bytes, self.identity_crc(), 0)
        head += struct.pack("<8Q32s2Q", *self.dropped, self.name, self.held_ticks, self.until_ticks)
        data = bytearray((head.ljust(COPY, b"\0") + copy).ljust(size, b"\0"))
        for chunk in self.chunks:
            at = PAGE + chunk.number % self.chunk_count * self.chunk_bytes
            body = encode_chunk(chunk, offset)
            data[at : at + len(body)] = body
        assert len(data) == size
        return bytes(data)


def encode_chunk(chunk: Chunk, block: int) -> bytes:
    state = state_word(chunk.words, chunk.events, chunk.number & 0xFFFFFFFF)
    head = CHUNK_MAGIC + struct.pack("<5Q", chunk.number, chunk.base_ticks, chunk.base_ns, chunk.first_seq, block)
    return struct.pack("<Q", state) + head + struct.pack("<II", zlib.crc32(head), 0) + chunk.data


@dataclass
class SitesBlock:
    """A piece of the site table; `slack_bytes` follow the committed entries."""

    sites: list[Site]
    slack: bytes = b""

    def encode(self, offset: int, copy: bytes = b"") -> bytes:
        entries = b"".join(site.encode() for site in self.sites)
        size = len(pages(bytes(64) + entries + self.slack))
        head = (block_header(BLOCK_SITES, size, offset) + struct.pack("<Q", len(entries))).ljust(64, b"\0")
        return pages(head + entries + self.slack)


@dataclass
class RawBlock:
    """A block of any type, or with `has_header` false pages that were taken and not made."""

    kind: int
    body: bytes = b""
    has_header: bool = True

    def encode(self, offset: int, copy: bytes = b"") -> bytes:
        size = len(pages(bytes(32) + self.body))
        if not self.has_header:
            return bytes(size)
        return pages(block_header(self.kind, size, offset) + self.body)


Block = RingBlock | SitesBlock | RawBlock


@dataclass
class Region:
    """Header and blocks, in order; `free_bytes` are the part not yet taken."""

    header: RegionHeader = field(default_factory=RegionHeader)
    blocks: list[Block] = field(default_factory=list)
    free_bytes: int = 0

    def size(self) -> int:
        return sum(len(block.encode(0)) for block in self.blocks)

    def build(self) -> bytes:
        data = b""
        copy = copy_of(self.header.encode(PAGE + self.size() + self.free_bytes, 0))
        for block in self.blocks:
            data += block.encode(PAGE + len(data), copy)
        used = PAGE + len(data)
        return self.header.encode(used + self.free_bytes, used) + data + bytes(self.free_bytes)
