"""Floating values of any width, held exactly, and printed exactly: integers only, no host arithmetic.

A finite value is mantissa x 2^exponent. For `%a` the leading digit, the digits after the point and the binary
exponent are kept as glibc shows them: x87 values have 4 bits before the point, the others 1.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Float:
    """kind: "finite", "inf" or "nan"."""

    is_negative: bool
    kind: str
    mantissa: int = 0
    exponent: int = 0
    hex_leading: int = 0
    hex_digits: str = ""
    hex_exponent: int = 0


def from_ieee(raw: int, fraction_bits: int, exponent_bits: int) -> Float:
    """An IEEE 754 interchange format with an implicit leading bit."""
    is_negative = bool(raw >> (fraction_bits + exponent_bits))
    biased = raw >> fraction_bits & ((1 << exponent_bits) - 1)
    fraction = raw & ((1 << fraction_bits) - 1)
    bias = (1 << (exponent_bits - 1)) - 1
    if biased == (1 << exponent_bits) - 1:
        return Float(is_negative, "nan" if fraction else "inf")
    leading = int(biased != 0)
    scale = max(biased, 1) - bias
    mantissa = leading << fraction_bits | fraction
    digits = f"{fraction:0{fraction_bits // 4}x}"
    return Float(is_negative, "finite", mantissa, scale - fraction_bits, leading, digits, scale if mantissa else 0)


def from_f64(raw: bytes) -> Float:
    return from_ieee(int.from_bytes(raw, "little"), 52, 11)


def from_f128(raw: bytes) -> Float:
    return from_ieee(int.from_bytes(raw, "little"), 112, 15)


def from_f80(raw: bytes) -> Float:
    """x87 extended: an explicit leading bit; what the processor never makes is a NaN, as glibc has it."""
    mantissa = int.from_bytes(raw[0:8], "little")
    top = int.from_bytes(raw[8:10], "little")
    is_negative, biased = bool(top >> 15), top & 0x7FFF
    has_leading = bool(mantissa >> 63)
    if biased and not has_leading:
        return Float(is_negative, "nan")
    if biased == 0x7FFF:
        return Float(is_negative, "inf" if mantissa == 1 << 63 else "nan")
    exponent = max(biased, 1) - 16383 - 63
    digits = f"{mantissa:016x}"
    hex_exponent = exponent + 60 if mantissa else 0
    return Float(is_negative, "finite", mantissa, exponent, int(digits[0], 16), digits[1:], hex_exponent)


def divide_half_even(numerator: int, denominator: int) -> int:
    quotient, rest = divmod(numerator, denominator)
    twice = 2 * rest
    if twice > denominator or (twice == denominator and quotient & 1):
        quotient += 1
    return quotient


def scaled(value: Float, power: int) -> tuple[int, int]:
    """|value| x 10^power as a fraction."""
    numerator, denominator = value.mantissa, 1
    if value.exponent >= 0:
        numerator <<= value.exponent
    else:
        denominator <<= -value.exponent
    if power >= 0:
        numerator *= 10**power
    else:
        denominator *= 10**-power
    return numerator, denominator


def fixed_digits(value: Float, precision: int) -> tuple[str, str]:
    """The digits before and after the point, as `%f`."""
    digits = str(divide_half_even(*scaled(value, precision))).rjust(precision + 1, "0")
    split = len(digits) - precision
    return digits[:split], digits[split:]


def decimal_exponent(value: Float) -> int:
    """The largest power of ten that is not above |value|, which is not 0."""
    guess = (value.mantissa.bit_length() + value.exponent - 1) * 30103 // 100000
    while True:
        numerator, denominator = scaled(value, -guess)
        if numerator < denominator:
            guess -= 1
        elif numerator >= 10 * denominator:
            guess += 1
        else:
            return guess


def exponent_digits(value: Float, precision: int) -> tuple[str, int]:
    """1 + precision significant digits, rounded, and the decimal exponent of the first, as `%e`."""
    if value.mantissa == 0:
        return "0" * (precision + 1), 0
    exponent = decimal_exponent(value)
    digits = str(divide_half_even(*scaled(value, precision - exponent)))
    if len(digits) > precision + 1:
        return digits[:-1], exponent + 1
    return digits, exponent


def join_point(whole: str, fraction: str, keeps_point: bool) -> str:
    return f"{whole}.{fraction}" if fraction or keeps_point else whole


def join_exponent(digits: str, exponent: int, keeps_point: bool) -> str:
    sign = "-" if exponent < 0 else "+"
    return join_point(digits[0], digits[1:], keeps_point) + f"e{sign}{abs(exponent):02d}"


def text_e(value: Float, precision: int, alternate: bool) -> str:
    digits, exponent = exponent_digits(value, precision)
    return join_exponent(digits, exponent, alternate)


def text_f(value: Float, precision: int, alternate: bool) -> str:
    whole, fraction = fixed_digits(value, precision)
    return join_point(whole, fraction, alternate)


def text_g(value: Float, precision: int, alternate: bool) -> str:
    significant = precision or 1
    digits, exponent = exponent_digits(value, significant - 1)
    if not -4 <= exponent < significant:
        kept = digits if alternate else digits[0] + digits[1:].rstrip("0")
        return join_exponent(kept, exponent, alternate)
    whole, fraction = fixed_digits(value, significant - 1 - exponent)
    return join_point(whole, fraction if alternate else fraction.rstrip("0"), alternate)


def carry_hex(leading: int, digits: str, exponent: int) -> tuple[int, str, int]:
    """Add one to the last place of leading.digits; an overflow of the leading digit shifts by 4 bits."""
    number = int(f"{leading:x}{digits}", 16) + 1
    text = f"{number:0{len(digits) + 1}x}"
    if len(text) > len(digits) + 1:
        return 1, text[2:], exponent + 4
    return int(text[0], 16), text[1:], exponent


def rounds_up(leading: int, digits: str, precision: int) -> bool:
    """Half to even, on the hexadecimal digits after `precision` of them."""
    last = int(digits[precision - 1], 16) if precision else leading
    following = int(digits[precision], 16)
    has_more = bool(following & 7) or bool(digits[precision + 1 :].strip("0"))
    return following >= 8 and (has_more or bool(last & 1))


def text_a(value: Float, precision: int | None, alternate: bool) -> str:
    """Without the 0x, which stands before the padding zeros."""
    leading, digits, exponent = value.hex_leading, value.hex_digits, value.hex_exponent
    if precision is None:
        digits = digits.rstrip("0")
    elif precision >= len(digits):
        digits = digits.ljust(precision, "0")
    else:
        up = rounds_up(leading, digits, precision)
        digits = digits[:precision]
        if up:
            leading, digits, exponent = carry_hex(leading, digits, exponent)
    sign = "-" if exponent < 0 else "+"
    return join_point(f"{leading:x}", digits, alternate) + f"p{sign}{abs(exponent)}"


def text_of(value: Float, letter: str, precision: int | None, alternate: bool) -> tuple[str, str]:
    """The prefix (`0x` or nothing) and the unsigned digits of a finite value; `letter` in lower case."""
    if letter == "a":
        return "0x", text_a(value, precision, alternate)
    digits = 6 if precision is None else precision
    writer = {"e": text_e, "f": text_f, "g": text_g}[letter]
    return "", writer(value, digits, alternate)
