"""The third reader: the structures are read by what Kaitai Struct makes of format-spec/ttlog.ksy, and by nothing else.

Here stands only what a grammar cannot say: CRCs, which structures count, what is skipped after damage. It renders no messages and no
times; an event is what its JSON line says apart from those.
"""

import decimal
import re
import struct
import zlib

from kaitaistruct import BytesIO, KaitaiStream, KaitaiStructError
from ttlog import Ttlog

SECTION_MARKER = b"TTSECT\x1a\n"
BLOCK_MAGIC = b"TTBLOCK\x1a"
CHUNK_MAGIC = b"TTCHUNK\x1a"
PAGE = 4096
UNREADABLE = (KaitaiStructError, EOFError)
LARGEST = (1 << 64) - 1


class Refused(Exception):
    """The file is foreign, or made by rules that this reader does not know."""


def stream(data):
    return KaitaiStream(BytesIO(data))


def parse(kind, data):
    """A structure of the grammar, or None where the bytes are none."""
    try:
        return kind(stream(data))
    except UNREADABLE:
        return None


def in_range(value, low, high):
    return low <= value <= high


# Values, as the tokens of a JSON line.


def text(data):
    """Each byte that no character begins with becomes U+FFFD."""
    return re.sub("[\udc80-\udcff]", "\ufffd", data.decode(errors="surrogateescape"))


def wide_text(data):
    codes = struct.unpack(f"<{len(data) // 4}I", data)
    return "".join(chr(code) if code < 0xD800 or 0xDFFF < code < 0x110000 else "\ufffd" for code in codes)


def number(value):
    return f"#{value}"


def double(value):
    if value != value or value in (float("inf"), float("-inf")):
        return "nan" if value != value else "inf" if value > 0 else "-inf"
    return number(next(digits for digits in (f"%.{precision}g" % value for precision in (15, 16, 17)) if float(digits) == value))


def general(mantissa, exponent, is_negative, digits):
    """What %.*Lg prints of mantissa x 2^exponent."""
    with decimal.localcontext() as context:
        context.prec, context.Emin, context.Emax = 40000, -999999, 999999
        exact = decimal.Decimal(mantissa) * (decimal.Decimal(2) ** exponent)
        context.prec = digits
        rounded = +exact
    sign = "-" if is_negative else ""
    if not rounded:
        return f"{sign}0"
    figures = "".join(map(str, rounded.as_tuple().digits)).ljust(digits, "0")
    power = rounded.adjusted()
    if in_range(power, 0, digits - 1):
        whole, part = figures[: power + 1], figures[power + 1 :].rstrip("0")
    elif in_range(power, -4, -1):
        whole, part = "0", ("0" * (-power - 1) + figures).rstrip("0")
    else:
        part = figures[1:].rstrip("0")
        return f"{sign}{figures[0]}{'.' if part else ''}{part}e{'-' if power < 0 else '+'}{abs(power):02}"
    return f"{sign}{whole}{'.' if part else ''}{part}"


def long_double(value, kind):
    is_80 = kind == Ttlog.ArgumentType.f80
    bits = 64 if is_80 else 112
    mantissa = value.low if is_80 else value.low | (value.high & (1 << 48) - 1) << 64
    head = value.high & 0xFFFF if is_80 else value.high >> 48
    exponent, is_negative = head & 0x7FFF, head >> 15 == 1
    if is_80 and exponent not in (0, 0x7FFF) and not mantissa >> 63:
        return "nan"
    if exponent == 0x7FFF:
        if mantissa & ((1 << 63) - 1 if is_80 else -1) or (is_80 and not mantissa >> 63):
            return "nan"
        return "-inf" if is_negative else "inf"
    if not is_80 and exponent:
        mantissa |= 1 << 112
    scale = max(exponent, 1) - 16383 - (bits - 1 if is_80 else bits)
    return number(general(mantissa, scale, is_negative, 21 if is_80 else 36))


def address(value):
    return hex(value) if value else None


def argument(body, i, kind):
    """The value of an argument of the grammar's event_body, as in `args`."""
    kinds = Ttlog.ArgumentType
    fields = {16: body.fields_of_16, 8: body.fields_of_8, 4: body.fields_of_4, 2: body.fields_of_2}
    value = next(fields[width][i].value for width in fields if fields[width][i].is_here)
    if kind in (kinds.f80, kinds.f128):
        return long_double(value, kind)
    if kind == kinds.f64:
        return double(value)
    if kind == kinds.ptr:
        return address(value)
    if kind not in (kinds.str, kinds.wstr, kinds.pstr):
        return number(value)
    if value.is_null:
        return None
    data = body.strings[i].bytes
    if kind == kinds.pstr:
        return address(int.from_bytes(data, "little"))
    return wide_text(data) if kind == kinds.wstr else text(data)


# What a file is made of, once it has been read.


class Trace:
    def __init__(self):
        self.reports = []
        self.sites = {}
        self.rings = {}  # by number: dict(tid, name, kind)
        self.chunks = {}  # by (ring, number)
        self.pid = 0

    def report(self, at, what):
        self.reports.append(f"offset {at}: {what}")

    def add_chunk(self, at, ring, head, records):
        """`head` has number, first_seq and events; `records` is what was decoded."""
        if (ring, head.number) in self.chunks:
            self.report(at, "a chunk for the second time")
        else:
            self.chunks[ring, head.number] = (at, head, records)

    def add_entries(self, data, at):
        """The entries of a SITES section or a sites block."""
        place = 0
        while place < len(data):
            entry = self._entry(data, place)
            if entry is None:
                self.report(at, "a site's entry is damaged")
                place += 8
                while place < len(data) and self._entry(data, place) is None:
                    place += 8
                continue
            self.sites.setdefault(entry.site.id, entry.site)
            place += entry.bytes

    @staticmethod
    def _entry(data, place):
        entry = parse(Ttlog.SiteEntry, data[place:])
        if entry is None or zlib.crc32(data[place + 8 : place + entry.bytes]) != entry.crc:
            return None
        types = entry.site.types[: entry.site.arguments]
        return None if 0 in types or 12 in types else entry

    def events(self):
        unknown = set()
        for (ring, _), (at, head, records) in sorted(self.chunks.items(), key=lambda item: item[0]):
            if ring not in self.rings:
                self.report(at, f"ring {ring} has no entry")
                self.rings[ring] = {"tid": 0, "name": b"", "kind": Ttlog.RingKind.main}
            yield from self._events_of(at, head, records, self.rings[ring], unknown)

    def _events_of(self, at, head, data, ring, unknown):
        place = count = 0
        while place < len(data):
            record = parse(Ttlog.Record, data[place:])
            if record is None or (record.is_sync and record.words != 2):
                self.report(at, "the rest of the chunk is damaged")
                return
            place += record.words * 8
            if record.id != 0:
                event = self._event(record, ring, head.first_seq + count & LARGEST, at, unknown)
                count += 1
                if event is not None:
                    yield event
        if count != head.events:
            self.report(at, f"{count} events, not {head.events}")

    def _event(self, record, ring, seq, at, unknown):
        site = self.sites.get(record.id)
        if site is None or self._is_unknown(site):
            if record.id not in unknown:
                self.report(at, f"site {record.id} is not known")
            unknown.add(record.id)
            return None
        types = site.types[: site.arguments] + ([12] if site.has_errno else [])
        try:
            body = Ttlog.EventBody(types, len(types), stream(record.body))
        except UNREADABLE:
            self.report(at, "a record is damaged")
            return None
        kinds = [Ttlog.ArgumentType(kind) for kind in types]
        values = [argument(body, i, kind) for i, kind in enumerate(kinds)]
        is_cut = any(field.is_here and field.value.is_cut for field in body.fields_of_2)
        event = {"level": site.level.name, "target": text(site.target), "pid": number(self.pid), "tid": number(ring["tid"]),
                 "thread": text(ring["name"]), "seq": number(seq), "file": text(site.file), "line": number(site.line),
                 "func": text(site.function), "fmt": text(site.format), "args": values[: site.arguments],
                 "ring": "nested" if ring["kind"] == Ttlog.RingKind.nested else None,
                 "kind": None if site.kind == Ttlog.SiteKind.log else site.kind.name, "truncated": is_cut,
                 "errno": values[-1] if site.has_errno else None}
        return event

    @staticmethod
    def _is_unknown(site):
        types = site.types[: site.arguments]
        return (max(types, default=0) > 12 or not isinstance(site.level, Ttlog.Level) or not isinstance(site.kind, Ttlog.SiteKind))


# Snapshots.


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
        self._sections()
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

    def _sections(self):
        at = 64
        while at < len(self.data):
            header = section_header(self.data, at)
            if header is None:
                self.report(at, "a section's header is damaged")
                at = next_marker(self.data, at + 1)
                if at is None:
                    return
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
        elif section.encoding == Ttlog.Encoding.lz4_block:
            records = lz4_block(section.data, section.words * 8)
        else:
            self.report(at, "an encoding that is not known")
            return
        if records is None or len(records) != section.words * 8:
            self.report(at, "a chunk's data does not decode")
            return
        self.add_chunk(at, section.ring, section, records)

    def _end(self, at, section):
        if section.sections != self.right_headers:
            self.report(at, "the number of sections")
        self.after_end = None


# Regions.


class Region(Trace):
    def __init__(self, data):
        super().__init__()
        self.data = data
        self.chunk_bytes = 262144
        self.has_header = data[:8] == b"TTREGION"
        self._header()
        self.intact_rings = {}  # offset: the block's end
        self._blocks()
        self._orphans()

    def _header(self):
        if len(self.data) < PAGE:
            self.report(0, "the header is cut")
        if not self.has_header:
            self.report(0, "the header's magic is wrong")
            return
        header = parse(Ttlog.RegionHeader, self.data[:PAGE])
        if header is None:
            if len(self.data) >= PAGE:
                raise Refused("another ABI, or an unknown incompatible flag")
            return
        self.pid = header.pid
        wrong = (header.header_bytes != PAGE, header.used_bytes < PAGE or header.used_bytes % PAGE, header.used_bytes > len(self.data),
                 not self._is_chunk_size(header.chunk_bytes), not isinstance(header.clock, Ttlog.ClockKind),
                 zlib.crc32(self.data[516:2048]) != header.identity_crc)
        if any(wrong) and len(self.data) >= PAGE:
            self.report(0, "the header is damaged")
        if self._is_chunk_size(header.chunk_bytes):
            self.chunk_bytes = header.chunk_bytes

    @staticmethod
    def _is_chunk_size(value):
        return in_range(value, 4096, 262144) and value & (value - 1) == 0

    def _blocks(self):
        at = PAGE
        while at < len(self.data):
            if self.data[at : at + 8] != BLOCK_MAGIC:
                at += PAGE
                continue
            at = self._block(at)

    def _block(self, at):
        """Reads a block; returns where reading goes on."""
        head = self.data[at + 8 : at + 32]
        kind, _, size, offset = struct.unpack("<IIQQ", head) if len(head) == 24 else (0, 0, 0, 0)
        end = at + size
        is_right = offset == at and size and size % PAGE == 0
        if kind == Ttlog.BlockType.ring.value and is_right:
            return self._ring(at, end)
        if kind == Ttlog.BlockType.sites.value and is_right:
            self._sites(at, end)
            return end if end <= len(self.data) else at + PAGE
        if not is_right or end > len(self.data):
            self.report(at, "a block's header is damaged")
            return at + PAGE
        return end

    def _sites(self, at, end):
        committed = int.from_bytes(self.data[at + 32 : at + 40], "little")
        if end > len(self.data) or committed > end - at - 64:
            self.report(at, "a sites block is cut, or its committed bytes reach past it")
        self.add_entries(self.data[at + 64 : min(end, at + 64 + committed, len(self.data))], at)

    def _ring(self, at, end):
        ring = parse(Ttlog.RingHeader, self.data[at + 32 : at + PAGE].ljust(PAGE - 32, b"\0"))
        if ring is None or not self._is_chunk_size(ring.chunk_bytes) or end - at != PAGE + ring.chunk_count * ring.chunk_bytes:
            self.report(at, "a ring's header is damaged")
            return at + PAGE
        self.intact_rings[at] = end
        if ring.version % 2:
            self.report(at, "the ring was being changed")
        if end > len(self.data):
            self.report(at, "the ring reaches past the end of the file")
        self.rings[at] = {"tid": ring.tid, "name": ring.name.split(b"\0")[0], "kind": ring.kind}
        for place, start in enumerate(range(at + PAGE, min(end, len(self.data)), ring.chunk_bytes)):
            self._chunk(start, ring.chunk_bytes, at, ring.first_number, lambda number, place=place: number % ring.chunk_count == place)
        return end

    def _chunk_at(self, at, size):
        """The grammar reads whole chunks; what the file does not have is zero."""
        return parse(Ttlog.Chunk, self.data[at : at + size].ljust(size, b"\0"))

    def _chunk(self, at, size, block, first_number, is_in_place):
        chunk = self._chunk_at(at, size)
        if chunk.words == 0:
            return
        is_right = (hasattr(chunk, "committed") and chunk.magic == int.from_bytes(CHUNK_MAGIC, "little") and chunk.block == block and
                    chunk.number and chunk.number & 0xFFFFFFFF == chunk.generation and is_in_place(chunk.number))
        if not is_right:
            self.report(at, "a chunk is damaged")
        elif chunk.number >= first_number:
            there = min(chunk.words, (len(self.data) - at - 64) // 8)
            if there < chunk.words:
                self.report(at, "the rest of the chunk is beyond the end of the file")
            if there > 0:
                self.add_chunk(at, block, chunk, chunk.committed[: there * 8])

    def _orphans(self):
        """Chunks whose ring's header is damaged."""
        found = set()
        for at in range(PAGE, len(self.data), PAGE):
            if self.data[at + 8 : at + 16] != CHUNK_MAGIC or any(ring <= at < end for ring, end in self.intact_rings.items()):
                continue
            chunk = self._chunk_at(at, self.chunk_bytes)
            if chunk.block % PAGE or chunk.block >= at or chunk.block in self.intact_rings:
                if chunk.words:
                    self.report(at, "a chunk is damaged")
                continue
            found.add(chunk.block)
            self.rings.setdefault(chunk.block, {"tid": 0, "name": b"", "kind": Ttlog.RingKind.main})
            self._chunk(at, self.chunk_bytes, chunk.block, 0, lambda number: True)
        for block in found:
            self.report(block, "a ring's header is damaged")


def kind_of(data):
    if data[:8] == b"\x89TTS\r\n\x1a\n":
        return Snapshot
    if data[:8] == b"TTREGION":
        return Region
    if next_marker(data, 0) is not None:
        return Snapshot
    for at in range(0, len(data), PAGE):
        head = data[at : at + 32]
        if head[8:16] == CHUNK_MAGIC or (head[:8] == BLOCK_MAGIC and head[24:32] == at.to_bytes(8, "little")):
            return Region
    raise Refused("foreign")


def read(data):
    """Returns (exit status, events, reports)."""
    try:
        trace = kind_of(data)(data)
        events = list(trace.events())
    except Refused as refused:
        return 2, [], [str(refused)]
    return 1 if trace.reports else 0, events, trace.reports
