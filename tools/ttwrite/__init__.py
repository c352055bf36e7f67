"""ttwrite: an encoder of ttlog traces, by format-spec/*.md, for tests.

It shares nothing with the reader beside it, so that one does not hide the other's mistakes. What it is told to
write it writes, conforming or not: records, sites, snapshot and region make bytes, the caller decides which.
"""
