"""The message of an event: what glibc's printf would print in C.UTF-8, byte for byte."""

from __future__ import annotations

import errno as errno_names
import os

from .floats import Float, text_of
from .formats import WIDTH_MAX, Conversion, Star, parse_format
from .records import Argument
from .types import FLOATS, INTEGERS, Type

# Where one number has two names, the one that glibc's strerrorname_np gives; and one that Python has no name for.
ERRNO_PREFERRED = {11: "EAGAIN", 35: "EDEADLK", 95: "EOPNOTSUPP", 133: "EHWPOISON"}

MESSAGE_BYTES_MAX = 65536

INTEGER_BITS = {b"hh": 8, b"h": 16, b"": 32}
INTEGER_FITS = INTEGERS | {Type.PTR}
POINTER_FITS = frozenset((Type.PTR, Type.PSTR, Type.U64, Type.I64))


class Arguments:
    """Hands out an event's arguments, in order or by number."""

    def __init__(self, arguments: list[Argument]) -> None:
        self.all = arguments
        self.next = 0

    def take(self, number: int | None) -> Argument | None:
        if number is None:
            index = self.next
            self.next += 1
        else:
            index = number - 1
        return self.all[index] if index < len(self.all) else None


def cut_signed(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def cut_unsigned(value: int, bits: int) -> int:
    return value & ((1 << bits) - 1)


class Spec:
    """A conversion with its stars resolved."""

    def __init__(self, conversion: Conversion, arguments: Arguments) -> None:
        self.letter = conversion.letter
        self.flags = conversion.flags
        self.length = conversion.length
        self.is_left = b"-" in self.flags
        self.width = 0
        self.precision: int | None = None
        self.resolve_width(conversion, arguments)
        self.resolve_precision(conversion, arguments)

    def resolve_width(self, conversion: Conversion, arguments: Arguments) -> None:
        if isinstance(conversion.width, Star):
            value = star_value(conversion.width, arguments) or 0
            self.is_left = self.is_left or value < 0
            self.width = min(abs(value), WIDTH_MAX)
        else:
            self.width = conversion.width or 0

    def resolve_precision(self, conversion: Conversion, arguments: Arguments) -> None:
        if isinstance(conversion.precision, Star):
            value = star_value(conversion.precision, arguments)
            self.precision = None if value is None or value < 0 else min(value, WIDTH_MAX)
        else:
            self.precision = conversion.precision

    def has(self, flag: bytes) -> bool:
        return flag in self.flags

    def sign(self, is_negative: bool) -> str:
        if is_negative:
            return "-"
        if self.has(b"+"):
            return "+"
        return " " if self.has(b" ") else ""

    def pad(self, body: bytes) -> bytes:
        return body.ljust(self.width) if self.is_left else body.rjust(self.width)

    def pad_number(self, prefix: str, digits: str, by_zeros: bool) -> bytes:
        """Padding zeros stand between the prefix (sign, 0x) and the digits."""
        if by_zeros and self.has(b"0") and not self.is_left:
            digits = digits.rjust(self.width - len(prefix), "0")
        return self.pad((prefix + digits).encode("ascii"))


def star_value(star: Star, arguments: Arguments) -> int | None:
    argument = arguments.take(star.number)
    if argument is None or argument.type not in INTEGERS:
        return None
    assert isinstance(argument.value, int)
    return cut_signed(argument.value, 32)


def show_integer(spec: Spec, value: int) -> bytes:
    bits = INTEGER_BITS.get(spec.length, 64)
    if spec.letter in "di":
        value = cut_signed(value, bits)
        return show_digits(spec, spec.sign(value < 0), str(abs(value)), value)
    value = cut_unsigned(value, bits)
    digits = format(value, {"u": "d", "o": "o", "x": "x", "X": "X"}[spec.letter])
    prefix = "0" + spec.letter if spec.letter in "xX" and spec.has(b"#") and value else ""
    return show_digits(spec, prefix, digits, value)


def show_digits(spec: Spec, prefix: str, digits: str, value: int) -> bytes:
    if spec.precision is not None:
        digits = digits.rjust(spec.precision, "0") if value or spec.precision else ""
    if spec.letter == "o" and spec.has(b"#") and not digits.startswith("0"):
        digits = "0" + digits
    return spec.pad_number(prefix, digits, spec.precision is None)


def show_pointer(spec: Spec, value: int | None) -> bytes:
    """As `%#x`, but with the signs that glibc gives it."""
    address = cut_unsigned(value or 0, 64)
    if address == 0:
        return spec.pad(b"(nil)")
    return show_digits(spec, spec.sign(False) + "0x", format(address, "x"), address)


def show_float(spec: Spec, value: Float) -> bytes:
    sign = spec.sign(value.is_negative)
    is_finite = value.kind == "finite"
    prefix, digits = "", value.kind
    if is_finite:
        prefix, digits = text_of(value, spec.letter.lower(), spec.precision, spec.has(b"#"))
    if spec.letter.isupper():
        prefix, digits = prefix.upper(), digits.upper()
    return spec.pad_number(sign + prefix, digits, is_finite)


def show_string(spec: Spec, value: bytes | None) -> bytes:
    if value is None:
        is_shown = spec.precision is None or spec.precision >= 6
        return spec.pad(b"(null)" if is_shown else b"")
    return spec.pad(value if spec.precision is None else value[: spec.precision])


def show_wide_string(spec: Spec, value: str | None) -> bytes:
    if value is None:
        return show_string(spec, None)
    encoded = value.encode("utf-8")
    if spec.precision is not None:
        encoded = encoded[: spec.precision].decode("utf-8", "ignore").encode("utf-8")
    return spec.pad(encoded)


def wide_character(value: int) -> str:
    is_scalar = value < 0xD800 or 0xE000 <= value < 0x110000
    return chr(value) if is_scalar else "\ufffd"


def show_character(spec: Spec, value: int, is_wide: bool) -> bytes:
    if is_wide:
        return spec.pad(wide_character(cut_unsigned(value, 32)).encode("utf-8"))
    return spec.pad(bytes((cut_unsigned(value, 8),)))


def errno_name(value: int) -> str | None:
    if value == 0:
        return "0"
    return ERRNO_PREFERRED.get(value) or errno_names.errorcode.get(value)


def show_errno(spec: Spec, value: int | None) -> bytes:
    if value is None:
        return b"%!m(missing)"
    if not spec.has(b"#"):
        return show_string(spec, os.strerror(value).encode("utf-8"))
    name = errno_name(value)
    if name is None:
        return show_digits(spec, spec.sign(value < 0), str(abs(value)), value)
    return show_string(spec, name.encode("ascii"))


def show_misfit(spec: Spec, reason: str) -> bytes:
    return f"%!{spec.letter}({reason})".encode("ascii")


def fits(letter: str, is_wide: bool, kind: Type) -> bool:
    if letter in "diouxX":
        return kind in INTEGER_FITS
    if letter in "cC":
        return kind in INTEGERS
    if letter in "sS":
        return kind == (Type.WSTR if is_wide else Type.STR)
    if letter == "p":
        return kind in POINTER_FITS
    return kind in FLOATS


def show_argument(spec: Spec, is_wide: bool, argument: Argument) -> bytes:
    value = argument.value
    if spec.letter in "diouxX":
        assert isinstance(value, int)
        return show_integer(spec, value)
    if spec.letter in "cC":
        assert isinstance(value, int)
        return show_character(spec, value, is_wide)
    if spec.letter == "p":
        assert value is None or isinstance(value, int)
        return show_pointer(spec, value)
    if isinstance(value, Float):
        return show_float(spec, value)
    if is_wide:
        assert value is None or isinstance(value, str)
        return show_wide_string(spec, value)
    assert value is None or isinstance(value, bytes)
    return show_string(spec, value)


def show_conversion(conversion: Conversion, arguments: Arguments, errno: int | None) -> bytes:
    spec = Spec(conversion, arguments)
    if spec.letter == "%":
        return b"%"
    if spec.letter == "m":
        return show_errno(spec, errno)
    argument = arguments.take(conversion.number)
    if argument is None:
        return show_misfit(spec, "missing")
    if not fits(spec.letter, conversion.is_wide, argument.type):
        return show_misfit(spec, argument.type.name.lower())
    return show_argument(spec, conversion.is_wide, argument)


def render(text: bytes, arguments: list[Argument], errno: int | None) -> tuple[bytes, bool]:
    """The message of a format and its arguments, and whether it was cut; `errno` is None where the site has no hidden argument."""
    source = Arguments(arguments)
    parts = []
    for piece in parse_format(text):
        parts.append(show_conversion(piece, source, errno) if isinstance(piece, Conversion) else piece)
    message = b"".join(parts)
    return message[:MESSAGE_BYTES_MAX], len(message) > MESSAGE_BYTES_MAX
