#!/usr/bin/env python3
"""Compare the second reader's messages with what the C library's snprintf prints: COUNT random conversions.

usage: message_check.py [COUNT [SEED]]. Exit status 1 and the first difference if there is any.
"""

from __future__ import annotations

import ctypes
import locale
import random
import struct
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from ttread.floats import from_f64, from_f80, from_f128  # noqa: E402
from ttread.message import render  # noqa: E402
from ttread.records import Argument  # noqa: E402
from ttread.types import Type  # noqa: E402

LIBC = ctypes.CDLL(None)
INTEGER_LENGTHS = (("hh", Type.I32), ("h", Type.I32), ("", Type.I32), ("l", Type.I64), ("ll", Type.I64),
                   ("j", Type.I64), ("z", Type.I64), ("t", Type.I64))
INTEGERS = (0, 1, -1, 7, 8, 9, 10, 127, 128, 255, 256, 32767, 65535, 2**31 - 1, -(2**31), 2**63 - 1, -(2**63))
DOUBLES = (0.0, -0.0, 0.5, 1.0, 1.5, 2.5, 9.5, 9.9999999, 0.1, 1 / 3, 1e5, 1e6, 123456.5, 1e-4, 9.9995e-5, 5e-324,
           2.2250738585072014e-308, 1.7976931348623157e308, float("inf"), -float("inf"), float("nan"), -float("nan"))
STRINGS = (None, b"", b"a", b"hello", b"\xc3\xa9\xe2\x82\xac", b"\xff\x80 broken", b"long " * 20)
WIDES = (None, "", "a", "h\u00e9llo\u20ac", "\U0001f600\U0001f601")
CHARACTERS = (65, 0xE9, 0x20AC, 0x1F600)


def random_head(rng: random.Random, flags: str) -> tuple[str, list[int]]:
    """Flags, width and precision, and the values of the stars among them."""
    head = "%" + "".join(rng.choices(flags, k=rng.choice((0, 0, 1, 2, 3))))
    stars: list[int] = []
    for sign, chance in (("", 0.5), (".", 0.5)):
        if rng.random() > chance:
            continue
        head += sign
        if rng.random() < 0.3:
            stars.append(rng.randrange(-30, 40))
            head += "*"
        else:
            number = rng.randrange(40)
            head += str(number) if sign or number else ""
    return head, stars


def bits_f80(rng: random.Random) -> bytes:
    exponent = rng.choice((0, 1, 16382, 16383, 16384, 32766, 32767, rng.randrange(32768), 16383 + rng.randrange(-70, 70)))
    mantissa = rng.choice((0, 1, 1 << 63, (1 << 64) - 1, 3 << 62, rng.getrandbits(64), rng.getrandbits(64) | 1 << 63))
    if exponent == 0:
        # No processor makes a leading bit with this exponent, and glibc loses it in all letters but a and A.
        mantissa &= (1 << 63) - 1
    return struct.pack("<QH", mantissa, exponent | rng.getrandbits(1) << 15)


def long_double(raw: bytes) -> ctypes.c_longdouble:
    value = ctypes.c_longdouble()
    ctypes.memmove(ctypes.byref(value), raw, len(raw))
    return value


def widen(raw: bytes) -> bytes | None:
    """A normal f80 as the f128 of the same value."""
    mantissa, top = struct.unpack("<QH", raw)
    if not mantissa >> 63 or not 0 < top & 0x7FFF < 0x7FFF:
        return None
    return ((mantissa & ((1 << 63) - 1)) << 49 | top << 112).to_bytes(16, "little")


Case = tuple[str, list[Argument], list]


def integer_case(rng: random.Random) -> Case:
    head, stars = random_head(rng, "-+ #0'I")
    length, kind = rng.choice(INTEGER_LENGTHS)
    value = rng.choice((rng.choice(INTEGERS), rng.randrange(-(2**63), 2**63) >> rng.randrange(64)))
    bits = 32 if kind is Type.I32 else 64
    value = (value + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)
    native = ctypes.c_int(value) if kind is Type.I32 else ctypes.c_longlong(value)
    return with_stars(head + length + rng.choice("diouxX"), stars, Argument(kind, value), native)


def double_case(rng: random.Random) -> Case:
    head, stars = random_head(rng, "-+ #0'")
    raw = struct.pack("<d", rng.choice(DOUBLES)) if rng.random() < 0.3 else rng.randbytes(8)
    if rng.random() < 0.5:
        raw = struct.pack("<d", round(rng.uniform(-2000, 2000), rng.randrange(6)))
    native = ctypes.c_double(struct.unpack("<d", raw)[0])
    return with_stars(head + rng.choice("eEfFgGaA"), stars, Argument(Type.F64, from_f64(raw)), native)


def long_double_case(rng: random.Random) -> Case:
    head, stars = random_head(rng, "-+ #0'")
    raw = bits_f80(rng)
    wide = widen(raw) if rng.random() < 0.3 else None
    argument = Argument(Type.F128, from_f128(wide)) if wide else Argument(Type.F80, from_f80(raw))
    letters = "eEfFgG" if wide else "eEfFgGaA"
    return with_stars(head + "L" + rng.choice(letters), stars, argument, long_double(raw))


def string_case(rng: random.Random) -> Case:
    head, stars = random_head(rng, "-0")
    value = rng.choice(STRINGS)
    return with_stars(head + "s", stars, Argument(Type.STR, value), ctypes.c_char_p(value))


def wide_case(rng: random.Random) -> Case:
    head, stars = random_head(rng, "-0")
    value = rng.choice(WIDES)
    return with_stars(head + rng.choice(("ls", "S")), stars, Argument(Type.WSTR, value), ctypes.c_wchar_p(value))


def character_case(rng: random.Random) -> Case:
    head, stars = random_head(rng, "-0")
    is_wide = rng.random() < 0.5
    value = rng.choice(CHARACTERS) if is_wide else rng.randrange(-128, 600)
    return with_stars(head + (rng.choice(("lc", "C")) if is_wide else "c"), stars, Argument(Type.I32, value),
                      ctypes.c_int(value))


def pointer_case(rng: random.Random) -> Case:
    head, stars = random_head(rng, "-+ #0")
    value = rng.choice((0, 1, 0x7F0012345678, 2**64 - 1))
    return with_stars(head + "p", stars, Argument(Type.PTR, value), ctypes.c_void_p(value))


def with_stars(form: str, stars: list[int], argument: Argument, native: object) -> Case:
    arguments = [Argument(Type.I32, star) for star in stars]
    return form, [*arguments, argument], [*map(ctypes.c_int, stars), native]


CASES = (integer_case, integer_case, double_case, double_case, long_double_case, string_case, wide_case, character_case,
         pointer_case)


def native_print(form: bytes, arguments: list) -> bytes:
    buffer = ctypes.create_string_buffer(8192)
    count = LIBC.snprintf(buffer, len(buffer), form, *arguments)
    return buffer.raw[:count] if count >= 0 else b"(snprintf failed)"


def errno_differences() -> list[str]:
    """`%m` and `%#m` of all numbers that may have a name, and some that have none."""
    found = []
    for number in (*range(-2, 140), 512, 10**6):
        for form in (b"[%m]", b"[%#m]", b"[%#+9m]", b"[%-22.3m]"):
            ctypes.set_errno(number)
            want = errno_print(form, number)
            have, _ = render(form, [], number)
            if want != have:
                found.append(f"{form!r} of errno {number}: {have!r}, snprintf {want!r}")
    return found


def errno_print(form: bytes, number: int) -> bytes:
    location = LIBC.__errno_location
    location.restype = ctypes.POINTER(ctypes.c_int)
    buffer = ctypes.create_string_buffer(256)
    pointer = location()
    pointer[0] = number
    count = LIBC.snprintf(buffer, len(buffer), form)
    return buffer.raw[:count]


def main(arguments: list[str]) -> int:
    count = int(arguments[0]) if arguments else 20000
    rng = random.Random(int(arguments[1]) if len(arguments) > 1 else 1)
    sys.set_int_max_str_digits(0)
    locale.setlocale(locale.LC_ALL, "C.UTF-8")
    differences = errno_differences()
    for _ in range(count):
        form, values, natives = rng.choice(CASES)(rng)
        want, have = native_print(form.encode(), natives), render(form.encode(), values, None)[0]
        if want != have:
            differences.append(f"{form!r} of {values}: {have!r}, snprintf {want!r}")
    for line in differences[:3]:
        print(line, file=sys.stderr)
    print(f"{count} conversions of the second reader: {len(differences)} differ from the C library's")
    return 1 if differences else 0


sys.exit(main(sys.argv[1:]))
