#!/bin/bash
# run.sh - programs that really die, and a look at what is left: one line of figures a part.
#
# BUILD (default: build) is where the programs and ttdecode are, of COMPILER (default: gcc); OTHER_BUILD is where the victims of the OTHER
# compiler are, if there is one. RUNS is how often each case of the matrix runs, PLACES (default: all) which of its places, KILLS how often
# the recording program is killed; LONG (not empty) makes both as many as it takes hours for. SEED (default: the clock) decides when it is
# killed. PARTS (default: all) says which parts run. What a failed part leaves stays in $BUILD/tests/crash/work.
# Exit status: 0 all is well, 1 something is not.
set -u

here=$(dirname "$0")
build=$(realpath "${BUILD:-build}")
programs=$build/tests/crash
work=$programs/work
status=0
victims=("${COMPILER:-gcc}=$programs")

# Nothing of the caller's is to decide what happens.
unset TTLOG_SERVICE TTLOG_DIR TTLOG_BLACKBOX_DIR TTLOG_RING_BYTES TTLOG_MAX_BYTES TTLOG_CLOCK TTLOG_FILTER TTLOG_CRASH TTLOG_SIGNAL

# part NAME COMMAND...: its standard error is shown only if it fails.
part() {
	name=$1
	shift
	case " ${PARTS:-$name} " in
	*" $name "*) ;;
	*) return ;;
	esac
	# What bash says of a death by signal comes to the outer braces.
	{ "$@" 2>"$work/$name.stderr"; } 2>/dev/null && return
	echo "$name: ended with status $?"
	tail -20 "$work/$name.stderr"
	status=1
}

if [ -n "${LONG-}" ]; then
	runs=100 kills=20000
else
	runs=5 kills=1000
fi
if [ -z "${OTHER-}" ]; then
	:
elif command -v "$OTHER" >/dev/null; then
	victims+=("$OTHER=$(realpath "$OTHER_BUILD")/tests/crash")
else
	echo "crash matrix: SKIPPED $OTHER: it is not installed, its half of the cases is not proven"
fi

rm -rf "$work"
mkdir -p "$work" || exit 1
part matrix "$programs/matrix" "$work/matrix" "$build/ttdecode" "${RUNS:-$runs}" "${victims[@]}"
part sigkill "$programs/sigkill" "$programs" "$work/sigkill" "$build/ttdecode" "${KILLS:-$kills}" "${SEED:-$(date +%s)}"
part storm "$programs/storm" "$work/storm"
part forks "$programs/forks" "$work/forks"
WORK=$work/failures part failures "$here/failures.sh"
WORK=$work/cores part cores "$here/cores.sh"
WORK=$work/living part living "$here/living.sh"
[ "$status" -ne 0 ] || rm -rf "$work"
exit "$status"
