"""Snapshots that a conforming writer may have made, or that extend the format as it allows."""

from __future__ import annotations

from ttwrite.records import (
    CONTEXT, COUNTER, ERROR, F64, F80, F128, FATAL, I32, I64, LOG, PSTR, PTR, SPAN_BEGIN, SPAN_END, STR, TRACE, U32, U64,
    WARN, WSTR, Chunk, Site, Text, address, control, event, f64, f80, f128, text, wide,
)
from ttwrite.snapshot import (
    CHUNK, CLOCK, CRASH, LZ4, MODULES, PROCESS, SITES, THREADS, Process, Snapshot, Thread, chunk_body, clock_body,
    crash_body, file_header, modules_body, section, sites_body, threads_body,
)

from .common import (
    CONN, MONO0, PID, REAL0, TICK, TICKS0, Registry, chunk, conn_chunk, main_thread, simple, snapshot, ticks_chunk,
)

VECTORS = Registry()
good = VECTORS.good


@good("minimal.tts")
def minimal() -> bytes:
    return simple([TICK], chunk().add(TICK, 123456789))


@good("two-events.tts")
def two_events() -> bytes:
    return simple([CONN], conn_chunk())


@good("no-events.tts")
def no_events() -> bytes:
    return simple([TICK])


@good("all-types.tts")
def all_types() -> bytes:
    types = [I32, STR, U32, F80, I64, WSTR, U64, F128, F64, PSTR, PTR]
    form = b"%d %s %u %Lg %ld %ls %lu %Lg %g %p %p"
    site = Site(1, form, types, names=b"\0".join(b"abcdefghijk"[i : i + 1] for i in range(11)))
    one_half = f80(1 << 63, 16382)
    values = (-1, text("eins"), 4294967295, one_half, -(1 << 63), wide("zw\u00f6lf"), (1 << 64) - 1,
              f128(1 << 111, 16383), f64(0.1), address(0x7F00), 0xDEADBEEF)
    return simple([site], chunk().add(site, 1, *values))


@good("sixteen-arguments.tts")
def sixteen_arguments() -> bytes:
    site = Site(1, b"%d " * 16, [I32] * 16, flags=1)
    return simple([site], chunk().add(site, 1, *range(17)))


@good("levels-and-kinds.tts")
def levels_and_kinds() -> bytes:
    sites = [Site(level, b"level", level=level) for level in range(TRACE, FATAL + 1)]
    sites += [Site(10 + kind, b"kind", kind=kind) for kind in (LOG, SPAN_BEGIN, SPAN_END, COUNTER, CONTEXT)]
    one = chunk()
    for index, site in enumerate(sites):
        one.add(site, index)
    return simple(sites, one)


@good("strings-limits.tts")
def strings_limits() -> bytes:
    site = Site(1, b"[%s] [%s]", [STR, STR])
    one = chunk()
    one.add(site, 1, text(""), None)
    one.add(site, 2, Text(b"a" * 4096), text(""))
    one.add(site, 3, Text(b"b" * 4000), Text(b"c" * 96, is_cut=True))
    one.add(site, 4, Text(b"", is_cut=True), text("left"))
    return simple([site], one)


@good("site-limits.tts")
def site_limits() -> bytes:
    site = Site(524287, b"%%" * 2000, line=4294967295, target=b"t" * 255, file=b"f" * 4095, function=b"g" * 1023,
                names=b"n" * 8191)
    return simple([site], chunk().add(site, 1))


@good("errno.tts")
def errno() -> bytes:
    with_m = Site(1, b"open %s: %m", [STR], level=ERROR, flags=1)
    name = Site(2, b"[%#m] [%10m] [%-10.2m] [%#8m]", flags=1)
    without_m = Site(3, b"no m, %%m", flags=1)
    no_flag = Site(4, b"%m", level=WARN)
    one = chunk().add(with_m, 1, text("/etc/x"), 2).add(name, 2, 2).add(name, 3, 0).add(name, 4, 9999)
    one.add(with_m, 5, None, -1).add(without_m, 6, 2).add(no_flag, 7)
    return simple([with_m, name, without_m, no_flag], one)


@good("sync.tts")
def sync_records() -> bytes:
    one = chunk().add(TICK, 5)
    one.sync(TICKS0 + 5 * 10**9).add(TICK, 7)
    one.sync(TICKS0 + 4 * 10**9).add(TICK, 8)
    return simple([TICK], one)


@good("sync-upper-half.tts")
def sync_upper_half() -> bytes:
    """The last tick of an upper half and the first of the next, with a sync between; then without: the time stands still."""
    turn = (TICKS0 >> 32) + 1 << 32
    one = chunk(after_ns=turn - TICKS0 - 50).add(TICK, 20).add(TICK, 49).sync(turn).add(TICK, 0).add(TICK, 30)
    one.sync(turn + (1 << 32) - 1).add(TICK, 0).add(TICK, 5)
    return simple([TICK], one)


@good("sync-before-base.tts")
def sync_before_base() -> bytes:
    """A time before the chunk's base is shown as the base's."""
    return simple([TICK], chunk(after_ns=500).sync(TICKS0 - 100).add(TICK, 1).add(TICK, 700))


@good("unknown-control.tts")
def unknown_control() -> bytes:
    one = chunk().add(TICK, 1).add_raw(control(3)).add(TICK, 2).add_raw(control(0xFFFFFFFF, bytes(24))).add(TICK, 3)
    return simple([TICK], one)


HELD = 0x100


def held_chunks() -> list[Chunk]:
    """Runs that end in each way: at another event's ticks, at an until record, at the next chunk, and at nothing."""
    one = chunk().add(TICK, 100).add(TICK, 100).add(TICK, 100).add(TICK, 400).add(TICK, 400).until(TICKS0 + 403)
    one.add(TICK, 403).add(TICK, 403).until(TICKS0 + 10).add(TICK, 500).add(TICK, 500).until(TICKS0 + 500).add(TICK, 500)
    one.add_raw(control(3)).sync(TICKS0).add(TICK, 500).add(TICK, 900).add(TICK, 900)
    two = chunk(2, one.events, 2000).add(TICK, 0).add(TICK, 0).add(TICK, 0)
    return [one, two]


@good("held.tts")
def held() -> bytes:
    file = snapshot([TICK], [main_thread()], HELD | 1)
    for one in held_chunks():
        file.add_chunk(0, one)
    return file.end()


@good("held-without-flag.tts")
def held_without_flag() -> bytes:
    """Equal ticks are nothing special in a trace of a clock that is always read."""
    return simple([TICK], *held_chunks())


@good("held-ns.tts")
def held_ns() -> bytes:
    """Of a clock that counts ns, and across a sync."""
    turn = (MONO0 >> 32) + 1 << 32
    one = Chunk(1, MONO0, MONO0).add(TICK, 5).add(TICK, 5).sync(turn).add(TICK, 3).add(TICK, 3).add(TICK, 3).add(TICK, 40)
    file = snapshot([TICK], [main_thread()], HELD | 3)
    return file.add_chunk(0, one).end()


@good("nested-ring.tts")
def nested_ring() -> bytes:
    threads = [Thread(0, 2001, b"worker-1"), Thread(1, 2001, b"worker-1", kind=1)]
    file = snapshot([TICK], threads).add_chunk(0, ticks_chunk(1, 0, 0)).add_chunk(1, ticks_chunk(1, 0, 500))
    return file.end()


@good("overwritten.tts")
def overwritten() -> bytes:
    """812 events were overwritten; their number is the first seq."""
    thread = Thread(0, 2001, b"worker-1", recorded=818, overwritten=812)
    file = snapshot([TICK], [thread]).add_chunk(0, ticks_chunk(10, 815, 10_000)).add_chunk(0, ticks_chunk(9, 812, 0))
    return file.end(torn=1)


@good("out-of-order-chunks.tts")
def out_of_order_chunks() -> bytes:
    threads = [Thread(0, 2001, b"a"), Thread(1, 2002, b"b")]
    file = snapshot([TICK], threads)
    for ring, number in ((0, 3), (1, 2), (0, 1), (1, 1), (0, 2)):
        file.add_chunk(ring, ticks_chunk(number, 3 * (number - 1), 10_000 * number + 200 * ring))
    return file.end()


@good("equal-times.tts")
def equal_times() -> bytes:
    """Of equal times the lower ring goes first, whatever the order of the sections."""
    file = snapshot([TICK], [Thread(1, 2002, b"second"), Thread(0, 2001, b"first")])
    return file.add_chunk(1, ticks_chunk(1, 0, 0)).add_chunk(0, ticks_chunk(1, 0, 0)).end()


@good("chunk-missing.tts")
def chunk_missing() -> bytes:
    """Chunk 2 was torn: its events are missing, and no damage."""
    return simple([TICK], ticks_chunk(3, 6, 20_000), ticks_chunk(1, 0, 0))


@good("lz4.tts")
def lz4() -> bytes:
    one = chunk()
    for index in range(40):
        one.add(CONN, 10 * index, index, text("open again and again"))
    return snapshot([CONN], [main_thread()]).add_chunk(0, one, LZ4).end()


@good("lz4-short.tts")
def lz4_short() -> bytes:
    """One record of 8 bytes: literals only."""
    return snapshot([TICK], [main_thread()]).add_chunk(0, chunk().add(TICK, 1), LZ4).end()


@good("empty-chunk.tts")
def empty_chunk() -> bytes:
    """Its absurd clock pair and its number, the same as another's, do not count."""
    empty = Chunk(1, 1, MONO0 * 1000)
    return simple([TICK], empty, ticks_chunk(1, 0, 0))


@good("empty-chunk-number.tts")
def empty_chunk_number() -> bytes:
    """A chunk without words may have the number 0."""
    return simple([TICK], Chunk(0, TICKS0, MONO0), ticks_chunk(1, 0, 0))


@good("no-index.tts")
def no_index() -> bytes:
    return snapshot([TICK], [main_thread()]).add_chunk(0, ticks_chunk(1, 0, 0)).end(has_index=False)


@good("unknown-section.tts")
def unknown_section() -> bytes:
    file = snapshot([TICK], [main_thread()]).add(10, b"new").add(0xFFFF, b"", flags=0xFFFF)
    return file.add_chunk(0, ticks_chunk(1, 0, 0)).add(200, bytes(100)).end()


@good("unknown-compatible-flag.tts")
def unknown_compatible_flag() -> bytes:
    head = file_header(minor=7, compatible=1 << 63 | 1)
    file = snapshot([TICK], [main_thread()]).add_chunk(0, ticks_chunk(1, 0, 0)).end()
    return head + file[64:]


@good("longer-sections.tts")
def longer_sections() -> bytes:
    """A later version may add fields at the end of PROCESS; bytes after what a body holds are ignored."""
    file = Snapshot().add(PROCESS, Process(pid=PID).encode() + b"later fields")
    file.add(CLOCK, clock_body(1, [(TICKS0, MONO0, REAL0)]) + bytes(8)).add(SITES, sites_body([TICK]))
    return file.add(THREADS, threads_body([main_thread()]) + bytes(16)).add_chunk(0, ticks_chunk(1, 0, 0)).end()


@good("crash.tts")
def crash() -> bytes:
    process = Process(pid=PID, policy=3, signal=11, si_code=1, tid=2001, si_addr=8)
    modules = modules_body([(0x400000, 0x500000, bytes(range(20)), b"/usr/bin/demo"), (0x7F0000, 0x7F8000, b"", b"")])
    file = Snapshot().add(PROCESS, process.encode()).add(CLOCK, clock_body(1, [(TICKS0, MONO0, REAL0)]))
    file.add(MODULES, modules).add(CRASH, crash_body(2001, 0x401000, 0x7FFF00, list(range(18)), [0x401000, 0x402000]))
    file.add(SITES, sites_body([TICK])).add(THREADS, threads_body([main_thread()]))
    return file.add_chunk(0, ticks_chunk(1, 0, 0)).end()


@good("repeated-sections.tts")
def repeated_sections() -> bytes:
    """Several CLOCK, SITES and THREADS sections; the second site of id 2 does not count."""
    file = Snapshot().add(PROCESS, Process(pid=PID).encode()).add(CLOCK, clock_body(1, [(TICKS0, MONO0, REAL0)]))
    file.add(SITES, sites_body([TICK])).add(THREADS, threads_body([Thread(0, 2001, b"a")]))
    file.add_chunk(0, ticks_chunk(1, 0, 0))
    file.add(CLOCK, clock_body(3, [(TICKS0 + 2000, MONO0 + 4000, REAL0 + 4000)]))
    file.add(SITES, sites_body([Site(2, b"another"), CONN])).add(THREADS, threads_body([Thread(1, 2002, b"b")]))
    return file.add_chunk(1, conn_chunk()).end()


@good("sections-after-use.tts")
def sections_after_use() -> bytes:
    """No conforming writer does so, but a reader has the whole file: nothing is lost."""
    file = Snapshot().add(CHUNK, chunk_body(0, ticks_chunk(1, 0, 0))).add(SITES, sites_body([TICK]))
    file.add(THREADS, threads_body([main_thread()])).add(CLOCK, clock_body(1, [(TICKS0, MONO0, REAL0)]))
    return file.add(PROCESS, Process(pid=PID).encode()).end()


def clocked(triples: list[tuple[int, int, int]], *chunks: Chunk, clock: int = 1) -> bytes:
    file = Snapshot().add(PROCESS, Process(pid=PID).encode()).add(CLOCK, clock_body(clock, triples))
    file.add(SITES, sites_body([TICK])).add(THREADS, threads_body([main_thread()]))
    for one in chunks:
        file.add_chunk(0, one)
    return file.end()


@good("clock-piecewise.tts")
def clock_piecewise() -> bytes:
    """3 ticks a ns in chunk 1, 2 in chunk 2 (to chunk 5), the span's 2.4 in the last; divisions round down."""
    chunks = [Chunk(1, 1000, 500, 0), Chunk(2, 4000, 1500, 3), Chunk(5, 8000, 3500, 6)]
    for one in chunks:
        one.add(TICK, 1).add(TICK, 100).add(TICK, 2999)
    return clocked([(1000, 500, 10**18), (8200, 3500, 10**18 + 6000)], *chunks)


@good("clock-real.tts")
def clock_real() -> bytes:
    """Before the first triple, between two, where the real clock went back, and from the last on; unordered."""
    triples = [(3000, 3000, 50_000), (1000, 1000, 10_000), (2000, 2000, 20_000), (2500, 2500, 15_000), (0, 0, 77),
               (2000, 2000, 99_999)]
    one = Chunk(1, 500, 500)
    for delta in (0, 500, 999, 1500, 1750, 2000, 2250, 2500, 3500):
        one.add(TICK, delta)
    return clocked(triples, one)


@good("clock-before-epoch.tts")
def clock_before_epoch() -> bytes:
    """Times are clamped to 0 .. 2^63-1."""
    one = Chunk(1, 10, 10).add(TICK, 0).sync(2**63 + 5).add(TICK, 0).sync(2**64 - 1).add(TICK, 2)
    return clocked([(1000, 1000, 100)], one)


@good("clock-one-pair.tts")
def clock_one_pair() -> bytes:
    """No slope anywhere: a tick counts as a ns."""
    return clocked([(5000, 500, REAL0)], Chunk(1, 5000, 500).add(TICK, 250))


@good("clock-odd-pairs.tts")
def clock_odd_pairs() -> bytes:
    """Neighbours of equal ticks, and of ns that go back, fall to the span; time does not go back within the ring."""
    chunks = [Chunk(1, 1000, 2000, 0), Chunk(2, 1000, 3000, 2), Chunk(3, 3000, 2500, 4), Chunk(4, 9000, 9000, 6)]
    for one in chunks:
        one.add(TICK, 10).add(TICK, 1000)
    return clocked([(0, 1, REAL0)], *chunks)


@good("clock-monotonic.tts")
def clock_monotonic() -> bytes:
    """Ticks are ns: the chunk's pair does not matter."""
    return clocked([(MONO0, MONO0, REAL0)], Chunk(1, MONO0, 77).add(TICK, 5).add(TICK, 1000), clock=3)


@good("clock-counter-arm.tts")
def clock_counter_arm() -> bytes:
    """A counter of 25 MHz."""
    triples = [(0, 1000, REAL0), (25_000_000, 1_000_001_000, REAL0 + 10**9)]
    return clocked(triples, Chunk(1, 25, 2000).add(TICK, 1).add(TICK, 25_000_000), clock=2)


@good("clock-no-triples.tts")
def clock_no_triples() -> bytes:
    return clocked([], Chunk(1, 100, 1_000_000).add(TICK, 23))


def printing(*sites_and_values: tuple[bytes, list[int], tuple]) -> bytes:
    """One event for each format."""
    sites, one = [], chunk()
    for index, (form, types, values) in enumerate(sites_and_values):
        site = Site(index + 1, form, types, line=index + 1)
        sites.append(site)
        one.add(site, index, *values)
    return simple(sites, one)


@good("message-limit.tts")
def message_limit() -> bytes:
    at_limit = Site(1, b"%1$s" * 16, [STR])
    above = Site(2, b"%1$s" * 16 + b"!", [STR])
    return simple([at_limit, above], chunk().add(at_limit, 1, text("a" * 4096)).add(above, 2, text("b" * 4096)))


@good("printf-integers.tts")
def printf_integers() -> bytes:
    low, high = -(1 << 31), (1 << 32) - 1
    return printing(
        (b"[%d] [%i] [%5d] [%-5d] [%05d] [%+d] [% d] [%.3d] [%08.3d]", [I32] * 9, (0, -1, 42, 42, -42, 42, 42, 7, 7)),
        (b"[%.0d] [%+.0d] [%5.0u] [%.0x] [%#.0o]", [I32] * 5, (0, 0, 0, 0, 0)),
        (b"[%hhd] [%hhu] [%hd] [%hu] [%hhx] [%hho]", [I32] * 6, (200, -1, 40000, -1, -1, 511)),
        (b"[%ld] [%lu] [%lld] [%qu] [%jd] [%zu] [%td] [%Lx]", [I32] * 8, (-1,) * 8),
        (b"[%ld] [%lu] [%d] [%u]", [U32, U32, U64, I64], (high, high, 1 << 32 | 5, -2)),
        (b"[%x] [%#x] [%#X] [%#o] [%#010x] [%-#10xz] [%#.5o]", [U32] * 7, (255, 255, 255, 8, 255, 255, 8)),
        (b"[%d] [%u] [%lx]", [I32, I32, PTR], (low, low, 0xABCDEF)),
        (b"[%'d] [%Id] [%-05d] [%+ d] [%+u]", [I32] * 5, (1234567, 9, 5, 5, 5)),
        (b"[%c] [%5c] [%-5c] [%05c] [%hhc] [%lc] [%C] [%3lc]", [I32] * 8, (65, 66, 67, 68, 321, 0x20AC, 0xE9, 0xD800)),
    )


@good("printf-floats.tts")
def printf_floats() -> bytes:
    inf, nan, third, tiny = f64(float("inf")), f64(float("nan")), f64(1 / 3), f64(5e-324)
    return printing(
        (b"%f %e %g %F %E %G", [F64] * 6, (third,) * 6),
        (b"%a %A %.0a %.3a %20a %-20a| %020a %+a", [F64] * 8, (third,) * 8),
        (b"%f %5.1f %05f %+F %- 8g| %A", [F64] * 6, (inf, nan, inf, nan, f64(-float("inf")), f64(-float("nan")))),
        (b"%g %g %g %g %g %#g %#.0f %#.0e", [F64] * 8, tuple(map(f64, (0.0, -0.0, 1e5, 1e6, 1e-5, 1.0, 2.0, 3.0)))),
        (b"%.0f %.0f %.0f %.2f %.1e", [F64] * 5, tuple(map(f64, (0.5, 1.5, 2.5, 1.005, 9.95)))),
        (b"%g %.30g %a %.0a %.1a", [F64] * 5, (tiny,) * 5),
        (b"%.3f %.25e", [F64] * 2, (f64(1.7976931348623157e308),) * 2),
        (b"%Lg %lf", [F64, F64], (f64(0.1), f64(1e22))),
        (b"%.*f %*.*f %-*f|", [I32, F64, I32, I32, F64, I32, F64], (1, third, 9, 2, third, -9, third)),
    )


@good("printf-long-double.tts")
def printf_long_double() -> bytes:
    one80, max80, min80 = f80(1 << 63, 16383), f80((1 << 64) - 1, 0x7FFE), f80(1, 0)
    unnormal, inf80, nan80 = f80(1, 16383), f80(1 << 63, 0x7FFF, True), f80(3 << 62, 0x7FFF)
    one, least, third = f128(0, 16383), f128(1, 0), f128(0x5555555555555555555555555555, 16381)
    return printing(
        (b"%Lf %La %Lg %g %.0La", [F80] * 5, (one80, one80, max80, min80, f80((1 << 64) - 1, 16383))),
        (b"%La %LA %Lf %Lf %Lg", [F80] * 5, (min80, f80(1 << 62, 0), unnormal, inf80, nan80)),
        (b"%Lf %La %Lg %.40Lg %La", [F128] * 5, (one, one, least, third, least)),
        (b"%La %.2La %Lf %LG", [F128] * 4, (third, third, f128(0, 0x7FFF), f128(1, 0x7FFF, True))),
    )


@good("printf-strings.tts")
def printf_strings() -> bytes:
    return printing(
        (b"[%s] [%.2s] [%5s] [%-5s] [%05s] [%.0s]", [STR] * 6, tuple(map(text, ("abc",) * 6))),
        (b"[%s] [%.5s] [%.6s] [%10s] [%-10s]", [STR] * 5, (None,) * 5),
        (b"[%ls] [%S] [%.3ls] [%6ls] [%.2S]", [WSTR] * 5, tuple(map(wide, ("a\u00e9\u20ac",) * 5))),
        (b"[%ls] [%.3ls] [%ls]", [WSTR] * 3, (None, None, Text(b"\0\xd8\0\0\0\0\x11\0a\0\0\0"))),
        (b"[%p] [%20p] [%-8p] [%p] [%p] [%p]", [PTR, PTR, PTR, PTR, PSTR, PSTR],
         (0x7F00, 0x7F00, 0, 0, address(0xABC), None)),
        (b"[%.*s] [%*s] [%-*s] [%.*s]", [I32, STR, I32, STR, I32, STR, I32, STR],
         (2, text("abc"), -5, text("abc"), 5, text("abc"), -1, text("abc"))),
        (b"%s", [STR], (Text("\u00e9".encode()[:1]),)),
    )


@good("printf-positional.tts")
def printf_positional() -> bytes:
    return printing(
        (b"%2$s %1$d %2$s", [I32, STR], (1, text("b"))),
        (b"[%3$*1$d] [%3$*1$.*2$d] [%3$-*1$d]", [I32] * 3, (6, 3, 42)),
        (b"%2$d %d %d", [I32] * 2, (10, 20)),
        (b"%3$d %0$d %1$%", [I32] * 2, (10, 20)),
        (b"%1$m %99999999999999999999$d", [I32], (1,)),
    )


@good("printf-misfit.tts")
def printf_misfit() -> bytes:
    """What no compiler lets pass, but a file may hold."""
    return printing(
        (b"%d %s %d", [I32], (1,)),
        (b"%d %s %f %p %ls %c", [STR, I32, I32, F64, STR, PTR], (text("a"), 1, 2, f64(1.0), text("b"), 3)),
        (b"%d %s %ls %p %p", [WSTR, WSTR, PSTR, I32, STR], (wide("a"), wide("b"), address(1), 5, text("s"))),
        (b"%n %hhn %k %5.3y %-", [I32] * 3, (1, 2, 3)),
        (b"%*5d|%d", [I32, I32], (1, 2)),
        (b"%*d|%.*f", [STR, I32, F64, F64], (text("w"), 7, f64(3.0), f64(0.5))),
        (b"%lll d %hL", [I32], (1,)),
        (b"100% sure, 50%", [I32], (9,)),
        (b"%%|%5%|%-05%|%l%|%*%|%d", [I32, I32], (9, 8)),
        (b"no arguments shown", [I32, STR], (1, text("left over"))),
        (b"%5000d|%.5000d", [I32, I32], (1, 2)),
        (b"%.1y %5", [I32], (1,)),
        (b"a\0b%\0c%d", [I32], (1,)),
    )


@good("json-numbers.tts")
def json_numbers() -> bytes:
    doubles = (0.1, 1 / 3, 1e22, 1e-7, 5e-324, -0.0, 123456789.0, 0.30000000000000004, float("inf"), -float("inf"),
               float("nan"))
    longs = (f80(0xAAAAAAAAAAAAAAAB, 16381), f80(1 << 63, 0x7FFF), f80(1, 5), f128(0x5555555555555555555555555555, 16381))
    return printing(
        (b"doubles", [F64] * 11, tuple(map(f64, doubles))),
        (b"long doubles", [F80, F80, F80, F128], longs),
        (b"integers", [I32, U32, I64, U64], (-1, 4294967295, -(1 << 63), (1 << 64) - 1)),
        (b"addresses", [PTR, PTR, PSTR, PSTR, PSTR], (0, 0x7F00, address(0x7F00), address(0), None)),
    )


@good("unicode-and-control.tts")
def unicode_and_control() -> bytes:
    odd = b'q" b\\ n\n t\t r\r b\b f\f e\x1b z\0 d\x7f c\xc2\x85 rlo\xe2\x80\xae bom\xef\xbb\xbf ls\xe2\x80\xa8 \xe2\x82\xac'
    bad = b"\xff \xc3( \xe2\x82 \xed\xa0\x80 \xf4\x90\x80\x80 \xc0\xaf \xf0\x9f\x98\x80 \xf0\x9f\x98"
    site = Site(1, b"\x1b[31m%s", [STR], target=b"net\xff\n", file=b"a\"\\\xe2\x80\xae.c", function=b"f\x00g")
    wides = Site(2, b"%ls", [WSTR])
    file = snapshot([site, wides], [main_thread(b"\xd8\x9cw\x07\xfe")])
    one = chunk().add(site, 1, Text(odd)).add(site, 2, Text(bad)).add(wides, 3, wide("\u202e\0\U0001f600"))
    return file.add_chunk(0, one).end()


@good("record-tail.tts")
def record_tail() -> bytes:
    """Words after the strings, and nonzero padding, are ignored."""
    site = Site(1, b"%s", [STR])
    record = event(site, TICKS0 + 5, text("abc"))
    longer = (int.from_bytes(record[:8], "little") + (2 << 32)).to_bytes(8, "little") + record[8:-1] + b"\xff" * 17
    return simple([site], chunk().add_raw(longer, 1).add(site, 6, text("next")))


@good("large-body.tts")
def large_body() -> bytes:
    """A record of more than 512 words."""
    site = Site(1, b"%.10s %Lf", [STR, F80])
    return simple([site], chunk().add(site, 1, Text(b"x" * 4096), f80(5 << 61, 16384)))


@good("seq-wraps.tts")
def seq_wraps() -> bytes:
    return simple([TICK], ticks_chunk(1, 2**64 - 2, 0))


@good("unpadded-section.tts")
def unpadded_section() -> bytes:
    """A body whose length is no multiple of 8 is padded; the padding is not part of it."""
    file = snapshot([TICK], [main_thread(b"five!")])
    file.add(50, b"x")
    file.data = file.data[:-7] + b"\xaa" * 7
    return file.add_chunk(0, ticks_chunk(1, 0, 0)).end()
