#!/bin/sh
# What the compiler does not check: directions of includes, what signal handlers may call, exported names, style. `make lint` runs it.
# Usage: tools/lint.sh   (BUILD: where the objects are; CC as for make)
set -u
BUILD=${BUILD:-build}
failed=0

fault() {
	echo "lint: $*" >&2
	failed=1
}

# Prints the lines of $1 that match $2, and fails if there are any.
never() { # what, lines
	if [ -n "$2" ]; then
		fault "$1:"
		echo "$2" | sed 's/^/    /' >&2
	fi
}

# The house: lib and decoder meet in format-spec only; renderers see events, never bytes; the reader knows nothing above it.
includes() { # from-files..., then -- pattern
	pattern=$1
	shift
	grep -nE "#include \"[^\"]*$pattern" "$@" /dev/null
}
never "lib includes the decoder or tools" "$(includes '(decoder|reader|render|cli|tools|tests|bench)/' lib/*.[ch] lib/*/*.[ch] lib/*/*/*.h)"
never "the decoder includes the recorder" "$(includes '(lib|ttlog|tools|tests|bench)/' decoder/*/*.[ch])"
never "the crew includes what is above it" "$(includes '(reader|render|writer|cli)/' decoder/crew/*.[ch])"
never "the input includes what is above it" "$(includes '(crew|reader|render|writer|cli)/' decoder/input/*.[ch])"
never "the reader includes what is above it" "$(includes '(render|writer|cli)/' decoder/reader/*.[ch])"
never "a renderer includes more than events" "$(includes '(crew|writer|cli)/' decoder/render/*.[ch]; grep -nE '#include "\.\./reader/' decoder/render/*.[ch] | grep -v event.h)"
never "the writer includes what is above it" "$(includes '(cli)/' decoder/writer/*.[ch])"
never "format-spec includes what is above it" "$(includes '(lib|decoder|tools|tests|bench)/' format-spec/twin/*.[ch])"
never "an #ifdef of platform outside of lib/platform and ttlog/ticks.h" \
	"$(grep -nE '#(el)?if.*__(x86_64|aarch64|linux)' lib/*.[ch] decoder/*/*.[ch] lib/include/*.h lib/include/ttlog/impl.h lib/include/ttlog/arguments.h)"

# What may run in a signal handler needs nothing that is not async-signal-safe (man 7 signal-safety), but for what stands in the second
# list with its reason. The control side (registry, config, process, filter, facade) is not in the objects.
safe='_GLOBAL_OFFSET_TABLE_ __errno_location alarm close fcntl fstat fstatat ftruncate geteuid lseek lstat memchr memcmp memcpy memset
memmove mkdir open openat pthread_sigmask read readlink rename sigaction sigaddset sigdelset sigemptyset sigfillset sigismember sigpending strchr strcmp strcspn
strlen strncmp strnlen strrchr strspn strstr unlink unlinkat write clock_gettime'
# bare system calls without state in the C library: fallocate getrandom getrlimit linkat madvise mmap mprotect munmap nanosleep pipe2
#   flock posix_fallocate (its fallback writes, no more) prctl process_vm_readv sigaltstack sigtimedwait syscall
# getauxval: reads a table; strerrordesc_np: reads a table; pthread_setspecific: below key 32 it only stores (see ttlog.c);
# clone: bare.c, whose thread the C library does not know; LZ4_compress_fast_extState: works in the memory given; __sigsetjmp, siglongjmp: out of a snapshot that hangs, which is not gone on with
allowed='fallocate flock getrandom getrlimit linkat madvise mmap mprotect munmap nanosleep pipe2 posix_fallocate prctl process_vm_readv sigaltstack
sigtimedwait syscall clone getauxval strerrordesc_np pthread_setspecific LZ4_compress_fast_extState
__sigsetjmp siglongjmp'
control='config.o filter.o process.o registry.o ttlog.o'
defined=$(nm --defined-only "$BUILD"/obj/lib/*.o "$BUILD"/obj/lib/platform/*.o "$BUILD"/obj/format-spec/twin/*.o | awk 'NF == 3 { print $3 }')
for object in "$BUILD"/obj/lib/*.o "$BUILD"/obj/lib/platform/*.o "$BUILD"/pic/lib/*.o "$BUILD"/pic/lib/platform/*.o; do
	case " $control " in *" $(basename "$object") "*) continue ;; esac
	for symbol in $(nm -u "$object" | awk '{ print $2 }'); do
		# shellcheck disable=SC2086 # lists of names
		printf '%s\n' $safe $allowed $defined | grep -qxF -- "$symbol" ||
			fault "$object calls $symbol, which is not known to be async-signal-safe"
	done
done

# Exported: tt_* only.
never "the shared library exports other names" \
	"$(nm -D --defined-only "$BUILD"/libttlog.so.0 | awk '{ print $3 }' | grep -vE '^(tt_|TTLOG_0)')"
never "the static library defines other global names" \
	"$(nm -g --defined-only "$BUILD"/libttlog.a | awk 'NF == 3 { print $3 }' | grep -v '^tt_')"

# One version, said in two places that may not include each other.
library=$(sed -n 's/^#define TT_VERSION "\(.*\)"/\1/p' lib/include/ttlog.h)
grep -qF "\"$library\"" decoder/cli/version.h || fault "decoder/cli/version.h is not the library's version $library"

# Magic numbers stand masked in every program.
for program in "$BUILD"/libttlog.so.0 "$BUILD"/ttdecode; do
	for magic in TTREGION TTBLOCK TTCHUNK; do
		if grep -qaF "$magic" "$program"; then fault "$program holds the plain magic $magic"; fi
	done
done

# A fault that cannot be planted any more proves nothing.
tests/mutation/seeded.py --check || fault "the patch has to follow the code"

# Manual pages.
for page in decoder/cli/ttdecode.1 lib/man/ttlog.3 lib/man/ttlog.7; do
	never "mandoc complains" "$(mandoc -T lint -W warning "$page" 2>/dev/null)"
done

# Style, and the other compilers and languages.
sources=$(git ls-files '*.c' '*.h' | grep -v crc32_tables.h | grep -v -e lib/include/ttlog/impl.h -e lib/include/ttlog/arguments.h)
if command -v clang-format >/dev/null; then
	# shellcheck disable=SC2086 # a list of names without spaces
	clang-format --dry-run -Werror $sources || fault "clang-format would change this"
fi
program_flags='-D_GNU_SOURCE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -Ilib/include -fsyntax-only'
flags="-DTT_IMPL_LIBRARY $program_flags"
for compiler in gcc clang; do
	for standard in c11 gnu17; do
		for source in $(git ls-files 'lib/*.c' 'decoder/*.c' 'format-spec/*.c' 'tools/*.c' | grep -v "machine_[^x]"); do
			# shellcheck disable=SC2086
			"$compiler" -std=$standard $flags "$source" || fault "$compiler -std=$standard warns about $source"
		done
	done
done
# The tests and the bench see the library as a program does; tests/api compiles its own with -Werror.
for compiler in gcc clang; do
	# What is made of LTTng's headers is not ours.
	for source in $(git ls-files 'bench/*.c' 'tests/*.c' | grep -v -e '^tests/api/' -e '^bench/peers/lttng'); do
		# shellcheck disable=SC2086
		"$compiler" -std=gnu17 $program_flags "$source" || fault "$compiler warns about $source"
	done
done
for compiler in g++ clang++; do
	command -v "$compiler" >/dev/null || continue
	echo '#include <ttlog.h>' | "$compiler" -std=c++17 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -Ilib/include -fsyntax-only \
		-x c++ - || fault "$compiler -std=c++17 does not take <ttlog.h>"
done
if command -v shellcheck >/dev/null; then
	git ls-files '*.sh' '.ci/run' | xargs shellcheck -S warning || fault "shellcheck finds something"
fi
# The static analyser: it follows paths through functions.
for source in $(git ls-files 'lib/*.c' 'decoder/*.c' 'format-spec/*.c' 'tools/*.c' | grep -v "machine_[^x]"); do
	# shellcheck disable=SC2086
	clang --analyze -Xclang -analyzer-werror -std=c11 ${flags% -fsyntax-only} --analyzer-output text -o /dev/null "$source" ||
		fault "the analyser finds something in $source"
done
[ "$failed" = 0 ] && echo "lint: clean"
exit "$failed"
