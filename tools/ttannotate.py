#!/usr/bin/env python3
"""ttannotate: print a trace as an annotated hex dump."""

import sys

sys.dont_write_bytecode = True  # no __pycache__ in the source tree

from ttannotate.main import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
