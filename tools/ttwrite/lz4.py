"""An LZ4 block encoder: greedy, with real matches, after the LZ4 block format description."""

from __future__ import annotations

MATCH_MIN = 4
LAST_LITERALS = 5
LAST_MATCH_DISTANCE = 12
DISTANCE_MAX = 65535


def length_bytes(length: int) -> bytes:
    """What follows a token's nibble of 15."""
    if length < 15:
        return b""
    full, rest = divmod(length - 15, 255)
    return b"\xff" * full + bytes((rest,))


def sequence(literals: bytes, distance: int = 0, match: int = 0) -> bytes:
    """Literals and a match; without a match the block's last sequence."""
    matched = match - MATCH_MIN if match else 0
    token = min(len(literals), 15) << 4 | min(matched, 15)
    head = bytes((token,)) + length_bytes(len(literals)) + literals
    return head + distance.to_bytes(2, "little") + length_bytes(matched) if match else head


def match_length(data: bytes, before: int, at: int) -> int:
    end = len(data) - LAST_LITERALS
    start = at
    while at < end and data[before] == data[at]:
        before += 1
        at += 1
    return at - start


def encode(data: bytes) -> bytes:
    out = bytearray()
    seen: dict[bytes, int] = {}
    at = literals = 0
    while at <= len(data) - LAST_MATCH_DISTANCE:
        key = data[at : at + MATCH_MIN]
        before = seen.get(key)
        seen[key] = at
        if before is None or at - before > DISTANCE_MAX:
            at += 1
            continue
        length = match_length(data, before, at)
        out += sequence(data[literals:at], at - before, length)
        at += length
        literals = at
    return bytes(out + sequence(data[literals:]))
