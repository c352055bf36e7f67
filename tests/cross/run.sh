#!/bin/bash
# run.sh [PART...] - the recorder and ttdecode on other machines, in an emulator: builds what a part needs, and prints one line of figures
# for each test. The parts, in the order of a run without any:
#
#   orders    AArch64: every labelled memory order is the instruction that it has to be, in the compiler's output
#   units     the unit suites: all on AArch64, ttdecode's on s390x, which is big-endian
#   vectors   every vector decoded, byte for byte; and the renderer against that machine's printf
#   programs  AArch64: programs that record everything that can be recorded, that fork, and that crash
#   kills     AArch64: SIGKILL at random moments; a native judge reads the black boxes
#   stress    AArch64: snapshots beside eight threads that record, signals, and threads that come and go
#
# Environment: BUILD and CROSS_ROOTS: see machine.sh. MACHINES: those of units and vectors. LONG: far more of everything, and every level of optimization. SEED
# (default: the clock) decides when the kills come. V shows the commands. What a failed test leaves stays in $BUILD/tests/cross/work.
# Exit status: 0 all is well, 1 something is not.
#
# What is not proven here, since qemu 7.2 does not emulate it: memory that the kernel wipes for children of _Fork and clone; the end
# by a SIGSEGV that is sent on with its siginfo (qemu aborts: the snapshot is whole by then); process_vm_readv (the way without it
# is taken); filters of system calls; how much memory is resident. And no emulator reorders as hardware does: that is what orders is for.
# 32-bit machines are left out: ttdecode computes with integers of 128 bits, which their compilers do not have.
# shellcheck disable=SC2154 # machine.sh sets them
set -u

here=$(realpath "$(dirname "$0")")
. "$here/machine.sh"
work=$build/tests/cross/work
jobs=$(nproc)
status=0

decoder_machines=(aarch64 s390x)
kills=40 conversions=20000 seconds=3
if [ -n "${LONG-}" ]; then
	kills=1000 conversions=1000000 seconds=300
fi
[ -z "${MACHINES-}" ] || read -ra decoder_machines <<<"$MACHINES"

fail() {
	echo "cross: FAILED: $*" >&2
	status=1
}

# make_for MACHINE TARGET...
make_for() {
	if ! "$here/make.sh" "$@" >"$work/make" 2>&1; then
		tail -20 "$work/make" >&2
		fail "cannot build for $1: ${*:2}"
		return 1
	fi
	[ -z "${V-}" ] || cat "$work/make"
}

# Makes PROGRAM of the machine a command of ours, in $work/bin: for tests that execute programs.
as_command() {
	mkdir -p "$work/bin"
	printf '#!/bin/sh\nexec %s -0 "$0" %s "$@"\n' "$emulator" "$1" >"$work/bin/${1##*/}"
	chmod +x "$work/bin/${1##*/}"
}

# test NAME COMMAND...: its standard error is shown only if it fails.
test_one() {
	local name=$1
	shift
	{ "$@" 2>"$work/$name.stderr"; } 2>/dev/null && return
	tail -20 "$work/$name.stderr" >&2
	fail "$name"
}

# How the library is built does not matter but for the level: -O2 is what is delivered.
orders_of() {
	local compiler=$1 level=$2 suffix=
	export CROSS_CC=$compiler CROSS_CFLAGS="$level -g"
	# What addr2line of binutils 2.40 does not read of DWARF 5 is where inlined code stands in several parts.
	[ "$compiler" = gcc ] || CROSS_CFLAGS+=" -gdwarf-4"
	machine_use aarch64 || return
	[ "$compiler" = gcc ] || suffix=-$compiler
	[ "$level" = -O2 ] || suffix=$suffix$level
	make_for "aarch64$suffix" '@/libttlog.so.0' '@/libttlog.a' '@/ttdecode' '@/tests/cross/places' || return
	echo -n "$compiler $level: "
	machine_use "aarch64$suffix"
	test_one "orders$suffix" "$here/orders.py" --lib "$out/libttlog.so.0" --lib "$out/tests/cross/places" --decoder "$out/ttdecode" \
		--places "$out/tests/cross/places"
	unset CROSS_CC CROSS_CFLAGS
}

part_orders() {
	local levels=(-O2)
	# Not -Os: there the functions of platform/atomic.h are called, and their instructions are of no place.
	[ -z "${LONG-}" ] || levels=(-O2 -O1 -O3)
	for level in "${levels[@]}"; do
		orders_of gcc "$level"
		if command -v clang >/dev/null; then
			orders_of clang "$level"
		else
			echo "orders: SKIPPED clang: it is not installed, its code is not proven"
		fi
	done
}

# The names of the suites that the machine can run: the recorder is for AArch64, and x86-64.
suites() {
	for source in "$top"/tests/unit/check_*.c; do
		name=${source##*/}
		case $machine-$name in
		aarch64-*) echo "${name%.c}" ;;
		*-check_lib_* | *-check_demo_*) ;;
		*) echo "${name%.c}" ;;
		esac
	done
}

# A slow machine: Check's limits of time are for native programs.
run_suite() {
	EMULATOR=$emulator CK_TIMEOUT_MULTIPLIER=30 "$emulator" "$out/tests/unit/$1" >"$work/suite.$1" 2>&1 || echo "$1" >>"$work/failed"
}

part_units() {
	for name in "${decoder_machines[@]}"; do
		machine_use "$name" || return
		mapfile -t names < <(suites)
		make_for "$name" "${names[@]/#/@/tests/unit/}" || continue
		rm -f "$work"/suite.* "$work/failed"
		for suite in "${names[@]}"; do
			run_suite "$suite" &
			while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
		done
		wait
		checks=$(cat "$work"/suite.* | sed -n 's/.*Checks: \([0-9]*\), Failures: 0, Errors: 0$/\1/p' | paste -sd+ | bc)
		echo "units $name: ${#names[@]} suites, ${checks:-0} checks without failure, $(cat "$work/failed" 2>/dev/null | wc -l) suites failed"
		for suite in $(cat "$work/failed" 2>/dev/null); do
			tail -5 "$work/suite.$suite" >&2
			fail "unit suite $suite on $name"
		done
	done
}

part_vectors() {
	for name in "${decoder_machines[@]}"; do
		machine_use "$name" || return
		make_for "$name" '@/ttdecode' '@/tests/vectors/printf_differential' || continue
		test_one "vectors-$name" "$here/vectors.py" "$name" "$build/ttdecode" "$emulator" "$out/ttdecode"
		echo -n "printf $name: "
		test_one "printf-$name" "$emulator" "$out/tests/vectors/printf_differential" "$conversions"
	done
}

part_programs() {
	machine_use aarch64 || return
	make_for aarch64 all || return
	test_one programs "$here/programs.py" aarch64 "$triplet" "$emulator" "$root" "$out" "$build/ttdecode"
}

part_kills() {
	machine_use aarch64 || return
	make_for aarch64 '@/tests/crash/hammer' || return
	as_command "$out/tests/crash/hammer"
	echo -n "aarch64 "
	test_one kills "$build/tests/crash/sigkill" "$work/bin" "$work/kills" "$build/ttdecode" "${KILLS:-$kills}" "${SEED:-$(date +%s)}"
}

# That a chunk is caught in the act of being torn shows natively that the test is sharp; here it is too slow for that to be certain.
snapshots() {
	"$emulator" "$out/tests/stress/snapshots" "$seconds" inside >"$work/snapshots" && cat "$work/snapshots" && return
	sed '/FAILED: .*: no chunk was ever torn$/d; /what is left of it is in/d' "$work/snapshots"
	! grep -v 'no chunk was ever torn$' "$work/snapshots" | grep FAILED
}

part_stress() {
	machine_use aarch64 || return
	make_for aarch64 @/tests/stress/{snapshots,counters,nesting,live_threads} '@/tests/crash/storm' || return
	export STRESS_KEPT=$work/kept
	echo -n "aarch64 "
	test_one live snapshots
	for test in counters nesting live_threads; do
		echo -n "aarch64 "
		test_one "$test" "$emulator" "$out/tests/stress/$test"
	done
	echo -n "aarch64 "
	test_one storm "$emulator" "$out/tests/crash/storm" "$work/storm"
}

unset TTLOG_SERVICE TTLOG_DIR TTLOG_BLACKBOX_DIR TTLOG_RING_BYTES TTLOG_MAX_BYTES TTLOG_CLOCK TTLOG_FILTER TTLOG_CRASH TTLOG_SIGNAL
ulimit -c 0 # programs die here on purpose
rm -rf "$work"
mkdir -p "$work" || exit 1
[ $# -gt 0 ] || set -- orders units vectors programs kills stress
for part; do
	case $part in
	orders | units | vectors | programs | kills | stress) "part_$part" ;;
	*) fail "there is no part $part" ;;
	esac
done
[ "$status" -ne 0 ] || rm -rf "$work"
exit "$status"
