#!/bin/bash
# setup.sh PURPOSE... - installs the Debian packages that a purpose needs and that are not there yet.
#
# When all is there it does nothing and prints nothing. Otherwise it says what it installs and why, and uses sudo only
# if it is not run by root.
# Exit status: 0 all is there, 1 something could not be installed, 2 usage.
set -u

# The columns: package; purposes that need it (the others build first, so they include build); a command whose
# presence is enough, or - where only the package itself will do; why.
packages='
gcc           build  gcc           the C compiler
libc6-dev     build  -             the headers of the C library
make          build  make          runs the Makefile
liblz4-dev    build  -             compresses the chunks of a trace
check         check  -             the framework of the unit tests
pkg-config    check  pkg-config    tests the installed ttlog.pc
python3       check  python3       the second decoder, and generated tests
npm           check  npm           brings the compiler of ttlog.ksy
python3-kaitaistruct check -       what the code that it makes runs on
strace        check  strace        makes system calls fail
spin          check  spin          checks the models of the protocols
valgrind      check  valgrind      finds what is used uninitialised
libc6-dbg     check  -             the names in the loader, which valgrind needs
gdb           check  gdb           looks into core files
zstd          check  zstd          compresses core files
lz4           check  lz4           the same
patch         check  patch         plants faults
g++           check  g++           the header has to compile as C++ too
qemu-user               cross  qemu-aarch64              runs programs of other machines
gcc-aarch64-linux-gnu   cross  aarch64-linux-gnu-gcc     compiles for AArch64
libc6-dev-arm64-cross   cross  -                         the C library of AArch64
gcc-s390x-linux-gnu     cross  s390x-linux-gnu-gcc       compiles for a big-endian machine
libc6-dev-s390x-cross   cross  -                         the C library of that machine
pkg-config              cross  pkg-config                finds the libraries of other machines
python3                 cross  python3                   compares what comes of it
clang         lint   clang         the second compiler
clang-format  lint   clang-format  the style
python3       lint   python3       checks of the tree
shellcheck    lint   shellcheck    checks of the scripts
mandoc        lint   mandoc        checks the manual pages
patch         lint   patch         sees that planted faults still apply
clang         fuzz   clang         libFuzzer
llvm          fuzz   llvm-cov      what the fuzzers reach, and readable reports of faults
afl++         fuzz   afl-fuzz      the second fuzzer
python3       fuzz   python3       runs them
gnuplot-nox     figure gnuplot         draws what the bench has measured
python3         figure python3         gives it the numbers
g++             peers  g++             compiles spdlog
pkg-config      peers  pkg-config      finds it
libspdlog-dev   peers  -               a logger to compare with
liblttng-ust-dev peers -               a tracer to compare with
lttng-tools     peers  lttng           its sessions
babeltrace2     peers  babeltrace2     what decodes them
python3         peers  python3         makes the tables
'

usage() {
	echo "setup: $*" >&2
	echo "usage: tools/setup.sh build|check|cross|fuzz|lint|peers|figure..." >&2
	exit 2
}

fail() {
	echo "setup: $*" >&2
	exit 1
}

is_installed() {
	[ "$(dpkg-query -W -f='${Status}' "$1" 2>/dev/null)" = 'install ok installed' ]
}

# is_there PACKAGE COMMAND
is_there() {
	{ [ "$2" != - ] && command -v "$2" >/dev/null 2>&1; } || is_installed "$1"
}

# missing PURPOSE...: a line "package  why" for each package that is not there.
missing() {
	printf '%s' "$packages" | while read -r package purpose command why; do
		case " build $* " in
		*" $purpose "*) ;;
		*) continue ;;
		esac
		is_there "$package" "$command" || printf '%-13s %s\n' "$package" "$why"
	done | sort -u -k 1,1
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

apt() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2 "$@"
}

# Whether apt knows a version of every package to install; on a fresh machine it knows none.
are_lists_there() {
	for package; do
		apt-cache policy "$package" 2>/dev/null | grep -q '^  Candidate: [^(]' || return 1
	done
}

install() {
	if ! are_lists_there "$@"; then
		apt update || return 1
	elif apt install -y --no-install-recommends "$@"; then
		return 0
	else
		apt update || return 1 # the lists may be old, and name versions that are gone
	fi
	apt install -y --no-install-recommends "$@"
}

[ $# -gt 0 ] || usage "for which purpose?"
for purpose; do
	case $purpose in
	build | check | lint | fuzz | cross | peers | figure) ;;
	*) usage "unknown purpose: $purpose" ;;
	esac
done

if ! command -v dpkg-query >/dev/null 2>&1; then
	echo "setup: not a Debian system: what $* needs is taken to be there (see the table in $0)" >&2
	exit 0
fi
needed=$(missing "$@")
[ -n "$needed" ] || exit 0
mapfile -t names < <(cut -d ' ' -f 1 <<<"$needed")

echo "setup: installing Debian packages for $*:"
printf '%s\n' "$needed" | sed 's/^/  /'
if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null 2>&1; then
	fail "neither root nor sudo; as root, run:  apt-get install --no-install-recommends ${names[*]}"
fi
report=$(mktemp) || fail "cannot make a temporary file"
trap 'rm -f "$report"' EXIT
# apt's talk is of interest only if it fails. (sudo asks for its password on the terminal itself.)
if ! install "${names[@]}" >"$report" 2>&1; then
	sed 's/^/  /' "$report" >&2
	fail "apt-get failed, see above. Without a network, install by hand: ${names[*]}"
fi
still=$(missing "$@")
[ -z "$still" ] || fail "apt-get was content, but this is still missing: $still"
echo "setup: done"
