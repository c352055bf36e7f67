#!/usr/bin/env python3
"""programs.py MACHINE TRIPLET EMULATOR ROOT BUILD TTDECODE - programs that record, of another machine, in the emulator.

They are those of tests/api, and the ways in which they are run are its run.py's; what the C library of that machine prints is the
reference. BUILD holds the library of that machine, and its ttdecode; TTDECODE is ours: both decode every trace, to the same bytes.
With LONG in the environment everything is compiled with all levels of optimization. Prints one line; what is wrong goes to standard
error, and the status is 1.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '../api'))
sys.dont_write_bytecode = True
import run as api  # noqa: E402
from run import compare, group, messages, must  # noqa: E402

LONG = bool(os.environ.get('LONG'))
# A child of _Fork or clone needs the kernel to wipe memory, which the emulator does not.
LIFE = [mode for mode in api.LIFE if mode not in ('vfork', 'idle-child')]
CRASH_VARIABLES = {'TTLOG_CRASH': '1'}


class Machine(api.Runner):
    def __init__(self, triplet, emulator, root, build, ttdecode):
        super().__init__(build)
        libraries = os.path.join(root, 'usr/lib', triplet)
        self.compilers = [(triplet + '-gcc', triplet + '-g++')]
        self.tools = triplet + '-'
        self.emulator = emulator
        self.ttdecode = ttdecode
        self.own_flags = ['-L' + libraries, '-Wl,-rpath,' + libraries]

    def compile(self, source, output, compiler=None, flags=('-std=c11', '-O2'), library='static', parts=()):
        return super().compile(source, output, compiler or self.compilers[0][0], [*flags, *self.own_flags], library, parts)

    def run(self, arguments, status=0, stderr='', **variables):
        return super().run([self.emulator, *arguments], status, stderr, **variables)

    def decode(self, path):
        commands = [[self.ttdecode], [self.emulator, os.path.join(self.build_dir, 'ttdecode')]]
        done = [subprocess.run([*command, '-f', 'json', path], capture_output=True) for command in commands]
        must(done[0].returncode == 0 and done[0].stderr == b'', 'ttdecode', path, done[0].returncode, done[0].stderr.decode())
        must(done[0].stdout == done[1].stdout, path, 'is decoded otherwise by the ttdecode of the other machine', done[1].stderr.decode())
        events = [json.loads(line) for line in done[0].stdout.decode().splitlines()]
        self.events += len(events)
        rings = group(events, lambda event: (event['pid'], event['tid'], event['thread'], event.get('ring')))
        for ring, of_ring in rings.items():
            for index, event in enumerate(of_ring):
                must(event['seq'] == of_ring[0]['seq'] + index, path, ring, 'seq', event['seq'])
        return events


def test_types(t):
    """Every type of argument, long double of 128 bits too, against that machine's printf."""
    snapshot = t.path('types.tts')
    for level in ('-O0', '-O1', '-O2', '-O3', '-Os') if LONG else ('-O2',):
        program = t.compile('types.c', 'types', flags=['-std=c11', level])
        expected = t.run([program, snapshot]).split('\n')[:-1]
        compare(f'types {level}', messages(t.decode(snapshot)), expected)


def test_effects(t):
    for level in ('-O0', '-O2'):
        t.run([t.compile('effects.c', 'effects', flags=['-std=c11', level])])


def test_life(t):
    """Constructors, handlers, exits of threads, a forked child; the library static and shared."""
    for library in ('static', 'shared'):
        program = t.compile('life.c', 'life', library=library)
        for mode in LIFE:
            expected = t.run([program, mode, t.path('life.tts')]).split('\n')[:-1]
            compare(f'life {mode} {library}', messages(t.decode(t.path('life.tts'))), expected)
            must(os.listdir(t.boxes) == [], mode, 'leaves', os.listdir(t.boxes))
        lines = t.run([program, 'fork', t.path('life.tts'), t.path('child.tts')]).split('\n')[:-1]
        first, second = [index for index, line in enumerate(lines) if line == '--']
        compare(f'life fork {library}', messages(t.decode(t.path('life.tts'))), lines[:first] + lines[second + 1:])
        compare(f'life fork {library}, child', messages(t.decode(t.path('child.tts'))), lines[first + 1:second])
        shutil.rmtree(t.boxes)
        os.mkdir(t.boxes, 0o700)


test_filters = api.test_filters
test_parts = api.test_parts
if LONG:
    test_variables = api.test_variables
    test_options = api.test_options
    test_header = api.test_header


class Crash:
    """What ttdecode --info says of a crash."""

    def __init__(self, t, program, cause, status, stderr):
        place = t.path('crash-' + cause)
        os.mkdir(place)
        self.said = t.run([program, cause], status, stderr, TTLOG_DIR=place, **CRASH_VARIABLES)
        names = [name for name in os.listdir(place) if name.endswith('.tts')]
        must(len(names) == 1, cause, 'left', os.listdir(place))
        path = os.path.join(place, names[0])
        must(messages(t.decode(path)) == [f'dies by {cause}'], cause, 'the events')
        self.info = subprocess.run([t.ttdecode, '--info', path], capture_output=True, text=True).stdout
        self.registers = dict(re.findall(r' +(x\d+|sp|pc|pstate) ([0-9a-f]{16})(?= |$)', self.info, re.M))
        self.frames = [(int(offset, 16), os.path.basename(module)) for module, offset in re.findall(r'^  #\d+ .*?  (\S+)\+0x([0-9a-f]+)$', self.info, re.M)]

    def value(self, name):
        must(name in self.registers, 'no register', name, 'in', self.info)
        return int(self.registers[name], 16)


def symbols(t, program):
    """name: (address, bytes)"""
    output = subprocess.run([t.tools + 'nm', '-S', program], check=True, capture_output=True, text=True).stdout
    lines = [line.split() for line in output.splitlines()]
    return {fields[-1]: (int(fields[0], 16), int(fields[1], 16) if len(fields) == 4 else 0) for fields in lines if len(fields) >= 3}


def test_crashes(t):
    """Registers, faulting address and return addresses, each known beforehand. (Nothing ends by SIGSEGV: qemu cannot send itself one.)"""
    program = t.compile(os.path.join(HERE, 'crashes.c'), 'crashes', flags=['-std=gnu11', '-O2', '-fno-omit-frame-pointer'])
    known = symbols(t, program)

    crash = Crash(t, program, 'registers', 127, None)
    sp, frame = (int(word, 16) for word in crash.said.split()[:2])  # qemu's own last words come behind
    for number in [*range(29), 30]:
        must(crash.value(f'x{number}') == 0x1000 + number, f'x{number} is', hex(crash.value(f'x{number}')))
    must(crash.value('sp') == sp and crash.value('x29') == frame, 'sp or x29:', crash.info, crash.said)
    must(crash.frames[0] == (known['crash_pc'][0], 'crashes') and 'at address 0x1000\n' in crash.info, crash.info)
    must(f"pc 0x{crash.value('pc'):016x}  sp 0x{sp:016x}" in crash.info, crash.info)

    crash = Crash(t, program, 'call', 127, None)
    address, size = known['calls_nothing']
    must('#0   0x0000000000000010\n' in crash.info, crash.info)
    must(address < crash.frames[0][0] < address + size, 'the caller of a bad pointer is not among the frames:', crash.info)
    address, size = known['main']
    must(address < crash.frames[1][0] < address + size, 'nor is its caller:', crash.info)

    crash = Crash(t, program, 'abort', -6, None)
    must('SIGABRT' in crash.info, crash.info)


def main():
    machine, *rest = sys.argv[1:]
    t = Machine(*rest)
    started = time.monotonic()
    tests = [value for name, value in globals().items() if name.startswith('test_') and os.environ.get('CROSS_TEST', '') in name]
    failed = 0
    for test in tests:
        shutil.rmtree(t.boxes, ignore_errors=True)
        os.mkdir(t.boxes, 0o700)
        try:
            test(t)
        except api.Failure as failure:
            failed += 1
            print(f'programs {machine}: {test.__name__}: {failure}', file=sys.stderr)
        except subprocess.TimeoutExpired as late:
            failed += 1
            print(f'programs {machine}: {test.__name__}: {late}', file=sys.stderr)
    shutil.rmtree(t.work)
    print(f'programs {machine}: {len(tests)} tests, {failed} failed; {t.compiled} programs compiled, {t.events} events decoded by both, '
          f'{time.monotonic() - started:.0f} s')
    return failed != 0


if __name__ == '__main__':
    sys.exit(main())
