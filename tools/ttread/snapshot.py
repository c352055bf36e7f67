"""The snapshot file, after snapshot.md: sections to a Trace, going on after damage."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import NamedTuple

from . import lz4block, packing
from .model import CLOCKS, RING_NUMBER_MAX, Chunk, Refused, Reports, Ring, Trace, Triple, pad8, u16, u32, u64
from .sites import Span, read_sites

MAGIC = b"\x89TTS\r\n\x1a\n"
MARKER = b"TTSECT\x1a\n"
HEADER_BYTES = 64
SECTION_HEADER = 24
SECTION_MAX = 16777216
MAJOR = 1

PROCESS, CLOCK, MODULES, SITES, THREADS, CHUNK, CRASH, END, INDEX = range(1, 10)
NAMES = {PROCESS: "PROCESS", CLOCK: "CLOCK", THREADS: "THREADS", CRASH: "CRASH", END: "END"}
NEEDED = (PROCESS, CLOCK, THREADS, END)
SINGLE = (PROCESS, CRASH, END)

PROCESS_STRINGS = 200
PROCESS_STRING_COUNT = 6
TRIPLE_BYTES = 24
TRIPLES_MAX = 1024
BUILD_ID_MAX = 64
THREAD_NAME = 120
CHUNK_DATA = 48
CHUNK_WORDS_MAX = 65535
CRASH_REGISTERS = 160
CRASH_REGISTERS_MAX = 64
CRASH_FRAMES_MAX = 128
INDEX_ENTRIES = 16
INDEX_ENTRY = 64
INDEX_CHUNK = 16
END_BYTES = 24
RAW, LZ4, PACKED = 0, 1, 2


class DamagedBody(Exception):
    """A section's body does not hold what it says."""


class Section(NamedTuple):
    offset: int
    type: int
    body: bytes


def header_at(data: bytes, at: int) -> bool:
    """Does an intact section header stand at `at`, and its body within the file?"""
    header = data[at : at + SECTION_HEADER]
    if len(header) < SECTION_HEADER or not header.startswith(MARKER):
        return False
    if zlib.crc32(header[:20]) != u32(header, 20):
        return False
    length = u32(header, 12)
    return length <= SECTION_MAX and at + SECTION_HEADER + length <= len(data)


def find_header(data: bytes, at: int) -> int:
    """The next intact section header at a multiple of 8, or the file's end."""
    while True:
        at = data.find(MARKER, at)
        if at < 0:
            return len(data)
        if at % 8 == 0 and header_at(data, at):
            return at
        at += 1


def any_section(data: bytes) -> bool:
    """Does a right marker with a right header CRC stand anywhere? The body may be cut."""
    at = data.find(MARKER)
    while at >= 0:
        header = data[at : at + SECTION_HEADER]
        if at % 8 == 0 and len(header) == SECTION_HEADER and zlib.crc32(header[:20]) == u32(header, 20):
            return True
        at = data.find(MARKER, at + 1)
    return False


def need(body: bytes, length: int) -> None:
    if len(body) < length:
        raise DamagedBody("is too short")


def limit(value: int, highest: int, what: str) -> None:
    if value > highest:
        raise DamagedBody(f"has {what} {value}, above {highest}")


def read_string(body: bytes, at: int) -> tuple[bytes, int]:
    need(body, at + 2)
    end = at + 2 + u16(body, at)
    need(body, end)
    return body[at + 2 : end], end


def entries(body: bytes) -> list[tuple[int, int, int, bytes]]:
    """Of an INDEX: offset, type, length, and of a CHUNK how its body begins."""
    places = range(INDEX_ENTRIES, INDEX_ENTRIES + u32(body, 8) * INDEX_ENTRY, INDEX_ENTRY)
    return [(u64(body, at), u32(body, at + 8), u32(body, at + 12), body[at + INDEX_CHUNK : at + INDEX_ENTRY]) for at in places]


class SnapshotReader:
    """Collects the sections of one file into `trace`."""

    def __init__(self, data: bytes, reports: Reports) -> None:
        self.data = data
        self.reports = reports
        self.trace = Trace()
        self.seen: set[int] = set()
        self.described: set[int] = set()
        self.sections = 0
        self.range_start = HEADER_BYTES
        self.last_index = 0
        self.start = HEADER_BYTES

    def read(self) -> Trace:
        self.read_header()
        for section in self.by_end() or self.walk():
            self.read_section(section)
        for kind in NEEDED:
            if kind not in self.seen:
                self.reports.add(len(self.data), f"there is no intact {NAMES[kind]} section")
        self.report_nameless()
        return self.trace

    def read_header(self) -> None:
        header = self.data[:HEADER_BYTES]
        if len(header) < HEADER_BYTES:
            self.reports.add(0, "file header is cut short")
        elif not header.startswith(MAGIC) or zlib.crc32(header[:60]) != u32(header, 60):
            self.reports.add(0, "file header is damaged")
            if not header.startswith(MAGIC):
                self.start = find_header(self.data, 0)
        else:
            self.check_version(header)

    def check_version(self, header: bytes) -> None:
        if u16(header, 8) > MAJOR:
            raise Refused(f"snapshot of major version {u16(header, 8)}; this reader knows up to {MAJOR}")
        if u64(header, 16):
            raise Refused(f"snapshot with unknown incompatible flags {u64(header, 16):#x}")
        if u32(header, 12) != HEADER_BYTES:
            self.reports.add(0, f"file header says that it has {u32(header, 12)} bytes")

    def walk(self) -> Iterator[Section]:
        """The sections whose body is intact, in file order."""
        at = self.start
        is_ended = False
        while at < len(self.data):
            if END in self.seen and not is_ended:
                is_ended = True
                self.reports.add(at, "the file goes on after its END section")
            index = self.index_of_range(at) if at == self.range_start else None
            if index is not None:
                yield from self.indexed(index)
                at = index.offset + SECTION_HEADER + pad8(len(index.body))
                self.last_index, self.range_start = index.offset, at
                continue
            if not header_at(self.data, at):
                self.reports.add(at, "section header is damaged or cut short")
                start, at = at, find_header(self.data, at + 1)
                read_sites(self.data, Span(start, at, 0, at), self.trace, self.reports)
                continue
            section = self.section_at(at)
            if section is not None:
                yield section
            self.sections += 1
            start, at = at, at + SECTION_HEADER + pad8(u32(self.data, at + 12))
            if u16(self.data, start + 8) == INDEX:
                self.last_index, self.range_start = start, at

    def by_end(self) -> Iterator[Section] | None:
        """The sections, if END and the INDEX sections describe all of the file, and all but the chunks are as they say."""
        end = self.intact(len(self.data) - SECTION_HEADER - END_BYTES)
        if len(self.data) % 8 or end is None or (end.type, len(end.body)) != (END, END_BYTES):
            return None
        at, until, chain = u64(end.body, 16), end.offset, []
        while at:
            index = self.intact(at)
            if index is None or index.type != INDEX or at + SECTION_HEADER + pad8(len(index.body)) != until:
                return None
            until = self.described_from(index)
            if until is None or not all(self.is_right(*entry) for entry in entries(index.body)):
                return None
            chain.insert(0, index)
            at = u64(index.body, 0)
        return self.by_indexes(chain, end) if until == HEADER_BYTES else None

    def by_indexes(self, chain: list[Section], end: Section) -> Iterator[Section]:
        for index in chain:
            yield from self.indexed(index)
        yield end

    def is_right(self, offset: int, kind: int, length: int, head: bytes) -> bool:
        """Is the section as described, or a chunk, which may be damaged?"""
        if kind == CHUNK and length >= CHUNK_DATA and u32(head, 44):
            try:
                return self.is_chunk(None, head, length) or self.is_there(offset, kind, length, head)
            except DamagedBody:
                pass
        return self.is_there(offset, kind, length, head)

    def is_there(self, offset: int, kind: int, length: int, head: bytes) -> bool:
        section = self.intact(offset)
        if section is None or (section.type, len(section.body)) != (kind, length):
            return False
        return kind != CHUNK or length < CHUNK_DATA or section.body[:CHUNK_DATA] == head

    def described_from(self, index: Section) -> int | None:
        """Where the sections of the INDEX begin, if they reach up to it without a gap."""
        if len(index.body) < INDEX_ENTRIES or len(index.body) < INDEX_ENTRIES + u32(index.body, 8) * INDEX_ENTRY:
            return None
        found = entries(index.body)
        start = at = found[0][0] if found else index.offset
        for offset, _, length, _ in found:
            if offset != at:
                return None
            at += SECTION_HEADER + pad8(length)
        return start if at == index.offset else None

    def index_of_range(self, start: int) -> Section | None:
        """The next INDEX, if it describes everything from `start` up to itself."""
        at = find_header(self.data, start)
        while at < len(self.data) and u16(self.data, at + 8) != INDEX:
            at = find_header(self.data, at + 1)
        index = self.intact(at)
        if index is None or self.described_from(index) != start or u64(index.body, 0) != self.last_index:
            return None
        return index

    def intact(self, at: int) -> Section | None:
        if at < 0 or not header_at(self.data, at):
            return None
        body = self.data[at + SECTION_HEADER :][: u32(self.data, at + 12)]
        return Section(at, u16(self.data, at + 8), body) if zlib.crc32(body) == u32(self.data, at + 16) else None

    def indexed(self, index: Section) -> Iterator[Section]:
        """The sections that an INDEX describes. What is known of a chunk that is not there counts."""
        for offset, kind, length, head in entries(index.body):
            if self.is_there(offset, kind, length, head):
                yield self.intact(offset)
            else:
                self.reports.add(offset, "the section is not what the INDEX says")
                self.miss(Section(offset, kind, b""), length, head)
            self.sections += 1
        self.sections += 1

    def miss(self, section: Section, length: int, head: bytes) -> None:
        if section.type == SITES:
            start = section.offset + SECTION_HEADER
            read_sites(self.data, Span(start, start + length, start + length, start + length), self.trace, self.reports)
        if section.type != CHUNK or length < CHUNK_DATA:
            return
        try:
            if self.is_chunk(section.offset, head, length):
                self.add_chunk(section.offset, head, None)
        except DamagedBody:
            pass

    def section_at(self, at: int) -> Section | None:
        section = self.intact(at)
        if section is None:
            self.reports.add(at, "section's body is damaged: wrong CRC")
            if u16(self.data, at + 8) == SITES:
                self.read_sites(Section(at, SITES, self.data[at + SECTION_HEADER :][: u32(self.data, at + 12)]))
        return section

    def read_section(self, section: Section) -> None:
        readers = {
            PROCESS: self.read_process,
            CLOCK: self.read_clock,
            MODULES: self.read_modules,
            SITES: self.read_sites,
            THREADS: self.read_threads,
            CHUNK: self.read_chunk,
            CRASH: self.read_crash,
            END: self.read_end,
            INDEX: self.read_index,
        }
        reader = readers.get(section.type)
        if reader is None:
            return
        try:
            reader(section)
        except DamagedBody as damage:
            self.reports.add(section.offset, f"section of type {section.type} {damage}")
            return
        if section.type in SINGLE and section.type in self.seen:
            self.reports.add(section.offset, f"a second {NAMES[section.type]} section")
        self.seen.add(section.type)

    def read_process(self, section: Section) -> None:
        need(section.body, PROCESS_STRINGS)
        at = PROCESS_STRINGS
        for _ in range(PROCESS_STRING_COUNT):
            _, at = read_string(section.body, at)
        if PROCESS not in self.seen:
            self.trace.pid = u32(section.body, 0)

    def read_clock(self, section: Section) -> None:
        body = section.body
        need(body, 8)
        clock, count = u32(body, 0), u32(body, 4)
        limit(count, TRIPLES_MAX, "a count of triples")
        need(body, 8 + count * TRIPLE_BYTES)
        if CLOCK not in self.seen:
            self.trace.clock = clock
            if clock not in CLOCKS:
                self.reports.add(section.offset, f"clock {clock} is not known")
        for at in range(8, 8 + count * TRIPLE_BYTES, TRIPLE_BYTES):
            self.trace.triples.append(Triple(u64(body, at), u64(body, at + 8), u64(body, at + 16)))

    def read_modules(self, section: Section) -> None:
        body, at = section.body, 8
        need(body, at)
        for _ in range(u32(body, 0)):
            need(body, at + 17)
            limit(body[at + 16], BUILD_ID_MAX, "a build-id length")
            need(body, at + 17 + body[at + 16])
            _, at = read_string(body, at + 17 + body[at + 16])

    def read_sites(self, section: Section) -> None:
        start = section.offset + SECTION_HEADER
        end = start + len(section.body)
        read_sites(self.data, Span(start, end, end, end), self.trace, self.reports)

    def read_threads(self, section: Section) -> None:
        body, at = section.body, 8
        need(body, at)
        found = []
        for _ in range(u32(body, 0)):
            need(body, at + THREAD_NAME)
            limit(u32(body, at), RING_NUMBER_MAX, "a ring number")
            name, end = read_string(body, at + THREAD_NAME)
            found.append((u32(body, at), u32(body, at + 4), u32(body, at + 16) == 1, name))
            at += pad8(end - at)
        for number, tid, is_nested, name in found:
            if number in self.described:
                self.reports.add(section.offset, f"a second entry of ring {number}")
                continue
            self.described.add(number)
            ring = self.trace.rings.setdefault(number, Ring(number))
            ring.tid, ring.is_nested, ring.name = tid, is_nested, name

    def read_chunk(self, section: Section) -> None:
        body = section.body
        need(body, CHUNK_DATA)
        encoding, words = u32(body, 4), u32(body, 44)
        if not self.is_chunk(section.offset, body, len(body)):
            return
        data = decode(body[CHUNK_DATA:], encoding, words * 8)
        if self.add_chunk(section.offset, body, data) and data is None:
            self.reports.add(section.offset, "chunk's data do not decode")

    def is_chunk(self, offset: int | None, head: bytes, length: int) -> bool:
        """Do the first 48 bytes say of a chunk that it holds something that this version can read?"""
        number, encoding, words = u64(head, 8), u32(head, 4), u32(head, 44)
        if length < CHUNK_DATA:
            raise DamagedBody("is too short")
        limit(u32(head, 0), RING_NUMBER_MAX, "a ring number")
        limit(words, CHUNK_WORDS_MAX, "a count of words")
        if words == 0:
            return False
        if number == 0:
            raise DamagedBody("has the number 0")
        if encoding not in (RAW, LZ4, PACKED):
            if offset is not None:
                self.reports.add(offset, f"chunk's encoding {encoding} is not known")
            return False
        if encoding == RAW and length != CHUNK_DATA + words * 8:
            raise DamagedBody(f"has {length} bytes")
        return True

    def add_chunk(self, offset: int, head: bytes, data: bytes | None) -> bool:
        """Of two with one number the first in the file counts."""
        ring = self.trace.rings.setdefault(u32(head, 0), Ring(u32(head, 0)))
        one = Chunk(offset, u64(head, 8), u64(head, 16), u64(head, 24), u64(head, 32), u32(head, 40), data)
        if one.number in ring.chunks:
            self.reports.add(offset, f"a second chunk {one.number} of ring {ring.order}")
            return False
        ring.chunks[one.number] = one
        return True

    def read_index(self, _: Section) -> None:
        raise DamagedBody("does not describe what stands before it")

    def read_crash(self, section: Section) -> None:
        body = section.body
        need(body, CRASH_REGISTERS)
        registers, frames = u32(body, 24), u32(body, 28)
        limit(registers, CRASH_REGISTERS_MAX, "a count of registers")
        limit(frames, CRASH_FRAMES_MAX, "a count of frames")
        need(body, CRASH_REGISTERS + 8 * (registers + frames))

    def read_end(self, section: Section) -> None:
        need(section.body, END_BYTES)
        promised = u64(section.body, 8)
        if promised != self.sections:
            self.reports.add(section.offset, f"END counts {promised} sections before it, there are {self.sections}")

    def report_nameless(self) -> None:
        for number, ring in self.trace.rings.items():
            if number not in self.described and ring.chunks:
                first = min(chunk.offset for chunk in ring.chunks.values())
                self.reports.add(first, f"ring {number} has no entry in THREADS")


def decode(data: bytes, encoding: int, size: int) -> bytes | None:
    if encoding == RAW:
        return data
    try:
        return packing.decode(data, size // 8) if encoding == PACKED else lz4block.decode(data, size)
    except (lz4block.DecodeError, packing.PackingError):
        return None


def read_snapshot(data: bytes, reports: Reports) -> Trace:
    return SnapshotReader(data, reports).read()
