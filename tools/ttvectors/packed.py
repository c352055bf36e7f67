"""Snapshots whose chunks are packed, good ones and one for each rule that a packed form can break."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from ttwrite import packing
from ttwrite.packing import CONSTANT, PLAIN, RISING, ZIGZAG, column
from ttwrite.records import I32, I64, STR, U32, Chunk, Site, control, text
from ttwrite.snapshot import CHUNK, PACKED, Snapshot, chunk_head, packed_body

from .common import CONN, MONO0, TICK, TICKS0, Registry, chunk, main_thread, put, snapshot, ticks_chunk

GOOD = Registry()
BAD = Registry()

STEP = Site(3, b"step %d of %u", [I32, U32], line=9, target=b"db", file=b"db.c", function=b"walk")
WAIT = Site(4, b"%s waits for %s since %ld, %d", [STR, STR, I64, I32], line=70, target=b"db", file=b"db.c", function=b"wait")
SITES = [TICK, CONN, STEP, WAIT]


def file_of(*bodies: bytes) -> bytes:
    file = snapshot(SITES, [main_thread()])
    for body in bodies:
        file.add(CHUNK, body)
    return file.end()


def mixed(number: int = 1, first_seq: int = 0, after_ns: int = 0) -> Chunk:
    """Of each site some events, in no order, and a sync record."""
    one = chunk(number, first_seq, after_ns)
    for index in range(60):
        if index == 40:
            one.sync(TICKS0 + after_ns + 4000)
        delta = 100 * (index % 40) + index * index % 7
        if index % 5 == 1:
            one.add(CONN, delta, index, text("open" if index % 2 else "closed again"))
        elif index % 5 == 2:
            one.add(TICK, delta)
        elif index % 5 == 3:
            one.add(WAIT, delta, text("worker-%d" % index), None if index == 13 else text("lock", is_cut=index == 33), -index, index << 20)
        else:
            one.add(STEP, delta, 30 - index, index * 1000)
    return one


@GOOD.good("packed.tts")
def packed() -> bytes:
    """As a recorder writes it: two chunks, newest first."""
    return file_of(packed_body(0, mixed(2, 60, 10_000), SITES), packed_body(0, mixed(), SITES))


@GOOD.good("packed-widths.tts")
def packed_widths() -> bytes:
    """Each column in each mode that can hold it, in its own width or a larger one."""
    turns = iter(range(10**6))

    def each_in_turn(values: list[int]) -> tuple[int, int]:
        turn = next(turns)
        mode = turn % 4 if len(set(values)) <= 1 else turn % 3
        least = packing.width_of(packing.stored(values, mode))
        return mode, max(least, turn % 5) if turn % 3 == 0 else least

    return file_of(*(packed_body(0, mixed(number, 60 * (number - 1), 10_000 * number), SITES, each_in_turn) for number in range(1, 6)))


@GOOD.good("packed-differences.tts")
def packed_differences() -> bytes:
    """Differences that wrap, and the largest of either sign."""
    values = (0, 0xFFFFFFFF, 1, 0x80000000, 0, 0x7FFFFFFF, 0x7FFFFFFE, 0x80000001, 5, 5)
    bodies = []
    for number, mode in enumerate((RISING, ZIGZAG), 1):
        one = chunk(number, 10 * (number - 1), 1000 * number)
        for value in values:
            one.add(STEP, 7, value - (1 << 32 if value >> 31 else 0), value)
        bodies.append(packed_body(0, one, SITES, lambda found, mode=mode: (mode, packing.width_of(packing.stored(found, mode)))))
    return file_of(*bodies)


def one_of(shapes: list[tuple[int, int]], order: list[int], rest: bytes) -> bytes:
    """A packed form of records without control records, of one word each but for what `rest` says."""
    head = struct.pack("<II", len(order), len(shapes)) + b"".join(struct.pack("<I", site << 12 | lanes) for site, lanes in shapes)
    return head + column(order, PLAIN, 1) + rest


def body_of(one: Chunk, form: bytes) -> bytes:
    return chunk_head(0, PACKED, one) + packing.block(form)


@GOOD.good("packed-shapes.tts")
def packed_shapes() -> bytes:
    """Two shapes of one site, one of them without lanes, and one that no record has."""
    one = chunk()
    for value in (3, 5, 8, 9, 11):
        one.add(STEP, 100 * value, value, value)
    rest = column([2], CONSTANT, 1) + column([], PLAIN, 0) + column([2, 2, 2, 2], PLAIN, 2)
    rest += column([TICKS0 + 100 * value & 0xFFFFFFFF for value in (3, 5, 8, 9, 11)], PLAIN, 4)
    rest += struct.pack("<II", 5, 5) + column([], CONSTANT, 4) + column([], ZIGZAG, 4)
    rest += column([3, 8, 9, 11], PLAIN, 1) + column([3, 8, 9, 11], ZIGZAG, 1)
    return file_of(body_of(one, one_of([(3, 0), (77, 2), (3, 2)], [2, 0, 2, 2, 2], rest)))


@GOOD.good("packed-long-lanes.tts")
def packed_long_lanes() -> bytes:
    """Lanes reach into the strings, and to the record's end."""
    one = chunk()
    for index in range(4):
        one.add(CONN, 1000 * index, index, text("abcdefghij"))
    return file_of(chunk_head(0, PACKED, one) + packing.encode(one.data, {1: 4}))


@GOOD.good("packed-control.tts")
def packed_control() -> bytes:
    """Control records alone in a chunk, and beside events; with a body in lanes, and without."""
    one = chunk().add_raw(control(9, b"body")).sync(TICKS0 + 50).add_raw(control(10)).add_raw(control(0xFFFFFFFF, bytes(300)))
    two = chunk(2, 0, 100).sync(TICKS0 + 500).add(TICK, 1).sync(TICKS0 + 900).add(TICK, 2)
    return file_of(packed_body(0, one, SITES), chunk_head(0, PACKED, two) + packing.encode(two.data, {0: 3}))


# Three events without arguments: 3 words, of which the packed form may have 24 bytes.
TICKS = ticks_chunk(1, 0, 0)
DELTAS = column([1000, 2000, 3000], RISING, 2)
FORM = one_of([(2, 0)], [0, 0, 0], column([1, 1, 1], CONSTANT, 1) + DELTAS)


def damaged(name: str, data: bytes, one: Chunk) -> None:
    """Beside an intact chunk of another ring."""

    def make() -> bytes:
        file = before()
        return file.add(CHUNK, chunk_head(0, PACKED, one) + data).add_chunk(1, ticks_chunk(1, 0, 500)).end()

    BAD.bad(f"packed-{name}.tts", 1, f"offset {len(before().data)}: ")(make)


def before() -> Snapshot:
    return snapshot(SITES, [main_thread(), main_thread()])


def room(words: int) -> Chunk:
    """A chunk that says it has so many words, in three events."""
    return Chunk(1, TICKS0, MONO0, 0, 3, bytes(8 * words))


def forms() -> Iterator[tuple[str, bytes, int]]:
    """Each broken rule: name, packed form, words of the chunk."""
    words, long = column([1, 1, 1], CONSTANT, 1), 8
    yield "empty", b"", 3
    yield "head", FORM[:7], 3
    yield "records-limit", put(FORM, 0, struct.pack("<I", 9)), long
    yield "shapes-limit", one_of([(2, 0)] * 4, [0, 0, 0], words + 3 * column([], PLAIN, 0) + DELTAS), long
    yield "control-lanes", one_of([(2, 0), (0, 0)], [0, 0, 0], words + column([], PLAIN, 0) + DELTAS), long
    yield "shape-index", one_of([(2, 0)], [0, 1, 0], words + DELTAS), 3
    yield "record-no-words", one_of([(2, 0)], [0, 0, 0], column([3, 0, 0], PLAIN, 1) + DELTAS + bytes(16)), 3
    yield "record-of-its-head", one_of([(2, 3)], [0, 0, 0], column([3, 2, 3], PLAIN, 1) + DELTAS + 3 * column([7] * 3, CONSTANT, 1)), long
    yield "record-long", one_of([(2, 0)], [0], column([4096], PLAIN, 2) + column([1], PLAIN, 1) + bytes(4095 * 8)), 4096
    yield "records-short", FORM, 4
    yield "records-long", one_of([(2, 0)], [0, 0, 0], column([1, 1, 2], PLAIN, 1) + DELTAS + bytes(8)), 3
    yield "width", one_of([(2, 0)], [0, 0, 0], words + b"\x05" + bytes(15)), long
    yield "reserved", one_of([(2, 0)], [0, 0, 0], words + b"\x20"), long
    yield "cut", FORM[:-1], 3
    yield "cut-tail", one_of([(2, 0)], [0, 0, 0], column([2, 1, 1], PLAIN, 1) + DELTAS + bytes(7)), 4
    yield "cut-lane", one_of([(2, 1)], [0, 0, 0], column([2] * 3, CONSTANT, 1) + DELTAS + column([1, 2, 3], PLAIN, 1)), 6
    yield "left-over", FORM + b"\0", long


for its_name, its_form, its_words in forms():
    damaged(its_name, packing.block(its_form), room(its_words))
damaged("data", b"\x12\0\0", TICKS)
damaged("bytes-limit", put(packing.block(FORM + bytes(24)), 0, struct.pack("<I", 25)), TICKS)
damaged("block", packing.block(FORM)[:4] + b"\xff" * 20, TICKS)
damaged("block-short", put(packing.block(FORM), 0, struct.pack("<I", len(FORM) + 1)), TICKS)
