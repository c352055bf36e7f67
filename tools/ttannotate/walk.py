"""The way through a snapshot or a region, structure by structure."""

from __future__ import annotations

import struct
from typing import NamedTuple

from . import layout
from .dump import Dump, show

PAGE = 4096
WITH_TICKS = (1, 2)  # sync, until


class SiteTypes(NamedTuple):
    """What is needed to take a record of a site apart."""

    format: str
    types: list[int]
    names: list[str]


class Walker:
    """Shared by both files: sites and records."""

    def __init__(self, data: bytes) -> None:
        self.dump = Dump(data)
        self.sites: dict[int, SiteTypes] = {}

    def u32(self, at: int) -> int:
        return struct.unpack_from("<I", self.dump.data, at)[0]

    def u64(self, at: int) -> int:
        return struct.unpack_from("<Q", self.dump.data, at)[0]

    def site(self) -> None:
        dump = self.dump
        dump.title("site entry")
        start = dump.at
        found = dump.fields(layout.SITE)
        texts = [dump.text(found[f"{name}_bytes"], name).decode("utf-8", "replace") for name in layout.SITE_STRINGS]
        dump.skip_to(start + found["bytes"], "padding")
        types = list(dump.data[start + 32 : start + 32 + found["arguments"]])
        names = texts[4].split("\0") if texts[4] else []
        types += [12] if found["flags"] & 1 else []
        self.sites[found["id"]] = SiteTypes(texts[3], types, names)

    def site_entries(self, end: int) -> None:
        while self.dump.at + 48 <= end:
            self.site()

    def records(self, words: int) -> None:
        end = self.dump.at + 8 * words
        while self.dump.at < end:
            header = self.u64(self.dump.at)
            length = 8 * (header >> 32 & 0xFFF)
            if length == 0:
                break
            self.record(header, self.dump.at + length)
        self.dump.skip_to(end, "damaged")

    def record(self, header: int, end: int) -> None:
        dump, site_id = self.dump, header >> 44
        site = self.sites.get(site_id)
        dump.title(f'record: "{site.format}"' if site else "control record" if site_id == 0 else "record")
        low = f"kind {header & 0xFFFFFFFF}" if site_id == 0 else f"ticks {header & 0xFFFFFFFF}"
        dump.take(8, "header", f"{low}, words {header >> 32 & 0xFFF}, id {site_id}")
        if site_id == 0 and header & 0xFFFFFFFF in WITH_TICKS:
            dump.fields([("u64", "ticks")])
        elif site:
            self.arguments(site)
        dump.skip_to(end, "padding" if site else "body")

    def arguments(self, site: SiteTypes) -> None:
        """The fixed part by size, then the strings in order."""
        lengths: dict[int, int] = {}
        for size in (16, 8, 4, 2):
            for index, code in enumerate(site.types):
                if layout.ARGUMENTS[code][1] == size:
                    lengths[index] = self.argument(site, index, code, size)
        for index, code in enumerate(site.types):
            if code in (9, 10, 11) and lengths[index] != 0xFFFF:
                self.dump.text(lengths[index] & 0x7FFF, f"{self.name(site, index)}, string bytes")

    def argument(self, site: SiteTypes, index: int, code: int, size: int) -> int:
        kind = layout.ARGUMENTS[code][0]
        at = self.dump.at
        raw = self.dump.data[at : at + size]
        shown = show({"ptr": "x64", "errno": "i32"}.get(kind, kind), raw) if size in (4, 8) else ""
        if size == 2:
            shown = str(int.from_bytes(raw, "little"))
        self.dump.take(size, f"{self.name(site, index)}, {kind}" + (" length" if size == 2 else ""), shown)
        return int.from_bytes(raw, "little")

    @staticmethod
    def name(site: SiteTypes, index: int) -> str:
        return site.names[index] if index < len(site.names) else f"argument {index}"


class SnapshotWalker(Walker):
    """The sections of a snapshot."""

    def walk(self) -> list[str]:
        dump = self.dump
        dump.title("file header")
        dump.fields(layout.FILE_HEADER)
        while dump.at < len(dump.data):
            self.section()
        return dump.lines

    def section(self) -> None:
        dump = self.dump
        kind = self.u32(dump.at + 8) & 0xFFFF
        name = layout.SECTION_NAMES[kind] if kind < len(layout.SECTION_NAMES) else f"of unknown type {kind}"
        dump.title(f"section {name}")
        found = dump.fields(layout.SECTION)
        end = dump.at + found["length"]
        bodies = {"PROCESS": self.process, "CLOCK": self.clock, "MODULES": self.modules, "THREADS": self.threads,
                  "CHUNK": self.chunk, "CRASH": self.crash, "END": self.end, "INDEX": self.index}
        if name == "SITES":
            self.site_entries(end)
        elif name in bodies:
            bodies[name]()
        dump.skip_to(end, "body")
        dump.pad()

    def process(self) -> None:
        self.dump.fields(layout.PROCESS)
        for name in layout.PROCESS_STRINGS:
            self.dump.string(name)

    def clock(self) -> None:
        for _ in range(self.dump.fields(layout.CLOCK)["count"]):
            self.dump.fields(layout.TRIPLE)

    def modules(self) -> None:
        for _ in range(self.dump.fields(layout.COUNT)["count"]):
            length = self.dump.fields(layout.MODULE)["build_id_bytes"]
            self.dump.take(length, "build_id", "")
            self.dump.string("path")

    def threads(self) -> None:
        for _ in range(self.dump.fields(layout.COUNT)["count"]):
            start = self.dump.at
            self.dump.fields(layout.THREAD)
            self.dump.string("name")
            self.dump.skip_to(self.dump.at + -(self.dump.at - start) % 8, "padding")

    def chunk(self) -> None:
        found = self.dump.fields(layout.CHUNK_SECTION)
        if found["encoding"] == 0:
            self.records(found["words"])

    def crash(self) -> None:
        found = self.dump.fields(layout.CRASH)
        self.dump.fields([("x64", f"register[{index}]") for index in range(found["register_count"])])
        self.dump.fields([("x64", f"frame[{index}]") for index in range(found["frame_count"])])

    def end(self) -> None:
        self.dump.fields(layout.END)

    def index(self) -> None:
        for _ in range(self.dump.fields(layout.INDEX)["count"]):
            kind = self.dump.fields(layout.INDEX_ENTRY)["type"]
            if layout.SECTION_NAMES[kind : kind + 1] == ("CHUNK",):
                self.dump.fields(layout.INDEX_CHUNK)
            else:
                self.dump.take(48, "chunk", "")


class RegionWalker(Walker):
    """The blocks of a region."""

    def walk(self) -> list[str]:
        dump = self.dump
        dump.title("region header")
        dump.fields(layout.REGION)
        while dump.at < len(dump.data):
            self.block()
        return dump.lines

    def block(self) -> None:
        dump = self.dump
        if dump.data[dump.at : dump.at + 8] != b"TTBLOCK\x1a":
            dump.skip_to(min(dump.at + PAGE, len(dump.data)), "not taken")
            return
        start, kind = dump.at, self.u32(dump.at + 8)
        dump.title(f"block: {layout.BLOCK_NAMES[kind]}" if kind < len(layout.BLOCK_NAMES) else f"block of type {kind}")
        end = start + dump.fields(layout.BLOCK)["bytes"]
        if kind == 1:
            self.ring()
        if kind == 2:
            committed = dump.fields(layout.SITES_BLOCK)["committed"]
            self.site_entries(dump.at + committed)
        dump.skip_to(end, "free")

    def ring(self) -> None:
        found = self.dump.fields(layout.RING)
        for place in range(found["chunk_count"]):
            self.dump.title(f"chunk at place {place}")
            end = self.dump.at + found["chunk_bytes"]
            words = self.dump.fields(layout.CHUNK)["state.words"]
            self.records(words)
            self.dump.skip_to(end, "free")


def annotate(data: bytes) -> list[str]:
    """The lines of a whole file; what cannot be taken apart is shown as bytes."""
    walker = RegionWalker(data) if data.startswith(b"TTREGION") else SnapshotWalker(data)
    try:
        return walker.walk()
    except (EOFError, struct.error, IndexError, KeyError):
        walker.dump.skip_to(len(data), "?")
        return walker.dump.lines
