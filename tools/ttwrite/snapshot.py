"""Snapshot files as bytes, after snapshot.md."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

from . import lz4, packing
from .records import Chunk, Site, pad

MAGIC = b"\x89TTS\r\n\x1a\n"
MARKER = b"TTSECT\x1a\n"
PROCESS, CLOCK, MODULES, SITES, THREADS, CHUNK, CRASH, END, INDEX = range(1, 10)
CHUNK_DATA = 48
RAW, LZ4, PACKED = 0, 1, 2

Triple = tuple[int, int, int]


def file_header(major: int = 1, minor: int = 0, incompatible: int = 0, compatible: int = 0, file_id: int = 1) -> bytes:
    head = MAGIC + struct.pack("<HHIQQQ20x", major, minor, 64, incompatible, compatible, file_id)
    return head + struct.pack("<I", zlib.crc32(head))


def section(kind: int, body: bytes, flags: int = 0) -> bytes:
    head = MARKER + struct.pack("<HHII", kind, flags, len(body), zlib.crc32(body))
    return pad(head + struct.pack("<I", zlib.crc32(head)) + body)


def string(data: bytes) -> bytes:
    return struct.pack("<H", len(data)) + data


@dataclass
class Process:
    """The PROCESS section."""

    pid: int = 1234
    chunk_bytes: int = 4096
    start_time: int = 5000
    taken_ns: int = 1_800_000_000_000_000_000
    policy: int = 1
    signal: int = 0
    si_code: int = 0
    si_pid: int = 0
    si_uid: int = 0
    tid: int = 1234
    si_addr: int = 0
    dropped: tuple[int, ...] = (0,) * 8
    retired: tuple[int, int] = (0, 0)
    retired_dropped: tuple[int, ...] = (0,) * 8
    strings: tuple[bytes, ...] = (b"demo", b"host", b"boot", b"ttlog 1", b"/usr/bin/demo", b"asked")

    def encode(self) -> bytes:
        head = struct.pack("<IIQQIiiIII", self.pid, self.chunk_bytes, self.start_time, self.taken_ns, self.policy,
                           self.signal, self.si_code, self.si_pid, self.si_uid, self.tid)
        counters = (self.si_addr, *self.dropped, *self.retired, *self.retired_dropped)
        return head + struct.pack("<19Q", *counters) + b"".join(map(string, self.strings))


@dataclass
class Thread:
    """One entry of the THREADS section."""

    ring: int
    tid: int
    name: bytes = b""
    kind: int = 0
    use: int = 1
    serial: int = 1
    start_ns: int = 0
    end_ns: int = 0
    recorded: int = 0
    overwritten: int = 0
    dropped: tuple[int, ...] = (0,) * 8

    def encode(self) -> bytes:
        head = struct.pack("<IIQIIQQQQ", self.ring, self.tid, self.serial, self.kind, self.use, self.start_ns,
                           self.end_ns, self.recorded, self.overwritten)
        return pad(head + struct.pack("<8Q", *self.dropped) + string(self.name))


def clock_body(clock: int, triples: list[Triple]) -> bytes:
    return struct.pack("<II", clock, len(triples)) + b"".join(struct.pack("<QQQ", *triple) for triple in triples)


def modules_body(modules: list[tuple[int, int, bytes, bytes]]) -> bytes:
    """Each: base, end, build-id, path."""
    body = struct.pack("<II", len(modules), 0)
    for base, end, build_id, path in modules:
        body += struct.pack("<QQB", base, end, len(build_id)) + build_id + string(path)
    return body


def sites_body(sites: list[Site]) -> bytes:
    return b"".join(site.encode() for site in sites)


def threads_body(threads: list[Thread]) -> bytes:
    return struct.pack("<II", len(threads), 0) + b"".join(thread.encode() for thread in threads)


def chunk_head(ring: int, encoding: int, chunk: Chunk) -> bytes:
    return struct.pack("<IIQQQQII", ring, encoding, chunk.number, chunk.first_seq, chunk.base_ticks, chunk.base_ns,
                       chunk.events, chunk.words)


def chunk_body(ring: int, chunk: Chunk, encoding: int = RAW) -> bytes:
    data = lz4.encode(chunk.data) if encoding == LZ4 else chunk.data
    return chunk_head(ring, encoding, chunk) + data


def packed_body(ring: int, chunk: Chunk, sites: list[Site], choose: packing.Choice = packing.narrowest) -> bytes:
    """With as many lanes as the sites' fixed parts have."""
    lanes = {site.id: -(-site.fixed_bytes // 4) for site in sites}
    return chunk_head(ring, PACKED, chunk) + packing.encode(chunk.data, lanes, choose)


def crash_body(tid: int, pc: int, sp: int, registers: list[int], frames: list[int], machine: int = 62) -> bytes:
    head = struct.pack("<IIQQII128x", tid, machine, pc, sp, len(registers), len(frames))
    return head + struct.pack(f"<{len(registers) + len(frames)}Q", *registers, *frames)


def index_entry(offset: int, kind: int, body: bytes) -> bytes:
    head = body[:CHUNK_DATA] if kind == CHUNK else b""
    return struct.pack("<QII48s", offset, kind, len(body), head)


def index_body(previous: int, entries: list[bytes]) -> bytes:
    return struct.pack("<QII", previous, len(entries), 0) + b"".join(entries)


def end_body(sections: int, index: int = 0, torn: int = 0) -> bytes:
    return struct.pack("<IIQQ", 0, torn, sections, index)


@dataclass
class Snapshot:
    """A file that grows section by section and keeps its index."""

    data: bytes = field(default_factory=file_header)
    sections: int = 0
    index: int = 0
    entries: list[bytes] = field(default_factory=list)

    def add(self, kind: int, body: bytes, flags: int = 0) -> Snapshot:
        self.entries.append(index_entry(len(self.data), kind, body))
        return self.put(kind, body, flags)

    def put(self, kind: int, body: bytes, flags: int = 0) -> Snapshot:
        """Without an entry."""
        self.sections += 1
        self.data += section(kind, body, flags)
        return self

    def add_chunk(self, ring: int, chunk: Chunk, encoding: int = RAW) -> Snapshot:
        return self.add(CHUNK, chunk_body(ring, chunk, encoding))

    def add_index(self) -> Snapshot:
        offset = len(self.data)
        self.put(INDEX, index_body(self.index, self.entries))
        self.index, self.entries = offset, []
        return self

    def end(self, has_index: bool = True, torn: int = 0) -> bytes:
        if has_index and self.entries:
            self.add_index()
        return self.data + section(END, end_body(self.sections, self.index if has_index else 0, torn))
