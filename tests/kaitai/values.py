"""Arguments of an event, as the tokens of a JSON line."""

import decimal
import re
import struct

from grammar import in_range
from ttlog import Ttlog


def text(data):
    """Each byte that no character begins with becomes U+FFFD."""
    return re.sub("[\udc80-\udcff]", "\ufffd", data.decode(errors="surrogateescape"))


def wide_text(data):
    codes = struct.unpack(f"<{len(data) // 4}I", data)
    return "".join(chr(code) if code < 0xD800 or 0xDFFF < code < 0x110000 else "\ufffd" for code in codes)


def number(value):
    return f"#{value}"


def double(value):
    if value != value or value in (float("inf"), float("-inf")):
        return "nan" if value != value else "inf" if value > 0 else "-inf"
    return number(next(digits for digits in (f"%.{precision}g" % value for precision in (15, 16, 17)) if float(digits) == value))


def general(mantissa, exponent, is_negative, digits):
    """What %.*Lg prints of mantissa x 2^exponent."""
    with decimal.localcontext() as context:
        context.prec, context.Emin, context.Emax = 40000, -999999, 999999
        exact = decimal.Decimal(mantissa) * (decimal.Decimal(2) ** exponent)
        context.prec = digits
        rounded = +exact
    sign = "-" if is_negative else ""
    if not rounded:
        return f"{sign}0"
    figures = "".join(map(str, rounded.as_tuple().digits)).ljust(digits, "0")
    power = rounded.adjusted()
    if in_range(power, 0, digits - 1):
        whole, part = figures[: power + 1], figures[power + 1 :].rstrip("0")
    elif in_range(power, -4, -1):
        whole, part = "0", ("0" * (-power - 1) + figures).rstrip("0")
    else:
        part = figures[1:].rstrip("0")
        return f"{sign}{figures[0]}{'.' if part else ''}{part}e{'-' if power < 0 else '+'}{abs(power):02}"
    return f"{sign}{whole}{'.' if part else ''}{part}"


def long_double(value, kind):
    is_80 = kind == Ttlog.ArgumentType.f80
    bits = 64 if is_80 else 112
    mantissa = value.low if is_80 else value.low | (value.high & (1 << 48) - 1) << 64
    head = value.high & 0xFFFF if is_80 else value.high >> 48
    exponent, is_negative = head & 0x7FFF, head >> 15 == 1
    if is_80 and exponent not in (0, 0x7FFF) and not mantissa >> 63:
        return "nan"
    if exponent == 0x7FFF:
        if mantissa & ((1 << 63) - 1 if is_80 else -1) or (is_80 and not mantissa >> 63):
            return "nan"
        return "-inf" if is_negative else "inf"
    if not is_80 and exponent:
        mantissa |= 1 << 112
    scale = max(exponent, 1) - 16383 - (bits - 1 if is_80 else bits)
    return number(general(mantissa, scale, is_negative, 21 if is_80 else 36))


def address(value):
    return hex(value) if value else None


def argument(body, i, kind):
    """The value of an argument of the grammar's event_body, as in `args`."""
    kinds = Ttlog.ArgumentType
    fields = {16: body.fields_of_16, 8: body.fields_of_8, 4: body.fields_of_4, 2: body.fields_of_2}
    value = next(fields[width][i].value for width in fields if fields[width][i].is_here)
    if kind in (kinds.f80, kinds.f128):
        return long_double(value, kind)
    if kind == kinds.f64:
        return double(value)
    if kind == kinds.ptr:
        return address(value)
    if kind not in (kinds.str, kinds.wstr, kinds.pstr):
        return number(value)
    if value.is_null:
        return None
    data = body.strings[i].bytes
    if kind == kinds.pstr:
        return address(int.from_bytes(data, "little"))
    return wide_text(data) if kind == kinds.wstr else text(data)
