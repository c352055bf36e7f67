"""The lines of an annotated dump: offset, bytes, field, value."""

from __future__ import annotations

import struct

from .layout import Table

ROW = 8
BYTES_WIDTH = 3 * ROW
NAME_WIDTH = 22
ZEROS_MIN = 17
NUMBERS = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "i32": "i", "i64": "q", "x32": "I", "x64": "Q", "f64": "d"}


def size_of(kind: str) -> int:
    return struct.calcsize("<" + NUMBERS[kind]) if kind in NUMBERS else int(kind[1:])


def quote(raw: bytes) -> str:
    """Printable ASCII as it is, everything else as an escape."""
    return '"' + "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}" for byte in raw) + '"'


def show(kind: str, raw: bytes) -> str:
    if kind in NUMBERS:
        value = struct.unpack("<" + NUMBERS[kind], raw)[0]
        return f"{value:#x}" if kind.startswith("x") else f"{value}"
    if kind.startswith("c"):
        return quote(raw.rstrip(b"\0"))
    return quote(raw) if kind.startswith("m") else ""


class Dump:
    """A position in the data, and the lines so far."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.lines: list[str] = []

    def title(self, text: str) -> None:
        self.lines += ["", f"-- {text}"]

    def take(self, count: int, name: str, value: str) -> bytes:
        """The next bytes as one field. Long runs of zeros take one line."""
        raw = self.data[self.at : self.at + count]
        if len(raw) >= ZEROS_MIN and not raw.strip(b"\0"):
            self.line(raw[:1], name, f"{len(raw)} zero bytes")
        else:
            self.rows(raw, name, value)
        self.at += len(raw)
        return raw

    def rows(self, raw: bytes, name: str, value: str) -> None:
        for start in range(0, len(raw), ROW):
            rest = raw[start:]
            if len(rest) >= ZEROS_MIN and not rest.strip(b"\0"):
                self.line(rest[:1], "", f"{len(rest)} zero bytes", start)
                return
            self.line(rest[:ROW], "" if start else name, "" if start else value, start)

    def line(self, raw: bytes, name: str, value: str, shift: int = 0) -> None:
        shown = raw.hex(" ").ljust(BYTES_WIDTH)
        self.lines.append(f"{self.at + shift:6d}  {shown}  {name:{NAME_WIDTH}} {value}".rstrip())

    def fields(self, table: Table) -> dict[str, int]:
        """A structure. Returns its numbers by name."""
        found = {}
        for kind, name in table:
            size = size_of(kind)
            raw = self.data[self.at : self.at + size]
            if len(raw) < size:
                raise EOFError
            found[name] = int.from_bytes(raw, "little")
            self.take(size, name, show(kind, raw))
        return found

    def text(self, count: int, name: str) -> bytes:
        return self.take(count, name, quote(self.data[self.at : self.at + count])) if count else b""

    def string(self, name: str) -> None:
        """u16 length, then the bytes."""
        length = self.fields([("u16", f"{name}, bytes")])[f"{name}, bytes"]
        self.text(length, name)

    def pad(self, alignment: int = 8) -> None:
        self.skip_to(self.at + -self.at % alignment, "padding")

    def skip_to(self, end: int, name: str) -> None:
        if end > self.at:
            self.take(end - self.at, name, "")
