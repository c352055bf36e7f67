#!/bin/bash
# check.sh - the committed inputs of the fuzz targets, replayed: one line of figures.
#
# BUILD (default: build) is where the replays are; FUZZ_TARGETS (default: all there are) which of them run. With LONG set, the
# fuzzers run afterwards, an hour of CPU time for each target (FUZZ_SECONDS). Exit status: 0 all is well, 1 something is not.
set -u

here=$(dirname "$0")
build=${BUILD:-build}
targets=${FUZZ_TARGETS:-$(ls "$here/corpus")}
inputs=0 failed=0 count=0
export FUZZ_DIRECTORY=$PWD/$build/tests/fuzz/work
[ "${build#/}" = "$build" ] || FUZZ_DIRECTORY=$build/tests/fuzz/work

rm -rf "$FUZZ_DIRECTORY"
mkdir -p "$FUZZ_DIRECTORY" || exit 1
trap 'rm -rf "$FUZZ_DIRECTORY"' EXIT

for target in $targets; do
	directories=("$here/corpus/$target")
	[ ! -d "$here/found/$target" ] || directories+=("$here/found/$target")
	output=$("$build/tests/fuzz/$target-replay" "${directories[@]}" 2>&1)
	figures=$(tail -1 <<<"$output")
	if [[ $figures =~ ^([0-9]+)\ inputs,\ ([0-9]+)\ failed$ ]]; then
		inputs=$((inputs + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2])) count=$((count + 1))
		[ "${BASH_REMATCH[2]}" -eq 0 ] || printf '%s\n' "$output" | head -n -1 | tail -100
	else
		printf '%s\nfuzz: %s: the replay came to no end\n' "$output" "$target"
		failed=$((failed + 1))
	fi
done
echo "fuzz: $count targets, $inputs inputs, $failed failed"
[ "$failed" -eq 0 ] || exit 1
[ -z "${LONG:-}" ] || "$here/run.py" --seconds "${FUZZ_SECONDS:-3600}"
