"""Records: the words of a chunk to events, after records.md."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

from .floats import Float, from_f64, from_f80, from_f128
from .model import Chunk, Reports, Site, u16, u64
from .runs import Run, Runs
from .types import FIELD_BYTES, SIGNED, STRINGS, Type

CONTROL_SYNC = 1
CONTROL_UNTIL = 2
SYNC_WORDS = 2  # also of until
STRING_BYTES = 0x7FFF
STRING_TRUNCATED = 0x8000
STRING_NULL = 0xFFFF
STRING_MAX = 4096
MASK64 = (1 << 64) - 1

Value = int | Float | bytes | str | None


class DamagedRecord(Exception):
    """One event's body breaks a rule; the next record is not affected."""


@dataclass(frozen=True)
class Argument:
    """A str is bytes, a wstr a str of scalar values, a pointer an int; NULL strings are None."""

    type: Type
    value: Value


@dataclass(frozen=True)
class Body:
    arguments: list[Argument]
    errno: int | None
    is_truncated: bool


@dataclass(frozen=True)
class RawEvent:
    """An event that can be shown, its time still a place in a run."""

    site: Site
    seq: int
    run: Run
    index: int
    body: Body


def field_offsets(types: list[Type]) -> tuple[list[int], int]:
    """Where each argument's field stands in the fixed part, and the fixed part's length."""
    offsets = [0] * len(types)
    at = 0
    for size in (16, 8, 4, 2):
        for index, code in enumerate(types):
            if FIELD_BYTES[code] == size:
                offsets[index] = at
                at += size
    return offsets, at


def read_scalar(code: Type, raw: bytes) -> Value:
    if code is Type.F64:
        return from_f64(raw)
    if code is Type.F80:
        return from_f80(raw)
    if code is Type.F128:
        return from_f128(raw)
    return int.from_bytes(raw, "little", signed=code in SIGNED)


def wide_text(raw: bytes) -> str:
    """32-bit units to characters; what is no Unicode scalar value becomes U+FFFD."""
    return raw.decode("utf-32-le", "utf32-scalar")


def replace_unit(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return "\ufffd", error.start + 4


codecs.register_error("utf32-scalar", replace_unit)


def read_string(code: Type, raw: bytes) -> Value:
    if code is Type.WSTR:
        return wide_text(raw)
    if code is Type.PSTR:
        return u64(raw, 0)
    return raw


def check_length(code: Type, length: int) -> None:
    if length > STRING_MAX:
        raise DamagedRecord("a string is longer than any may be")
    if code is Type.WSTR and length % 4:
        raise DamagedRecord("a wide string's length is no multiple of 4")
    if code is Type.PSTR and length != 8:
        raise DamagedRecord("an address's length is not 8")


def read_body(site: Site, body: bytes) -> Body:
    types = [Type(code) for code in site.types]
    if site.has_errno:
        types.append(Type.ERRNO)
    offsets, at = field_offsets(types)
    if at > len(body):
        raise DamagedRecord("the body is shorter than its fixed part")
    values: list[Value] = []
    is_truncated = False
    for code, offset in zip(types, offsets):
        if code not in STRINGS:
            values.append(read_scalar(code, body[offset : offset + FIELD_BYTES[code]]))
            continue
        field = u16(body, offset)
        if field == STRING_NULL:
            values.append(None)
            continue
        length = field & STRING_BYTES
        check_length(code, length)
        if at + length > len(body):
            raise DamagedRecord("a string reaches past the record")
        values.append(read_string(code, body[at : at + length]))
        is_truncated = is_truncated or bool(field & STRING_TRUNCATED)
        at += length
    return split_errno(site, types, values, is_truncated)


def split_errno(site: Site, types: list[Type], values: list[Value], is_truncated: bool) -> Body:
    errno = None
    if site.has_errno:
        last = values[-1]
        assert isinstance(last, int)
        errno = last
    count = len(site.types)
    arguments = [Argument(code, value) for code, value in zip(types[:count], values[:count])]
    return Body(arguments, errno, is_truncated)


class ChunkReader:
    """Walks one chunk's records. `unknown` is the trace's set of ids reported already."""

    def __init__(self, chunk: Chunk, sites: dict[int, Site], unknown: set[int], reports: Reports, runs: Runs) -> None:
        self.chunk = chunk
        self.runs = runs
        self.sites = sites
        self.unknown = unknown
        self.reports = reports
        self.base = chunk.base_ticks
        self.count = 0

    def events(self) -> Iterator[RawEvent]:
        data, at = self.chunk.data, 0
        if data is None:
            return
        while at < len(data):
            header = u64(data, at)
            length = 8 * (header >> 32 & 0xFFF)
            if length == 0 or at + length > len(data):
                self.damaged_rest()
                return
            body = data[at + 8 : at + length]
            at += length
            if header >> 44 == 0:
                if not self.control(header & 0xFFFFFFFF, body):
                    self.damaged_rest()
                    return
                continue
            if self.count == self.chunk.events:
                break
            event = self.event(header, body)
            self.count += 1
            if event is not None:
                yield event
        else:
            if self.count == self.chunk.events:
                return
        if not self.chunk.is_cut:
            self.report(f"chunk does not hold the {self.chunk.events} events that it counts")

    def report(self, text: str) -> None:
        self.reports.add(self.chunk.offset, text)

    def damaged_rest(self) -> None:
        if not self.chunk.is_cut:
            self.report(f"chunk {self.chunk.number} is damaged after {self.count} events")

    def control(self, kind: int, body: bytes) -> bool:
        """False if it is damaged."""
        if kind not in (CONTROL_SYNC, CONTROL_UNTIL):
            return True
        if len(body) != 8 * (SYNC_WORDS - 1):
            return False
        if kind == CONTROL_UNTIL:
            self.runs.until(u64(body, 0))
        else:
            self.base = u64(body, 0)
        return True

    def event(self, header: int, body: bytes) -> RawEvent | None:
        run, index = self.runs.event(self.base >> 32 << 32 | header & 0xFFFFFFFF)
        site = self.sites.get(header >> 44)
        if site is None or site.is_unknown:
            self.report_unknown(header >> 44, site is None)
            return None
        seq = (self.chunk.first_seq + self.count) & MASK64
        try:
            return RawEvent(site, seq, run, index, read_body(site, body))
        except DamagedRecord as damage:
            self.report(f"event {seq} is damaged: {damage}")
            return None

    def report_unknown(self, site_id: int, is_missing: bool) -> None:
        if site_id not in self.unknown:
            self.unknown.add(site_id)
            what = "no site" if is_missing else "no site that this version knows"
            self.report(f"{what} has the id {site_id}")
