#!/bin/bash
# run.sh VARIANT... - after every instruction: a program stopped there, then one interrupted there; one line of figures a variant.
#
# A variant is compiler-level, gcc-O2. BUILD (default: build) is where the programs are; LONG for the amount of `make check-long`;
# SEED (default: the clock) decides what is said. POINTS: how many looks at each variant at least. What a failed part leaves stays in
# $BUILD/tests/steps/work. Exit status: 0 all is well, 1 something is not.
set -u

programs=$(realpath "${BUILD:-build}")/tests/steps
work=$programs/work
seed=${SEED:-$(date +%s)}
points=${POINTS:-$([ "${LONG:-}" ] && echo 1700000 || echo 60000)}
# Of an entry point of many thousand instructions: how many have a run of their own, beside the runs in which all are interrupted.
most=${MOST:-$([ "${LONG:-}" ] && echo 2000 || echo 3)}
status=0
sum=0

# Nothing of the caller's is to decide what happens.
unset TTLOG_SERVICE TTLOG_DIR TTLOG_BLACKBOX_DIR TTLOG_RING_BYTES TTLOG_MAX_BYTES TTLOG_CLOCK TTLOG_FILTER TTLOG_CRASH TTLOG_SIGNAL

rm -rf "$work"
mkdir -p "$work" || exit 1
command -v clang >/dev/null || echo "steps: SKIPPED what clang makes, which is not installed"
# part VARIANT PROGRAM ARGUMENT...: its standard error is shown only if it fails.
part() {
	variant=$1 program=$2
	shift 2
	"$programs/$variant/$program" "${variant/-/ -}" "$work/$program-$variant" "$@" 2>"$work/$program-$variant.stderr" && return
	tail -5 "$work/$program-$variant.stderr"
	status=1
}

for variant; do
	part "$variant" steps "$programs/$variant/module.so" "$points" "$seed" >"$work/figures"
	sum=$((sum + $(sed -n 's/^steps: .*: \([0-9]*\) points.*/\1/p' "$work/figures")))
	cat "$work/figures"
done
echo "steps: $sum points in all"
for variant; do
	# The other variants are left to the hours of check-long.
	[[ ${LONG:-} || $variant == gcc-O2 ]] && part "$variant" interrupts "$most"
done
[ "$status" -ne 0 ] || rm -rf "$work"
exit "$status"
