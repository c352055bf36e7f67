"""ttvectors: the curated test vectors of format-spec/vectors, made by a deterministic script.

Each vector shows one feature or one damage. Its bytes come from ttwrite; its expected JSON lines from ttread,
checked by hand when they were first made.
"""
