"""The argument types of records.md: codes, names, and the size of each one's field."""

from __future__ import annotations

from enum import IntEnum


class Type(IntEnum):
    I32 = 1
    U32 = 2
    I64 = 3
    U64 = 4
    F64 = 5
    F80 = 6
    F128 = 7
    PTR = 8
    STR = 9
    WSTR = 10
    PSTR = 11
    ERRNO = 12


TYPE_CODES = frozenset(int(code) for code in Type)

FIELD_BYTES = {
    Type.F80: 16,
    Type.F128: 16,
    Type.I64: 8,
    Type.U64: 8,
    Type.F64: 8,
    Type.PTR: 8,
    Type.I32: 4,
    Type.U32: 4,
    Type.ERRNO: 4,
    Type.STR: 2,
    Type.WSTR: 2,
    Type.PSTR: 2,
}

STRINGS = frozenset((Type.STR, Type.WSTR, Type.PSTR))
FLOATS = frozenset((Type.F64, Type.F80, Type.F128))
INTEGERS = frozenset((Type.I32, Type.U32, Type.I64, Type.U64))
SIGNED = frozenset((Type.I32, Type.I64, Type.ERRNO))
