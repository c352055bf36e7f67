#!/usr/bin/env python3
"""attacks.py BUILD [NAME...] - tries each attack that its functions spell out; none may succeed.

The files of the recorder are attacked as two users of the machine would: that needs root. Without it those attacks are skipped, which is said.
Exit status: 0 no attack succeeded, 1 one did, 2 usage.
"""

import contextlib
import os
import pathlib
import pty
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading

import hostile

VICTIM, ATTACKER = 54321, 54322  # users that nobody else is
SECRET = b"xyzzy"
MEMORY = 256 << 20  # that ttdecode may use, whatever a file asks for; what ttdecode(1) says
ATTACKS = []


class Succeeded(Exception):
    """The attack did; what it got is the message."""


def attack(needs_root=False):
    def add(function):
        ATTACKS.append((function, needs_root))
        return function

    return add


def demand(is_safe, what):
    if not is_safe:
        raise Succeeded(what)


class Stage:
    """A directory that both users can reach, and the programs."""

    def __init__(self, build):
        self.build = pathlib.Path(build).resolve()
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="ttlog-security-"))
        self.path.chmod(0o711)
        self.target = self.path / "target"
        shutil.copy(self.build / "tests/security/target", self.target)

    def directory(self, name, owner, mode):
        path = self.path / name
        path.mkdir()
        os.chown(path, owner, owner)
        path.chmod(mode)
        return path

    def file(self, path, owner, content):
        path.write_bytes(content)
        os.chown(path, owner, owner)
        path.chmod(0o600)
        return path

    def start(self, *words, user=None, **variables):
        """The target with these words as a user (None: who we are). Its black box is off unless a variable says where."""
        environment = {"PATH": os.environ["PATH"], "TTLOG_BLACKBOX_DIR": "off", "TTLOG_SERVICE": "target", **variables}
        environment = {name: str(value) for name, value in environment.items() if value is not None}
        who = {} if user is None else {"user": user, "group": user, "extra_groups": []}
        return subprocess.Popen([self.target, *words], env=environment, cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, start_new_session=True, **who)

    def run(self, *words, **options):
        """The same to its end: (status, output, errors)."""
        process = self.start(*words, **options)
        output, errors = process.communicate(timeout=60)
        return process.returncode, output, errors

    @contextlib.contextmanager
    def running(self, *words, **options):
        """The target as it waits; afterwards it goes on to its end."""
        process = self.start(*words, "wait", **options)
        try:
            while (line := process.stdout.readline()) not in (b"ready\n", b""):
                pass
            demand(line, "it does not run")
            yield process
        finally:
            process.communicate(timeout=60)

    def decode(self, *arguments, memory=None, seconds=60, most=1 << 40):
        """(status, output, errors) of ttdecode, in so much address space, with at most so much output kept."""
        limit = f"ulimit -v {memory >> 10}; " if memory else ""
        process = subprocess.Popen(["/bin/bash", "-c", limit + 'exec "$@"', "ttdecode", self.build / "ttdecode", *arguments],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        kept = [b"", b""]

        def drain(i, stream):
            while piece := stream.read(1 << 20):
                kept[i] = (kept[i] + piece)[:most]

        threads = [threading.Thread(target=drain, args=pair) for pair in enumerate((process.stdout, process.stderr))]
        for thread in threads:
            thread.start()
        timer = threading.Timer(seconds, process.kill)
        timer.start()
        status = process.wait()
        timer.cancel()
        for thread in threads:
            thread.join()
        demand(status != -signal.SIGKILL, f"ttdecode needs more than {seconds} s")
        demand(status >= 0, f"ttdecode dies of signal {-status}")
        return status, *kept

    def close(self):
        shutil.rmtree(self.path, ignore_errors=True)


def read_as(user, path):
    """What a user gets who reads that path; None if he is refused."""
    done = subprocess.run(["/bin/cat", path], user=user, group=user, extra_groups=[], capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


def everything_below(path):
    return [entry for entry in pathlib.Path(path).rglob("*")]


# Attacks on the files of a recording program.


@attack()
def read_what_is_public(stage):
    """The program has umask 0: snapshot, crash snapshot and black box, finished and in the making, are 0600 all the same, and the directory
    of black boxes 0700."""
    where = stage.directory("public", os.getuid(), 0o777)
    with stage.running("snapshot", where / "asked.tts", "on-crash", XDG_RUNTIME_DIR=where, TTLOG_BLACKBOX_DIR=None, TTLOG_DIR=where):
        modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in everything_below(where)}
        demand(modes.pop("ttlog", None) == 0o700, "the directory of black boxes is not 0700")
        demand(len(modes) >= 2 and set(modes.values()) == {0o600}, f"modes {modes}")
    stage.run("on-crash", "crash", TTLOG_DIR=where)
    modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in where.glob("*.tts")}
    demand(len(modes) == 2 and set(modes.values()) == {0o600}, f"modes {modes}")


@attack(needs_root=True)
def read_as_another_user(stage):
    """Another user reads every file of the program, in a directory that everybody can search."""
    where = stage.directory("searched", VICTIM, 0o755)
    with stage.running("snapshot", where / "asked.tts", user=VICTIM, TTLOG_BLACKBOX_DIR=where):
        files = everything_below(where)
        demand(len(files) == 2 and all(SECRET in file.read_bytes() for file in files), "the test reads the wrong files")
        for file in files:
            demand(read_as(ATTACKER, file) is None, f"{file.name} is read by another user")


@attack(needs_root=True)
def link_in_place_of_a_snapshot(stage):
    """Another user puts a symbolic link where the snapshot will be, to a file of the victim: it is not written through."""
    for mode in (0o777, 0o1777):
        shared = stage.directory(f"shared-{mode:o}", ATTACKER, mode)
        precious = stage.file(stage.path / f"precious-{mode:o}", VICTIM, b"precious")
        (shared / "asked.tts").symlink_to(precious)
        os.lchown(shared / "asked.tts", ATTACKER, ATTACKER)
        _, output, _ = stage.run("snapshot", shared / "asked.tts", user=VICTIM)
        demand(precious.read_bytes() == b"precious", f"the file behind the link is overwritten: {output!r}")
        leftovers = [entry.name for entry in everything_below(shared) if entry.name != "asked.tts"]
        demand(not leftovers, f"{leftovers} are left")


@attack(needs_root=True)
def hard_link_in_place_of_a_snapshot(stage):
    """The same with a second name of a file of the victim."""
    shared = stage.directory("linked", ATTACKER, 0o777)
    precious = stage.file(shared / "precious", VICTIM, b"precious")
    os.link(precious, shared / "asked.tts")
    stage.run("snapshot", shared / "asked.tts", user=VICTIM)
    demand(precious.read_bytes() == b"precious", "the file of two names is overwritten")


@attack(needs_root=True)
def file_made_before(stage):
    """Another user makes the snapshot's file before, open to all, and keeps it open: nothing of the trace comes into it."""
    for mode in (0o777, 0o1777):
        shared = stage.directory(f"made-{mode:o}", ATTACKER, mode)
        trap = stage.file(shared / "asked.tts", ATTACKER, b"trap")
        trap.chmod(0o666)
        with open(trap, "rb") as kept_open:
            _, output, _ = stage.run("snapshot", trap, user=VICTIM)
            demand(kept_open.read() == b"trap", "the trace is written into the file of another user")
        if mode == 0o1777:  # there only its owner can replace it
            demand(b"snapshot done" not in output, f"it says {output!r}")
            demand(trap.read_bytes() == b"trap", "the file of another user is replaced")
        else:
            demand(trap.stat().st_uid == VICTIM and stat.S_IMODE(trap.stat().st_mode) == 0o600, "the snapshot is not the victim's alone")


@attack(needs_root=True)
def directory_made_before(stage):
    """Another user makes the victim's directory of black boxes before: open to all; his own; or a link to a place that he can read."""
    readable = stage.directory("readable", ATTACKER, 0o777)
    for name, make in {"open": lambda path: path.mkdir(mode=0o777), "own": lambda path: path.mkdir(mode=0o700),
                       "link": lambda path: path.symlink_to(readable)}.items():
        runtime = stage.directory(f"runtime-{name}", VICTIM, 0o777)
        place = runtime / "ttlog"
        make(place)
        os.lchown(place, ATTACKER, ATTACKER)
        with stage.running(user=VICTIM, XDG_RUNTIME_DIR=runtime, TTLOG_BLACKBOX_DIR=None):
            inside = everything_below(readable) + (everything_below(place) if not place.is_symlink() else [])
            demand(not inside, f"{name}: a black box is in a directory of another user: {inside}")
        status, output, errors = stage.run(user=VICTIM, XDG_RUNTIME_DIR=runtime, TTLOG_BLACKBOX_DIR=None)
        demand(status == 0 and b"no black box" in errors, f"{name}: nobody is told: {status} {output!r} {errors!r}")


@attack(needs_root=True)
def evidence_driven_out(stage):
    """In a shared directory another user puts black boxes that look newer, so that the victim's next start throws its own evidence away; and a
    link of such a name to a file of the victim."""
    shared = stage.directory("evidence", 0, 0o1777)
    process = stage.start("wait", user=VICTIM, TTLOG_BLACKBOX_DIR=shared)
    process.stdout.readline()
    process.kill()
    process.communicate()
    evidence = list(shared.glob("*.ttr"))
    demand(len(evidence) == 1, "the killed program leaves no black box")
    precious = stage.file(stage.path / "precious-link", VICTIM, b"precious")
    for i in range(12):
        stage.file(shared / f"target-{4000000 + i}-99999999999{i:02}-0000000{i:x}.ttr", ATTACKER, b"newer")
    (shared / "target-4000099-1-00000000.ttr").symlink_to(precious)
    stage.run(user=VICTIM, TTLOG_BLACKBOX_DIR=shared)
    demand(evidence[0].exists(), "the victim's own black box is thrown away for those of another user")
    demand(precious.read_bytes() == b"precious", "a file behind a link is lost")
    stage.run(user=0, TTLOG_BLACKBOX_DIR=shared)
    demand(evidence[0].exists() and len(list(shared.glob("target-40000*.ttr"))) == 13, "root throws away the files of others")


@attack()
def descriptors_of_a_child(stage):
    """A program that is executed finds no descriptor of the recorder."""
    where = stage.directory("descriptors", os.getuid(), 0o700)
    _, output, _ = stage.run("on-crash", "descriptors", TTLOG_BLACKBOX_DIR=where, TTLOG_DIR=where)
    demand(b"on-crash done" in output and b"/proc/" in output, f"the test does not list descriptors: {output!r}")
    demand(b"descriptors" not in output and b".tts" not in output and b".ttr" not in output, f"inherited: {output!r}")


# Attacks on ttdecode by what a file holds.


def hostile_file(stage, name, content):
    path = stage.path / name
    path.write_bytes(content)
    return path


@attack()
def memory_by_rings(stage):
    """141 MB of 65,535 rings, each with a chunk of 512 KiB (32 GiB in all) whose events are all due at once."""
    path = hostile_file(stage, "rings.tts", hostile.ring_bomb(65535))
    status, output, errors = stage.decode("--head", "1000000", path, memory=MEMORY, most=1 << 20)
    demand(status == 1 and output.count(b"\n") > 10000, f"it gives up: {status} {errors[:200]!r}")
    path.unlink()


@attack()
def memory_by_formats(stage):
    """Formats of 4,095 conversions each, which take thirty times their size when they are parsed."""
    path = hostile_file(stage, "formats.tts", hostile.format_bomb(6000))
    status, output, errors = stage.decode("-f", "json", path, memory=MEMORY, most=1 << 20)
    demand(status == 1 and len(output) == 1 << 20, f"it gives up: {status} {errors[:200]!r}")
    path.unlink()


@attack()
def memory_by_claims(stage):
    """Counts and lengths at their limits, with nothing behind them; and a region of 2^40 bytes, all holes."""
    path = hostile_file(stage, "claims.tts", hostile.claims())
    status, _, errors = stage.decode(path, memory=MEMORY, seconds=10)
    demand(status == 1, f"{status} {errors[:200]!r}")
    path = stage.path / "sparse.ttr"
    try:
        hostile.sparse_region(path, 1 << 40)
    except OSError:
        hostile.sparse_region(path, 1 << 34)  # a file system that has no larger files
    status, _, errors = stage.decode(path, memory=MEMORY, seconds=30)
    demand(status in (0, 1), f"{status} {errors[:200]!r}")
    path.unlink()


@attack()
def time_by_mazes(stage):
    """16 MiB in which a site's entry of 32 KiB seems to begin everywhere, each to be told by its CRC alone; 64 MiB of markers of sections."""
    for name, content in (("sites.tts", hostile.site_maze(16 << 20)), ("markers.tts", hostile.marker_maze(64 << 20))):
        path = hostile_file(stage, name, content)
        status, _, errors = stage.decode(path, memory=MEMORY, seconds=20, most=1 << 16)
        demand(status == 1, f"{name}: {status} {errors[:200]!r}")
        path.unlink()


def obeyed(data, allowed=b""):
    """The first thing in it that a terminal obeys, apart from line feeds and the allowed sequences."""
    data = re.sub(allowed, b"", data) if allowed else data
    text = data.decode(errors="surrogateescape")
    found = re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\udc80-\udcff]", text)
    return found and text[max(0, found.start() - 20) : found.end() + 10].encode(errors="surrogateescape")


@attack()
def terminal_obeys_a_file(stage):
    """Escape sequences, C1 controls and bidirectional overrides in every string of a file, and in the file's own name."""
    for name, content in (("a\x1b[31m\u202eb.tts", hostile.control_snapshot()), ("b\x1b]0;x\x07.ttr", hostile.control_region())):
        path = hostile_file(stage, name, content)
        for options in ([], ["-f", "json"], ["--info"], ["--check"], ["--grep", "\x1b"], ["--level", "\x1b[2J"]):
            _, output, errors = stage.decode(*options, path)
            demand(output or (errors and "--level" in options), f"{options}: shows nothing")
            bad = obeyed(output) or obeyed(errors)
            demand(not bad, f"{options}: {bad!r}")
        _, _, errors = stage.decode(stage.path / (name + ".missing"))
        demand(errors and not obeyed(errors), f"a missing file: {errors!r}")


@attack()
def terminal_obeys_through_colours(stage):
    """The same on a terminal, where ttdecode writes colours and progress of its own, and nothing else."""
    path = hostile_file(stage, "colours.tts", hostile.control_snapshot())
    for options in ([], ["--info"], ["--check"], ["--color=always"]):
        output = bytearray()

        def keep(descriptor):
            data = os.read(descriptor, 65536)
            output.extend(data)
            return data

        pid, master = pty.fork()
        if pid == 0:
            os.environ["TERM"] = "xterm"
            os.execv(stage.build / "ttdecode", ["ttdecode", *options, path])
        with contextlib.suppress(OSError):
            while keep(master):
                pass
        os.close(master)
        os.waitpid(pid, 0)
        bad = obeyed(bytes(output), rb"\r\n|\r|\x1b\[[0-9;]*[mK]")
        demand(output and not bad, f"{options}: {bad!r}")
        demand(b"\x1b[31m\x1b]" not in output and b"gotcha\x07" not in output, f"{options}: the file's own sequence comes through")


@attack()
def names_used_as_paths(stage):
    """The names of modules, files and the service point to a file that exists: ttdecode opens its arguments and nothing else."""
    path = hostile_file(stage, "names.tts", hostile.snapshot_of_paths(b"/etc/passwd"))
    log = stage.path / "opened"
    done = subprocess.run(["strace", "-f", "-qq", "-e", "trace=open,openat,creat,execve,connect", "-o", log, stage.build / "ttdecode", "--info", path],
                          capture_output=True, check=False)
    if done.returncode not in (0, 1) or not log.exists():
        raise skip("strace may not trace here")
    opened = re.findall(r'"([^"]*)"', log.read_text())
    demand(str(path) in opened, "the test does not see what is opened")
    demand("/etc/passwd" not in opened, "a name in a file is opened as a path")


@attack()
def file_cut_while_it_is_read(stage):
    """The file is cut short while ttdecode reads it: no SIGBUS, what was read is printed, the rest is reported."""
    content = hostile.many_chunks(2000)
    path = hostile_file(stage, "cut.tts", content)
    process = subprocess.Popen([stage.build / "ttdecode", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    first = process.stdout.read(4096)
    os.truncate(path, len(content) // 4)
    output, errors = process.communicate(timeout=60)
    demand(process.returncode == 1 and first and output, f"status {process.returncode}, {errors[:200]!r}")
    demand(b"cannot be read again" in errors, f"nothing is said: {errors[:200]!r}")


class Skipped(Exception):
    """It cannot be tried here."""


def skip(why):
    return Skipped(why)


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    chosen = [pair for pair in ATTACKS if len(sys.argv) == 2 or pair[0].__name__ in sys.argv[2:]]
    succeeded, skipped = 0, 0
    for function, needs_root in chosen:
        if needs_root and os.geteuid() != 0:
            skipped += 1
            continue
        stage = Stage(sys.argv[1])
        try:
            function(stage)
        except Succeeded as what:
            print(f"security: {function.__name__} succeeded: {what}", file=sys.stderr)
            succeeded += 1
        except Skipped as why:
            print(f"security: {function.__name__} SKIPPED: {why}")
            skipped += 1
        finally:
            stage.close()
    if skipped and os.geteuid() != 0:
        print("security: SKIPPED what needs root, to be two users")
    print(f"security: {len(chosen) - skipped} attacks tried, {succeeded} succeeded, {skipped} skipped")
    return 1 if succeeded or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
