"""What can be taken out of the code, one place at a time: each memory order, each test of a bound, each test of a checksum.

A mutant is (file, line, what it is, the line's new text); the text still compiles.
"""

import dataclasses
import re

ORDERED = ("lib", "decoder/reader")
CHECKED = ("decoder/input", "decoder/reader", "format-spec/twin", "lib/blackbox.c", "lib/config.c", "lib/filter.c", "lib/modules.c", "lib/region.c", "lib/ring.c",
           "lib/capture.c", "lib/sections.c", "lib/site_entry.c", "lib/snapshot.c", "lib/stamp.c", "lib/string_rule.c", "lib/text.c", "lib/writer.c")

# Calls that order, and what stands there without the order. A full fence loses all.
WEAKER = (
    (r"\b(load|store)(32|64)_(acquire|release)\(", r"\1\2_relaxed("),
    (r"\bfence_(acquire|release|seq_cst|signal)\(\)", "(void)0"),
    (r"\batomic_thread_fence\(memory_order_\w+\)", "(void)0"),
    (r"\b__ATOMIC_(ACQUIRE|RELEASE|ACQ_REL|SEQ_CST)\b", "__ATOMIC_RELAXED"),
)
DEFINITION = re.compile(r"^(static inline|#define)|lib/platform/atomic\.h")

# A comparison of sizes, or with the end of something.
COMPARES = re.compile(r"[^-<>=!]([<>]=?|[!=]=)[^<>=]|\bis_\w+\(|\bcrc")
BOUND_WORDS = re.compile(r"\b(\w*(bytes|words|count|max|min|length|left|room|end|size|offset|limit|last|number|id|type|kind|arguments|magic|generation|block"
                         r"|distance|literals|capacity|used|free|at)|[A-Z]+_\w*(MAX|MIN|BYTES|LIMIT|END|MAGIC\w*)|crc\w*)\b", re.IGNORECASE)
CHECKSUM = re.compile(r"crc", re.IGNORECASE)
# What says "no": the only reason for a test in front of it is what the test keeps out.
REFUSES = re.compile(r"\b(return (-E\w+|false|NULL|0|-1|\"|give_up|trace_refuse|report\w*\()|trace_report|damage_report|text->is_cut|view->failed|break;|continue;|goto )")


@dataclasses.dataclass(frozen=True)
class Mutant:
    path: str
    line: int
    kind: str  # order, bound, checksum
    old: str
    new: str
    what: str

    @property
    def name(self):
        return f"{self.path}:{self.line}"


def _files(tree, roots):
    return sorted(name for name in tree.files if name.endswith((".c", ".h"))
                  and any(name == root or name.startswith(root + "/") for root in roots))


def _is_comment(line):
    return line.lstrip().startswith(("*", "/*", "//"))


def orders(tree):
    for name in _files(tree, ORDERED):
        for at, line in enumerate((tree.path / name).read_text().splitlines(), 1):
            code = line.split("/*")[0]
            if _is_comment(line) or DEFINITION.search(f"{line}") or name == "lib/platform/atomic.h":
                continue
            for pattern, weaker in WEAKER:
                changed = re.sub(pattern, weaker, code)
                if changed != code:
                    yield Mutant(name, at, "order", line, changed + line[len(code) :], code.strip())


def _close(text, at):
    """The place behind the parenthesis that closes the one at `at`."""
    depth = 0
    for i in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return i + 1
    return len(text)


def _tests(text):
    """(start, end) of each condition of an `if` that refuses something."""
    for found in re.finditer(r"\bif \(", text):
        end = _close(text, found.end() - 1)
        body = text[end : end + 160].split("else")[0]
        if body.lstrip().startswith("{"):
            body = body[: body.find("}") if "}" in body else len(body)]
        else:
            body = body.split(";")[0] + ";"
        if REFUSES.search(body):
            yield found.end(), end - 1


def _conjuncts(condition):
    """(start, end) of the parts that && and || join at the outermost level."""
    parts, depth, start = [], 0, 0
    for i, character in enumerate(condition):
        depth += {"(": 1, ")": -1, "[": 1, "]": -1}.get(character, 0)
        if depth == 0 and condition[i : i + 2] in ("&&", "||"):
            parts.append((start, i))
            start = i + 2
    return parts + [(start, len(condition))]


def _mutant(name, text, start, end, neutral):
    old = text[start:end]
    flat = " ".join(old.split())
    kind = "checksum" if CHECKSUM.search(flat) else "bound"
    line = text.count("\n", 0, start) + 1
    # Evaluated all the same, so that nothing is unused; the comma keeps the value out.
    return Mutant(name, line, kind, old, f"(((void)({old.strip()})), {neutral})", flat)


def tests(tree):
    """Of each `if` that refuses, and each `return` that joins conditions, one part is taken out at a time."""
    for name in _files(tree, CHECKED):
        text = (tree.path / name).read_text()
        for start, end in _tests(text):
            condition = text[start:end]
            for first, last in _conjuncts(condition):
                part = condition[first:last]
                if COMPARES.search(part) and BOUND_WORDS.search(part):
                    neutral = "1" if "&&" in condition and "||" not in condition else "0"
                    yield _mutant(name, text, start + first, start + last, neutral)
        for found in re.finditer(r"\breturn ([^;\"]*&&[^;\"]*);", text):
            for first, last in _conjuncts(found[1]):
                part = found[1][first:last]
                if COMPARES.search(part) and BOUND_WORDS.search(part) and "?" not in part:
                    yield _mutant(name, text, found.start(1) + first, found.start(1) + last, "1")
