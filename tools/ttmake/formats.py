"""Random sites and values: every type and conversion, formats that fit their arguments and such that do not."""

from __future__ import annotations

import random
import struct

from ttwrite.records import (
    F64, F80, F128, I32, I64, PSTR, PTR, STR, U32, U64, WSTR, Site, Text, Value, address, f64, f80, f128,
)

TYPES = (I32, U32, I64, U64, F64, F80, F128, PTR, STR, WSTR, PSTR)
LETTERS = {
    I32: ("d", "i", "u", "x", "X", "o", "c", "hhd", "hu", "hx", "lc", "C"),
    U32: ("u", "x", "d", "o", "hho", "c"),
    I64: ("ld", "lld", "jd", "zd", "td", "qd", "lx", "p", "Ld"),
    U64: ("lu", "llu", "lx", "zX", "lo", "ju", "p", "Zu"),
    F64: ("f", "e", "g", "a", "F", "E", "G", "A", "lf", "Lf"),
    F80: ("Lf", "Le", "Lg", "La", "LA", "LG"),
    F128: ("Lf", "Le", "Lg", "La", "LE", "g"),
    PTR: ("p", "lx", "p"),
    STR: ("s",),
    WSTR: ("ls", "S"),
    PSTR: ("p",),
}
ALL_LETTERS = sorted({letter for letters in LETTERS.values() for letter in letters} | {"m", "%", "lls", "hp"})
LITERALS = (b"", b" ", b"conn ", b" state=", b"%%", b"\"quoted\"", b"a\\b", b"\n", b"\xe2\x82\xac ", b"\xff", b"\x1b[1m",
            b"\xe2\x80\xae", b"\0", b"100%", b"%n", b"%y", b"%-", b"%5.", b"%lll", b"$", b"\xc2\x85", b"\xed\xa0\x80")
STRINGS = (b"", b"open", b"closed and gone", b"/etc/passwd", b"tab\there", b"nul\0inside", b"\xe2\x80\xaertl",
           "gr\u00fc\u00df \u4f60\u597d \U0001f600".encode(), b"\xff\xfe\xc0\x80", b"cut \xe2\x82", b"\xf4\x8f\xbf\xbf\xf4\x90")
INTEGERS = (0, 1, -1, 7, 42, 127, 128, 255, 4096, 65535, 2**31 - 1, -(2**31), 2**32 - 1, 2**63 - 1, -(2**63))
DOUBLES = (0.0, -0.0, 1.0, 0.5, 2.5, 0.1, 1e22, 1e-5, 123456.789, 5e-324, 1.7e308, float("inf"), float("-inf"), float("nan"))
WIDES = (0x41, 0x7A, 0xE9, 0x20AC, 0x1F600, 0xD800, 0xDFFF, 0x110000, 0xFFFFFFFF, 0, 0x202E, 0xFFFD)
NAMES = (b"app", b"net.http", b"db.pool", b"a b", b"\xff", b"x\ny", "gr\u00fcn".encode(), b"\xe2\x81\xa6")


def random_head(rng: random.Random, allows_star: bool) -> tuple[bytes, int]:
    """Flags, width and precision, and how many stars they hold."""
    flags = "".join(rng.choices("-+ #0'I", k=rng.choice((0, 0, 0, 1, 2))))
    width = rng.choice(("", "", "", "5", "20", "*" if allows_star else "8"))
    precision = rng.choice(("", "", "", ".0", ".3", ".", ".25", ".*" if allows_star else ".1"))
    return (flags + width + precision).encode(), (width + precision).count("*")


def fitting_format(rng: random.Random, count: int) -> tuple[bytes, list[int]]:
    """A format with `count` conversions and the types of their arguments."""
    form, types = rng.choice(LITERALS[:8]), []
    for _ in range(count):
        head, stars = random_head(rng, len(types) + 3 <= 16)
        kind = rng.choice(TYPES)
        types += [I32] * stars + [kind]
        form += b"%" + head + rng.choice(LETTERS[kind]).encode() + rng.choice(LITERALS[:8])
    return form, types


def positional_format(rng: random.Random, count: int) -> tuple[bytes, list[int]]:
    types = [rng.choice(TYPES) for _ in range(count)]
    form = b""
    for _ in range(count + 1):
        index = rng.randrange(count) if count else 0
        letter = rng.choice(LETTERS[types[index]]) if count else "d"
        star = rng.choice(("", "", f"*{rng.randrange(count + 2)}$", f".*{rng.randrange(1, count + 2)}$"))
        form += f"{rng.choice(('[', ' '))}%{index + 1}${star}{letter}".encode()
    return form, types


def wild_format(rng: random.Random, count: int) -> tuple[bytes, list[int]]:
    """Conversions and arguments that need not fit, and conversions that are not valid."""
    form = b"".join(
        rng.choice(LITERALS) + b"%" + random_head(rng, True)[0] + rng.choice(ALL_LETTERS).encode()
        for _ in range(rng.randrange(6))
    )
    form += rng.choice(LITERALS)
    if rng.random() < 0.2:
        form = bytes(rng.choice(b"%*$.-0123 ldsLhmxg") for _ in range(rng.randrange(30)))
    return form, [rng.choice(TYPES) for _ in range(count)]


def random_site(rng: random.Random, site_id: int) -> Site:
    count = rng.choice((0, 1, 1, 2, 2, 3, 4, 6))
    make = rng.choice((fitting_format,) * 6 + (positional_format, wild_format))
    form, types = make(rng, count)
    flags = int(rng.random() < 0.2) | rng.choice((0, 0, 0, 0x80))
    if flags & 1:
        form += rng.choice((b": %m", b" %#m", b" %.5m", b""))
    return Site(site_id, form[:8191], types[:16], line=rng.choice((1, 42, 2**32 - 1)), level=rng.randrange(1, 7),
                kind=rng.choice((0, 0, 0, 1, 2, 3, 4)), flags=flags, target=rng.choice(NAMES),
                file=rng.choice((b"main.c", b"", b"../src/\xc3\xa4.c", b"q\"\\.h")), function=rng.choice((b"main", b"", b"f\x7f")),
                names=b"a\0b")


def random_double(rng: random.Random) -> bytes:
    if rng.random() < 0.4:
        return f64(rng.choice(DOUBLES))
    if rng.random() < 0.5:
        return f64(round(rng.uniform(-1e6, 1e6), rng.randrange(8)))
    return rng.randbytes(8)


def random_long_double(rng: random.Random) -> bytes:
    exponent = rng.choice((0, 16383, 32767, 16383 + rng.randrange(-80, 80), rng.randrange(32768)))
    leading = exponent != 0 or rng.random() < 0.05
    mantissa = leading << 63 | rng.choice((0, 1, rng.getrandbits(63), rng.getrandbits(63)))
    if rng.random() < 0.05:
        mantissa = rng.getrandbits(64)
    return f80(mantissa, exponent, rng.random() < 0.5)


def random_quad(rng: random.Random) -> bytes:
    exponent = rng.choice((0, 16383, 32767, 16383 + rng.randrange(-120, 120), rng.randrange(32768)))
    return f128(rng.choice((0, 1, rng.getrandbits(112))), exponent, rng.random() < 0.5)


def random_string(rng: random.Random) -> Text:
    data = rng.choice(STRINGS)
    if rng.random() < 0.2:
        data = rng.randbytes(rng.randrange(20))
    if rng.random() < 0.01:
        data = b"long" * rng.choice((30, 100, 1024))
    return Text(data, rng.random() < 0.1)


def random_value(rng: random.Random, kind: int) -> Value:
    if kind in (STR, WSTR, PSTR) and rng.random() < 0.1:
        return None
    if kind == STR:
        return random_string(rng)
    if kind == WSTR:
        units = rng.choices(WIDES, k=rng.randrange(6))
        return Text(struct.pack(f"<{len(units)}I", *units), rng.random() < 0.1)
    if kind == PSTR:
        return address(rng.choice((0, 0x7FFF12345678, 2**64 - 1)))
    if kind == PTR:
        return rng.choice((0, 0x7FFF12345678, 1, 2**64 - 1))
    if kind in (F64, F80, F128):
        return {F64: random_double, F80: random_long_double, F128: random_quad}[kind](rng)
    if rng.random() < 0.5:
        return rng.choice(INTEGERS)
    return rng.randrange(-(2**63), 2**63) >> rng.randrange(64)


def random_values(rng: random.Random, site: Site) -> list[Value]:
    """For all arguments; the strings of one record stay within 4096 bytes. Stars come out small."""
    values: list[Value] = []
    left = 4096
    for kind in site.types:
        value = random_value(rng, kind)
        if isinstance(value, Text):
            if len(value.data) > left:
                value = Text(b"" if kind != PSTR else bytes(8), True)
            left -= len(value.data)
        values.append(value)
    if site.flags & 1:
        values.append(rng.choice((0, 1, 2, 11, 95, 110, 133, 134, 4000, -1)))
    return values
