#!/usr/bin/env python3
"""ttmake: write random small traces by the specification, valid or damaged."""

import sys

sys.dont_write_bytecode = True  # no __pycache__ in the source tree

from ttmake.main import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
