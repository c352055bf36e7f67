"""The packed form of a chunk's records, after packing.md."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import lz4block

PLAIN, RISING, ZIGZAG, CONSTANT = range(4)
WIDTH_MAX = 4
RECORD_WORDS_MAX = 4095
U32 = 0xFFFFFFFF


class PackingError(Exception):
    """The bytes break a rule of the packed form."""


@dataclass
class Cursor:
    data: bytes
    at: int = 0

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise PackingError("bytes are missing")
        self.at += count
        return self.data[self.at - count : self.at]

    def u32(self) -> int:
        return int.from_bytes(self.take(4), "little")

    def column(self, count: int) -> list[int]:
        how = self.take(1)[0]
        width, mode = how & 7, how >> 3 & 3
        if width > WIDTH_MAX or how >> 5:
            raise PackingError(f"a column begins with {how:#x}")
        stored = min(count, 1) if mode == CONSTANT else count
        planes = [self.take(stored) for _ in range(width)]
        values = [sum(plane[i] << 8 * place for place, plane in enumerate(planes)) for i in range(stored)]
        if mode == CONSTANT:
            return values * count
        return values if mode == PLAIN else summed(values, mode == ZIGZAG)


def summed(steps: list[int], is_zigzag: bool) -> list[int]:
    values, value = [], 0
    for step in steps:
        if is_zigzag:
            step = -(step + 1 >> 1) if step & 1 else step >> 1
        value = value + step & U32
        values.append(value)
    return values


@dataclass
class Shape:
    id: int
    lanes: int
    members: list[int] = field(default_factory=list)  # places of its records among all

    def head(self) -> int:
        """Bytes of a record that do not belong to its tail."""
        return 8 + 4 * (self.lanes - (self.id == 0))


def unpack(data: bytes, words: int) -> bytes:
    """The records, `words` x 8 bytes."""
    packed = Cursor(data)
    records, count = packed.u32(), packed.u32()
    if records > words or count > records:
        raise PackingError("a count above its limit")
    shapes = [Shape(word >> 12, word & 0xFFF) for word in (packed.u32() for _ in range(count))]
    if any(shape.id == 0 and shape.lanes == 0 for shape in shapes):
        raise PackingError("control records without a lane")
    order = packed.column(records)
    for place, index in enumerate(order):
        if index >= count:
            raise PackingError(f"shape {index} of {count}")
        shapes[index].members.append(place)
    lengths = take_lengths(packed, shapes, records, words)
    ticks = iter(packed.column(sum(shapes[index].id != 0 for index in order)))
    heads = [bytearray((next(ticks) if shapes[index].id else 0).to_bytes(4, "little") +
                       (shapes[index].id << 12 | length).to_bytes(4, "little")) for index, length in zip(order, lengths)]
    for shape in shapes:
        take_bodies(packed, shape, heads, lengths)
    if packed.at != len(data):
        raise PackingError("bytes are left over")
    return b"".join(heads)


def take_lengths(packed: Cursor, shapes: list[Shape], records: int, words: int) -> list[int]:
    lengths = [0] * records
    for shape in shapes:
        for place, length in zip(shape.members, packed.column(len(shape.members))):
            if not shape.head() <= 8 * length <= 8 * RECORD_WORDS_MAX:
                raise PackingError(f"a record of {length} words")
            lengths[place] = length
    if sum(lengths) != words:
        raise PackingError(f"records of {sum(lengths)} words, not {words}")
    return lengths


def take_bodies(packed: Cursor, shape: Shape, records: list[bytearray], lengths: list[int]) -> None:
    for lane in range(shape.lanes):
        for place, value in zip(shape.members, packed.column(len(shape.members))):
            part = value.to_bytes(4, "little")
            if shape.id == 0 and lane == 0:
                records[place][:4] = part
            else:
                records[place] += part
    for place in shape.members:
        records[place] += packed.take(8 * lengths[place] - shape.head())


def decode(data: bytes, words: int) -> bytes:
    """The records of a chunk's data in encoding 2."""
    size = int.from_bytes(data[:4], "little")
    if len(data) < 4 or size > words * 8:
        raise PackingError(f"a packed form of {size} bytes for {words} words")
    return unpack(lz4block.decode(data[4:], size), words)
