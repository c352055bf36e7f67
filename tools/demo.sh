#!/bin/bash
# demo.sh [DIRECTORY] - shows three of the ways to get a trace of a program, on real input: ttlog-demo indexes and
# compresses the files below DIRECTORY (default /usr/share/doc) and
#   1. runs to its end and takes a snapshot on demand;
#   2. is killed with SIGKILL in the middle: its black box is decoded;
#   3. dereferences a null pointer in one of its workers: the crash snapshot is decoded.
# Each time the last moments of every thread and a summary are printed, and it is checked that they are there.
#
# BUILD (default: build) is the directory of ttlog-demo and ttdecode; the traces stay in $BUILD/demo.
# Exit status: 0 all traces are there and whole, 1 one is not, 2 usage.
set -u

last_count=3     # events shown of each thread
crash_after=500  # files
wait_tenths=200  # how long the program may take until all its threads record
threads=(main walker worker-0 worker-1 worker-2 indexer)

bold="" green="" red="" plain=""
if [ -t 1 ] && [ -z "${NO_COLOR-}" ] && [ "${TERM-dumb}" != dumb ]; then
	bold=$(printf '\033[1m') green=$(printf '\033[32m') red=$(printf '\033[31m') plain=$(printf '\033[0m')
fi

running_pid= # of the program, while it runs in the background

finish() {
	[ -z "$running_pid" ] || kill -KILL "$running_pid" 2>/dev/null
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
	printf '%sdemo: FAILED: %s%s\n' "$red" "$*" "$plain" >&2
	exit 1
}

usage() {
	echo "demo: $*" >&2
	echo "usage: tools/demo.sh [DIRECTORY]" >&2
	exit 2
}

heading() {
	printf '\n%s=== %s ===%s\n' "$bold" "$*" "$plain"
}

say() {
	printf '%s\n' "$*"
}

# The command as a reader would type it.
show() {
	printf '\n%s$ %s%s\n' "$bold" "$*" "$plain"
}

good() {
	printf '%sok: %s%s\n' "$green" "$*" "$plain"
}

# Prints the command, runs it, and leaves its exit status in $status.
run() {
	show "$*"
	"$@"
	status=$?
}

# Names the trace that is decoded from here on; the commands shown call it $trace.
begin_trace() {
	trace=$1
	[ -s "$trace" ] || fail "there is no trace $trace"
	show "trace=$trace"
}

# What ttdecode prints with these options. That the trace is damaged it tells by its exit status.
decode() {
	show "$decoder $* \$trace"
	"$decoder" "$@" "$trace" || fail "ttdecode ended with status $? on $trace"
}

# Every thread's last moments and the summary, each of them checked.
show_trace() {
	say
	say "The last $last_count events of every thread:"
	for thread in "${threads[@]}"; do
		decode --thread "$thread" --tail "$last_count"
		[ -n "$("$decoder" --thread "$thread" --tail 1 "$trace")" ] || fail "$thread is not in $trace"
	done
	say
	say "What is in the trace, and whether all of it can be read:"
	decode --info
	decode --check
	good "the trace is whole and tells of every thread"
}

# The only file of that pattern, in $found.
find_one() {
	if [ $# -ne 1 ] || [ ! -f "$1" ]; then
		fail "exactly one trace was expected: $*"
	fi
	found=$1
}

# Whether the black box of the running program has an event of every thread.
all_record() {
	for box in "$work"/blackbox/*.ttr; do
		[ -s "$box" ] || return 1
		for thread in "${threads[@]}"; do
			[ -n "$("$decoder" --thread "$thread" --tail 1 "$box" 2>/dev/null)" ] || return 1
		done
	done
}

wait_for_recording() {
	tenths=0
	until all_record; do
		kill -0 "$running_pid" 2>/dev/null || fail "the program ended by itself"
		tenths=$((tenths + 1))
		[ "$tenths" -lt "$wait_tenths" ] || fail "after $((wait_tenths / 10)) s not every thread records"
		sleep 0.1
	done
	sleep 1 # so that it is in the middle of its work, not at its beginning
}

# Waits for the background program, and leaves its exit status in $status. bash would report its death by a signal on
# stderr; here that is expected, and told in other words.
wait_for_end() {
	{ wait "$running_pid"; } 2>/dev/null
	status=$?
	running_pid=
}

demo_demand() {
	heading "1 of 3: a snapshot on demand"
	say "The program runs to its end, then calls tt_snapshot()."
	run "$program" --threads 3 --snapshot "$work/demand.tts" "$directory"
	[ "$status" -le 1 ] || fail "the program ended with status $status" # 1: some files were unreadable
	begin_trace "$work/demand.tts"
	show_trace
}

demo_kill() {
	heading "2 of 3: killed with SIGKILL"
	say "The program goes round until it is killed. Nothing of it can run after SIGKILL: what it recorded is in"
	say "its black box, a shared mapping of a file, and that stays."
	show "$program --threads 3 --repeat --quiet $directory &"
	"$program" --threads 3 --repeat --quiet "$directory" &
	running_pid=$!
	wait_for_recording
	show "kill -KILL $running_pid"
	kill -KILL "$running_pid" || fail "the program ended before it was killed"
	wait_for_end
	[ "$status" -eq 137 ] || fail "the program ended with status $status, not 137 (SIGKILL)"
	say "It ended with status $status (128 + SIGKILL)."
	find_one "$work"/blackbox/*.ttr
	begin_trace "$found"
	show_trace
}

demo_crash() {
	heading "3 of 3: a null dereference in a worker"
	say "The program called tt_snapshot_on_crash() at its start; the snapshot appears in \$TTLOG_DIR."
	show "$program --threads 3 --repeat --quiet --crash-after $crash_after $directory"
	"$program" --threads 3 --repeat --quiet --crash-after "$crash_after" "$directory" &
	running_pid=$!
	wait_for_end
	[ "$status" -eq 139 ] || fail "the program ended with status $status, not 139 (SIGSEGV)"
	say "It ended with status $status (128 + SIGSEGV), as it would have without ttlog."
	find_one "$work"/crash/*.tts
	begin_trace "$found"
	say
	say "What the program recorded last, all threads merged by time:"
	decode --tail 6
	show_trace
}

# The working directory becomes the top of the tree, so that the commands shown are short.
prepare() {
	case $directory in
	/*) ;;
	*) directory=$PWD/$directory ;;
	esac
	[ -d "$directory" ] || usage "$directory is not a directory"
	[ -n "$(find -H "$directory" -type f -print -quit 2>/dev/null)" ] || usage "there is no file below $directory"
	cd "$(dirname "$0")/.." || exit 1
	build=${BUILD:-build}
	program=$build/ttlog-demo
	decoder=$build/ttdecode
	for tool in "$program" "$decoder"; do
		[ -x "$tool" ] || usage "$tool is missing: run make first"
	done
	work=$build/demo
	rm -rf "$work"
	mkdir -p "$work/crash" "$work/blackbox" || fail "cannot make $work"
	chmod 700 "$work/blackbox"
}

[ $# -le 1 ] || usage "only one directory, please"
directory=${1:-/usr/share/doc}
prepare
ulimit -c 0 # two programs die here on purpose: no core files of them
unset TTLOG_SERVICE TTLOG_RING_BYTES TTLOG_MAX_BYTES TTLOG_CLOCK TTLOG_FILTER TTLOG_CRASH TTLOG_SIGNAL
say "All that follows can be repeated by hand, after this:"
show "export TTLOG_DIR=$work/crash TTLOG_BLACKBOX_DIR=$work/blackbox"
export TTLOG_DIR="$work/crash" TTLOG_BLACKBOX_DIR="$work/blackbox"

demo_demand
demo_kill
demo_crash
heading "done"
good "three traces, each with the last moments of every thread; they stay in $work"
say "Look around in them:  $decoder $trace | less    $decoder --help"
