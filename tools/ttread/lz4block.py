"""One LZ4 block, decoded after the LZ4 block format description, with its end of block conditions.

The result must have a known size; anything else is a DecodeError.
"""

from __future__ import annotations

LAST_LITERALS = 5
LAST_MATCH_DISTANCE = 12
MATCH_MIN = 4


class DecodeError(Exception):
    """The bytes are not one whole block of the size expected."""


def read_length(data: bytes, at: int, nibble: int) -> tuple[int, int]:
    """The length that starts in a token's nibble and goes on in bytes of 255; and the next position."""
    length = nibble
    if nibble != 15:
        return length, at
    while True:
        if at >= len(data):
            raise DecodeError("a length reaches past the block")
        byte = data[at]
        at += 1
        length += byte
        if byte != 255:
            return length, at


def copy_match(out: bytearray, distance: int, length: int) -> None:
    """Append `length` bytes from `distance` back; the two may overlap."""
    if distance == 0 or distance > len(out):
        raise DecodeError("a match before the block's start")
    start = len(out) - distance
    pattern = bytes(out[start : start + min(distance, length)])
    repeats = -(-length // len(pattern))
    out += (pattern * repeats)[:length]


def decode(data: bytes, size: int) -> bytes:
    """The block's content, which must be exactly `size` bytes."""
    out = bytearray()
    at = 0
    while at < len(data):
        token = data[at]
        count, at = read_length(data, at + 1, token >> 4)
        if at + count > len(data) or len(out) + count > size:
            raise DecodeError("literals reach past the end")
        out += data[at : at + count]
        at += count
        if at == len(data):
            break
        if at + 2 > len(data) or len(out) > size - LAST_MATCH_DISTANCE:
            raise DecodeError("a match too near the end")
        distance = int.from_bytes(data[at : at + 2], "little")
        length, at = read_length(data, at + 2, token & 15)
        length += MATCH_MIN
        if len(out) + length > size - LAST_LITERALS or at >= len(data):
            raise DecodeError("a match reaches into the last literals")
        copy_match(out, distance, length)
    if len(out) != size:
        raise DecodeError("another size than promised")
    return bytes(out)
