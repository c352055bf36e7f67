"""ttread: the second reader of ttlog traces.

Written from format-spec/*.md alone, to keep these pages honest: it gives the same JSON lines as ttdecode
for every snapshot and region, intact or damaged. Python 3.11, standard library only.

From bytes to lines: trace (which kind of file) -> snapshot or region (sections, blocks, chunks) -> records
(chunks to events) -> clock (ticks to ns) -> message (printf) -> jsonline.
"""
