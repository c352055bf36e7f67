#!/bin/sh
# run.sh BUILD [RESULTS.md] - runs the whole bench, a minute or two, and prints a table.
#
# The results as JSON: BUILD/bench/results.json. With a second argument also as a page of Markdown, to that file.
# CC and CFLAGS in the environment are named in the results.
set -eu

[ $# -ge 1 ] || {
	echo "usage: bench/run.sh BUILD [RESULTS.md]" >&2
	exit 2
}
build=$1
here=${0%/*}
lines=$build/bench/results.jsonl
events=4000000

# What the user has set for other programs must not change what is measured.
for name in $(env | sed -n 's/^\(TTLOG_[A-Z_]*\)=.*/\1/p'); do
	unset "$name"
done

# Snapshots go to memory where it is large enough, so that no disk is measured.
room=$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1)
if [ "${room:-0}" -gt 524288 ]; then
	directory=$(mktemp -d /dev/shm/ttlog-bench.XXXXXX)
else
	directory=$(mktemp -d)
	echo "bench: /dev/shm is small: snapshots are written to $directory" >&2
fi
trap 'rm -rf "$directory"' EXIT
trap 'exit 1' INT TERM

generate() {
	TTLOG_BLACKBOX_DIR=off TTLOG_RING_BYTES=320M TTLOG_MAX_BYTES=800M \
		"$build/bench/generate" "$1" $events "$directory/$1.tts"
}

step() {
	echo "bench: $*" >&2
}

{
	step "calls"
	"$build/bench/latency" static
	"$build/bench/latency-shared" shared
	TTLOG_CLOCK=adaptive "$build/bench/latency" adaptive
	TTLOG_CLOCK=monotonic "$build/bench/latency" monotonic
	"$build/bench/counts" static
	TTLOG_CLOCK=adaptive "$build/bench/counts" adaptive
	step "rare things"
	"$build/bench/rare" static "$directory"
	TTLOG_CLOCK=adaptive "$build/bench/rare" adaptive "$directory"
	step "threads at once, and snapshots beside them"
	"$build/bench/together" "$directory"
	for workload in W0 W2 W4 WS; do
		step "snapshot and decoding of $workload"
		generate $workload
		"$build/bench/decode" "$build/ttdecode" $workload $events "$directory/$workload.tts"
		rm "$directory/$workload.tts"
	done
	step "a real program"
	"$here/overhead.py" "$build/bench/demo-out" "$build/ttlog-demo"
	step "instructions"
	"$here/guard.sh" "$build/bench" "$build/obj/bench/one_site.o" 2>&1 | awk '
		$1 ~ /^(instructions|code-bytes)$/ {
			printf "{\"section\":\"code\",\"variant\":\"%s\",\"name\":\"%s\",\"unit\":\"\",\"count\":1,", $1, $2
			printf "\"min\":%s,\"median\":%s,\"p99\":%s}\n", $3, $3, $3
		}'
} >"$lines"
python3 "$here/report.py" "$lines" "$build/bench/results.json" ${2:+"$2"}
