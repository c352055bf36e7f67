#!/usr/bin/env python3
"""Makes the inputs that fuzzing began with: seeds.py DIRECTORY. From the vectors, in the forms that the targets take, and by hand.

A corpus that fuzzers have worked on holds all that these reach; they are for a target whose form has changed.
"""

import pathlib
import struct
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tools"))
from ttread import lz4block  # noqa: E402

VECTORS = TOP / "format-spec" / "vectors"
MARKER = b"TTSECT\x1a\n"
INDEX = 9


def snapshot_parts(data):
    """A snapshot as seal.h's parts."""
    parts, at = b"", 64
    while at + 24 <= len(data):
        if data[at : at + 8] != MARKER:
            at += 8
            continue
        kind, _, length = struct.unpack_from("<HHI", data, at + 8)
        body = data[at + 24 : at + 24 + length]
        if kind == INDEX:
            body = b""  # it is made anew
        if len(body) > 65535:
            return None
        parts += struct.pack("<BH", kind & 255, len(body)) + body
        at += 24 + (length + 7) // 8 * 8
    return parts


def region_parts(data):
    """A region as seal.h's parts: runs that are not zero, in units of 4 bytes."""
    if len(data) > 32 * 4096:
        return None
    data += bytes(-len(data) % 4096)
    parts, at = bytes([len(data) // 4096 - 1]), 0
    while at < len(data):
        if not any(data[at : at + 4]):
            at += 4
            continue
        end = at
        while end < len(data) and end - at < 252 and any(data[end : end + 4]):
            end += 4
        parts += struct.pack("<HB", at // 4, end - at) + data[at:end]
        at = end
    return parts


def snapshots():
    for path in sorted(VECTORS.glob("*/*.tts")):
        data = path.read_bytes()
        yield b"\0" + data
        yield b"\1" + data
        parts = snapshot_parts(data)
        if parts:
            yield from (bytes([mode]) + parts for mode in (2, 3, 4))


def regions():
    for path in sorted(VECTORS.glob("*/*.ttr")):
        data = path.read_bytes()
        if len(data) <= 20480:
            yield b"\0" + data
        parts = region_parts(data)
        if parts and len(parts) < 16384:
            yield b"\2\0" + parts
            yield b"\2\xff" + parts
            yield b"\3\0" + parts


def core_file(segments):
    """An ELF core of (is_notes, address, bytes)."""
    offset = 64 + 56 * len(segments)
    head = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, len(segments), 0, 0, 0)
    body = b""
    for is_notes, address, data in segments:
        head += struct.pack("<IIQQQQQQ", 4 if is_notes else 1, 4, offset + len(body), address, 0, len(data), len(data), 4096)
        body += data
    return head + body


def note(kind, data):
    return struct.pack("<III", 5, len(data), kind) + b"CORE\0\0\0\0" + data + bytes(-len(data) % 4)


def core_notes():
    status = struct.pack("<iiih", 11, 1, 0, 11).ljust(32, b"\0") + struct.pack("<I", 77).ljust(80, b"\0") + bytes(range(216)) + bytes(8)
    files = struct.pack("<QQQQQQQQ", 2, 4096, 4096, 8192, 0, 8192, 12288, 1) + b"/bin/a\0/bin/b\0"
    return note(1, status) + note(3, bytes(24) + struct.pack("<I", 77).ljust(112, b"\0")) + note(0x53494749, bytes(128)) + note(0x46494C45, files)


def cores():
    notes = core_notes()
    yield b"\0"
    yield b"\0" + core_file([(True, 0, notes)])
    yield b"\1\1\0" + struct.pack("<H", len(notes)) + notes
    for path in sorted(VECTORS.glob("*/*.ttr")):
        data = path.read_bytes()
        parts = region_parts(data)
        if parts and len(parts) < 4096:
            yield b"\2\0\0" + parts
            yield b"\2\xff\2\1\0\2\1" + parts
        if len(data) <= 8192:
            yield b"\0" + core_file([(True, 0, notes), (False, 0x7F0000000000, data)])
            yield b"\1\0\0" + struct.pack("<H", len(data)) + data + b"\1\1\0" + struct.pack("<H", len(notes)) + notes


def filters():
    specs = [
        "", "info", "off", "info,net=debug,db.*=off", " info , net = debug ", "net=off,net.http=warn", "*a*b*=off",
        "**=fatal", "info,,warn", "net==info", "=info", "net=", "verbose", "a" * 1018 + "=warn", "a" * 1019 + "=warn",
        "trace,", "n*t=error", ",",
    ]
    targets = ["", "net", "net.http", "db.pool", "xxaxxbxx", "app", "a.b.c.d"]
    for spec in specs:
        for target in targets:
            yield target.encode() + b"\0" + spec.encode()


def formats():
    texts = [
        "conn %d state %s", "%5.3d|%-8s|%08x", "%*.*f", "%.*s", "%lc %ls %S", "%p %m %#m", "%Lf %La %Le %Lg",
        "%a %e %g %.40f", "%hhd %hu %lld %zu %jd %td", "%%", "%2$s %1$d", "%n", "%", "%5", "%q", "%c%C", "%+ #0'I5d",
        "%.4095f", "%4095s", "x" * 300 + "%d", "%ls %.3ls", "%o %X %i %u", "%1$s %1$.3s", "%1$s %2$d %3$.*2$s", "%1$.*2$s",
        "%2$.*1$ls %2$ls", "%1$.2s%1$.*1$s", "%3$.*2$s %3$.4s", "%1$p %1$s",
    ]
    for text in texts:
        values = bytes([9, 0, 5]) + bytes(range(1, 200))
        yield b"\1" + bytes([len(values)]) + values + text.encode()
        for types in (b"\1\11", b"\10\0", b"\10\0\10", b"\0\10\10", b"\1\2\3\4\5\6\7\10\11\12\13", b"\11\11\12", b"\6\7\5"):
            body = bytes([3, 0, 0, 0, 0, 0, 0, 64]) * 12 + b"abc\x1b[31m\xe2\x80\xae\xff"
            yield b"\0" + bytes([136 + len(types)]) + types + struct.pack("<H", len(body)) + body + text.encode()


def packed_forms():
    """The packed forms of the vectors' chunks, behind how many words they make."""
    for path in sorted(VECTORS.glob("*/*packed*.tts")):
        data, at = path.read_bytes(), 64
        while at + 24 <= len(data) and data[at : at + 8] == MARKER:
            kind, _, length = struct.unpack_from("<HHI", data, at + 8)
            body = data[at + 24 : at + 24 + length]
            if kind == 6 and struct.unpack_from("<I", body, 4)[0] == 2:
                form = lz4_form(body[48:])
                if form:
                    yield struct.pack("<H", max(struct.unpack_from("<I", body, 44)[0] - 1, 0)) + form
            at += 24 + (length + 7) // 8 * 8


def lz4_form(data):
    try:
        return lz4block.decode(data[4:], int.from_bytes(data[:4], "little"))
    except lz4block.DecodeError:
        return None


def command_lines():
    lines = [
        "a", "-f json a", "--info b", "--check a b c d", "-o out a", "-o a a", "-f json -o out c", "--level warn a",
        "--target net,db.* a", "--thread main,4711 c", "--since 2026-11-21T01:02:03.5Z a", "--until -5s a",
        "--last 1h30m a", "--last 500ms c", "--head 1 a", "--tail 1 c", "--grep ^c.*n$ a", "--color=always a",
        "--color never a", "--help", "-V", "", "-x", "--format", "--format xml a", "f", "dir", "nothere", "-", "- -",
        "-fjson -", "a b c --tail 3 --head 5", "--grep [ a", "--info --check -f json a", "--since 1970-01-01 a",
        "--until 2262-04-11T23:47:16+05:30 a", "g\x1b]0;g\a\n\u202eg\udcff", "h\x1b[2J\u009b", "-o dir a", "-o dir_x a",
        "--check g\x1b]0;g\a\n\u202eg\udcff", "--level", "--head 18446744073709551616 a", "--since 2026-02-30 a",
        "--until 1ns a", "--info g\x1b]0;g\a\n\u202eg\udcff", "-o \x1b[2J a", "-o dir a -- -b",
    ]
    for line in lines:
        for mode in (2, 130):
            yield bytes([mode]) + b"".join(word.encode("utf-8", "surrogateescape") + b"\0" for word in line.split(" ") if word)


def main():
    top = pathlib.Path(sys.argv[1])
    targets = {"snapshot": snapshots, "packed": packed_forms, "blackbox": regions, "core": cores, "filter_spec": filters, "format": formats, "command_line": command_lines}
    for target, inputs in targets.items():
        directory = top / target
        directory.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(inputs()):
            (directory / f"seed-{number:03}").write_bytes(data)


if __name__ == "__main__":
    main()
