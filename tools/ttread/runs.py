"""Events whose ticks were held, after rendering.md, "Held times"."""

from __future__ import annotations

from dataclasses import dataclass

from .clock import Clock
from .model import Chunk


@dataclass
class Run:
    """An event that has its own ticks, and `held` ones behind it that repeat them."""

    ticks: int
    held: int = 0
    limit: int | None = None

    def end(self, limit: int) -> None:
        """What bounds it, the first time that it is said."""
        if self.limit is None:
            self.limit = limit

    @property
    def bound(self) -> int | None:
        return None if self.limit is None or self.limit < self.ticks else self.limit

    def ticks_of(self, index: int) -> int:
        """Where its event of that index is shown; 0 is the one that is not held."""
        return self.ticks if self.bound is None else self.ticks + (self.bound - self.ticks) * index // (self.held + 1)


class Runs:
    """Takes a chunk's events and until records in their order. Without `is_held` each event is a run."""

    def __init__(self, is_held: bool) -> None:
        self.is_held = is_held
        self.run: Run | None = None

    def event(self, ticks: int) -> tuple[Run, int]:
        """The event's run and its index there."""
        if self.is_held and self.run is not None and self.run.ticks == ticks:
            self.run.held += 1
            return self.run, self.run.held
        self.end(ticks)
        self.run = Run(ticks)
        return self.run, 0

    def until(self, ticks: int) -> None:
        self.end(ticks)
        self.run = None

    def end(self, ticks: int) -> None:
        if self.run is not None:
            self.run.end(ticks)


def bound_ns(run: Run, shown_ns: int, clock: Clock, chunk: Chunk, following: Chunk | None) -> int | None:
    """How far from the time shown an event of the run may have happened; None: that is not known."""
    if run.bound is None:
        return None
    return max(shown_ns - clock.mono(run.ticks, chunk, following), clock.mono(run.bound, chunk, following) - shown_ns)
