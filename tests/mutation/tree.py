"""A copy of the tree in which faults are planted: built again after each, and never the tree itself."""

import os
import pathlib
import signal
import subprocess
import time

TOP = pathlib.Path(__file__).resolve().parents[2]


class Tree:
    """The files of TOP as they are now, below `path`. Its build directory stays from run to run, so only what changed is built."""

    def __init__(self, path):
        self.path = pathlib.Path(path).resolve()
        listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=TOP, check=True, capture_output=True)
        self.files = {name for name in os.fsdecode(listed.stdout).split("\0") if name and os.path.lexists(TOP / name)}
        for old in self._present() - self.files:
            (self.path / old).unlink()
        for name in self.files:
            self.restore(name)

    def _present(self):
        found = set()
        for directory, subdirectories, names in os.walk(self.path):
            subdirectories[:] = [name for name in subdirectories if name != ".git" and not name.startswith("build")]
            found.update(os.path.relpath(os.path.join(directory, name), self.path) for name in names)
        return found

    def restore(self, name):
        """Makes a file what it is in TOP. What changed gets a new time, so that make sees it."""
        source, copy = TOP / name, self.path / name
        content = source.read_bytes()
        if copy.is_file() and copy.read_bytes() == content:
            return
        copy.parent.mkdir(parents=True, exist_ok=True)
        self.write(name, content)
        copy.chmod(source.stat().st_mode & 0o777)

    def write(self, name, content):
        """Changes a file; its time is later than that of all that was built, even if the clock has gone back since."""
        is_new = not (self.path / name).exists()
        (self.path / name).write_bytes(content)
        if is_new:
            return
        later = max(time.time(), self._last_build()) + 0.01
        os.utime(self.path / name, (later, later))
        time.sleep(0.02)

    def _last_build(self):
        built = (entry for top in self.path.glob("build*") for entry in top.rglob("*.o"))
        return max((entry.stat().st_mtime for entry in built), default=0)

    def run(self, command, seconds):
        """Runs a shell command there and ends all that it started. Returns (status, output); the status is None if time ran out."""
        environment = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "BUILD")}
        environment["SETUP"] = ":"
        process = subprocess.Popen(command, shell=True, cwd=self.path, env=environment, start_new_session=True, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            output = process.communicate(timeout=seconds)[0]
            status = process.returncode
        except subprocess.TimeoutExpired:
            status = None
            _end(process.pid)
            output = process.communicate()[0]
        _end(process.pid)
        return status, output.decode(errors="replace")


def _end(group):
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass
