"""Records and site entries as bytes, after records.md."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

I32, U32, I64, U64, F64, F80, F128, PTR, STR, WSTR, PSTR, ERRNO = range(1, 13)
TRACE, DEBUG, INFO, WARN, ERROR, FATAL = range(1, 7)
LOG, SPAN_BEGIN, SPAN_END, COUNTER, CONTEXT = range(5)
NULL = 0xFFFF

FIELDS = {I32: "<I", U32: "<I", I64: "<Q", U64: "<Q", PTR: "<Q", ERRNO: "<I"}
WIDE = {F64: 8, F80: 16, F128: 16}


@dataclass(frozen=True)
class Text:
    """A string argument's bytes; wide ones encoded already. Longer than what was kept: is_cut."""

    data: bytes
    is_cut: bool = False


# Integers and addresses are int, floating values their raw bytes, strings Text, and NULL strings None.
Value = int | bytes | Text | None


def text(string: str, is_cut: bool = False) -> Text:
    return Text(string.encode("utf-8"), is_cut)


def wide(string: str, is_cut: bool = False) -> Text:
    return Text(string.encode("utf-32-le"), is_cut)


def address(value: int) -> Text:
    """The value of a pstr argument."""
    return Text(struct.pack("<Q", value))


def f64(value: float) -> bytes:
    return struct.pack("<d", value)


def f80(mantissa: int, biased_exponent: int, is_negative: bool = False) -> bytes:
    return struct.pack("<QH6x", mantissa, biased_exponent | is_negative << 15)


def f128(fraction: int, biased_exponent: int, is_negative: bool = False) -> bytes:
    return (is_negative << 127 | biased_exponent << 112 | fraction).to_bytes(16, "little")


def pad(data: bytes) -> bytes:
    return data + bytes(-len(data) % 8)


@dataclass
class Site:
    """One call place; `types` without the hidden errno."""

    id: int
    format: bytes = b""
    types: list[int] = field(default_factory=list)
    line: int = 1
    level: int = INFO
    kind: int = LOG
    flags: int = 0
    target: bytes = b"app"
    file: bytes = b"main.c"
    function: bytes = b"main"
    names: bytes = b""

    @property
    def all_types(self) -> list[int]:
        return [*self.types, ERRNO] if self.flags & 1 else self.types

    @property
    def fixed_bytes(self) -> int:
        return sum(struct.calcsize(FIELDS[code]) if code in FIELDS else WIDE.get(code, 2) for code in self.all_types)

    def encode(self) -> bytes:
        strings = (self.target, self.file, self.function, self.format, self.names)
        body = struct.pack("<IIBBBB", self.id, self.line, self.level, self.kind, len(self.types), self.flags)
        body += struct.pack("<5H2x", *map(len, strings)) + bytes(self.types).ljust(16, b"\0")
        body = pad(body + b"".join(strings))
        return struct.pack("<II", len(body) + 8, zlib.crc32(body)) + body


def header(site_id: int, words: int, low: int) -> bytes:
    return struct.pack("<Q", site_id << 44 | words << 32 | low)


def sync(ticks: int) -> bytes:
    return header(0, 2, 1) + struct.pack("<Q", ticks)


def until(ticks: int) -> bytes:
    return header(0, 2, 2) + struct.pack("<Q", ticks)


def control(kind: int, body: bytes = b"") -> bytes:
    """Any control record; sync and until have their own functions."""
    return header(0, 1 + len(pad(body)) // 8, kind) + pad(body)


def length_field(value: Text | None) -> bytes:
    if value is None:
        return struct.pack("<H", NULL)
    return struct.pack("<H", len(value.data) | value.is_cut << 15)


def field_bytes(code: int, value: Value) -> bytes:
    if code in FIELDS:
        assert isinstance(value, int)
        size = struct.calcsize(FIELDS[code])
        return (value & ((1 << 8 * size) - 1)).to_bytes(size, "little")
    if isinstance(value, bytes):
        return value
    assert value is None or isinstance(value, Text)
    return length_field(value)


def event(site: Site, ticks: int, *values: Value) -> bytes:
    """A site's event, with the lower half of its ticks; with a site of flag errno, the last value is that."""
    fields = [field_bytes(code, value) for code, value in zip(site.all_types, values, strict=True)]
    ordered = b"".join(one for size in (16, 8, 4, 2) for one in fields if len(one) == size)
    strings = b"".join(value.data for value in values if isinstance(value, Text))
    body = pad(ordered + strings)
    return header(site.id, 1 + len(body) // 8, ticks & 0xFFFFFFFF) + body


@dataclass
class Chunk:
    """A chunk's header and its records, each added with its bytes."""

    number: int
    base_ticks: int
    base_ns: int
    first_seq: int = 0
    events: int = 0
    data: bytes = b""

    def __post_init__(self) -> None:
        self.base = self.base_ticks

    @property
    def words(self) -> int:
        return len(self.data) // 8

    def add(self, site: Site, delta: int, *values: Value) -> Chunk:
        """An event so many ticks after the base: the chunk's, or that of the last sync."""
        self.data += event(site, self.base + delta, *values)
        self.events += 1
        return self

    def sync(self, ticks: int) -> Chunk:
        self.data += sync(ticks)
        self.base = ticks
        return self

    def until(self, ticks: int) -> Chunk:
        self.data += until(ticks)
        return self

    def add_raw(self, record: bytes, events: int = 0) -> Chunk:
        self.data += record
        self.events += events
        return self
