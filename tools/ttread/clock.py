"""Ticks to CLOCK_MONOTONIC to CLOCK_REALTIME, after rendering.md, "Time". Integers only."""

from __future__ import annotations

from .model import CLOCK_HELD, CLOCK_MONOTONIC, Chunk, Trace, Triple

NS_MAX = (1 << 63) - 1
Pair = tuple[int, int]


def clamp(ns: int) -> int:
    return min(max(ns, 0), NS_MAX)


class Clock:
    """The conversions of one trace."""

    def __init__(self, trace: Trace) -> None:
        triples = [triple for triple in trace.triples if triple.mono_ns != 0]
        self.is_monotonic = trace.clock in (CLOCK_MONOTONIC, CLOCK_HELD | CLOCK_MONOTONIC)
        self.span = find_span(trace, triples)
        self.anchors = order_anchors(triples)

    def mono(self, ticks: int, chunk: Chunk, following: Chunk | None) -> int:
        mono = self.line(ticks, chunk, following)
        if following is not None and following.base_ns >= chunk.base_ns:
            mono = min(mono, clamp(following.base_ns))
        return mono

    def line(self, ticks: int, chunk: Chunk, following: Chunk | None) -> int:
        if self.is_monotonic:
            return clamp(ticks)
        if ticks < chunk.base_ticks:
            return clamp(chunk.base_ns)
        passed = ticks - chunk.base_ticks
        slope = slope_of(chunk, following) or self.span
        if slope is not None:
            ticks_span, ns_span = slope
            passed = passed * ns_span // ticks_span
        return clamp(chunk.base_ns + passed)

    def real(self, mono: int) -> int:
        if not self.anchors:
            return mono
        first, last = self.anchors[0], self.anchors[-1]
        if mono < first.mono_ns:
            return clamp(first.real_ns - (first.mono_ns - mono))
        if mono >= last.mono_ns:
            return clamp(last.real_ns + (mono - last.mono_ns))
        index = next(i for i, anchor in enumerate(self.anchors) if anchor.mono_ns > mono)
        return clamp(between(self.anchors[index - 1], self.anchors[index], mono))


def between(before: Triple, after: Triple, mono: int) -> int:
    passed = mono - before.mono_ns
    if after.real_ns < before.real_ns:
        return before.real_ns + passed
    return before.real_ns + passed * (after.real_ns - before.real_ns) // (after.mono_ns - before.mono_ns)


def slope_of(chunk: Chunk, following: Chunk | None) -> Pair | None:
    """Ticks and ns between two neighbours, where both go forward."""
    if following is None:
        return None
    ticks, ns = following.base_ticks - chunk.base_ticks, following.base_ns - chunk.base_ns
    return (ticks, ns) if ticks > 0 and ns > 0 else None


def find_span(trace: Trace, triples: list[Triple]) -> Pair | None:
    """Ticks and ns between the lowest and the highest pair of the trace."""
    pairs = [(triple.ticks, triple.mono_ns) for triple in triples]
    for ring in trace.rings.values():
        pairs += [(chunk.base_ticks, chunk.base_ns) for chunk in ring.chunks.values()]
    if not pairs:
        return None
    lowest, highest = min(pairs), max(pairs)
    ticks, ns = highest[0] - lowest[0], highest[1] - lowest[1]
    return (ticks, ns) if ticks > 0 and ns > 0 else None


def order_anchors(triples: list[Triple]) -> list[Triple]:
    """By mono_ns; of equal ones the first of the file."""
    anchors: dict[int, Triple] = {}
    for triple in triples:
        anchors.setdefault(triple.mono_ns, triple)
    return [anchors[mono_ns] for mono_ns in sorted(anchors)]
