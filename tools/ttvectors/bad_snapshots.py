"""Snapshots with one damage each, and files that are refused. The offsets are those of the common base file."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from ttwrite.records import I32, PSTR, STR, WSTR, Chunk, Site, Text, event, text
from ttwrite.snapshot import (
    CHUNK, CLOCK, CRASH, END, INDEX, LZ4, MARKER, MODULES, PROCESS, RAW, SITES, THREADS, Process, Snapshot, Thread, chunk_body,
    chunk_head, clock_body, crash_body, end_body, file_header, index_body, modules_body, section, sites_body, threads_body,
)

from .common import (
    CONN, MONO0, PID, TICK, TICKS0, TRIPLES, Registry, chunk, conn_chunk, flip, main_thread, put, ticks_chunk,
)

VECTORS = Registry()
bad = VECTORS.bad


def base() -> Snapshot:
    """Every type of section; two rings, so that what is intact beside the damage can be seen."""
    file = Snapshot().add(PROCESS, Process(pid=PID).encode()).add(CLOCK, clock_body(1, TRIPLES))
    file.add(MODULES, modules_body([(0x400000, 0x500000, bytes(20), b"/usr/bin/demo")]))
    file.add(CRASH, crash_body(2001, 0x401000, 0x7FFF00, [1] * 18, [0x401000]))
    file.add(SITES, sites_body([TICK, CONN])).add(THREADS, threads_body([main_thread(), Thread(1, 2002, b"worker-2")]))
    file.add_chunk(0, ticks_chunk(1, 0, 0)).add_chunk(1, conn_chunk())
    return file


WHOLE = base().end()
SECTIONS = [struct.unpack_from("<QI", entry) for entry in base().entries]
AT = {kind: offset for offset, kind in reversed(SECTIONS)}
AT[INDEX] = len(base().data)
AT[END] = WHOLE.rindex(MARKER)
SECOND_CHUNK = SECTIONS[-1][0]
SIZE = len(WHOLE)
NAMES = {PROCESS: "process", CLOCK: "clock", MODULES: "modules", SITES: "sites", THREADS: "threads", CHUNK: "chunk",
         CRASH: "crash", END: "end", INDEX: "index"}


def offset(at: int) -> str:
    return f"offset {at}: "


def define_body_crc(kind: int) -> None:
    bad(f"body-crc-{NAMES[kind]}.tts", 1, offset(AT[kind]))(lambda: flip(WHOLE, AT[kind] + 24 + 3))


def define_header_crc(kind: int) -> None:
    bad(f"section-header-{NAMES[kind]}.tts", 1, offset(AT[kind]))(lambda: flip(WHOLE, AT[kind] + 12, 0x40))


for section_type in NAMES:
    define_body_crc(section_type)
    define_header_crc(section_type)


@bad("empty.tts", 2)
def empty() -> bytes:
    return b""


@bad("foreign.txt", 2)
def foreign() -> bytes:
    return b"This is not a trace.\n" * 300


@bad("magic-only.tts", 1, offset(0), offset(8))
def magic_only() -> bytes:
    return WHOLE[:8]


@bad("magic-cut.tts", 2)
def magic_cut() -> bytes:
    return WHOLE[:7]


@bad("header-cut.tts", 1, offset(0), offset(63))
def header_cut() -> bytes:
    return WHOLE[:63]


@bad("header-only.tts", 1, offset(64))
def header_only() -> bytes:
    return WHOLE[:64]


@bad("header-magic.tts", 1, offset(0))
def header_magic() -> bytes:
    return flip(WHOLE, 3, 0x20)


@bad("header-crc.tts", 1, offset(0))
def header_crc() -> bytes:
    """The CRC is wrong, so the flag that looks incompatible is not believed."""
    return flip(WHOLE, 16)


@bad("incompatible-flag.tts", 2, "flag")
def incompatible_flag() -> bytes:
    return file_header(incompatible=4) + WHOLE[64:]


@bad("newer-major.tts", 2, "version")
def newer_major() -> bytes:
    return file_header(major=2) + WHOLE[64:]


@bad("cut-in-sites.tts", 1, "END")
def cut_in_sites() -> bytes:
    """The sites were written last, and the file ends among them: whole entries count."""
    file = snapshot_until_chunks(SITES).add_chunk(0, ticks_chunk(1, 0, 0)).add_chunk(1, conn_chunk())
    return file.add(SITES, sites_body([TICK, CONN])).data[:-40]


@bad("zeros-between.tts", 1, offset(AT[THREADS]), offset(AT[CHUNK]))
def zeros_between() -> bytes:
    """From the middle of THREADS to the middle of the first chunk."""
    start = AT[THREADS] + 40
    return put(WHOLE, start, bytes(AT[CHUNK] + 30 - start))


@bad("halves-swapped.tts", 1, offset(0))
def halves_swapped() -> bytes:
    """All sections are there, in another order; END is not the last."""
    return WHOLE[AT[SITES] :] + WHOLE[: AT[SITES]]


@bad("no-end.tts", 1, offset(AT[END]))
def no_end() -> bytes:
    return WHOLE[: AT[END]]


@bad("cut-in-chunk.tts", 1, offset(SECOND_CHUNK), offset(AT[INDEX] - 9))
def cut_in_chunk() -> bytes:
    return WHOLE[: AT[INDEX] - 9]


@bad("cut-in-header.tts", 1, offset(SECOND_CHUNK), offset(SECOND_CHUNK + 23))
def cut_in_header() -> bytes:
    return WHOLE[: SECOND_CHUNK + 23]


@bad("garbage-between.tts", 1, offset(AT[CHUNK]))
def garbage_between() -> bytes:
    """Ends with a marker that is not at a multiple of 8 and one without a right header."""
    garbage = b"garbage!" * 3 + b"." + MARKER + b"......." + MARKER
    return WHOLE[: AT[CHUNK]] + garbage + WHOLE[AT[CHUNK] :]


@bad("after-end.tts", 1, offset(SIZE))
def after_end() -> bytes:
    return WHOLE + bytes(16)


@bad("sections-after-end.tts", 1, offset(SIZE))
def sections_after_end() -> bytes:
    """What follows END is read all the same."""
    return WHOLE + section(CHUNK, chunk_body(0, ticks_chunk(2, 3, 10_000)))


@bad("section-missing.tts", 1, offset(SECOND_CHUNK))
def section_missing() -> bytes:
    """A whole section is gone: only END's count tells."""
    return WHOLE[:SECOND_CHUNK] + WHOLE[AT[END] :]


@bad("length-above-limit.tts", 1, offset(AT[MODULES]))
def length_above_limit() -> bytes:
    return modules_of_length(16777217)


@bad("length-beyond-file.tts", 1, offset(AT[MODULES]))
def length_beyond_file() -> bytes:
    """A right header CRC, but the body would reach past the end: the sections after it are found."""
    return modules_of_length(100000)


def modules_of_length(length: int) -> bytes:
    head = MARKER + struct.pack("<HHII", MODULES, 0, length, 0)
    return put(WHOLE, AT[MODULES], head + struct.pack("<I", zlib.crc32(head)))


def missing(kind: int) -> bytes:
    """The base without its sections of one type; END counts right."""
    file = Snapshot()
    bodies = {PROCESS: Process(pid=PID).encode(), CLOCK: clock_body(1, TRIPLES), SITES: sites_body([TICK]),
              THREADS: threads_body([main_thread()])}
    for other, body in bodies.items():
        if other != kind:
            file.add(other, body)
    return file.add_chunk(0, ticks_chunk(1, 0, 0)).end()


@bad("no-process.tts", 1, "PROCESS")
def no_process() -> bytes:
    return missing(PROCESS)


@bad("no-clock.tts", 1, "CLOCK")
def no_clock() -> bytes:
    return missing(CLOCK)


@bad("no-threads.tts", 1, "THREADS")
def no_threads() -> bytes:
    return missing(THREADS)


@bad("no-sites.tts", 1)
def no_sites() -> bytes:
    return missing(SITES)


def replaced(kind: int, body: bytes) -> bytes:
    """The base with another body in its first section of a type; CRCs and counts are right."""
    file, is_done = Snapshot(), False
    for at, other in SECTIONS:
        size = struct.unpack_from("<I", WHOLE, at + 12)[0]
        old = WHOLE[at + 24 : at + 24 + size]
        is_this = other == kind and not is_done
        file.add(other, body if is_this else old)
        is_done = is_done or is_this
    return file.end()


@bad("process-short.tts", 1, offset(AT[PROCESS]))
def process_short() -> bytes:
    return replaced(PROCESS, Process(pid=PID).encode()[:-1])


@bad("process-twice.tts", 1, offset(AT[THREADS]))
def process_twice() -> bytes:
    """In the place of THREADS, whose rings then have no entry."""
    file = Snapshot()
    for at, other in SECTIONS:
        size = struct.unpack_from("<I", WHOLE, at + 12)[0]
        body = WHOLE[at + 24 : at + 24 + size]
        file.add(*((PROCESS, Process(pid=99).encode()) if other == THREADS else (other, body)))
    return file.end()


@bad("clock-count.tts", 1, offset(AT[CLOCK]))
def clock_count() -> bytes:
    return replaced(CLOCK, struct.pack("<II", 1, 3) + clock_body(1, TRIPLES)[8:])


@bad("clock-limit.tts", 1, offset(AT[CLOCK]))
def clock_limit() -> bytes:
    return replaced(CLOCK, clock_body(1, TRIPLES[:1] * 1025))


@bad("clock-unknown.tts", 1, offset(AT[CLOCK]))
def clock_unknown() -> bytes:
    return replaced(CLOCK, clock_body(4, TRIPLES))


@bad("modules-count.tts", 1, offset(AT[MODULES]))
def modules_count() -> bytes:
    return replaced(MODULES, struct.pack("<II", 0xFFFFFFFF, 0))


@bad("crash-count.tts", 1, offset(AT[CRASH]))
def crash_count() -> bytes:
    return replaced(CRASH, crash_body(1, 2, 3, [0] * 65, []))


@bad("threads-count.tts", 1, offset(AT[THREADS]))
def threads_count() -> bytes:
    """One entry is there, two are promised: the section is damaged as a whole."""
    return replaced(THREADS, struct.pack("<II", 2, 0) + main_thread().encode())


@bad("threads-repeat.tts", 1, offset(AT[THREADS]))
def threads_repeat() -> bytes:
    return replaced(THREADS, threads_body([main_thread(), Thread(1, 2002, b"worker-2"), Thread(0, 7, b"other")]))


@bad("threads-ring-number.tts", 1, offset(AT[THREADS]))
def threads_ring_number() -> bytes:
    return replaced(THREADS, threads_body([Thread(65536, 1, b"x")]))


@bad("ring-without-thread.tts", 1, offset(AT[CHUNK]))
def ring_without_thread() -> bytes:
    return replaced(CHUNK, chunk_body(7, ticks_chunk(1, 0, 0)))


@bad("end-count.tts", 1, offset(AT[END]))
def end_count() -> bytes:
    return WHOLE[: AT[END]] + section(END, end_body(3))


@bad("end-short.tts", 1, offset(AT[END]))
def end_short() -> bytes:
    return WHOLE[: AT[END]] + section(END, end_body(len(SECTIONS) + 1)[:-1])


def define_sites(name: str, body: bytes, *ats: int) -> None:
    """The base with other sites. An `at` below 0 stands for the first chunk, which moves with the sites' length."""
    first_chunk = AT[CHUNK] + len(section(SITES, body)) - len(section(SITES, sites_body([TICK, CONN])))
    needles = [offset(at if at >= 0 else first_chunk) for at in ats]
    bad(name, 1, *needles)(lambda: replaced(SITES, body))


def longer(site: Site, count: int) -> bytes:
    """An entry with so many bytes too many, under a right CRC."""
    entry = site.encode() + bytes(count)
    return struct.pack("<II", len(entry), zlib.crc32(entry[8:])) + entry[8:]


FIRST_SITE = AT[SITES] + 24
THE_CHUNK = -1

# The first entry's `bytes` and CRC are wrong; the second entry is found.
define_sites("site-entry.tts", b"\xf8\x7f\0\0" + TICK.encode()[4:] + CONN.encode(), FIRST_SITE, THE_CHUNK)
define_sites("site-type-0.tts", sites_body([Site(2, b"%d", [0]), CONN]), FIRST_SITE, THE_CHUNK)
define_sites("site-type-errno.tts", sites_body([Site(2, b"%d", [12]), CONN]), FIRST_SITE, THE_CHUNK)
define_sites("site-id-limit.tts", sites_body([Site(524288, b"x"), CONN]), FIRST_SITE, THE_CHUNK)
define_sites("site-id-0.tts", sites_body([Site(0, b"x"), CONN, TICK]), FIRST_SITE)
define_sites("site-no-target.tts", sites_body([Site(2, b"x", target=b""), CONN]), FIRST_SITE, THE_CHUNK)
define_sites("site-file-limit.tts", sites_body([Site(2, b"x", file=b"f" * 4096), CONN]), FIRST_SITE, THE_CHUNK)
define_sites("site-target-limit.tts", sites_body([Site(2, b"x", target=b"t" * 256), CONN]), FIRST_SITE, THE_CHUNK)
define_sites("site-function-limit.tts", sites_body([Site(2, b"x", function=b"f" * 1024), CONN]), FIRST_SITE, THE_CHUNK)
define_sites("site-format-limit.tts", sites_body([Site(2, b"x" * 8192), CONN]), FIRST_SITE, THE_CHUNK)
define_sites("site-names-limit.tts", sites_body([Site(2, b"x", names=b"n" * 8192), CONN]), FIRST_SITE, THE_CHUNK)
define_sites("site-arguments-limit.tts", sites_body([Site(2, b"x", [1] * 17), CONN]), FIRST_SITE, THE_CHUNK)
define_sites("site-bytes-limit.tts", longer(TICK, 32768) + CONN.encode(), FIRST_SITE, THE_CHUNK)
define_sites("site-bytes-odd.tts", longer(TICK, 4) + bytes(4) + CONN.encode(), FIRST_SITE, THE_CHUNK)
define_sites("site-missing.tts", CONN.encode(), THE_CHUNK)
# From a later version: its events cannot be shown, and this is reported once.
define_sites("site-unknown-type.tts", sites_body([Site(2, b"%d", [13]), CONN]), THE_CHUNK)
define_sites("site-unknown-kind.tts", sites_body([Site(2, b"x", kind=5), CONN]), THE_CHUNK)
define_sites("site-unknown-level.tts", sites_body([Site(2, b"x", level=7), CONN]), THE_CHUNK)


def with_chunk(one: Chunk, sites: list[Site] | None = None, clock: int = 1) -> bytes:
    """A file whose first chunk is the one given, beside an intact second."""
    file = Snapshot().add(PROCESS, Process(pid=PID).encode()).add(CLOCK, clock_body(clock, TRIPLES))
    file.add(THREADS, threads_body([main_thread()]))
    file.add_chunk(0, one).add_chunk(0, ticks_chunk(2, 10, 10_000))
    return file.add(SITES, sites_body([TICK, CONN, *(sites or [])])).end()


WITH_CHUNK_AT = 64 + sum(
    len(section(kind, body))
    for kind, body in (
        (PROCESS, Process(pid=PID).encode()), (CLOCK, clock_body(1, TRIPLES)), (THREADS, threads_body([main_thread()])),
    )
)
IN_CHUNK = offset(WITH_CHUNK_AT)


@bad("record-words-0.tts", 1, IN_CHUNK)
def record_words_0() -> bytes:
    one = ticks_chunk(1, 0, 0, count=2).add_raw(bytes(8)).add(TICK, 9)
    return with_chunk(one)


@bad("record-words-beyond.tts", 1, IN_CHUNK)
def record_words_beyond() -> bytes:
    return with_chunk(ticks_chunk(1, 0, 0, count=2).add_raw(struct.pack("<Q", 2 << 44 | 2 << 32), 1))


@bad("sync-words.tts", 1, IN_CHUNK)
def sync_words() -> bytes:
    one = ticks_chunk(1, 0, 0, count=2).add_raw(struct.pack("<QQQ", 3 << 32 | 1, 5, 6)).add(TICK, 9)
    return with_chunk(one)


@bad("until-words.tts", 1, IN_CHUNK)
def until_words() -> bytes:
    one = ticks_chunk(1, 0, 0, count=2).add_raw(struct.pack("<Q", 1 << 32 | 2)).add(TICK, 9)
    return with_chunk(one)


@bad("held-unknown.tts", 1, IN_CHUNK)
def held_unknown() -> bytes:
    """Of three held events one cannot be shown; it has its part of the time all the same."""
    one = ticks_chunk(1, 0, 0, count=1).add(TICK, 1000).add(Site(77), 1000).add(TICK, 1000).add(TICK, 1400)
    return with_chunk(one, clock=0x101)


@bad("record-body-short.tts", 1, IN_CHUNK)
def record_body_short() -> bytes:
    """Only this event is lost; it keeps its seq."""
    one = ticks_chunk(1, 0, 0, count=1).add_raw(struct.pack("<Q", 1 << 44 | 1 << 32), 1).add(TICK, 4000)
    return with_chunk(one)


@bad("record-string-beyond.tts", 1, IN_CHUNK)
def record_string_beyond() -> bytes:
    body = struct.pack("<QIHH", 1 << 44 | 2 << 32, 5, 3, 0)
    return with_chunk(ticks_chunk(1, 0, 0, count=1).add_raw(body, 1).add(CONN, 4000, 1, text("next")))


@bad("record-string-limit.tts", 1, IN_CHUNK)
def record_string_limit() -> bytes:
    site = Site(3, b"%s", [STR])
    return with_chunk(chunk().add(site, 1, Text(b"x" * 4097)).add(TICK, 2), [site])


@bad("record-wide-length.tts", 1, IN_CHUNK)
def record_wide_length() -> bytes:
    site = Site(3, b"%ls", [WSTR])
    return with_chunk(chunk().add(site, 1, Text(b"abcde")).add(TICK, 2), [site])


@bad("record-address-length.tts", 1, IN_CHUNK)
def record_address_length() -> bytes:
    site = Site(3, b"%p", [PSTR])
    return with_chunk(chunk().add(site, 1, Text(b"abcd")).add(TICK, 2), [site])


@bad("record-time-jump.tts", 1, IN_CHUNK)
def record_time_jump() -> bytes:
    """The time of an event that cannot be shown does not push the next one's."""
    site = Site(3, b"%d", [I32])
    one = ticks_chunk(1, 0, 0, count=1).add(site, 4_000_000_000, 1).add(TICK, 3000)
    return with_chunk(one)


@bad("record-time-back.tts", 1, offset(WITH_CHUNK_AT))
def record_time_back() -> bytes:
    """Nothing of the first chunk can be shown, so it does not hold back the second, whose ns went back."""
    first = chunk(1, 0, 5000).add(Site(3, b"gone"), 300)
    file = Snapshot().add(PROCESS, Process(pid=PID).encode()).add(CLOCK, clock_body(1, TRIPLES))
    file.add(THREADS, threads_body([main_thread()])).add_chunk(0, first)
    return file.add_chunk(0, Chunk(2, TICKS0 + 5000, MONO0 + 1000, 1).add(TICK, 10)).add(SITES, sites_body([TICK])).end()


@bad("chunk-events.tts", 1, IN_CHUNK)
def chunk_events() -> bytes:
    one = ticks_chunk(1, 0, 0)
    one.events = 2
    return with_chunk(one)


@bad("chunk-number-0.tts", 1, IN_CHUNK)
def chunk_number_0() -> bytes:
    return with_chunk(ticks_chunk(0, 0, 0))


@bad("chunk-raw-length.tts", 1, offset(AT[CHUNK]))
def chunk_raw_length() -> bytes:
    return replaced(CHUNK, chunk_body(0, ticks_chunk(1, 0, 0)) + bytes(8))


@bad("chunk-short.tts", 1, offset(AT[CHUNK]))
def chunk_short() -> bytes:
    return replaced(CHUNK, chunk_body(0, ticks_chunk(1, 0, 0))[:47])


@bad("chunk-words-limit.tts", 1, offset(AT[CHUNK]))
def chunk_words_limit() -> bytes:
    head = chunk_head(0, RAW, ticks_chunk(1, 0, 0))
    return replaced(CHUNK, put(head, 44, struct.pack("<I", 65536)))


@bad("chunk-words-wrapped.tts", 1, offset(AT[CHUNK]))
def chunk_words_wrapped() -> bytes:
    """The number of words is right in its low 16 bits."""
    body = chunk_body(0, ticks_chunk(1, 0, 0))
    return replaced(CHUNK, put(body, 44, struct.pack("<I", 65536 + struct.unpack_from("<I", body, 44)[0])))


@bad("chunk-encoding-unknown.tts", 1, offset(AT[CHUNK]))
def chunk_encoding_unknown() -> bytes:
    return replaced(CHUNK, chunk_body(0, ticks_chunk(1, 0, 0), encoding=3))


def three(torn: int = 0, *without: int, is_bare: bool = False) -> tuple[bytes, list[int]]:
    """A ring of three chunks of three events, of which four were overwritten before; and where the chunks are. Bare: without INDEX."""
    file = Snapshot().add(PROCESS, Process(pid=PID).encode()).add(CLOCK, clock_body(1, TRIPLES)).add(SITES, sites_body([TICK]))
    file.add(THREADS, threads_body([Thread(0, 2001, b"worker-1", recorded=13, overwritten=4)]))
    ats = []
    for number in range(3):
        if number not in without:
            ats.append(len(file.data))
            file.add_chunk(0, ticks_chunk(7 + number, 4 + 3 * number, 10_000 * number))
    return file.end(torn=torn, has_index=not is_bare), ats


@bad("chunk-oldest.tts", 1, offset(three()[1][0]))
def chunk_oldest() -> bytes:
    data, ats = three()
    return flip(data, ats[0] + 24 + 60)


@bad("chunk-middle.tts", 1, offset(three()[1][1]))
def chunk_middle() -> bytes:
    data, ats = three()
    return flip(data, ats[1] + 24 + 60)


@bad("chunk-newest.tts", 1, offset(three()[1][2]))
def chunk_newest() -> bytes:
    """The section's header: what it was is not known, but what is missing is."""
    data, ats = three()
    return flip(data, ats[2] + 12)


@bad("chunk-oldest-bare.tts", 1, offset(three()[1][0]))
def chunk_oldest_bare() -> bytes:
    data, ats = three(is_bare=True)
    return flip(data, ats[0] + 24 + 60)


@bad("chunk-middle-bare.tts", 1, offset(three()[1][1]))
def chunk_middle_bare() -> bytes:
    data, ats = three(is_bare=True)
    return flip(data, ats[1] + 24 + 60)


@bad("chunk-newest-bare.tts", 1, offset(three()[1][2]))
def chunk_newest_bare() -> bytes:
    """The section's header: what it was is not known, but what is missing is."""
    data, ats = three(is_bare=True)
    return flip(data, ats[2] + 12)


@bad("chunk-torn.tts", 1, "END")
def chunk_torn() -> bytes:
    """The middle chunk was torn; the report is of an END that counts wrongly."""
    data = three(1, 1)[0]
    at = data.rindex(MARKER)
    return data[:at] + section(END, end_body(99, 0, 1))


@bad("chunk-twice.tts", 1, offset(SECOND_CHUNK))
def chunk_twice() -> bytes:
    """The second of two intact chunks of one number is not shown."""
    file = snapshot_until_chunks().add_chunk(0, ticks_chunk(1, 0, 0)).add_chunk(0, conn_chunk(1))
    return file.end()


def snapshot_until_chunks(*without: int) -> Snapshot:
    file = Snapshot()
    for at, kind in SECTIONS:
        if kind != CHUNK and kind not in without:
            size = struct.unpack_from("<I", WHOLE, at + 12)[0]
            file.add(kind, WHOLE[at + 24 : at + 24 + size])
    return file


def lz4_body(data: bytes) -> bytes:
    """A chunk of 4 words in this LZ4 block."""
    return chunk_head(0, LZ4, ticks_chunk(1, 0, 0, count=4)) + data


@bad("lz4-garbage.tts", 1, offset(AT[CHUNK]))
def lz4_garbage() -> bytes:
    return replaced(CHUNK, lz4_body(b"\xff" * 20))


@bad("lz4-too-short.tts", 1, offset(AT[CHUNK]))
def lz4_too_short() -> bytes:
    return replaced(CHUNK, lz4_body(b"\x80" + bytes(8)))


@bad("lz4-too-long.tts", 1, offset(AT[CHUNK]))
def lz4_too_long() -> bytes:
    return replaced(CHUNK, lz4_body(b"\xf0\x12" + bytes(33)))


@bad("lz4-distance.tts", 1, offset(AT[CHUNK]))
def lz4_distance() -> bytes:
    """A match that begins before the block."""
    return replaced(CHUNK, lz4_body(b"\x44" + bytes(4) + b"\x05\0" + b"\xf0\x05" + bytes(20)))


@bad("lz4-distance-0.tts", 1, offset(AT[CHUNK]))
def lz4_distance_0() -> bytes:
    """The reference library does not notice it: what it gives for it is not defined."""
    record = event(TICK, TICKS0 + 1000)
    return replaced(CHUNK, lz4_body(b"\x84" + record + b"\0\0" + b"\xf0\x01" + 2 * record))


def without_data(number: int, first_seq: int, after_ns: int) -> bytes:
    """A CHUNK whose data do not decode."""
    return chunk_head(0, LZ4, ticks_chunk(number, first_seq, after_ns, count=4)) + b"\xff" * 20


@bad("lz4-clock.tts", 1)
def lz4_clock() -> bytes:
    """What a chunk says beside its data counts: here a tick is half a ns until it begins."""
    file = snapshot_until_chunks().add_chunk(0, ticks_chunk(1, 0, 0))
    body = bytearray(without_data(2, 3, 1_000_000))
    struct.pack_into("<Q", body, 32, MONO0 + 500_000)
    return file.add(CHUNK, bytes(body)).add_chunk(0, ticks_chunk(3, 7, 2_000_000)).end()


@bad("lz4-twice.tts", 1)
def lz4_twice() -> bytes:
    """The second of two chunks of one number does not stand in for the first, whose data do not decode."""
    file = snapshot_until_chunks().add(CHUNK, without_data(1, 0, 0))
    return file.add_chunk(0, ticks_chunk(1, 0, 0)).end()


@bad("lz4-last-literals.tts", 1, offset(AT[CHUNK]))
def lz4_last_literals() -> bytes:
    """32 bytes come out, but the block ends with a match."""
    return replaced(CHUNK, lz4_body(b"\x8f" + bytes(8) + b"\x08\0\x05"))


def with_index(change: Callable[[bytes, int], bytes], previous: int = 0) -> bytes:
    """The base with another entry for its first chunk: of all sections' entries, the changed one."""
    file = base()
    entries = [change(entry, at) for at, entry in enumerate(file.entries)]
    return file.put(INDEX, index_body(previous, entries)).end(has_index=False)


FIRST = [kind for _, kind in SECTIONS].index(CHUNK)


def first_chunk(at: int, piece: bytes) -> bytes:
    """With an entry of the first chunk that says something else there."""
    return with_index(lambda entry, number: put(entry, at, piece) if number == FIRST else entry)


@bad("index-contradicts.tts", 1, offset(AT[CHUNK]))
def index_contradicts() -> bytes:
    """The entry counts, and what stands there does not."""
    return first_chunk(16 + 16, struct.pack("<Q", 5))


@bad("index-empty-chunk.tts", 1)
def index_empty_chunk() -> bytes:
    """The entry says that the chunk has no words."""
    return first_chunk(16 + 44, bytes(4))


@bad("index-ring.tts", 1, offset(AT[CHUNK]))
def index_ring() -> bytes:
    return first_chunk(16, struct.pack("<I", 65536))


@bad("index-number-0.tts", 1, offset(AT[CHUNK]))
def index_number_0() -> bytes:
    return first_chunk(16 + 8, bytes(8))


@bad("index-encoding.tts", 1)
def index_encoding() -> bytes:
    return first_chunk(16 + 4, struct.pack("<I", 77))


@bad("index-gap.tts", 1, offset(AT[INDEX]))
def index_gap() -> bytes:
    return with_index(lambda entry, number: put(entry, 0, bytes(8)) if number == FIRST else entry)


@bad("index-length.tts", 1, offset(AT[INDEX]))
def index_length() -> bytes:
    return with_index(lambda entry, number: put(entry, 12, struct.pack("<I", 8)) if number == FIRST else entry)


@bad("index-previous.tts", 1, offset(AT[INDEX]))
def index_previous() -> bytes:
    return with_index(lambda entry, _: entry, previous=AT[CHUNK])


@bad("index-count.tts", 1, offset(AT[INDEX]))
def index_count() -> bytes:
    file = base()
    body = index_body(0, file.entries)
    return file.put(INDEX, put(body, 8, struct.pack("<I", len(SECTIONS) + 1))).end(has_index=False)


@bad("index-short.tts", 1, offset(AT[INDEX]))
def index_short() -> bytes:
    return base().put(INDEX, index_body(0, [])[:-1]).end(has_index=False)


def two_indexes() -> tuple[bytes, list[int], int]:
    """An INDEX behind each of two chunks; where the chunks are, and the first INDEX."""
    file = snapshot_until_chunks().add_chunk(0, ticks_chunk(1, 0, 0))
    first = file.add_index().index
    second = len(file.data)
    file.add_chunk(0, ticks_chunk(2, 3, 10_000))
    return file.end(), [AT[CHUNK], second], first


@bad("index-two.tts", 1, offset(two_indexes()[1][0]), offset(two_indexes()[1][1]))
def index_two() -> bytes:
    """Both chunks are damaged, and both are known."""
    data, ats, _ = two_indexes()
    return flip(flip(data, ats[0] + 24 + 60), ats[1] + 12)


@bad("index-header-lost.tts", 1, offset(two_indexes()[2]))
def index_header_lost() -> bytes:
    """The header of the first INDEX is damaged: the second names it and does not count."""
    data, ats, first = two_indexes()
    return flip(flip(data, first + 12), ats[1] + 24 + 60)


@bad("index-body-lost.tts", 1, offset(two_indexes()[2]))
def index_body_lost() -> bytes:
    """The body of the first INDEX is damaged: the second counts."""
    data, ats, first = two_indexes()
    return flip(flip(data, first + 24 + 20), ats[1] + 24 + 60)


@bad("index-second-of-number.tts", 1, offset(AT[CHUNK]))
def index_second_of_number() -> bytes:
    """A damaged chunk stands before an intact one of its number: the first one counts."""
    file = snapshot_until_chunks().add_chunk(0, ticks_chunk(1, 0, 0)).add_chunk(0, ticks_chunk(1, 0, 500))
    return flip(file.end(), AT[CHUNK] + 24 + 60)
