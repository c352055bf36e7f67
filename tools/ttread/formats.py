"""printf formats taken apart: the grammar of rendering.md, "The message"."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

FLAGS = b"-+ #0'I"
LENGTHS = (b"hh", b"h", b"ll", b"l", b"q", b"L", b"j", b"Z", b"z", b"t")
LETTERS = b"diouxXcCsSpeEfFgGaAm%"
DIGITS = b"0123456789"
WIDTH_MAX = 4095


@dataclass(frozen=True)
class Star:
    """A width or precision taken from an argument: `*`, or `*n$` with the number n."""

    number: int | None


@dataclass(frozen=True)
class Conversion:
    """`number` is that of `n$`. A width or precision is None, a number, or a Star."""

    number: int | None
    flags: bytes
    width: int | Star | None
    precision: int | Star | None
    length: bytes
    letter: str

    @property
    def is_wide(self) -> bool:
        return self.letter in "CS" or (self.letter in "cs" and self.length == b"l")


Piece = bytes | Conversion


class BrokenOff(Exception):
    """Not a valid conversion: `at` is the byte that broke it."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


def skip_digits(text: bytes, at: int) -> int:
    while at < len(text) and text[at] in DIGITS:
        at += 1
    return at


def parse_number(text: bytes, at: int) -> tuple[int | None, int]:
    """The n of an `n$`, if one stands here."""
    end = skip_digits(text, at)
    if end > at and text[end : end + 1] == b"$" and int(text[at:end]) > 0:
        return int(text[at:end]), end + 1
    return None, at


def parse_flags(text: bytes, at: int) -> tuple[bytes, int]:
    start = at
    while at < len(text) and text[at] in FLAGS:
        at += 1
    return text[start:at], at


def parse_size(text: bytes, at: int) -> tuple[int | Star | None, int]:
    """Digits, `*`, `*n$` or nothing."""
    if text[at : at + 1] == b"*":
        number, at = parse_number(text, at + 1)
        return Star(number), at
    end = skip_digits(text, at)
    if end == at:
        return None, at
    return min(int(text[at:end]), WIDTH_MAX), end


def parse_precision(text: bytes, at: int) -> tuple[int | Star | None, int]:
    if text[at : at + 1] != b".":
        return None, at
    size, at = parse_size(text, at + 1)
    return (0 if size is None else size), at


def parse_length(text: bytes, at: int) -> tuple[bytes, int]:
    for length in LENGTHS:
        if text.startswith(length, at):
            return length, at + len(length)
    return b"", at


def parse_conversion(text: bytes, at: int) -> tuple[Conversion, int]:
    """The conversion after a `%` at `at` - 1."""
    number, at = parse_number(text, at)
    flags, at = parse_flags(text, at)
    width, at = parse_size(text, at)
    precision, at = parse_precision(text, at)
    length, at = parse_length(text, at)
    if at >= len(text) or text[at] not in LETTERS:
        raise BrokenOff(at)
    return Conversion(number, flags, width, precision, length, chr(text[at])), at + 1


@lru_cache(maxsize=4096)
def parse_format(text: bytes) -> tuple[Piece, ...]:
    """Literal bytes and conversions; what is no valid conversion is literal."""
    pieces: list[Piece] = []
    at = 0
    while at < len(text):
        percent = text.find(b"%", at)
        if percent < 0:
            percent = len(text)
        if percent > at:
            pieces.append(text[at:percent])
        at = percent
        if at == len(text):
            break
        try:
            conversion, at = parse_conversion(text, percent + 1)
            pieces.append(conversion)
        except BrokenOff as broken:
            at = broken.at + 1
            pieces.append(text[percent:at])
    return tuple(pieces)


def has_errno(text: bytes) -> bool:
    """Does the format hold a valid `%m`?"""
    return any(isinstance(piece, Conversion) and piece.letter == "m" for piece in parse_format(text))
