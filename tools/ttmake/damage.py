"""Damage: what disks, memory, cut copies and hostile hands do to a file."""

from __future__ import annotations

import random
import struct
import zlib

MARKER = b"TTSECT\x1a\n"
BLOCK_MAGIC = b"TTBLOCK\x1a"
CHUNK_MAGIC = b"TTCHUNK\x1a"


def flip_bits(rng: random.Random, data: bytearray) -> None:
    for _ in range(rng.choice((1, 1, 2, 8))):
        at = interesting_offset(rng, data)
        data[at] ^= 1 << rng.randrange(8)


def interesting_offset(rng: random.Random, data: bytearray) -> int:
    """Of a region mostly the headers: the rest is zeros, where a flipped bit changes nothing."""
    at = rng.randrange(len(data))
    if len(data) > 12000 and rng.random() < 0.8:
        at = at // 4096 * 4096 + rng.choice((rng.randrange(64), rng.randrange(200), rng.randrange(600)))
    return min(at, len(data) - 1)


def overwrite(rng: random.Random, data: bytearray) -> None:
    at = interesting_offset(rng, data)
    count = min(rng.choice((1, 4, 8, 64)), len(data) - at)
    data[at : at + count] = rng.choice((bytes(count), b"\xff" * count, rng.randbytes(count)))


def spoil_record(rng: random.Random, data: bytearray) -> None:
    """Change a byte among the committed words of a region's chunk, most often in a record's header."""
    places = [at for at in range(4096, len(data) - 63, 4096) if data[at + 8 : at + 16] == CHUNK_MAGIC]
    places = [at for at in places if struct.unpack_from("<H", data, at)[0]]
    if not places:
        return flip_bits(rng, data)
    at = rng.choice(places)
    words = struct.unpack_from("<H", data, at)[0]
    position = at + 64 + 8 * rng.randrange(min(words, 30)) + rng.choice((4, 4, 5, 6, 7, rng.randrange(8)))
    if position < len(data):
        data[position] = rng.choice((0, 0xFF, data[position] ^ 1 << rng.randrange(8)))


def truncate(rng: random.Random, data: bytearray) -> None:
    del data[rng.randrange(len(data)) :]


def insert(rng: random.Random, data: bytearray) -> None:
    at = rng.randrange(len(data) + 1)
    at -= rng.choice((0, at % 8))
    data[at:at] = rng.choice((rng.randbytes(rng.randrange(40)), bytes(8), MARKER, bytes(4096)))


def remove(rng: random.Random, data: bytearray) -> None:
    at = rng.randrange(len(data))
    count = rng.choice((1, 8, 24, 4096))
    at -= rng.choice((0, at % count))
    del data[at : at + count]


def repeat(rng: random.Random, data: bytearray) -> None:
    """A piece of the file stands there twice."""
    step = rng.choice((8, 4096)) if len(data) > 8192 else 8
    start = rng.randrange(len(data)) // step * step
    count = step * rng.randrange(1, 30 if step == 8 else 3)
    at = rng.randrange(len(data)) // step * step
    data[at:at] = data[start : start + count]


def sections(data: bytearray) -> list[int]:
    """The offsets of the sections in an intact snapshot."""
    at, found = 64, []
    while at + 24 <= len(data) and data[at : at + 8] == MARKER:
        found.append(at)
        at += 24 + (struct.unpack_from("<I", data, at + 12)[0] + 7 & ~7)
    return found


def seal(data: bytearray, at: int) -> None:
    """Make a section's CRCs right again, as a hostile writer would."""
    length = struct.unpack_from("<I", data, at + 12)[0]
    struct.pack_into("<I", data, at + 16, zlib.crc32(data[at + 24 : at + 24 + length]))
    struct.pack_into("<I", data, at + 20, zlib.crc32(data[at : at + 20]))


def forge_body(rng: random.Random, data: bytearray) -> None:
    """Change a section's body, most often near its start, and make the CRCs right."""
    places = sections(data)
    if not places:
        return flip_bits(rng, data)
    at = rng.choice(places)
    length = min(struct.unpack_from("<I", data, at + 12)[0], len(data) - at - 24)
    for _ in range(rng.choice((1, 1, 3)) if length > 0 else 0):
        position = at + 24 + min(rng.randrange(length), rng.choice((50, 100, length - 1)))
        data[position] = rng.choice((0, 0xFF, data[position] ^ 1 << rng.randrange(8), rng.randrange(256)))
    seal(data, at)


def forge_header(rng: random.Random, data: bytearray) -> None:
    """Change a section's type, flags or length and make the header's CRC right."""
    places = sections(data)
    if not places:
        return flip_bits(rng, data)
    at = rng.choice(places)
    data[at + 8 + rng.randrange(8)] ^= 1 << rng.randrange(8)
    struct.pack_into("<I", data, at + 20, zlib.crc32(data[at : at + 20]))


def forge_length(rng: random.Random, data: bytearray) -> None:
    """A section of another length whose CRCs are right over what is there."""
    places = sections(data)
    if not places:
        return truncate(rng, data)
    at = rng.choice(places)
    length = struct.unpack_from("<I", data, at + 12)[0]
    struct.pack_into("<I", data, at + 12, max(0, length + rng.choice((-8, -1, 8, 16, -32))))
    seal(data, at)


def move_section(rng: random.Random, data: bytearray) -> None:
    """A section goes elsewhere, or away."""
    places = sections(data)
    if len(places) < 2:
        return insert(rng, data)
    index = rng.randrange(len(places) - 1)
    start, end = places[index], places[index + 1]
    piece = data[start:end]
    del data[start:end]
    if rng.random() < 0.7:
        at = rng.choice(sections(data) or [len(data)])
        data[at:at] = piece


def seal_page(data: bytearray, at: int) -> None:
    """Make the CRCs of a region's page right again, whichever it has."""
    def crc(*ranges: tuple[int, int]) -> int:
        return zlib.crc32(b"".join(data[at + start : at + end] for start, end in ranges))

    if data[at + 8 : at + 16] == CHUNK_MAGIC:
        struct.pack_into("<I", data, at + 56, crc((8, 56)))
    elif data[at : at + 8] == BLOCK_MAGIC:
        struct.pack_into("<I", data, at + 12, crc((8, 12), (16, 32)))
        struct.pack_into("<I", data, at + 88, crc((40, 72), (80, 88), (160, 192)))
    else:
        struct.pack_into("<I", data, at + 508, crc((8, 24), (32, 52), (56, 112)))


def forge_page(rng: random.Random, data: bytearray) -> None:
    """Change a field of a header, a block, a ring or a chunk, and make the CRCs right."""
    places = [at for at in range(0, len(data) - 4095, 4096)
              if data[at : at + 8] in (b"TTREGION", BLOCK_MAGIC) or data[at + 8 : at + 16] == CHUNK_MAGIC]
    if not places:
        return flip_bits(rng, data)
    at = rng.choice(places)
    position = at + rng.choice((rng.randrange(8, 64), rng.randrange(16, 32), rng.randrange(32, 112)))
    data[position] = rng.choice((0, 1, 0xFF, data[position] ^ 1 << rng.randrange(8)))
    seal_page(data, at)


def swap_pages(rng: random.Random, data: bytearray) -> None:
    count = len(data) // 4096
    if count < 2:
        return flip_bits(rng, data)
    first, second = (4096 * page for page in rng.sample(range(count), 2))
    data[first : first + 4096], data[second : second + 4096] = data[second : second + 4096], data[first : first + 4096]


def lose_page(rng: random.Random, data: bytearray) -> None:
    at = rng.randrange(len(data)) // 4096 * 4096
    size = min(rng.choice((192, 2048, 4096)), len(data) - at)
    data[at : at + size] = rng.choice((bytes(size), rng.randbytes(size)))


def swap_halves(rng: random.Random, data: bytearray) -> None:
    at = rng.randrange(len(data)) // 4096 * 4096
    data[:] = data[at:] + data[:at]


SNAPSHOT_WAYS = (flip_bits, flip_bits, overwrite, truncate, insert, remove, repeat, forge_body, forge_body, forge_body,
                 forge_header, forge_length, move_section, swap_halves)
REGION_WAYS = (flip_bits, flip_bits, flip_bits, overwrite, overwrite, spoil_record,
               spoil_record, spoil_record, truncate, insert, remove, repeat, forge_page, forge_page, forge_page, forge_page,
               swap_pages, swap_pages, lose_page, lose_page, swap_halves)


def damage(rng: random.Random, data: bytes, is_snapshot: bool) -> bytes:
    spoiled = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if spoiled:
            rng.choice(SNAPSHOT_WAYS if is_snapshot else REGION_WAYS)(rng, spoiled)
    return bytes(spoiled)
