"""Packed chunks: the columns of a packed form, and the records that they make. What breaks a rule raises one of grammar.UNREADABLE."""

import struct
from itertools import accumulate

from grammar import stream
from ttlog import Ttlog

MODE = Ttlog.ColumnMode


def need(condition):
    if not condition:
        raise EOFError


def values(columns, count):
    """The next column's."""
    column = Ttlog.Column(count, columns)
    found = [int.from_bytes(bytes(planes), "little") for planes in zip(*column.planes)] if column.width else [0] * column.stored
    if column.mode == MODE.constant:
        return found * count
    if column.mode == MODE.zigzag:
        found = [value // 2 if value % 2 == 0 else -(value + 1) // 2 for value in found]
    return found if column.mode == MODE.plain else [value % (1 << 32) for value in accumulate(found)]


def unpack(data, words):
    form = Ttlog.PackedForm(stream(data))
    need(form.records <= words)
    columns = stream(form.columns)
    shape_of = values(columns, form.records)
    need(all(shape < form.shape_count for shape in shape_of) and all(shape.id or shape.lanes for shape in form.shapes))
    records_of = [[] for _ in form.shapes]
    for record, shape in enumerate(shape_of):
        records_of[shape].append(record)
    lengths = {}
    for shape, records in zip(form.shapes, records_of):
        lengths.update(zip(records, values(columns, len(records))))
        need(all(8 + 4 * shape.lanes - 4 * (shape.id == 0) <= 8 * lengths[record] <= 8 * 4095 for record in records))
    need(sum(lengths.values()) == words)
    events = [record for record, shape in enumerate(shape_of) if form.shapes[shape].id]
    low = dict(zip(events, values(columns, len(events))))
    bodies = [b""] * form.records
    for shape, records in zip(form.shapes, records_of):
        lanes = [values(columns, len(records)) for _ in range(shape.lanes)]
        for i, record in enumerate(records):
            parts = [lane[i] for lane in lanes]
            if shape.id == 0:
                low[record] = parts.pop(0)
            bodies[record] = struct.pack(f"<{len(parts)}I", *parts)
        for record in records:
            bodies[record] += columns.read_bytes(8 * lengths[record] - 8 - len(bodies[record]))
    need(columns.is_eof())
    return b"".join(struct.pack("<II", low[record], form.shapes[shape].id << 12 | lengths[record]) + bodies[record]
                    for record, shape in enumerate(shape_of))
