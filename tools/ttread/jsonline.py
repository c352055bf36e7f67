"""An event as its JSON line, after rendering.md, "The JSON line"."""

from __future__ import annotations

from datetime import date

from .floats import Float, text_of
from .formats import has_errno
from .message import render
from .records import Argument
from .trace import Event
from .types import Type

LEVELS = ("", "trace", "debug", "info", "warn", "error", "fatal")
KINDS = ("", "span_begin", "span_end", "counter", "context")
DAYS_1970 = date(1970, 1, 1).toordinal()
NS_DAY = 86400 * 10**9
LONG_DIGITS = {Type.F80: 21, Type.F128: 36}


def unsafe_codes() -> list[int]:
    codes = [*range(0x00, 0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F]
    return codes + [*range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xFEFF]


def make_escapes() -> dict[int, str]:
    """Invalid bytes come as the surrogates that `surrogateescape` makes of them."""
    escapes = {code: f"\\u{code:04x}" for code in unsafe_codes()}
    escapes |= {0xDC00 + byte: "\\ufffd" for byte in range(0x80, 0x100)}
    short = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f", '"': '\\"', "\\": "\\\\"}
    return escapes | {ord(character): escape for character, escape in short.items()}


ESCAPES = make_escapes()


def quote(raw: bytes) -> str:
    return '"' + raw.decode("utf-8", "surrogateescape").translate(ESCAPES) + '"'


def timestamp(ns: int) -> str:
    days, rest = divmod(ns, NS_DAY)
    seconds, fraction = divmod(rest, 10**9)
    day = date.fromordinal(DAYS_1970 + days)
    minutes, second = divmod(seconds, 60)
    return f"{day.isoformat()}T{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}.{fraction:09d}Z"


def show_double(value: Float) -> str:
    """The shortest of three precisions that reads back as the same value."""
    exact = signed_text(value, 17)
    for digits in (15, 16):
        text = signed_text(value, digits)
        if float(text) == float(exact):
            return text
    return exact


def signed_text(value: Float, digits: int) -> str:
    return ("-" if value.is_negative else "") + text_of(value, "g", digits, False)[1]


def show_float(argument: Argument) -> str:
    value = argument.value
    assert isinstance(value, Float)
    if value.kind == "nan":
        return '"nan"'
    if value.kind == "inf":
        return '"-inf"' if value.is_negative else '"inf"'
    if argument.type is Type.F64:
        return show_double(value)
    return signed_text(value, LONG_DIGITS[argument.type])


def show_argument(argument: Argument) -> str:
    value = argument.value
    if isinstance(value, Float):
        return show_float(argument)
    if isinstance(value, bytes):
        return quote(value)
    if isinstance(value, str):
        return quote(value.encode("utf-8"))
    if argument.type in (Type.PTR, Type.PSTR):
        return f'"{value:#x}"' if value else "null"
    return "null" if value is None else str(value)


def optional_keys(event: Event, is_cut: bool) -> str:
    site, parts = event.site, []
    if event.ring.is_nested:
        parts.append(',"ring":"nested"')
    if site.kind:
        parts.append(f',"kind":"{KINDS[site.kind]}"')
    if event.body.is_truncated or is_cut:
        parts.append(',"truncated":true')
    if event.body.errno is not None and has_errno(site.format):
        parts.append(f',"errno":{event.body.errno}')
    if event.is_held:
        parts.append(f',"ts_bound_ns":{"null" if event.bound_ns is None else event.bound_ns}')
    return "".join(parts)


def show_event(event: Event) -> str:
    site, body = event.site, event.body
    message, is_cut = render(site.format, body.arguments, body.errno)
    arguments = ",".join(show_argument(argument) for argument in body.arguments)
    return (
        f'{{"ts":"{timestamp(event.real_ns)}","ts_ns":"{event.real_ns}","level":"{LEVELS[site.level]}"'
        f',"target":{quote(site.target)},"pid":{event.pid},"tid":{event.ring.tid},"thread":{quote(event.ring.name)}'
        f',"seq":{event.seq},"file":{quote(site.file)},"line":{site.line},"func":{quote(site.function)}'
        f',"fmt":{quote(site.format)},"msg":{quote(message)},"args":[{arguments}]{optional_keys(event, is_cut)}}}\n'
    )
