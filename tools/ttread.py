#!/usr/bin/env python3
"""ttread: print ttlog traces as JSON lines; the second reader, written from format-spec/ alone."""

import sys

sys.dont_write_bytecode = True  # no __pycache__ in the source tree

from ttread.main import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
