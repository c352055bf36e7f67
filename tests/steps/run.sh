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
most=${MOST:-3}
status=0

# Nothing of the caller's is to decide what happens.
unset TTLOG_SERVICE TTLOG_DIR TTLOG_BLACKBOX_DIR TTLOG_RING_BYTES TTLOG_MAX_BYTES TTLOG_CLOCK TTLOG_FILTER TTLOG_CRASH TTLOG_SIGNAL

rm -rf "$work"
mkdir -p "$work" || exit 1
command -v clang >/dev/null || echo "steps: SKIPPED what clang makes, which is not installed"
# part VARIANT PROGRAM ARGUMENT...: what it prints goes to a file; its standard error follows only if it fails.
part() {
	local name=$2-$1 variant=$1 program=$2
	shift 2
	"$programs/$variant/$program" "${variant/-/ -}" "$work/$name" "$@" >"$work/$name.figures" 2>"$work/$name.stderr" && return
	tail -5 "$work/$name.stderr" >>"$work/$name.figures"
	return 1
}

# Two at a time: a program and its tracer take turns, so each pair needs one processor.
running=0
begin() {
	[ "$running" -lt 2 ] || end
	part "$@" &
	running=$((running + 1))
}
end() {
	wait -n || status=1
	running=$((running - 1))
}

for variant; do
	begin "$variant" steps "$programs/$variant/module.so" "$points" "$seed"
done
for variant; do
	# The other variants are left to the hours of check-long.
	if [[ ${LONG:-} || $variant == gcc-O2 ]]; then
		begin "$variant" interrupts "$most"
	fi
done
while [ "$running" -gt 0 ]; do
	end
done
for variant; do
	cat "$work/steps-$variant.figures"
done
sed -n 's/^steps: .*: \([0-9]*\) points.*/\1/p' "$work"/steps-*.figures | awk '{ sum += $1 } END { printf "steps: %d points in all\n", sum }'
cat "$work"/interrupts-*.figures
[ "$status" -ne 0 ] || rm -rf "$work"
exit "$status"
