"""Snapshots: sections, of which each stands for itself."""

import zlib

from grammar import UNREADABLE, Refused, in_range, parse
from packing import unpack
from trace import Trace
from ttlog import Ttlog

SECTION_MARKER = b"TTSECT\x1a\n"


def section_header(data, at):
    header = parse(Ttlog.SectionHeader, data[at : at + 24])
    if header is None or zlib.crc32(data[at : at + 20]) != header.header_crc or at + 24 + header.length > len(data):
        return None
    return header


def next_marker(data, at):
    """The next multiple of 8 where a marker with a right header_crc stands."""
    while (at := data.find(SECTION_MARKER, at)) >= 0:
        if at % 8 == 0 and len(data) >= at + 24 and zlib.crc32(data[at : at + 20]) == int.from_bytes(data[at + 20 : at + 24], "little"):
            return at
        at += 1
    return None


def lz4_block(data, size):
    """The LZ4 block format, its end of block conditions included; None: it is none of `size` bytes."""
    out, at = bytearray(), 0
    last_match = None

    def length(first):
        nonlocal at
        total = first
        while first == 15:
            byte = data[at]
            at += 1
            total += byte
            if byte != 255:
                break
        return total

    try:
        while True:
            token = data[at]
            at += 1
            literals = length(token >> 4)
            if at + literals > len(data) or len(out) + literals > size:
                return None
            out += data[at : at + literals]
            at += literals
            if at == len(data):
                is_end_right = last_match is None or (literals >= 5 and size - last_match >= 12)
                return bytes(out) if len(out) == size and is_end_right else None
            distance = data[at] | data[at + 1] << 8
            at += 2
            last_match = len(out)
            match = length(token & 15) + 4
            if not in_range(distance, 1, len(out)) or len(out) + match > size:
                return None
            for _ in range(match):
                out.append(out[-distance])
    except IndexError:
        return None


def packed(data, words):
    """The records of a packed chunk, or None."""
    head = parse(Ttlog.PackedData, data)
    form = lz4_block(head.block, head.packed_bytes) if head and head.packed_bytes <= words * 8 else None
    try:
        return unpack(form, words) if form else None
    except UNREADABLE:
        return None


class Snapshot(Trace):
    ONE = {"process", "crash", "end"}

    def __init__(self, data):
        super().__init__()
        self.data = data
        self.seen = set()
        self.right_headers = 0
        self.has_clock = False
        self.after_end = False
        self.previous = 0
        self._header()
        is_magic = data[:8] == b"\x89TTS\r\n\x1a\n"
        if not self._by_end():
            self._sections(64 if is_magic or len(data) < 64 else self._next_section(0))
        for name in ("process", "clock", "threads", "end"):
            if name not in self.seen:
                self.report(len(data), f"no {name.upper()}")

    def _header(self):
        head = self.data[:64]
        if len(head) < 64 or head[:8] != b"\x89TTS\r\n\x1a\n" or zlib.crc32(head[:60]) != int.from_bytes(head[60:], "little"):
            self.report(0, "the header is damaged")
            return
        header = parse(Ttlog.FileHeader, head)
        if header is None:
            raise Refused("a newer version, or an unknown incompatible flag")
        if header.header_bytes != 64:
            self.report(0, "header_bytes")

    def _next_section(self, at):
        """Where the next section stands whole; the end of the file if none does."""
        while (at := next_marker(self.data, at)) is not None:
            if section_header(self.data, at) is not None:
                return at
            at += 1
        return len(self.data)

    def _sections(self, at):
        part = 64
        while at < len(self.data):
            if self.after_end is None:
                self.report(at, "sections after END")
                self.after_end = True
            index = self._index_of(part) if at == part else None
            if index is not None:
                for entry in index[1].entries:
                    self._described(entry)
                self.right_headers += 1
                self.previous, part = index[0], index[2]
                at = part
                continue
            header = section_header(self.data, at)
            if header is None:
                self.report(at, "a section's header is damaged")
                end = self._next_section(at + 1)
                self.add_entries(self.data[at:end], at, promised=0)
                at = end
                continue
            self._section(at, header)
            self.right_headers += 1
            start, at = at, at + 24 + (header.length + 7) // 8 * 8
            if header.type == Ttlog.SectionType.index:
                self.previous, part = start, at

    def _by_end(self):
        """Reads the file by END and its INDEX sections, if they describe all of it and all but the chunks are as they say."""
        at = len(self.data) - 48
        head = section_header(self.data, at) if at >= 0 and at % 8 == 0 else None
        if head is None or head.type != Ttlog.SectionType.end or head.length != 24 or self._right_body(at, head) is None:
            return False
        place, until, chain = parse(Ttlog.End, self._right_body(at, head)).index, at, []
        while place:
            header = section_header(self.data, place)
            body = self._right_body(place, header) if header and header.type == Ttlog.SectionType.index else None
            index = parse(Ttlog.Index, body) if body is not None and place + 24 + (header.length + 7) // 8 * 8 == until else None
            until = self._begin(index, place) if index else None
            if until is None or not all(self._is_right(entry) or self._is_chunk(entry) for entry in index.entries):
                return False
            chain.append(index)
            place = index.previous
        if until != 64 or not chain:
            return False
        for index in reversed(chain):
            for entry in index.entries:
                self._described(entry)
            self.right_headers += 1
        self._section(at, head)
        return True

    @staticmethod
    def _begin(index, place):
        """Where the sections of an INDEX at `place` begin, if they follow each other."""
        start = at = index.entries[0].offset if index.entries else place
        for entry in index.entries:
            if entry.offset != at:
                return None
            at += 24 + (entry.length + 7) // 8 * 8
        return start if at == place else None

    def _is_right(self, entry):
        header = section_header(self.data, entry.offset)
        if header is None or (getattr(header.type, "value", header.type), header.length) != (entry.type, entry.length):
            return False
        body = self._right_body(entry.offset, header)
        is_chunk = entry.type == Ttlog.SectionType.chunk.value and entry.length >= 48
        return body is not None and not (is_chunk and body[:48] != entry.chunk)

    @staticmethod
    def _is_chunk(entry):
        """Does it say what a chunk is of which there is something to read?"""
        if entry.type != Ttlog.SectionType.chunk.value or entry.length < 48:
            return False
        head = parse(Ttlog.ChunkSection, entry.chunk)
        if head is None or head.words == 0 or not isinstance(head.encoding, Ttlog.Encoding):
            return False
        return head.encoding != Ttlog.Encoding.raw or entry.length == 48 + head.words * 8

    def _index_of(self, part):
        """The offset of the next INDEX, itself and where it ends, if it describes everything from `part` on."""
        at = part
        while (at := next_marker(self.data, at)) is not None:
            header = section_header(self.data, at)
            if header is not None and header.type == Ttlog.SectionType.index:
                break
            at += 1
        if at is None or (body := self._right_body(at, header)) is None:
            return None
        index = parse(Ttlog.Index, body)
        if index is None or index.previous != self.previous or self._begin(index, at) != part:
            return None
        return at, index, at + 24 + (header.length + 7) // 8 * 8

    def _right_body(self, at, header):
        body = self.data[at + 24 : at + 24 + header.length]
        return body if zlib.crc32(body) == header.body_crc else None

    def _described(self, entry):
        """A section that an INDEX describes."""
        self.right_headers += 1
        if self._is_right(entry):
            self._section(entry.offset, section_header(self.data, entry.offset))
            return
        self.report(entry.offset, "a section is not what its INDEX says")
        if entry.type == Ttlog.SectionType.sites.value:
            self.add_entries(self.data[entry.offset + 24 : entry.offset + 24 + entry.length], entry.offset)
        if self._is_chunk(entry):
            head = parse(Ttlog.ChunkSection, entry.chunk)
            self.add_chunk(entry.offset, head.ring, head, None)

    def _section(self, at, header):
        body = self.data[at + 24 : at + 24 + header.length]
        if zlib.crc32(body) != header.body_crc:
            self.report(at, "a section's body is damaged")
            if header.type == Ttlog.SectionType.sites:
                self.add_entries(body, at)
            return
        if not isinstance(header.type, Ttlog.SectionType):
            return
        name = header.type.name
        if name == "sites":
            self.add_entries(body, at)
            return
        kind = {"chunk": "ChunkSection"}.get(name, name.capitalize())
        section = parse(getattr(Ttlog, kind), body)
        if section is None:
            self.report(at, f"a {name} section is damaged")
        elif name in self.ONE and name in self.seen:
            self.report(at, f"a second {name} section")
        else:
            self.seen.add(name)
            getattr(self, f"_{name}")(at, section)

    def _process(self, _at, section):
        self.pid = section.pid

    def _clock(self, at, section):
        if not self.has_clock and not isinstance(section.clock, Ttlog.ClockKind):
            self.report(at, "the clock is not known")
        self.has_clock = True

    def _modules(self, _at, _section):
        pass

    def _crash(self, _at, _section):
        pass

    def _threads(self, at, section):
        for entry in section.threads:
            if entry.ring in self.rings:
                self.report(at, f"a second entry of ring {entry.ring}")
            else:
                self.rings[entry.ring] = {"tid": entry.tid, "name": entry.name.bytes, "kind": entry.kind}

    def _chunk(self, at, section):
        if section.words == 0:
            return
        if section.encoding == Ttlog.Encoding.raw:
            records = section.data
            if len(records) != section.words * 8:
                self.report(at, "a chunk's length does not fit its words")
                return
        elif section.encoding == Ttlog.Encoding.lz4_block:
            records = lz4_block(section.data, section.words * 8)
        elif section.encoding == Ttlog.Encoding.packed:
            records = packed(section.data, section.words)
        else:
            self.report(at, "an encoding that is not known")
            return
        self.add_chunk(at, section.ring, section, records)

    def _index(self, at, _section):
        self.report(at, "an INDEX that does not describe what is before it")

    def _end(self, at, section):
        if section.sections != self.right_headers:
            self.report(at, "the number of sections")
        self.after_end = None
