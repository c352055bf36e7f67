"""The third reader: the structures are read by what Kaitai Struct makes of format-spec/ttlog.ksy, and by nothing else.

Here stands only what a grammar cannot say: CRCs, which structures count, what is skipped after damage. It renders no messages and no
times; an event is what its JSON line says apart from those.
"""

from grammar import Refused
from region import CHUNK_MAGIC, PAGE, Region, is_block_right
from snapshot import Snapshot, next_marker


def kind_of(data):
    if data[:8] == b"\x89TTS\r\n\x1a\n":
        return Snapshot
    if data[:8] == b"TTREGION":
        return Region
    if next_marker(data, 0) is not None:
        return Snapshot
    for at in range(0, len(data), PAGE):
        head = data[at : at + 32]
        if (head[8:16] == CHUNK_MAGIC and at + 64 <= len(data)) or is_block_right(data, at):
            return Region
    raise Refused("foreign")


def read(data):
    """Returns (exit status, events, reports)."""
    try:
        trace = kind_of(data)(data)
        events = list(trace.events())
    except Refused as refused:
        return 2, [], [str(refused)]
    return 1 if trace.reports else 0, events, trace.reports
