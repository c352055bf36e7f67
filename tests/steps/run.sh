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
status=0

# Nothing of the caller's is to decide what happens.
unset TTLOG_SERVICE TTLOG_DIR TTLOG_BLACKBOX_DIR TTLOG_RING_BYTES TTLOG_MAX_BYTES TTLOG_CLOCK TTLOG_FILTER TTLOG_CRASH TTLOG_SIGNAL

rm -rf "$work"
mkdir -p "$work" || exit 1
case " $* " in
*" clang-"*) ;;
*) echo "steps: SKIPPED the variants of clang, which is not installed" ;;
esac
for variant; do
	"$programs/$variant/steps" "${variant/-/ -}" "$work/$variant" "$programs/$variant/module.so" "$points" "$seed" \
		2>"$work/$variant.stderr" || {
		tail -5 "$work/$variant.stderr"
		status=1
	}
done | awk '{ print } / points at / { split($0, part, ": "); sub(/ .*/, "", part[3]); sum += part[3] } END { print "steps: " sum " points in all" }'
[ "${PIPESTATUS[0]}" -eq 0 ] || status=1
[ "$status" -ne 0 ] || rm -rf "$work"
exit "$status"
