"""Traces that a hostile process could leave for somebody else's ttdecode. Each is small and asks for much."""

import pathlib
import struct
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

from ttwrite import records, region, snapshot  # noqa: E402

CLOCK = [(1, 1, 1)]
I32, STR = 1, 9

# What a terminal obeys, in every form: colours, the title, the clipboard, C1 in UTF-8 and as a bare byte, bidirectional overrides.
CONTROL = b"\x1b[31m\x1b]0;gotcha\x07\x1b]52;c;Z290Y2hh\x07\xc2\x9b2J\x9b2J\r\x08\x7f\xe2\x80\xae\xe2\x81\xa6"


def begin(sites, threads):
    parts = [snapshot.file_header(), snapshot.section(snapshot.PROCESS, snapshot.Process().encode()),
             snapshot.section(snapshot.CLOCK, snapshot.clock_body(1, CLOCK))]
    return parts + [snapshot.section(snapshot.SITES, sites), snapshot.section(snapshot.THREADS, threads)]


def finish(parts):
    """END says how many sections there are before it."""
    count = len(parts) - 1
    return b"".join(parts) + snapshot.section(snapshot.END, snapshot.end_body(count))


def repeat_block(word, size):
    """An LZ4 block of `size` bytes: a word of 8 bytes again and again."""
    length = size - len(word) - 5 - 4 - 15
    return b"\x8f" + word + struct.pack("<H", 8) + b"\xff" * (length // 255) + bytes([length % 255, 0x50]) + word[-5:]


def ring_bomb(rings):
    """So many rings, each with a chunk that decodes to nearly 512 KiB of events, all due at the same time."""
    site = records.Site(1, b"tick")
    words = 65528
    block = repeat_block(records.event(site, 0), words * 8)
    head = struct.pack("<QQQQII", 1, 0, 1000, 1000, words, words)
    chunks = [snapshot.section(snapshot.CHUNK, struct.pack("<II", ring, snapshot.LZ4) + head + block) for ring in range(rings)]
    return finish(begin(site.encode(), struct.pack("<II", 0, 0)) + chunks)


def format_bomb(sites):
    """So many sites, each with a format of 4095 conversions, and one event of each."""
    formats = [records.Site(number + 1, b"%d" * 4095 + b"\x01", line=number) for number in range(sites)]
    parts = begin(b"".join(site.encode() for site in formats[:1]), struct.pack("<II", 0, 0))
    for at in range(1, sites, 1000):
        parts.append(snapshot.section(snapshot.SITES, b"".join(site.encode() for site in formats[at : at + 1000])))
    for number, at in enumerate(range(0, sites, 30000)):
        data = b"".join(records.event(site, 1) for site in formats[at : at + 30000])
        chunk = records.Chunk(number + 1, 1000, 1000, events=len(data) // 8, data=data)
        parts.append(snapshot.section(snapshot.CHUNK, snapshot.chunk_body(0, chunk)))
    return finish(parts)


def site_maze(size):
    """A SITES section in which an entry of 32760 bytes seems to begin at every multiple of 16, and none does: only its CRC tells."""
    return finish(begin(struct.pack("<IIII", 32760, 1, 1, 0) * (size // 16), struct.pack("<II", 0, 0)))


def marker_maze(size):
    """Nothing but markers of sections; every header is right and says that its body reaches past the end of the file."""
    head = snapshot.MARKER + struct.pack("<HHII", snapshot.CHUNK, 0, 16777216, 0)
    return snapshot.file_header() + (head + struct.pack("<I", zlib.crc32(head))) * (size // 24)


def claims():
    """Every count and length at its limit, in bodies that hold nothing."""
    parts = begin(b"", struct.pack("<II", 0xFFFFFFFF, 0))
    parts.append(snapshot.section(snapshot.CLOCK, struct.pack("<II", 1, 1024)))
    parts.append(snapshot.section(snapshot.MODULES, struct.pack("<II", 0xFFFFFFFF, 0)))
    parts.append(snapshot.section(snapshot.CRASH, struct.pack("<IIQQII", 1, 62, 0, 0, 64, 128)))
    parts.append(snapshot.section(snapshot.CHUNK, struct.pack("<IIQQQQII", 65535, 1, 1, 0, 0, 0, 0xFFFFFFFF, 65535)))
    return b"".join(parts) + snapshot.section(snapshot.END, snapshot.end_body(0xFFFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFF8, 0xFFFFFFFF))


def sparse_region(path, size):
    """A region of that many bytes, nearly all of them holes, whose only ring says that it has as many chunks as there can be."""
    ring = region.RingBlock(1, chunk_count=65536, chunk_bytes=262144)
    header = region.RegionHeader(chunk_bytes=262144).encode(size, size)
    block = region.block_header(region.BLOCK_RING, 4096 + 65536 * 262144, 4096)
    body = struct.pack("<IIIIQQQQII", 2, 1, 0, ring.tid, 1, 1, 0, 0, ring.chunk_count, ring.chunk_bytes)
    with open(path, "wb") as file:
        file.write(header + block + body)
        file.truncate(size)


def control_snapshot():
    """Control sequences in every string that a file has, and a damaged section, so that something is reported too."""
    site = records.Site(1, CONTROL + b"%s", [STR], target=CONTROL, file=CONTROL, function=CONTROL, names=CONTROL)
    unknown = records.Site(77, b"never described")
    process = snapshot.Process(policy=3, signal=11, strings=(CONTROL,) * 6)
    chunk = records.Chunk(1, 1000, 1000).add(site, 1, records.Text(CONTROL)).add(unknown, 1)
    made = snapshot.Snapshot()
    made.add(snapshot.PROCESS, process.encode())
    made.add(snapshot.CLOCK, snapshot.clock_body(1, CLOCK))
    made.add(snapshot.MODULES, snapshot.modules_body([(4096, 8192, CONTROL, CONTROL)]))
    made.add(snapshot.SITES, snapshot.sites_body([site]))
    made.add(snapshot.THREADS, snapshot.threads_body([snapshot.Thread(0, 7, CONTROL)]))
    made.add_chunk(0, chunk)
    made.add(snapshot.CRASH, snapshot.crash_body(7, 1, 2, [3], [4097]))
    damaged = snapshot.section(snapshot.CHUNK, CONTROL)
    made.data += damaged[:-8] + b"\x1b[31mxx\n"
    return made.end()


def control_region():
    """The same for a region: its identity, a thread's name, a site."""
    site = records.Site(1, CONTROL + b"%s", [STR], target=CONTROL, file=CONTROL, function=CONTROL)
    chunk = records.Chunk(1, 1000, 1000).add(site, 1, records.Text(CONTROL))
    ring = region.RingBlock(7, CONTROL[:32], chunks=[chunk])
    header = region.RegionHeader(strings=(CONTROL[:40],) * 4 + (CONTROL,))
    return region.Region(header, [region.SitesBlock([site]), ring]).build()


def snapshot_of_paths(path):
    """A snapshot in which everything that could be taken for a path is that one."""
    site = records.Site(1, b"x", file=path)
    made = snapshot.Snapshot()
    made.add(snapshot.PROCESS, snapshot.Process(policy=3, signal=11, strings=(path,) * 6).encode())
    made.add(snapshot.CLOCK, snapshot.clock_body(1, CLOCK))
    made.add(snapshot.MODULES, snapshot.modules_body([(4096, 8192, b"\1\2", path)]))
    made.add(snapshot.SITES, snapshot.sites_body([site]))
    made.add(snapshot.THREADS, snapshot.threads_body([snapshot.Thread(0, 7, path)]))
    made.add_chunk(0, records.Chunk(1, 1000, 1000).add(site, 1))
    made.add(snapshot.CRASH, snapshot.crash_body(7, 5000, 2, [3], [5000]))
    return made.end()


def many_chunks(count):
    """One ring of so many chunks of 100 events each."""
    site = records.Site(1, b"number %d", [I32])
    parts = begin(site.encode(), struct.pack("<II", 1, 0) + snapshot.Thread(0, 7).encode())
    for i in range(count):
        data = b"".join(records.event(site, j, j) for j in range(100))
        chunk = records.Chunk(i + 1, 1000 * i + 1, 1000 * i + 1, i * 100, 100, data)
        parts.append(snapshot.section(snapshot.CHUNK, snapshot.chunk_body(0, chunk)))
    return finish(parts)
