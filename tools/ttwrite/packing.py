"""The packed form of a chunk's records, after packing.md."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from . import lz4

PLAIN, RISING, ZIGZAG, CONSTANT = range(4)
U32 = 0xFFFFFFFF

# Of a column's values: mode and width, which must be able to hold them.
Choice = Callable[[list[int]], tuple[int, int]]


def steps(values: list[int]) -> list[int]:
    return [value - before & U32 for before, value in zip([0, *values], values)]


def zigzag(step: int) -> int:
    return (step << 1 ^ (U32 if step >> 31 else 0)) & U32


def stored(values: list[int], mode: int) -> list[int]:
    if mode == CONSTANT:
        return values[:1]
    if mode == PLAIN:
        return values
    return steps(values) if mode == RISING else [zigzag(step) for step in steps(values)]


def width_of(values: list[int]) -> int:
    return (max(values, default=0).bit_length() + 7) // 8


def narrowest(values: list[int]) -> tuple[int, int]:
    modes = [CONSTANT] if len(set(values)) <= 1 else [PLAIN, RISING, ZIGZAG]
    return min(((mode, width_of(stored(values, mode))) for mode in modes), key=lambda choice: choice[1])


def column(values: list[int], mode: int, width: int) -> bytes:
    planes = (bytes(value >> 8 * place & 255 for value in stored(values, mode)) for place in range(width))
    return bytes((width | mode << 3,)) + b"".join(planes)


def records_of(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each record with its id."""
    at = 0
    while at < len(data):
        header = struct.unpack_from("<Q", data, at)[0]
        words = header >> 32 & 0xFFF
        yield header >> 44, data[at : at + 8 * words]
        at += 8 * words


def lane(record: bytes, site: int, index: int) -> int:
    """A control record's first lane is the low half of its header."""
    at = 4 * index if site == 0 and index == 0 else 8 + 4 * (index - (site == 0))
    return int(struct.unpack_from("<I", record, at)[0])


def form(data: bytes, lanes_of: dict[int, int], choose: Choice = narrowest) -> bytes:
    """The packed form of whole records; sites that are not in `lanes_of` have none, control records one."""
    found = list(records_of(data))
    ids = list(dict.fromkeys(site for site, _ in found))
    of_shape = [[record for site, record in found if site == one] for one in ids]
    lanes = [lanes_of.get(site, int(site == 0)) for site in ids]

    def put(values: list[int]) -> bytes:
        return column(values, *choose(values))

    out = struct.pack("<II", len(found), len(ids)) + b"".join(struct.pack("<I", site << 12 | count) for site, count in zip(ids, lanes))
    out += put([ids.index(site) for site, _ in found])
    out += b"".join(put([len(record) // 8 for record in records]) for records in of_shape)
    out += put([struct.unpack_from("<I", record)[0] for site, record in found if site])
    for site, records, count in zip(ids, of_shape, lanes):
        out += b"".join(put([lane(record, site, index) for record in records]) for index in range(count))
        out += b"".join(record[8 + 4 * (count - (site == 0)) :] for record in records)
    return out


def block(packed: bytes) -> bytes:
    """A chunk's data in encoding 2."""
    return struct.pack("<I", len(packed)) + lz4.encode(packed)


def encode(data: bytes, lanes_of: dict[int, int], choose: Choice = narrowest) -> bytes:
    return block(form(data, lanes_of, choose))
