#!/usr/bin/env python3
"""run.py BUILD - programs that use the recorder through <ttlog.h> alone: built, run, decoded, compared.

BUILD holds libttlog.a, libttlog.so.0 and ttdecode. Every program is built below a temporary directory. Compilers are
those of COMPILERS that are installed. Prints one line; what is wrong goes to standard error, and the status is 1.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
INCLUDE = os.path.join(HERE, '../../lib/include')
COMPILERS = [('gcc', 'g++'), ('clang', 'clang++')]
WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Wshadow', '-Wconversion', '-Werror']


class Failure(Exception):
    pass


def must(condition, *what):
    if not condition:
        raise Failure(' '.join(str(part) for part in what))


class Runner:
    def __init__(self, build):
        self.build_dir = os.path.abspath(build)
        self.work = tempfile.mkdtemp(prefix='ttlog-api-')
        self.boxes = os.path.join(self.work, 'boxes')
        self.compilers = [pair for pair in COMPILERS if shutil.which(pair[0])]
        self.compiled = self.events = 0
        self.notes = []

    def path(self, name):
        return os.path.join(self.work, name)

    def compiler_output(self, arguments):
        done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.compiled += 1
        return done.returncode, done.stdout

    def compile(self, source, output, compiler='gcc', flags=('-std=c11', '-O2'), library='static',
                parts=()):
        """A program or, with -shared among the flags, a shared library."""
        path = self.path(output)
        link = {'static': [os.path.join(self.build_dir, 'libttlog.a'), '-llz4', '-lpthread'],
                'shared': ['-L' + self.build_dir, '-lttlog', '-Wl,-rpath,' + self.build_dir],
                }[library]
        status, text = self.compiler_output([compiler, '-D_GNU_SOURCE', '-I' + INCLUDE, *flags, *WARNINGS,
                                             os.path.join(HERE, source), *parts, '-o', path, *link, '-lm'])
        must(status == 0 and text == '', source, compiler, flags, 'does not compile cleanly:', text)
        return path

    def run(self, arguments, status=0, stderr='', **variables):
        environment = {key: value for key, value in os.environ.items() if not key.startswith('TTLOG_')}
        environment.update({'TTLOG_BLACKBOX_DIR': self.boxes}, **variables)
        environment = {key: value for key, value in environment.items() if value is not None}
        done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
                              cwd=self.work, timeout=60)
        must(done.returncode == status, arguments, 'ended with', done.returncode, done.stderr.decode())
        if stderr is not None:
            must(done.stderr.decode() == stderr, arguments, 'said', done.stderr.decode())
        return done.stdout.decode()

    def decode(self, path):
        done = subprocess.run([os.path.join(self.build_dir, 'ttdecode'), '-f', 'json', path], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
        must(done.returncode == 0 and done.stderr == b'', 'ttdecode', path, done.returncode, done.stderr.decode())
        events = [json.loads(line) for line in done.stdout.decode().splitlines()]
        self.events += len(events)
        rings = group(events, lambda event: (event['pid'], event['tid'], event['thread'], event.get('ring')))
        for ring, of_ring in rings.items():
            for index, event in enumerate(of_ring):
                must(event['seq'] == of_ring[0]['seq'] + index, path, ring, 'seq', event['seq'])
        return events


def group(items, key):
    groups = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def compare(what, messages, expected):
    for index, (one, other) in enumerate(zip(messages, expected)):
        must(one == other, what, 'event', index, 'is', repr(one), 'and printf says', repr(other))
    must(len(messages) == len(expected), what, len(messages), 'events,', len(expected), 'expected')


def messages(events):
    return [event['msg'] for event in events]


# Each of the tests.

def test_types(t):
    """All types of arguments, with every compiler, standard and optimization."""
    snapshot = t.path('types.tts')
    for compiler, _ in t.compilers:
        for standard in ('c11', 'gnu17'):
            for level in ('-O0', '-O2', '-O3'):
                program = t.compile('types.c', 'types', compiler, ['-std=' + standard, level])
                expected = t.run([program, snapshot]).split('\n')[:-1]
                compare(f'types {compiler} {standard} {level}', messages(t.decode(snapshot)), expected)
    names = [event for event in t.decode(snapshot) if event['fmt'] == '%d %d %s']
    must(names[0]['args'] == [0, 15, 'abc'] and names[0]['target'] == 'api.types', names)


def test_effects(t):
    """Arguments are evaluated once or never; errno; TT_DISABLE; a negative slot."""
    for compiler, _ in t.compilers:
        for level in ('-O0', '-O2'):
            t.run([t.compile('effects.c', 'effects', compiler, ['-std=c11', level])])
            t.run([t.compile('effects.c', 'effects0', compiler, ['-std=c11', level, '-DTT_DISABLE'])])


LIFE = ('ends', 'init-late', 'shut-down', 'handlers', 'first-in-handler', 'vfork', 'idle-child', 'thread-exits',
        'vanishes', 'names')
FORKS = ('fork', '_Fork', 'clone')


def test_life(t):
    """Constructors, destructors, atexit, handlers, forks, exits of threads; the library static and shared."""
    for library in ('static', 'shared'):
        program = t.compile('life.c', 'life', library=library)
        for mode in LIFE:
            expected = t.run([program, mode, t.path('life.tts')]).split('\n')[:-1]
            events = t.decode(t.path('life.tts'))
            compare(f'life {mode} {library}', messages(events), expected)
            if mode == 'names':
                must(events[2]['thread'] == 'named after', events[2])
            must(os.listdir(t.boxes) == [], mode, 'leaves', os.listdir(t.boxes))
        for mode in FORKS:
            lines = t.run([program, mode, t.path('life.tts'), t.path('child.tts')]).split('\n')[:-1]
            first, second = [index for index, line in enumerate(lines) if line == '--']
            parent, child = t.decode(t.path('life.tts')), t.decode(t.path('child.tts'))
            compare(f'life {mode} {library}', messages(parent), lines[:first] + lines[second + 1:])
            compare(f'life {mode} {library}, child', messages(child), lines[first + 1:second])
            must(child[0]['pid'] != parent[0]['pid'] and child[1]['msg'] == f"has pid {child[1]['pid']}", mode)
            boxes = os.listdir(t.boxes)  # the child ended without destructors: its black box stays
            must(len(boxes) == 1 and f"-{child[0]['pid']}-" in boxes[0], mode, boxes)
            compare(f'life {mode}, black box', messages(t.decode(os.path.join(t.boxes, boxes[0]))), messages(child))
            os.unlink(os.path.join(t.boxes, boxes[0]))


def test_quiet(t):
    """No allocation, lock or system call on the hot path."""
    for library in ('static', 'shared'):
        t.run([t.compile('quiet.c', 'quiet', library=library)])


def test_filters(t):
    t.run([t.compile('filters.c', 'filters')])


def test_plugins(t):
    """A library with sites comes and goes; what it recorded stays readable."""
    for compiler, _ in t.compilers:
        plugin = t.compile('plugin.c', 'plugin.so', compiler, ['-std=c11', '-O2', '-fPIC', '-shared'], 'shared')
        host = t.compile('host.c', 'host', compiler, library='shared')
        for times in (1, 300):
            expected = t.run([host, plugin, str(times), t.path('host.tts')]).split('\n')[:-1]
            events = [event for event in t.decode(t.path('host.tts')) if event['msg'] != 'meanwhile']
            compare(f'plugin {compiler} {times}', messages(events), expected)


def test_parts(t):
    """Two shared libraries and their program record; one library serves all."""
    parts = []
    for part in ('a', 'b'):
        flags = ['-std=c11', '-O2', '-fPIC', '-shared', f'-DPART="{part}"', f'-DPART_FUNCTION=part_{part}']
        parts.append(t.compile('part.c', f'libpart_{part}.so', flags=flags, library='shared'))
    program = t.compile('parts.c', 'parts', parts=parts, library='shared')
    expected = t.run([program, t.path('parts.tts')], LD_LIBRARY_PATH=t.work).split('\n')[:-1]
    events = t.decode(t.path('parts.tts'))
    compare('parts', messages(events), expected)
    must([event['target'] for event in events[:3]] == ['api.parts', 'api.part.a', 'api.part.b'], events[:3])


def test_linking(t):
    """Sections collected as garbage, link-time optimization, two source files in one program, no feature macros."""
    for flags in (['-ffunction-sections', '-fdata-sections', '-Wl,--gc-sections'], ['-flto'], ['-fPIE', '-pie'],
                  ['-no-pie'], ['-fno-common', '-fstack-protector-all'], ['-D_FORTIFY_SOURCE=2']):
        program = t.compile('life.c', 'life', flags=['-std=c11', '-O2', *flags])
        expected = t.run([program, 'handlers', t.path('life.tts')]).split('\n')[:-1]
        compare(f'life {flags}', messages(t.decode(t.path('life.tts'))), expected)


# Sources that must not compile, or must warn; and what is then said.
WRONG = [
    ('TT_INFO("%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17);',
     'at most 16 arguments'),
    ('TT_INFO("%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d%d", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, '
     '17, 18, 19, 20);',
     'at most 16 arguments'),
    ('TT_INFO("%d", "text");', 'format'),
    ('TT_INFO("%s", 5);', 'format'),
    ('TT_INFO("%ld", 5);', 'format'),
    ('TT_INFO("%d");', 'format'),
    ('TT_INFO("%d", 1, 2);', 'format'),
    ('TT_INFO("%y", 1);', 'format|conversion'),
    ('TT_INFO("%");', 'format|%'),
    ('TT_INFO("%f", 5);', 'format'),
    ('TT_INFO("%ls", "narrow");', 'format'),
    ('TT_WARN("%s", L"wide");', 'format'),
    ('struct { int x; } s = { 1 }; TT_INFO("%d", s);', 'format|incompatible|struct'),
    ('TT_INFO(name);', 'constant|literal'),
    ('TT_LOG(TT_LEVEL_INFO, name, "x");', 'constant'),
    ('TT_LOG(level, "x", "x");', 'constant'),
    ('TT_INFO();', 'expression|argument'),
]
RIGHT = 'TT_INFO("%d %s", level, name); TT_LOG(TT_LEVEL_WARN, "a.b", "%p", (const void *)name);'
SOURCE = '''#include <ttlog.h>
void f(const char *name, int level);
void f(const char *name, int level)
{
%s (void)name, (void)level;
}
'''
PERCENT_N = '''#include <stdio.h>
#include <ttlog.h>
int main(void)
{
	int n = 77;
	struct tt_stats s = { .size = sizeof(s) };
	TT_INFO("%d%n", 5, &n);
	TT_INFO("fine");
	tt_stats(&s);
	printf("%d %d %d\\n", n, (int)s.recorded, (int)s.sites_refused);
	return 0;
}
'''


def test_wrong_source(t):
    for compiler, _ in t.compilers:
        for disabled in ([], ['-DTT_DISABLE']):
            for code, pattern in [(RIGHT, None), *WRONG]:
                if disabled and pattern and ('constant' in pattern or '16' in pattern):
                    continue  # nothing is made of them then
                with open(t.path('wrong.c'), 'w') as source:
                    source.write(SOURCE % code)
                status, text = t.compiler_output([compiler, '-std=c11', '-I' + INCLUDE, *WARNINGS, *disabled, '-c',
                                                  t.path('wrong.c'), '-o', t.path('wrong.o')])
                if pattern is None:
                    must(status == 0, compiler, code, 'does not compile:', text)
                else:
                    must(status != 0, compiler, disabled, code, 'compiles')
                    must(re.search(pattern, text), compiler, code, 'says:', text)


def test_percent_n(t):
    """The compiler lets %n pass; registration does not."""
    with open(t.path('percent_n.c'), 'w') as source:
        source.write(PERCENT_N)
    for compiler, _ in t.compilers:
        program = t.compile(t.path('percent_n.c'), 'percent_n', compiler)
        done = t.run([program], stderr=None)
        must(done == '77 1 1\n', 'percent n:', done)
    said = subprocess.run([program], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                          env={'TTLOG_BLACKBOX_DIR': t.boxes}).stderr
    must(said.count('\n') == 1 and said.startswith('ttlog: ') and '%d%n' in said, 'percent n said', said)


def test_header(t):
    """The header alone in C and C++, by itself and with what else a program asks for."""
    for compiler, plus in t.compilers:
        for standard in ('c11', 'c17', 'gnu11', 'gnu17'):
            for macros in ([], ['-D_GNU_SOURCE'], ['-D_POSIX_C_SOURCE=200809L']):
                with open(t.path('header.c'), 'w') as source:
                    source.write('#include <ttlog.h>\nint main(void)\n{\n\tTT_INFO("%s", "x");\n\treturn 0;\n}\n')
                status, text = t.compiler_output([compiler, '-std=' + standard, *macros, '-I' + INCLUDE, *WARNINGS,
                                                  '-c', t.path('header.c'), '-o', t.path('header.o')])
                must(status == 0 and text == '', 'header', compiler, standard, macros, text)
        if shutil.which(plus):
            for standard in ('c++17', 'c++20'):
                must(t.run([t.compile('header.cpp', 'header', plus, ['-std=' + standard, '-O2'])]) == 'c++\n', plus)


def shown(text):
    return dict(line.partition(' ')[::2] for line in text.splitlines())


def test_variables(t):
    """Every TTLOG_* variable, with good values and bad ones, and against options."""
    program = t.compile('show.c', 'show')
    default = shown(t.run([program], TTLOG_DIR=t.work, SHOW_PLACES=t.boxes))
    must(default['snapshot'] == '0' and default['recorded'] == '100003', default)
    must(re.fullmatch(r'show-\d+-\d+-[0-9a-f]{8}\.ttr', default['files']), default)

    place = t.path('place')
    os.mkdir(place)
    given = shown(t.run([program], TTLOG_DIR='place', TTLOG_SERVICE='shop', SHOW_PLACES=place))
    must(re.fullmatch(r'shop-\d+-\d{8}T\d{6}\.\d{9}Z\.tts', given['files']), given)
    events = t.decode(os.path.join(place, given['files']))
    must(events[-1]['msg'] == 'filler 99999', events[-1])

    off = shown(t.run([program], TTLOG_DIR=place, TTLOG_BLACKBOX_DIR='off', SHOW_PLACES=t.boxes))
    must(off['files'] == '' and off['snapshot'] == '0', off)

    small = shown(t.run([program], TTLOG_DIR=place, TTLOG_RING_BYTES='64K'))
    large = shown(t.run([program], TTLOG_DIR=place, TTLOG_RING_BYTES='2M'))
    must(int(small['retained']) <= 4080 and large['retained'] == '100003', small, large)
    must(int(large['region']) - int(small['region']) == (2048 - 64) * 1024, small, large)
    least = shown(t.run([program], TTLOG_DIR=place, TTLOG_MAX_BYTES='256K'))
    must(int(least['region']) <= 256 * 1024 and int(least['retained']) > 1000, least)

    for clock in ('tsc', 'monotonic'):
        again = shown(t.run([program], TTLOG_DIR=place, TTLOG_CLOCK=clock, TTLOG_SERVICE=clock, SHOW_PLACES=place))
        must(again['recorded'] == '100003', clock, again)
        path = [name for name in again['files'].split() if name.startswith(clock)][0]
        events = t.decode(os.path.join(place, path))
        stamps = [int(event['ts_ns']) for event in events]
        must(stamps == sorted(stamps), clock, 'time goes back')
        must(time.time_ns() - 60e9 < stamps[0] and stamps[-1] < time.time_ns(), clock, stamps[0], stamps[-1])

    must(shown(t.run([program], TTLOG_DIR=place, TTLOG_FILTER='info'))['recorded'] == '100002', 'filter')
    must(shown(t.run([program], TTLOG_DIR=place, TTLOG_FILTER='off'))['recorded'] == '0', 'filter')
    must(shown(t.run([program], TTLOG_DIR=place, TTLOG_FILTER='off'))['snapshot'] == '-61', 'nothing was recorded')

    signal = shown(t.run([program], TTLOG_DIR=place, TTLOG_SIGNAL='USR2', SHOW_SIGNAL='1', TTLOG_SERVICE='sig',
                         SHOW_PLACES=place))
    must(signal['snapshots'] == '1' and 'sig-' in signal['files'], signal)
    t.run([program], status=-12, TTLOG_DIR=place, SHOW_SIGNAL='1')  # without it the signal does what it does

    for bad in ('TTLOG_SERVICE=a/b', 'TTLOG_RING_BYTES=1', 'TTLOG_MAX_BYTES=lots', 'TTLOG_CLOCK=sundial',
                'TTLOG_FILTER=loud', 'TTLOG_CRASH=maybe', 'TTLOG_SIGNAL=KILL'):
        name, value = bad.split('=')
        said = f'ttlog: ignored, using the default: {bad}: Invalid argument\n'
        done = shown(t.run([program], stderr=said, TTLOG_DIR=place, **{name: value}))
        must(done['recorded'] == '100003' and done['region'] == default['region'], bad, done)
    done = t.run([program], stderr=None, TTLOG_DIR=place, TTLOG_BLACKBOX_DIR='/no/such/place')
    must(shown(done)['recorded'] == '100003', done)


def test_options(t):
    """struct tt_options, under the variables."""
    program = t.compile('show.c', 'show')
    place = t.path('options')
    os.mkdir(place)
    options = ['opt', place, place, '65536', '1048576', 'monotonic', 'error']
    quiet = {'TTLOG_BLACKBOX_DIR': None}
    done = shown(t.run([program, *options], SHOW_PLACES=place, **quiet))
    must(done['init'] == '0' and done['recorded'] == '100001', done)
    names = done['files'].split()
    must(len(names) == 2 and all(name.startswith('opt-') for name in names), done)
    must(int(done['region']) < 200 * 1024, done)
    won = shown(t.run([program, *options], TTLOG_SERVICE='env', TTLOG_FILTER='off,api.show=info',
                      TTLOG_RING_BYTES='128K', SHOW_PLACES=place, **quiet))
    must(won['init'] == '0' and won['recorded'] == '100002' and 'env-' in won['files'], won)
    must(int(won['region']) - int(done['region']) == 64 * 1024, won, done)
    for index, value in ((0, 'a/b'), (3, '1'), (4, '1'), (5, 'sundial'), (6, 'loud')):
        wrong = options[:index] + [value] + options[index + 1:]
        must(shown(t.run([program, *wrong], TTLOG_DIR=place, **quiet))['init'] == '-22', wrong)


def test_privileges(t):
    """With raised privileges (AT_SECURE) no variable counts. Needs root, and a file system that knows set-user-id."""
    if os.geteuid() != 0:
        t.notes.append('AT_SECURE not tried: not root')
        return
    directory = tempfile.mkdtemp(prefix='ttlog-secure-', dir='/var/tmp')
    try:
        os.chmod(directory, 0o755)
        program = os.path.join(directory, 'show')
        shutil.copy(t.compile('show.c', 'show'), program)
        os.chown(program, 1, 1)
        os.chmod(program, 0o4755)
        place = os.path.join(directory, 'place')
        os.mkdir(place)
        os.chmod(place, 0o777)

        def become_nobody():
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            os.chdir(place)

        environment = {'TTLOG_SERVICE': 'forged', 'TTLOG_DIR': '/', 'TTLOG_BLACKBOX_DIR': place,
                       'TTLOG_FILTER': 'off', 'TTLOG_RING_BYTES': 'bad', 'TTLOG_SIGNAL': 'USR2', 'SHOW_PLACES': place,
                       'XDG_RUNTIME_DIR': place}
        done = subprocess.run([program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
                              preexec_fn=become_nobody)
        if 'recorded 0' in done.stdout and 'ttlog: ignored' in done.stderr:
            with open('/proc/self/status') as status:
                bounded = 'NoNewPrivs:\t1' in status.read() or os.statvfs(directory).f_flag & os.ST_NOSUID
            must(bounded, 'privileges: variables counted', done.stdout)
            t.notes.append('AT_SECURE not tried: set-user-id has no effect here')
            return
        values = shown(done.stdout)
        must(done.returncode == 0 and done.stderr == '', 'privileges:', done.returncode, done.stderr)
        must(values['recorded'] == '100003' and values['snapshot'] == '0', 'privileges:', values)
        must(values['files'].startswith('show-') and '.ttr' not in values['files'], 'privileges:', values)
    finally:
        shutil.rmtree(directory)
        shutil.rmtree('/dev/shm/ttlog-1', ignore_errors=True)


def main():
    if len(sys.argv) != 2:
        print('usage: run.py BUILD', file=sys.stderr)
        return 2
    t = Runner(sys.argv[1])
    must(t.compilers, 'no compiler')
    only = os.environ.get('API_TEST', '')  # a part of the name of those to run
    tests = [value for name, value in globals().items() if name.startswith('test_') and only in name]
    failed = 0
    started = time.monotonic()
    for test in tests:
        begun = time.monotonic()
        shutil.rmtree(t.boxes, ignore_errors=True)
        os.mkdir(t.boxes, 0o700)
        try:
            test(t)
        except Failure as failure:
            failed += 1
            print(f'api: {test.__name__}: {failure}', file=sys.stderr)
        if os.environ.get('API_TIMES'):
            print(f'{test.__name__}: {time.monotonic() - begun:.1f} s', file=sys.stderr)
    shutil.rmtree(t.work)
    notes = ''.join('; ' + note for note in t.notes)
    print(f'api: {len(tests)} tests, {failed} failed; {t.compiled} programs compiled by {len(t.compilers)} compilers, '
          f'{t.events} events compared or counted{notes}; {time.monotonic() - started:.0f} s')
    return failed != 0


if __name__ == '__main__':
    sys.exit(main())
