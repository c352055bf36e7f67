"""Site entries: the same bytes in a region's sites blocks and a snapshot's SITES sections."""

from __future__ import annotations

import zlib
from typing import NamedTuple

from .model import Reports, Site, Trace, pad8, u16, u32
from .types import TYPE_CODES, Type

ENTRY_MIN = 48
ENTRY_MAX = 32768
ID_MAX = 524287
ARGUMENTS_MAX = 16
LENGTH_LIMITS = (255, 4095, 1023, 8191, 8191)
LEVELS = range(1, 7)
KINDS = range(0, 5)
FLAG_ERRNO = 1


def lengths_of(entry: bytes) -> list[int] | None:
    """The lengths of the five strings, or None if one is out of its limit."""
    lengths = [u16(entry, 20 + 2 * index) for index in range(5)]
    if lengths[0] < 1 or any(length > limit for length, limit in zip(lengths, LENGTH_LIMITS)):
        return None
    return lengths


def cut_strings(entry: bytes, lengths: list[int]) -> list[bytes]:
    at = ENTRY_MIN
    strings = []
    for length in lengths:
        strings.append(entry[at : at + length])
        at += length
    return strings


def parse_entry(data: bytes, at: int, end: int) -> tuple[Site, int] | None:
    """The entry at `at` and its length in bytes, or None if no intact one stands there."""
    if end - at < ENTRY_MIN:
        return None
    size = u32(data, at)
    if size % 8 or not ENTRY_MIN <= size <= min(ENTRY_MAX, end - at):
        return None
    entry = data[at : at + size]
    lengths = lengths_of(entry)
    site_id, arguments = u32(entry, 8), entry[18]
    if lengths is None or arguments > ARGUMENTS_MAX or not 1 <= site_id <= ID_MAX:
        return None
    if ENTRY_MIN + sum(lengths) > size or zlib.crc32(entry[8:]) != u32(entry, 4):
        return None
    types = tuple(entry[32 : 32 + arguments])
    if 0 in types or Type.ERRNO in types:
        return None
    return make_site(entry, types, cut_strings(entry, lengths)), size


def make_site(entry: bytes, types: tuple[int, ...], strings: list[bytes]) -> Site:
    level, kind = entry[16], entry[17]
    is_unknown = level not in LEVELS or kind not in KINDS or any(code not in TYPE_CODES for code in types)
    return Site(
        id=u32(entry, 8),
        line=u32(entry, 12),
        level=level,
        kind=kind,
        types=types,
        has_errno=bool(entry[19] & FLAG_ERRNO),
        target=strings[0],
        file=strings[1],
        function=strings[2],
        format=strings[3],
        is_unknown=is_unknown,
    )


class Span(NamedTuple):
    """Entries begin in `start` to `end` and end until `limit`; up to `promised` there are entries and nothing else."""

    start: int
    end: int
    promised: int
    limit: int


def read_sites(data: bytes, span: Span, trace: Trace, reports: Reports) -> int:
    """Add the entries of a span; a stretch without an intact one is reported once. Returns the end of the last."""
    at = span.start
    is_lost = False
    while at < span.end:
        found = parse_entry(data, at, span.limit)
        if found is None:
            if not is_lost and at < span.promised:
                reports.add(at, "site entry is damaged")
            is_lost = True
            at += 8
            continue
        site, size = found
        (trace.sites if at < span.promised else trace.found_sites).setdefault(site.id, site)
        is_lost = False
        at += pad8(size)
    return at
