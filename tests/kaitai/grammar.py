"""How the reader made from ttlog.ksy is asked for one structure."""

from kaitaistruct import BytesIO, KaitaiStream, KaitaiStructError

UNREADABLE = (KaitaiStructError, EOFError)
LARGEST = (1 << 64) - 1


class Refused(Exception):
    """The file is foreign, or made by rules that this reader does not know."""


def stream(data):
    return KaitaiStream(BytesIO(data))


def parse(kind, data):
    """A structure of the grammar, or None where the bytes are none."""
    try:
        return kind(stream(data))
    except UNREADABLE:
        return None


def in_range(value, low, high):
    return low <= value <= high
