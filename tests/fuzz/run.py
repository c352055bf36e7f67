#!/usr/bin/env python3
"""Looks for inputs that break a fuzz target, with libFuzzer and AFL++, and says what came of it.

Both engines work on the same source, built by clang with AddressSanitizer and UndefinedBehaviorSanitizer. Each begins with
the committed inputs and what earlier runs of this build directory have found. What breaks a target is named at the end; after
the fault is mended it belongs into found/TARGET. --merge puts what reaches something new into corpus/TARGET, as few and as small
inputs as do.

Exit status: 0 nothing was broken, 1 something was, 2 usage or a fuzzer that does not work.
"""

import argparse
import hashlib
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
TARGETS = ("snapshot", "packed", "blackbox", "core", "filter_spec", "format", "command_line")
ENGINES = ("libfuzzer", "afl")
BYTES_MAX = {"snapshot": 8192, "packed": 4096, "blackbox": 8192, "core": 8192, "filter_spec": 1536, "format": 2048, "command_line": 512}
# One input may take this long; a busy machine is slower than an idle one.
SECONDS_MAX = 5
STARVED = 20  # libFuzzer ends at a timeout: only one that cannot come of other work on the machine
SANITIZED = "-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all"
BUILDS = {
    "libfuzzer": {
        "CC": "clang",
        "CFLAGS": f"{SANITIZED} -fsanitize=fuzzer-no-link",
        "FUZZ_JUDGES_CFLAGS": "-fno-sanitize=fuzzer-no-link",
    },
    "afl": {"CC": "afl-clang-fast", "CFLAGS": SANITIZED, "FUZZ_JUDGES_CC": "clang"},
}
ENVIRONMENT = {
    "ASAN_OPTIONS": "abort_on_error=1:symbolize=0:detect_leaks=0:allocator_may_return_null=0",
    "UBSAN_OPTIONS": "abort_on_error=1:symbolize=0",
    # This is not a machine of its own that a fuzzer may set up as it likes.
    "AFL_SKIP_CPUFREQ": "1",
    "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES": "1",
    "AFL_NO_AFFINITY": "1",
    "AFL_NO_UI": "1",
    "AFL_AUTORESUME": "1",
    "AFL_NO_STARTUP_CALIBRATION": "1",
    "AFL_QUIET": "1",
}


def build(engine, directory):
    command = ["make", "-s", "--no-print-directory", f"BUILD={directory}", "fuzz-engines"]
    command += [f"{name}={value}" for name, value in BUILDS[engine].items()]
    done = subprocess.run(command, cwd=TOP, env={**os.environ, "AFL_QUIET": "1"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"fuzz: the targets for {engine} cannot be built:\n{done.stdout}")


class Work:
    """The processes of one engine's run, and the CPU time that they took: seen from outside, since AFL++ kills its children."""

    def __init__(self, command, log, environment):
        self.seen = {}
        self.log = open(log, "ab")
        self.process = subprocess.Popen(["nice", "-n", "19", *command], stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=subprocess.STDOUT, env=environment, start_new_session=True)

    def look(self):
        """CPU seconds so far."""
        ticks = os.sysconf("SC_CLK_TCK")
        parents, used = {}, {}
        for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            pid = int(path.parent.name)
            parents[pid], used[pid] = int(fields[1]), (int(fields[11]) + int(fields[12])) / ticks
        for pid in used:
            above = pid
            while above in parents and above != self.process.pid:
                above = parents[above]
            if above == self.process.pid:
                self.seen[pid] = used[pid]
        return sum(self.seen.values())

    def wait(self, cpu_seconds):
        """Until it ends by itself, or has had its CPU time."""
        while self.process.poll() is None:
            if self.look() >= cpu_seconds:
                self.process.send_signal(signal.SIGINT)
                try:
                    self.process.wait(30)
                except subprocess.TimeoutExpired:
                    break
            time.sleep(0.5)
        self.end()
        return self.look()

    def end(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.log.close()


def inputs_of(directory):
    return [path for path in sorted(directory.glob("**/*")) if path.is_file()] if directory.is_dir() else []


def gather(to, directories):
    """All inputs of several directories in one, each once."""
    to.mkdir(parents=True, exist_ok=True)
    for directory in directories:
        for path in inputs_of(directory):
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                continue  # libFuzzer has found a smaller one meanwhile
            (to / hashlib.sha1(data).hexdigest()).write_bytes(data)
    return to


class Target:
    def __init__(self, name, work, builds):
        self.name = name
        self.builds = builds
        self.work = work / name
        self.work.mkdir(parents=True, exist_ok=True)
        self.committed = [HERE / "corpus" / name, HERE / "found" / name]
        self.queues = {"libfuzzer": self.work / "libfuzzer" / "queue", "afl": self.work / "afl" / "default" / "queue"}
        self.figures = {}

    def program(self, engine):
        return str(self.builds[engine] / "tests" / "fuzz" / f"{self.name}-fuzz")

    def dictionary(self):
        path = HERE / "dict" / f"{self.name}.dict"
        return path if path.exists() else None

    def libfuzzer(self, seconds, cpu_seconds):
        queue, broken = self.queues["libfuzzer"], self.work / "libfuzzer" / "broken"
        for directory in (queue, broken):
            directory.mkdir(parents=True, exist_ok=True)
        log = self.work / "libfuzzer" / "log"
        log.write_bytes(b"")
        command = [self.program("libfuzzer"), f"-max_total_time={seconds}", f"-max_len={BYTES_MAX[self.name]}",
                   f"-timeout={STARVED * SECONDS_MAX}", f"-report_slow_units={SECONDS_MAX}", "-rss_limit_mb=2048", "-malloc_limit_mb=400", "-print_final_stats=1",
                   "-detect_leaks=1", f"-artifact_prefix={broken}/"]
        if self.dictionary():
            command.append(f"-dict={self.dictionary()}")
        command += [str(queue), *(str(path) for path in (*self.committed, self.queues["afl"]) if path.is_dir())]
        environment = {**os.environ, **ENVIRONMENT}
        environment["ASAN_OPTIONS"] = ENVIRONMENT["ASAN_OPTIONS"].replace("detect_leaks=0", "detect_leaks=1")
        used = Work(command, log, environment).wait(cpu_seconds)
        text = log.read_text(errors="replace")
        executed = re.findall(r"stat::number_of_executed_units: (\d+)", text) or re.findall(r"^#(\d+)", text, re.M) or ["0"]
        reached = re.findall(r"cov: (\d+)", text) or ["0"]
        broken = [path for path in inputs_of(broken) if not path.name.startswith(("slow-unit-", "timeout-")) or self.is_hang("libfuzzer", path)]
        return used, int(executed[-1]), f"{reached[-1]} edges", broken

    def afl(self, seconds, cpu_seconds):
        out = self.work / "afl"
        begin = gather(self.work / "begin", [*self.committed, self.queues["libfuzzer"]])
        if not inputs_of(begin):
            (begin / "nothing").write_bytes(b"\n")
        log = self.work / "afl.log"
        log.write_bytes(b"")
        command = ["afl-fuzz", "-i", str(begin), "-o", str(out), "-V", str(seconds), "-t", str(1000 * SECONDS_MAX), "-m", "none",
                   "-G", str(BYTES_MAX[self.name])]
        if self.dictionary():
            command += ["-x", str(self.dictionary())]
        used = Work([*command, "--", self.program("afl")], log, {**os.environ, **ENVIRONMENT}).wait(cpu_seconds)
        stats = out / "default" / "fuzzer_stats"
        if not stats.exists():
            sys.exit(f"fuzz: afl-fuzz does not work on {self.name}:\n{log.read_text(errors='replace')[-2000:]}")
        values = dict(re.findall(r"^(\w+)\s+: (.*)$", stats.read_text(), re.M))
        broken = [path for path in inputs_of(out / "default" / "crashes") if path.name != "README.txt"]
        broken += [path for path in inputs_of(out / "default" / "hangs") if self.is_hang("afl", path)]
        return used, int(values["execs_done"]), f"{values['edges_found']} edges", broken

    def is_hang(self, engine, path):
        """Fuzzers go by the clock on the wall, and others use the processor too: a hang is what takes so long by its own time."""
        limits = lambda: resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MAX, SECONDS_MAX))
        return subprocess.run([self.program(engine), str(path)], env={**os.environ, **ENVIRONMENT}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, preexec_fn=limits).returncode != 0

    def run(self, engine, seconds, cpu_seconds):
        start = time.monotonic()
        used, executed, reached, broken = getattr(self, engine)(seconds, cpu_seconds)
        print(f"fuzz: {self.name:12} {engine:9} {used / 60:6.1f} CPU minutes in {(time.monotonic() - start) / 60:.1f}: "
              f"{executed} executions, {reached}, {len(broken)} broken", flush=True)
        for path in broken:
            print(f"    {path}", flush=True)
        return len(broken)

    def merge(self):
        """The committed inputs anew: what is needed of them and of all that was found."""
        corpus, fresh = HERE / "corpus" / self.name, self.work / "fresh"
        everything = self.work / "everything"
        for directory in (fresh, everything):
            shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir()
        gather(everything, [corpus, *self.queues.values(), self.work / "seeds"])
        with open(self.work / "merge.log", "wb") as log:
            command = [self.program("libfuzzer"), "-merge=1", f"-max_len={BYTES_MAX[self.name]}", f"-timeout={SECONDS_MAX}"]
            subprocess.run([*command, str(fresh), str(everything)], stdout=log, stderr=log, check=True,
                           env={**os.environ, **ENVIRONMENT})
        shutil.rmtree(corpus, ignore_errors=True)
        gather(corpus, [fresh])
        names = inputs_of(corpus)
        print(f"fuzz: {self.name:12} {len(names)} inputs of {sum(path.stat().st_size for path in names)} bytes are kept")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {' '.join(TARGETS)} (default: all)")
    parser.add_argument("--seconds", type=float, default=60,
                        help="for each target, shared by the engines: of CPU time, and at most three times as long (default: 60)")
    parser.add_argument("--engines", default=",".join(ENGINES), help="default: %(default)s")
    parser.add_argument("--build", default="build-fuzz", help="where targets and findings are (default: %(default)s)")
    parser.add_argument("--merge", action="store_true", help="afterwards, put what is worth keeping into corpus/")
    arguments = parser.parse_args()
    engines = arguments.engines.split(",")
    if set(arguments.targets) - set(TARGETS) or set(engines) - set(ENGINES):
        parser.error("no such target or engine")

    base = TOP / arguments.build
    builds = {engine: base / engine for engine in ENGINES}
    for engine in {*engines, *(["libfuzzer"] if arguments.merge else [])}:
        build(engine, builds[engine])
    with tempfile.TemporaryDirectory(prefix="ttlog-fuzz-", dir="/dev/shm") as directory:
        ENVIRONMENT["FUZZ_DIRECTORY"] = directory
        broken = work(arguments, engines, builds, base / "work")
    print(f"fuzz: {len(arguments.targets or TARGETS)} targets, {broken} inputs that break one")
    return 1 if broken else 0


def work(arguments, engines, builds, directory):
    """Returns how many inputs break a target."""
    share, broken = arguments.seconds / len(engines), 0
    for name in arguments.targets or TARGETS:
        target = Target(name, directory, builds)
        if arguments.seconds > 0:
            broken += sum(target.run(engine, int(3 * share) + 1, share) for engine in engines)
        if arguments.merge:
            target.merge()
    return broken


if __name__ == "__main__":
    sys.exit(main())
