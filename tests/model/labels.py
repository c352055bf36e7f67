#!/usr/bin/env python3
"""Holds the labels of the models against those of the code and of the specification: labels.py [TOP]

A label (W1, A4, ...) stands at the start of a comment, alone or before a colon, behind the operation that it names or on the line
before it. Anywhere else in a comment it only speaks of that operation.

- A part of a model names functions of the code ("C: file function"). They have to take the same steps in the same order: the labelled
  operations, of the same kind and order, and the copying of data between them.
- Every label of a model in the code is in such a function; every label elsewhere is in ELSEWHERE, with the order that it has to have.
- Every acquire, release and sequentially consistent operation of the code has a label, and the functions of lib/platform/atomic.h do what
  their names say.
- The protocol as format-spec/region.md prints it has the labels and the orders of the model.
"""

import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
ATOMIC = "lib/platform/atomic.h"

# Labels that no model has: what each operation must be, in the order of the files, and what holds the protocol instead.
ELSEWHERE = {
    "A6": (("load acquire",), "stress, and the snapshots of tests/crash: a record without its site is damage"),
    "A7": (("load acquire",), "as A6, with new blocks"),
    "A8": (("fence acquire", "load relaxed"), "the same steps as A4 and A5, of the same function"),
    "C1": (("load acquire", "store release"), "tests/crash, two threads that crash at once"),
    "H1": (("fence signal",), "tests/steps/interrupts: a handler that records at every instruction"),
    "H2": (("fence signal",), "as H1"),
    "H3": (("fence signal",), "as H1, and tests/api/life.c: handlers while a thread exits"),
    "K5": (("exchange acquire",), "tests/stress/bounds.c: tickers end and are made all the time"),
    "K6": (("load acquire",), "as K5; the kernel clears it"),
    "L1": (("load acquire", "store release"), "ThreadSanitizer: first events of many threads at once"),
    "L2": (("exchange seq_cst",), "as L1"),
    "P1": (("exchange acquire", "store release"), "ThreadSanitizer: snapshots on signals in several threads"),
    "R2": (("store release",), "as A6"),
    "R3": (("store release",), "as A7"),
    "R6": (("exchange relaxed", "fence release", "store release"), "the same steps as R4 and R5"),
    "R7": (("load acquire", "store release"), "ThreadSanitizer: as L1"),
    "R8": (("load acquire", "store release"), "ThreadSanitizer: rings that are made while snapshots are taken"),
    "S1": (("fence seq_cst",), "the proof in lib/site.h, and tests/stress/changes.c"),
    "S2": (("fence seq_cst",), "as S1"),
    "S3": (("load acquire", "store release"), "ThreadSanitizer: modules loaded while a region is made"),
    "S4": (("fence seq_cst",), "the proof at S5, and tests/crash: writers are frozen"),
    "S5": (("fence seq_cst",), "as S4"),
    "S6": (("load acquire", "store release"), "ThreadSanitizer: modules loaded again"),
    "T1": (("load acquire", "exchange acq_rel/acquire"), "ThreadSanitizer: more threads than a slab holds"),
    "T2": (("exchange acquire", "store release"), "ThreadSanitizer: threads made and ended"),
}

LABELS = re.compile(r"\s*\*?\s*([A-Z]\d\d?(?:, [A-Z]\d\d?)*)(?::|\s*$)")
ORDERS = "relaxed|acquire|release|acq_rel|seq_cst"
OPERATION = re.compile(
    rf"__atomic_(?P<builtin>load|store|fetch_add|fetch_sub|add_fetch|compare_exchange|thread_fence|signal_fence)(?:_n)?\s*\("
    rf"|\b(?P<wrapper>load|store|add|raise)(?:32|64)_(?P<wrapped>{ORDERS})\s*\("
    rf"|\bfence_(?P<fence>{ORDERS}|signal)\s*\("
    rf"|\batomic_thread_fence\s*\(\s*memory_order_(?P<c11>{ORDERS})"
    rf"|\b(?P<call>[a-z_0-9]+)\s*\("
    rf"|/\*(?P<comment>.*?)\*/", re.S)
KINDS = {"fetch_add": "add", "fetch_sub": "add", "add_fetch": "add", "compare_exchange": "exchange", "thread_fence": "fence", "signal_fence": "fence"}
# Functions that are one operation here, though they are made of several; what they are made of is checked where they stand.
KNOWN = {"load_agreed": ("load", "relaxed"), "load_version": ("load", "relaxed"), "protocol_load": ("load", "acquire"), "source_read": ("load", "data"),
         "copy_identity": ("load", "data"), "copy_words": ("load", "data"), "store_words": ("store", "data"), "tt_impl_store": ("store", "data"),
         "tt_impl_put_fixed": ("store", "data"), "tt_impl_put_strings": ("store", "data")}


# Its fence is the acquire of its callers' loads, which have the labels.
WITHIN = {("decoder/reader/protocol.c", "protocol_load")}


class Step:
    def __init__(self, kind, order, line, is_shared=True):
        self.kind, self.order, self.line, self.is_shared, self.labels = kind, order, line, is_shared, []

    def __str__(self):
        return f"{self.kind} {self.order}" if self.labels or self.order != "relaxed" else f"{self.kind} of data"


def closing(text, at):
    """Where the parenthesis that opens before `at` closes."""
    depth = 1
    while depth > 0 and at < len(text):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        at += 1
    return at


def operation_order(text, match):
    if match["wrapped"]:
        return match["wrapped"]
    if match["fence"] or match["c11"]:
        return match["fence"] or match["c11"]
    orders = [order.lower() for order in re.findall(r"__ATOMIC_(\w+)", text[match.end():closing(text, match.end())])]
    if match["builtin"] == "signal_fence" and orders == ["seq_cst"]:
        return "signal"
    # Of an exchange the second is that of its failure.
    return "/".join(orders[:1] + [order for order in orders[1:2] if order != "relaxed"]) or "?"


def label_steps(text, pattern, make, line):
    """The steps and calls of a function's body, with their labels: [Step or name]."""
    steps, waiting, end = [], [], 0
    for match in pattern.finditer(text):
        comment = match["comment"]
        if comment is not None:
            found = LABELS.match(comment)
            if not found:
                continue
            labels = found[1].split(", ")
            before = text[text.rfind("\n", 0, match.start()) + 1:match.start()]
            if before.strip():
                last = next((step for step in reversed(steps) if isinstance(step, Step)), None)
                if not last or re.search(r";\s*\n", re.sub(r"/\*.*?\*/", "", text[end:match.start()], flags=re.S)):  # it stands behind something else
                    last = Step("nothing", "at all", line + text.count("\n", 0, match.start()))
                    steps.append(last)
                last.labels += labels
            else:
                waiting += labels
            continue
        step = make(text, match, line + text.count("\n", 0, match.start()))
        if step is None:
            continue
        if isinstance(step, Step):
            if match.start() < end:  # an argument of the last: comes before it
                steps.insert(-1, step)
                continue
            step.labels, waiting, end = waiting, [], closing(text, match.end())
        steps.append(step)
    return steps


class Code:
    """The functions of the C files: of each its steps, and the calls within its own file."""

    FUNCTION = re.compile(r"^(?P<head>(?!#|\s|\}|/|static const)[^;{}]*?\b(?P<name>\w+)\([^;{}]*?\))\s*\n\{\n(?P<body>.*?)^\}", re.M | re.S)

    def __init__(self, top):
        self.functions, self.files = {}, []
        names = [*sorted(top.glob("lib/*.c")), *sorted(top.glob("lib/platform/*.c")), top / "lib/include/ttlog/impl.h", top / ATOMIC,
                 *sorted(top.glob("decoder/reader/*.c"))]
        for path in names:
            name = str(path.relative_to(top))
            text = path.read_text()
            text = re.sub(r'"(?:\\.|[^"\\\n])*"', lambda found: '"' + " " * (len(found[0]) - 2) + '"', text)
            self.files.append(name)
            for found in self.FUNCTION.finditer(text):
                line = text.count("\n", 0, found.start("body")) + 1
                self.functions[name, found["name"]] = label_steps(found["body"], OPERATION, self.make, line)

    @staticmethod
    def make(text, match, line):
        call = match["call"]
        if call:
            return Step(*KNOWN[call], line) if call in KNOWN else call
        kind = match["builtin"] or match["wrapper"] or "fence"
        return Step(KINDS.get(kind, kind), operation_order(text, match), line, not match["builtin"])

    def expand(self, file, function, wanted, seen=()):
        """The steps of a function and of what it calls in its file, of the labels that are wanted; and where those stand."""
        steps, places = [], {(file, function)}
        for step in self.functions[file, function]:
            if isinstance(step, Step):
                if wanted & set(step.labels) or (not step.labels and step.is_shared):
                    steps.append(step)
            elif (file, step) in self.functions and step not in seen:
                inner, inside = self.expand(file, step, wanted, (*seen, function))
                if any(wanted & set(one.labels) for one in inner):
                    steps += inner
                    places |= inside
        return steps, places


class Model:
    """The parts of a model that name functions of the code: [(part, [(file, function)], steps)]."""

    PRIMITIVE = re.compile(
        r"\b(?P<primitive>store|update|write|load|peek|copy|exchange)\((?=(?P<arguments>[^;\n]*))"
        r"|\bfence_(?P<fence>release|acquire|seq_cst)\("
        r"|\b(?P<call>[a-z_0-9]+)\("
        r"|/\*(?P<comment>.*?)\*/", re.S)
    INLINE = re.compile(r"^inline (?P<name>\w+)\([^)]*\)\n\{\n(?P<body>.*?)^\}", re.M | re.S)

    def __init__(self, path):
        self.name, self.parts, self.inlines, self.kinds = path.name, [], {}, {}
        text = subprocess.run(["cpp", "-C", "-P", "-w", str(path)], check=True, capture_output=True, text=True).stdout
        for found in self.INLINE.finditer(text):
            self.inlines[found["name"]] = label_steps(found["body"], self.PRIMITIVE, self.make, 0)
        for found in re.finditer(r"/\*(?P<comment>(?:(?!\*/).)*?\bC: (?:(?!\*/).)*?)\*/\s*inline (?P<name>\w+)\(", text, re.S):
            functions = [tuple(pair) for pair in re.findall(r"\bC: (\S+) (\w+)", found["comment"])]
            steps = self.expand(found["name"])
            self.parts.append((found["name"], functions, steps))
            for step in steps:
                for label in step.labels:
                    self.kinds.setdefault(label, set()).add(f"{step.kind} {step.order}")

    @staticmethod
    def make(text, match, line):
        if match["call"]:
            return match["call"]
        if match["fence"]:
            return Step("fence", match["fence"], line)
        kind = {"write": "store", "update": "store", "copy": "load", "peek": "load"}.get(match["primitive"], match["primitive"])
        order = re.search(r"\b(RELAXED|ACQUIRE|RELEASE)\b", match["arguments"])
        return Step(kind, order[1].lower() if order else "relaxed", line)

    def expand(self, name):
        steps = []
        for step in self.inlines[name]:
            if isinstance(step, Step):
                steps.append(step)
            elif step in self.inlines:
                steps += self.expand(step)
        return steps


def signature(steps, labels):
    """What can be compared: labelled steps, and for data only that something was copied. Data is what the part as a whole copies: stored or loaded."""
    result = []
    for step in steps:
        own = sorted(labels & set(step.labels))
        text = f"{'+'.join(own)} {step.kind} {step.order}" if own else f"{step.kind} of data" if step.order in ("relaxed", "data") else None
        if text and (own or not result or result[-1] != text):
            result.append(text)
    return result


def data_kinds(steps):
    return {step.kind for step in steps if not step.labels}


class Comparison:
    def __init__(self, top):
        self.top, self.code, self.faults, self.compared = top, Code(top), [], 0
        self.models = [Model(path) for path in sorted(HERE.glob("*.pml")) if path.name != "memory.pml"]

    def fault(self, text):
        self.faults.append(f"labels: {text}")

    def part(self, model, name, functions, steps, covered):
        wanted = set(model.kinds)
        kinds = data_kinds(steps)
        expected = signature(steps, wanted)
        for file, function in functions:
            if (file, function) not in self.code.functions:
                self.fault(f"{model.name}: {name}: there is no function {function} in {file}")
                continue
            found, places = self.code.expand(file, function, wanted)
            found = [step for step in found if step.labels or step.kind in kinds]
            covered |= places
            self.compared += sum(1 for step in found if step.labels)
            actual = signature(found, wanted)
            if actual != expected:
                self.fault(f"{file}: {function} is not what {model.name} has in {name}:\n    code:  {'; '.join(actual)}\n"
                           f"    model: {'; '.join(expected)}")

    def steps(self):
        for (file, function), steps in self.code.functions.items():
            if (file, function) not in WITHIN:
                for step in steps:
                    if isinstance(step, Step):
                        yield file, function, step

    def run(self):
        modelled = set()
        for model in self.models:
            covered = set()
            for name, functions, steps in model.parts:
                self.part(model, name, functions, steps, covered)
            modelled |= set(model.kinds)
            for file, function, step in self.steps():
                if set(model.kinds) & set(step.labels) and (file, function) not in covered:
                    self.fault(f"{file}:{step.line}: {function} has a step {', '.join(step.labels)} that {model.name} does not have")
        self.elsewhere(modelled)
        self.unlabelled()
        self.wrappers()
        for model in self.models:
            self.specification(model)

    def elsewhere(self, modelled):
        found = {}
        for file, function, step in self.steps():
            for label in step.labels:
                found.setdefault(label, set()).add(f"{step.kind} {step.order}")
                if label not in modelled and f"{step.kind} {step.order}" not in ELSEWHERE.get(label, ((), ""))[0]:
                    self.fault(f"{file}:{step.line}: {function}: {label} is at a {step.kind} {step.order}, which is in no model nor in the table")
        for label, (orders, _) in ELSEWHERE.items():
            for order in set(orders) - found.get(label, set()):
                self.fault(f"{label}: the table has a {order}, the code none")

    def unlabelled(self):
        for file, function, step in self.steps():
            if file != ATOMIC and step.order not in ("relaxed", "data") and not step.labels:
                self.fault(f"{file}:{step.line}: {function}: a {step.kind} {step.order} without a label")

    def wrappers(self):
        for (file, function), steps in self.code.functions.items():
            named = re.fullmatch(rf"(load|store|add|raise|fence)(?:32|64)?_({ORDERS}|signal)", function) if file == ATOMIC else None
            for step in steps if named else []:
                if isinstance(step, Step) and step.order != named[2]:
                    self.fault(f"{file}:{step.line}: {function} does a {step.kind} {step.order}")
        one = [str(step) for step in self.code.functions["decoder/reader/protocol.c", "protocol_load"] if isinstance(step, Step)]
        if one != ["load of data", "fence acquire"]:
            self.fault(f"decoder/reader/protocol.c: protocol_load is no load with acquire, but: {'; '.join(one)}")

    def specification(self, model):
        text = (self.top / "format-spec/region.md").read_text()
        block = re.search(r"```\n(switch.*?)```", text, re.S)[1]
        for label, order in re.findall(r"\b([A-Z]\d)  +(?:\w+ = )?(\w+\(\w*)", block):
            kind = re.match(rf"(store|load)_({ORDERS})|(fence)\(({ORDERS})", order)
            said = " ".join(part for part in kind.groups() if part) if kind else order
            if label in model.kinds and said not in model.kinds[label]:
                self.fault(f"format-spec/region.md: {label} is a {said}, in {model.name} a {', '.join(sorted(model.kinds[label]))}")
        table = re.search(r"^## Labels\n(.*?)^## ", text, re.M | re.S)[1]
        in_code = {label for _, _, step in self.steps() for label in step.labels}
        for label in sorted(set(re.findall(r"\b[A-Z]\d\b", table)) - in_code):
            self.fault(f"format-spec/region.md has a label {label} that the code does not have")


def main():
    top = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parents[1])
    comparison = Comparison(top)
    comparison.run()
    for fault in comparison.faults:
        print(fault)
    labels = sorted(set().union(*(model.kinds for model in comparison.models)))
    print(f"labels: {comparison.compared} labelled steps of the code are those of {len(comparison.models)} models ({' '.join(labels)}), "
          f"{len(ELSEWHERE)} labels have no model, {len(comparison.faults)} differences")
    return 1 if comparison.faults else 0


if __name__ == "__main__":
    sys.exit(main())
