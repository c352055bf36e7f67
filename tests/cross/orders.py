#!/usr/bin/env python3
"""Whether the labelled memory orders have become the AArch64 instructions that they must become.

x86 gives most orders for nothing, so no test that runs there notices one that is missing. Here the compiler's output is read:
orders.table says which label stands where, and of what kind it is; the label's comment leads to the statement; the line tables lead
from each instruction, through what was inlined, to its statement. It is an error if
  - a label is not where the table has it, or the table does not have a label, or an order has no label;
  - a statement has no instruction of its kind, or, where the order is relaxed or of one side only, has one that is stronger.

The kinds: load-acquire, store-release, load-relaxed, store-relaxed; fence-acquire, fence-release, fence-full; exchange-acquire, -release,
-full and -relaxed, which may be a pair of exclusive instructions, a compare-and-swap or a call of the compiler's helper for either.
Two kinds of reads by system calls, for which there is no instruction: protocol, through a function of reader/protocol.c, which has
the fence; and read, whose fence is another label's.

Of the program given by --places every function place_* has one record: one store-release, and no other order.
"""

import argparse
import bisect
import collections
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
TABLE = pathlib.Path(__file__).with_name("orders.table")
COMMIT = ("lib/include/ttlog/impl.h", "tt_impl_commit")

# Whose inlined code is part of the statement that calls them.
TRANSPARENT = {"lib/platform/atomic.h"}

# Not H: those are fences against handlers, for the compiler alone, and no instruction.
LABELS = re.compile(r"[A-GI-Z]\d(?:, [A-GI-Z]\d)*\b")
ORDER = re.compile(r"__ATOMIC_(ACQUIRE|RELEASE|ACQ_REL|SEQ_CST)|\bfence_(acquire|release|seq_cst)\(|\b(load|store)\d+_(acquire|release)\(|memory_order_(?!relaxed)")
SIGNAL_FENCE = re.compile(r"\w*signal_fence\([^)]*\)|\bfence_signal\(\)")

# What the statement must have one of, and what it must not have.
PLAIN_LOAD, PLAIN_STORE = r"ldu?[rp]\w*$", r"stu?[rp]\w*$"
ACQUIRE_LOAD, RELEASE_STORE = r"lda(p?r|pur)\w*$", r"stlu?r\w*$"
ACQUIRE_PART, RELEASE_PART = r"(ldax[rp]\w*|casal?\w*|swpal?\w*|ld\w+al?)$", r"stlx[rp]\w*$"
KINDS = {
    "load-acquire": ([ACQUIRE_LOAD], []),
    "store-release": ([RELEASE_STORE], []),
    "load-relaxed": ([PLAIN_LOAD], [ACQUIRE_LOAD]),
    "store-relaxed": ([PLAIN_STORE], [RELEASE_STORE]),
    "fence-acquire": ([r"dmb ish(ld)?$"], []),
    "fence-release": ([r"dmb ish$"], []),
    "fence-full": ([r"dmb ish$"], []),
}
# By which a loop, an instruction or a helper exchanges: (load, store, instruction's letters, helper's name).
EXCHANGES = {
    "exchange-relaxed": ("ldxr", "stxr", "", "relax"),
    "exchange-acquire": ("ldaxr", "stxr", "a", "acq"),
    "exchange-release": ("ldxr", "stlxr", "l", "rel"),
    "exchange-full": ("ldaxr", "stlxr", "al", "acq_rel"),
}
INTERESTING = re.compile(r"(ld|st|dmb|cas|swp|call )")


class Source:
    """One file: its code without comments, its functions, and the labels of its statements."""

    def __init__(self, name):
        self.name = name
        self.code, self.comments = self._split((TOP / name).read_text())
        self.functions = self._find_functions()

    @staticmethod
    def _split(text):
        """Returns the lines of code, and (line, text) of each comment."""
        comments, code, at = [], "", 0
        for found in re.finditer(r'/\*(.*?)\*/|//[^\n]*|"(?:\\.|[^"\\])*"', text, re.S):
            code += text[at : found.start()]
            if found[0].startswith("/"):
                comments.append((code.count("\n"), (found[1] or "").strip()))
                code += "\n" * found[0].count("\n")
            else:
                code += found[0]
            at = found.end()
        return (code + text[at:]).split("\n"), comments

    def _find_functions(self):
        """(first line, last line, name), by the house style: the body's braces stand in the first column."""
        functions, begin = [], None
        for number, line in enumerate(self.code):
            if line.startswith("{"):
                begin = number
            elif line.startswith("}") and begin is not None:
                head = re.split(r"\n\s*\n|;|}", "\n".join(self.code[max(0, begin - 6) : begin]))[-1]
                name = re.search(r"(\w+)\s*\(", head)
                functions.append((begin, number, name[1] if name else "?"))
                begin = None
        return functions

    def function_at(self, line):
        return next((name for first, last, name in self.functions if first <= line <= last), None)

    def statement(self, line):
        """The lines, counted from 1, of the statement that a comment at `line` is about: the one it stands behind, or before."""
        while line < len(self.code) and not self.code[line].strip():
            line += 1
        first = last = line
        while self.code[first - 1].strip() and self.code[first - 1].rstrip()[-1] not in ";{}:":
            first -= 1
        while self.code[last].rstrip()[-1:] not in (";", "{") and last + 1 < len(self.code):
            last += 1
        return range(first + 1, last + 2)

    def labels(self):
        """(function, label, statement) of each label, in order."""
        for line, text in self.comments:
            found = LABELS.match(text)
            function = found and self.function_at(line)
            if function:
                for label in found[0].split(", "):
                    yield function, label, self.statement(line)

    def orders(self):
        """The lines, counted from 1, that have an order that is more than relaxed."""
        return [number + 1 for number, line in enumerate(self.code) if ORDER.search(SIGNAL_FENCE.sub("", line))]

    def text(self, lines):
        return " ".join(self.code[line - 1] for line in lines)


class Program:
    """The instructions of one file that may have to do with order, and the statements that they come from."""

    def __init__(self, path, tools):
        self.path = path
        listing = self._run(tools + "objdump", "-d", "--no-show-raw-insn", path)
        self.symbols = collections.defaultdict(list)
        self.instructions = []
        symbol = None
        for line in listing.splitlines():
            head = re.match(r"[0-9a-f]+ <(.+)>:$", line)
            if head:
                symbol = head[1]
                continue
            fields = re.match(r"\s*([0-9a-f]+):\t(\S+)(?:\s+(.*))?$", line)
            if not fields:
                continue
            name = self._name(fields[2], fields[3] or "")
            if INTERESTING.match(name):
                self.instructions.append((int(fields[1], 16), name))
                self.symbols[symbol].append(name)
        self._follow_lines(tools)

    @staticmethod
    def _run(*command, text=None):
        done = subprocess.run([str(part) for part in command], input=text, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"orders: {command[0]}: {done.stderr.strip()}")
        return done.stdout

    @staticmethod
    def _name(mnemonic, operands):
        if mnemonic == "dmb":
            return "dmb " + operands.split()[0]
        if mnemonic == "bl":
            helper = re.search(r"<(__aarch64_\w+)", operands)
            return "call " + helper[1] if helper else "bl"
        return mnemonic

    def _follow_lines(self, tools):
        """self.at[file][line]: the instructions of that line; those of transparent files count for their callers."""
        self.at = collections.defaultdict(lambda: collections.defaultdict(list))
        addresses = "\n".join(hex(address) for address, _ in self.instructions)
        output = self._run(tools + "addr2line", "-a", "-i", "-e", self.path, text=addresses)
        chains = re.split(r"^0x[0-9a-f]+\n", output, flags=re.M)[1:]
        for (_, name), chain in zip(self.instructions, chains, strict=True):
            frames = [self._place(frame) for frame in chain.splitlines()]
            for file, line in frames:
                self.at[file][line].append((name, frames))
                if file not in TRANSPARENT:
                    break

    @staticmethod
    def _place(frame):
        path, _, line = frame.split(" ")[0].rpartition(":")
        try:
            path = str(pathlib.Path(path).resolve().relative_to(TOP))
        except ValueError:
            pass
        return path, int(line) if line.isdigit() else 0

    def instructions_of(self, file, lines):
        return [name for line in lines for name, _ in self.at[file][line]]


def has(names, pattern):
    return any(re.match(pattern, name) for name in names)


def wrong_with(kind, names):
    """None if these instructions are what the kind asks for; else what is wrong."""
    if kind in EXCHANGES:
        load, store, letters, helper = EXCHANGES[kind]
        pair = has(names, load + r"[bhp]?$") and has(names, store + r"[bhp]?$")
        single = has(names, rf"(cas|swp){letters}[bh]?$")
        call = has(names, rf"call __aarch64_(cas|swp)\d+_{helper}$")
        return None if pair or single or call else f"no {load} and {store}, cas{letters} or call of cas_{helper}"
    needed, forbidden = KINDS[kind]
    for pattern in needed:
        if not has(names, pattern):
            return "no " + pattern.rstrip("$")
    for pattern in forbidden:
        if has(names, pattern):
            return "there is " + pattern.rstrip("$")
    return None


class Check:
    def __init__(self):
        self.failures = []
        self.counts = collections.Counter()
        self.sources = {}

    def fail(self, text):
        self.failures.append(text)

    def source(self, name):
        if name not in self.sources:
            self.sources[name] = Source(name)
        return self.sources[name]

    def rows(self):
        """Places by the table: (file, function, label, kind, statement)."""
        rows = collections.defaultdict(list)
        for line in TABLE.read_text().splitlines():
            if line and not line.startswith("#"):
                file, function, label, kind = line.split()
                rows[file, function, label].append(kind)
        found = collections.defaultdict(list)
        files = sorted([str(path.relative_to(TOP)) for folder in ("lib", "decoder/reader") for path in (TOP / folder).rglob("*.[ch]")])
        for file in files:
            for function, label, statement in self.source(file).labels():
                found[file, function, label].append(statement)
            self._check_unlabelled(file)
        for key in sorted(set(rows) | set(found)):
            yield from self._match(key, rows.get(key, []), found.get(key, []))

    def _match(self, key, kinds, statements):
        file, function, label = key
        if not kinds:
            self.fail(f"{file}: {function}: label {label} is not in orders.table")
        elif not statements:
            self.fail(f"{file}: {function}: there is no label {label}, which orders.table has")
        elif len(kinds) not in (1, len(statements)):
            self.fail(f"{file}: {function}: label {label} stands at {len(statements)} places, orders.table has {len(kinds)}")
        else:
            if len(kinds) == 1:
                kinds = kinds * len(statements)
            for kind, statement in zip(kinds, statements):
                yield file, function, label, kind, statement

    def _check_unlabelled(self, file):
        if file in TRANSPARENT:
            return
        source = self.source(file)
        labelled = {line for _, _, statement in source.labels() for line in statement}
        for line in source.orders():
            if line not in labelled:
                self.fail(f"{file}:{line}: a memory order without a label")

    def look(self, program, row):
        file, function, label, kind, statement = row
        where = f"{file}:{statement[0]}: {function}: {label}, {kind}"
        if kind == "read":
            return
        if kind == "protocol":
            if not re.search(r"\bprotocol_(load|copy|header|versioned)\(", self.source(file).text(statement)):
                self.fail(f"{where}: does not go through reader/protocol.c")
            return
        names = program.instructions_of(file, statement)
        wrong = wrong_with(kind, names)
        if wrong:
            self.fail(f"{where}: {wrong} in {program.path.name}, but: {', '.join(sorted(set(names))) or 'nothing'}")
        else:
            self.counts[kind.partition("-")[0]] += 1

    def look_at_places(self, program, commit):
        """Every call place has a record of its own, and the only order in it is the commit's."""
        places = sorted(name for name in program.symbols if name.startswith("place_"))
        for place in places:
            names = [name for name in program.symbols[place] if not re.match(PLAIN_LOAD + "|" + PLAIN_STORE, name)]
            if [name for name in names if name != "bl"] != ["stlr"]:
                self.fail(f"{place} in {program.path.name}: one stlr and no other order was expected: {', '.join(names) or 'none'}")
        inlined = sum(name == "stlr" for line in commit for name, _ in program.at[COMMIT[0]][line])
        if not places or inlined < len(places):
            self.fail(f"{program.path.name}: {len(places)} call places, and {inlined} commits")
        return len(places)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tools", default="aarch64-linux-gnu-", help="what stands before objdump and addr2line")
    parser.add_argument("--lib", action="append", type=pathlib.Path, required=True, help="a file with the library in it")
    parser.add_argument("--decoder", type=pathlib.Path, required=True, help="ttdecode")
    parser.add_argument("--places", type=pathlib.Path, required=True, help="a program of call places")
    arguments = parser.parse_args()

    check = Check()
    rows = list(check.rows())
    for path in arguments.lib:
        program = Program(path, arguments.tools)
        for row in rows:
            if row[0].startswith("lib/"):
                check.look(program, row)
    program = Program(arguments.decoder, arguments.tools)
    for row in rows:
        if row[0].startswith("decoder/"):
            check.look(program, row)
    commit = next((row[4] for row in rows if row[:2] == COMMIT), range(0))
    places = check.look_at_places(Program(arguments.places, arguments.tools), commit)

    for failure in check.failures:
        print(f"orders: {failure}", file=sys.stderr)
    labels = len({row[2] for row in rows})
    counts = ", ".join(f"{count} {kind}s" for kind, count in sorted(check.counts.items()))
    print(f"orders: {labels} labels at {len(rows)} places; in {len(arguments.lib) + 1} files {counts} as designed; {places} call places with one stlr each; "
          f"{len(check.failures)} wrong")
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
