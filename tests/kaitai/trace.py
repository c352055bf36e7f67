"""What a file is made of, once it has been read."""

import zlib

from grammar import LARGEST, UNREADABLE, in_range, parse, stream
from ttlog import Ttlog
from values import argument, number, text


class Trace:
    def __init__(self):
        self.reports = []
        self.sites = {}
        self.found = {}  # sites that stand where nothing says that one does
        self.rings = {}  # by number: dict(tid, name, kind)
        self.chunks = {}  # by (ring, number)
        self.pid = 0

    def report(self, at, what):
        self.reports.append(f"offset {at}: {what}")

    def add_chunk(self, at, ring, head, records, is_cut=False):
        """`head` has number, first_seq and events; `records` is what was decoded, or None."""
        if (ring, head.number) in self.chunks:
            self.report(at, "a chunk for the second time")
        else:
            self.chunks[ring, head.number] = (at, head, records, is_cut)

    def add_entries(self, data, at, promised=LARGEST, begin=0, until=LARGEST):
        """The entries of a SITES section or a sites block, or of bytes that promise none. Returns the end of the last."""
        place, is_lost = begin, False
        while place < min(len(data), until):
            entry = self._entry(data, place)
            if entry is None:
                if place < promised and not is_lost:
                    self.report(at, "a site's entry is damaged")
                is_lost = True
                place += 8
                continue
            is_lost = False
            (self.sites if place < promised else self.found).setdefault(entry.site.id, entry.site)
            place += entry.bytes
        return place

    @staticmethod
    def _entry(data, place):
        # Cheap first: pages of zeros are looked at too.
        size = int.from_bytes(data[place : place + 4], "little")
        if not in_range(size, 48, len(data) - place):
            return None
        entry = parse(Ttlog.SiteEntry, data[place : place + size])
        if entry is None or zlib.crc32(data[place + 8 : place + entry.bytes]) != entry.crc:
            return None
        types = entry.site.types[: entry.site.arguments]
        return None if 0 in types or 12 in types else entry

    def events(self):
        unknown = set()
        self.sites = self.found | self.sites
        for (ring, _), (at, head, records, is_cut) in sorted(self.chunks.items(), key=lambda item: item[0]):
            if ring not in self.rings:
                self.report(at, f"ring {ring} has no entry")
                self.rings[ring] = {"tid": 0, "name": b"", "kind": Ttlog.RingKind.main}
            yield from self._events_of(at, head, records, self.rings[ring], unknown, is_cut)

    def _events_of(self, at, head, data, ring, unknown, is_cut):
        if data is None:
            self.report(at, "a chunk's data does not decode")
            return
        place = count = 0
        while place < len(data):
            record = parse(Ttlog.Record, data[place:])
            if record is None or ((record.is_sync or record.is_until) and record.words != 2):
                if not is_cut:
                    self.report(at, "the rest of the chunk is damaged")
                return
            place += record.words * 8
            if record.id != 0:
                if count == head.events:
                    count += 1
                    break
                event = self._event(record, ring, head.first_seq + count & LARGEST, at, unknown)
                count += 1
                if event is not None:
                    yield event
        if count != head.events and not is_cut:
            self.report(at, f"{count} events, not {head.events}")

    def _event(self, record, ring, seq, at, unknown):
        site = self.sites.get(record.id)
        if site is None or self._is_unknown(site):
            if record.id not in unknown:
                self.report(at, f"site {record.id} is not known")
            unknown.add(record.id)
            return None
        types = site.types[: site.arguments] + ([12] if site.has_errno else [])
        try:
            body = Ttlog.EventBody(types, len(types), stream(record.body))
        except UNREADABLE:
            self.report(at, "a record is damaged")
            return None
        kinds = [Ttlog.ArgumentType(kind) for kind in types]
        values = [argument(body, i, kind) for i, kind in enumerate(kinds)]
        is_cut = any(field.is_here and field.value.is_cut for field in body.fields_of_2)
        event = {"level": site.level.name, "target": text(site.target), "pid": number(self.pid), "tid": number(ring["tid"]),
                 "thread": text(ring["name"]), "seq": number(seq), "file": text(site.file), "line": number(site.line),
                 "func": text(site.function), "fmt": text(site.format), "args": values[: site.arguments],
                 "ring": "nested" if ring["kind"] == Ttlog.RingKind.nested else None,
                 "kind": None if site.kind == Ttlog.SiteKind.log else site.kind.name, "truncated": is_cut,
                 "errno": values[-1] if site.has_errno else None}
        return event

    @staticmethod
    def _is_unknown(site):
        types = site.types[: site.arguments]
        return (max(types, default=0) > 12 or not isinstance(site.level, Ttlog.Level) or not isinstance(site.kind, Ttlog.SiteKind))
