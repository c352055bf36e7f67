#!/usr/bin/env python3
"""ttvectors: write the test vectors of format-spec/vectors, or with --check compare them."""

import sys

sys.dont_write_bytecode = True  # no __pycache__ in the source tree

from ttvectors.main import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
