#!/bin/bash
# run.sh BUILD [PEERS.md] - other recorders on the same work, in the same run: what a call costs its caller, and what decoding costs.
#
# A tracing daemon of LTTng is started for this run alone, and ended. The results as JSON: BUILD/bench/peers.json. With a second
# argument also as a page of Markdown, to that file.
set -euo pipefail

[ $# -ge 1 ] || {
	echo "usage: bench/peers/run.sh BUILD [PEERS.md]" >&2
	exit 2
}
build=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
events=1000000
runs=5
lines=$build/bench/peers.jsonl
work=$(mktemp -d)
export LTTNG_HOME=$work/home
mkdir "$LTTNG_HOME"

for name in $(env | sed -n 's/^\(TTLOG_[A-Z_]*\)=.*/\1/p'); do
	unset "$name"
done

daemon=
finish() {
	[ -z "$daemon" ] || kill "$daemon" 2>/dev/null || true
	wait 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

step() {
	echo "bench-peers: $*" >&2
}

# session NAME BYTES: one in snapshot mode (its buffers are overwritten), with four parts of so many bytes for each CPU.
session() {
	lttng create "$1" --snapshot --output="$work/$1"
	lttng enable-channel --userspace --subbuf-size="$2" --num-subbuf=4 channel
	lttng enable-event --userspace --channel=channel 'bench:*'
	lttng start
} >/dev/null

# The processor time of a command whose output goes nowhere, in seconds.
seconds() {
	local TIMEFORMAT='%U %S'
	{ time "$@" >/dev/null 2>&1; } 2>&1 | awk '{ print $1 + $2 }'
}

# decoding VARIANT BYTES COMMAND...: how many events a second it makes lines of.
decoding() {
	local variant=$1 bytes=$2 printed
	shift 2
	printed=$("$@" 2>/dev/null | wc -l)
	[ "$printed" = "$events" ] || {
		echo "bench-peers: $variant printed $printed lines of $events events" >&2
		exit 1
	}
	for _ in $(seq $runs); do
		seconds "$@"
	done | sort -n | awk -v variant="$variant" -v events=$events -v bytes="$bytes" -v runs=$runs '
		{ speed[NR] = events / $1 / 1e6 }
		END {
			printf "{\"section\":\"peer-decode\",\"variant\":\"%s\",\"name\":\"W4\",\"unit\":\"M events/s\",\"count\":%d,", variant, runs
			printf "\"min\":%.4f,\"median\":%.4f,\"p99\":%.4f,\"bytes\":%.4f}\n", speed[NR], speed[int((NR + 1) / 2)], speed[1], bytes / events
		}'
}

step "starting LTTng's daemon"
lttng-sessiond --no-kernel --quiet >"$work/daemon" 2>&1 &
daemon=$!
for _ in $(seq 100); do
	lttng list >/dev/null 2>&1 && break
	sleep 0.1
done

{
	step "calls"
	"$build/bench/peer-ttlog"
	"$build/bench/peer-printf"
	"$build/bench/peer-spdlog"
	session calls 1M
	"$build/bench/peer-lttng"
	lttng destroy calls >/dev/null
	step "decoding"
	session events 32M
	"$build/bench/peer-lttng" $events
	lttng snapshot record >/dev/null
	lttng destroy events >/dev/null
	TTLOG_BLACKBOX_DIR=off TTLOG_RING_BYTES=80M TTLOG_MAX_BYTES=200M "$build/bench/generate" W4 $events "$work/events.tts" >/dev/null
	decoding "ttdecode --jobs 1" "$(stat -c %s "$work/events.tts")" "$build/ttdecode" --jobs 1 "$work/events.tts"
	decoding "ttdecode -f json --jobs 1" "$(stat -c %s "$work/events.tts")" "$build/ttdecode" -f json --jobs 1 "$work/events.tts"
	decoding babeltrace2 "$(du -sb "$work/events" | cut -f1)" babeltrace2 "$work/events"
} >"$lines"
python3 "$here/../report.py" --peers "$lines" "$build/bench/peers.json" ${2:+"$2"}
