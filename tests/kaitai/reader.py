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
        self.found = {}  # sites that stand where nothing says that one does
        self.rings = {}  # by number: dict(tid, name, kind)
        self.chunks = {}  # by (ring, number)
        self.pid = 0

    def report(self, at, what):
        self.reports.append(f"offset {at}: {what}")

    def add_chunk(self, at, ring, head, records, is_cut=False):
        """`head` has number, first_seq and events; `records` is what was decoded."""
        if (ring, head.number) in self.chunks:
            self.report(at, "a chunk for the second time")
        else:
            self.chunks[ring, head.number] = (at, head, records, is_cut)

    def add_entries(self, data, at, promised=LARGEST, begin=0, until=LARGEST):
        """The entries of a SITES section or a sites block, or of bytes that promise none. Returns the end of the last."""
        place, is_lost = begin, False
        while place < min(len(data), until):
            entry = self._entry(data, place)
            if entry is None:
                if place < promised and not is_lost:
                    self.report(at, "a site's entry is damaged")
                is_lost = True
                place += 8
                continue
            is_lost = False
            (self.sites if place < promised else self.found).setdefault(entry.site.id, entry.site)
            place += entry.bytes
        return place

    @staticmethod
    def _entry(data, place):
        # Cheap first: pages of zeros are looked at too.
        size = int.from_bytes(data[place : place + 4], "little")
        if not in_range(size, 48, len(data) - place):
            return None
        entry = parse(Ttlog.SiteEntry, data[place : place + size])
        if entry is None or zlib.crc32(data[place + 8 : place + entry.bytes]) != entry.crc:
            return None
        types = entry.site.types[: entry.site.arguments]
        return None if 0 in types or 12 in types else entry

    def events(self):
        unknown = set()
        self.sites = self.found | self.sites
        for (ring, _), (at, head, records, is_cut) in sorted(self.chunks.items(), key=lambda item: item[0]):
            if ring not in self.rings:
                self.report(at, f"ring {ring} has no entry")
                self.rings[ring] = {"tid": 0, "name": b"", "kind": Ttlog.RingKind.main}
            yield from self._events_of(at, head, records, self.rings[ring], unknown, is_cut)

    def _events_of(self, at, head, data, ring, unknown, is_cut):
        place = count = 0
        while place < len(data):
            record = parse(Ttlog.Record, data[place:])
            if record is None or (record.is_sync and record.words != 2):
                if not is_cut:
                    self.report(at, "the rest of the chunk is damaged")
                return
            place += record.words * 8
            if record.id != 0:
                if count == head.events:
                    count += 1
                    break
                event = self._event(record, ring, head.first_seq + count & LARGEST, at, unknown)
                count += 1
                if event is not None:
                    yield event
        if count != head.events and not is_cut:
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


def kind_of(data):
    if data[:8] == b"\x89TTS\r\n\x1a\n":
        return Snapshot
    if data[:8] == b"TTREGION":
        return Region
    if next_marker(data, 0) is not None:
        return Snapshot
    for at in range(0, len(data), PAGE):
        head = data[at : at + 32]
        if (head[8:16] == CHUNK_MAGIC and at + 64 <= len(data)) or is_block_right(data, at):
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
