"""A file's bytes to its events in time: which kind of file it is, its rings' events, and their times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from . import region, snapshot
from .clock import Clock
from .model import Refused, Reports, Ring, Trace
from .records import Body, ChunkReader
from .runs import Runs, bound_ns
from .sites import Site


@dataclass(frozen=True)
class Event:
    """One event, ready to be shown."""

    pid: int
    ring: Ring
    site: Site
    seq: int
    real_ns: int
    body: Body
    is_held: bool
    bound_ns: int | None


def read_trace(data: bytes, reports: Reports) -> Trace:
    """Raises Refused for what is no trace, or too new."""
    if data.startswith(snapshot.MAGIC):
        return snapshot.read_snapshot(data, reports)
    if data.startswith(region.MAGIC):
        return region.read_region(data, reports)
    if snapshot.any_section(data):
        return snapshot.read_snapshot(data, reports)
    if region.any_block(data):
        return region.read_region(data, reports)
    raise Refused("neither a snapshot nor a region" if data else "the file is empty")


def ring_events(trace: Trace, ring: Ring, clock: Clock, known: tuple[dict[int, Site], set[int]],
                reports: Reports) -> Iterator[Event]:
    """One ring's events by seq; their time never goes back."""
    latest_ns = 0
    chunks = ring.in_order()
    latest_mono = 0
    for chunk, following in zip(chunks, [*chunks[1:], None]):
        runs = Runs(trace.has_held)
        raws = list(ChunkReader(chunk, *known, reports, runs).events())
        if following is not None:
            runs.end(following.base_ticks)
        elif runs.run is not None and runs.run.ticks == ring.held_ticks:
            runs.end(ring.until_ticks)
        for raw in raws:
            mono = clock.mono(raw.run.ticks_of(raw.index), chunk, following)
            latest_mono = max(latest_mono, mono)
            latest_ns = max(latest_ns, clock.real(mono))
            bound = bound_ns(raw.run, latest_mono, clock, chunk, following) if raw.index else None
            yield Event(trace.pid, ring, raw.site, raw.seq, latest_ns, raw.body, raw.index > 0, bound)


def trace_events(trace: Trace, reports: Reports) -> list[Event]:
    """All rings' events, by time, then ring."""
    clock = Clock(trace)
    unknown: set[int] = set()
    events: list[Event] = []
    sites = trace.all_sites()
    for ring in trace.in_order():
        events += ring_events(trace, ring, clock, (sites, unknown), reports)
    events.sort(key=lambda event: event.real_ns)
    return events
