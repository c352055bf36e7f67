#!/bin/bash
# jobs.sh - what ttdecode prints does not depend on how many threads print it: of every vector, of N random traces, half of them damaged, and of the large vectors
# whole, in part and with bytes overwritten, the events, the reports and the exit status with --jobs 2 and 5 are those with --jobs 1.
#
# Environment: TTDECODE (build/ttdecode), JOBS_TRACES (100), JOBS_DAMAGED (40, of each large vector), JOBS_SEED (1).
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
ttdecode=${TTDECODE:-$top/build/ttdecode}
good=$top/format-spec/vectors/good
traces=${JOBS_TRACES:-100}
RANDOM=${JOBS_SEED:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
runs=0

# print JOBS FILE OPTION...: events, reports and exit status go to $work/JOBS.*.
print() {
	local jobs=$1 file=$2 status=0
	shift 2
	"$ttdecode" --jobs "$jobs" "$@" "$file" >"$work/$jobs.out" 2>"$work/$jobs.err" || status=$?
	echo "$status" >"$work/$jobs.status"
}

# check JOBS FILE OPTION...
check() {
	local jobs=$1
	shift
	print 1 "$@"
	print "$jobs" "$@"
	for what in out err status; do
		cmp -s "$work/1.$what" "$work/$jobs.$what" || {
			echo "jobs: $*: with --jobs $jobs it is another $what" >&2
			exit 1
		}
	done
	runs=$((runs + 1))
}

mkdir "$work/traces"
"$top/tools/ttmake.py" --seed "${JOBS_SEED:-1}" --count "$traces" --damaged "$((traces / 2))" "$work/traces"
for file in "$top"/format-spec/vectors/*/*.tt[sr] "$work"/traces/*; do
	check 2 "$file" -f json
	check 5 "$file"
done
for name in large-raw.tts large-lz4.tts large-packed.tts large.ttr; do
	for options in "--grep [05]$" "--tail 100" "--head 300 -f json" "--last 1ms" "--level warn"; do
		# shellcheck disable=SC2086
		check 2 "$good/$name" $options
	done
	bytes=$(stat -c %s "$good/$name")
	for _ in $(seq "${JOBS_DAMAGED:-40}"); do
		cp "$good/$name" "$work/damaged"
		printf '\x5a\xa5' | dd of="$work/damaged" bs=1 seek=$(((RANDOM * 32768 + RANDOM) % bytes)) conv=notrunc status=none
		check 5 "$work/damaged"
	done
done
echo "jobs: $runs runs print what one thread prints"
