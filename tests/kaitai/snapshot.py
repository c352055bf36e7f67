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
        self._header()
        is_magic = data[:8] == b"\x89TTS\r\n\x1a\n"
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
        while at < len(self.data):
            header = section_header(self.data, at)
            if header is None:
                self.report(at, "a section's header is damaged")
                end = self._next_section(at + 1)
                self.add_entries(self.data[at:end], at, promised=0)
                at = end
                continue
            if self.after_end is None:
                self.report(at, "sections after END")
                self.after_end = True
            self._section(at, header)
            self.right_headers += 1
            at += 24 + (header.length + 7) // 8 * 8

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

    def _end(self, at, section):
        if section.sections != self.right_headers:
            self.report(at, "the number of sections")
        self.after_end = None
