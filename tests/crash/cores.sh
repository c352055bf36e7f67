#!/bin/bash
# cores.sh - core files of a program with several threads, by the kernel and by gcore: ttdecode shows what the region held, through a file, a pipe,
# compressed, and cut short.
#
# BUILD (default: build) is where the programs are; WORK (default: $BUILD/tests/crash/cores) is made and removed.
# Exit status: 0 all is well, 1 something is not.
set -u

build=$(realpath "${BUILD:-build}")
work=${WORK:-$build/tests/crash/cores}
program=$build/tests/crash/waiting
decoder=$build/ttdecode
threads=5 events=2000

cases=0
failed=0
skipped=0

wrong() {
	printf 'cores: FAILED %s: %s\n' "$name" "$*"
	failed=$((failed + 1))
}

skip() {
	printf 'cores: SKIPPED %s\n' "$*"
	skipped=$((skipped + 1))
}

# same WHAT FILE: it is the expected output.
same() {
	cases=$((cases + 1))
	cmp -s "$work/expected" "$2" || wrong "$1 shows other events: $(diff "$work/expected" "$2" | head -n 2 | tail -n 1 | cut -c1-150)"
}

# Every event of every thread is there once: what else there is to compare with has the same source.
complete() {
	for thread in $(seq 0 $((threads - 1))); do
		for event in 0 $((events / 2)) $((events - 1)); do
			[ "$(grep -c "\"msg\":\"event $event of thread-$thread\"" "$work/expected")" -eq 1 ] || wrong "event $event of thread-$thread is not there once"
		done
	done
	[ "$(wc -l <"$work/expected")" -eq $((threads * events)) ] || wrong "$(wc -l <"$work/expected") events are there, not $((threads * events))"
}

# start BLACKBOX [kept]: the program, until it has recorded. Its black box, if there is one, is open at descriptor 9 then, and unlinked if it is not to be kept.
start() {
	rm -rf "$work/boxes" "$work/end"
	mkdir -p "$work/boxes" "$work/end"
	export TTLOG_BLACKBOX_DIR=$1
	exec 8< <(cd "$work/end" && ulimit -c unlimited && TTLOG_RING_BYTES=1M exec "$program" $threads $events)
	pid=$!
	read -r -u 8 -t 60 ready || ready=
	[ "$ready" = ready ] || wrong "the program does not come to its wait"
	[ "$1" = off ] || exec 9<"$(echo "$work"/boxes/*.ttr)"
	[ "${2-}" = kept ] || rm -f "$work"/boxes/*.ttr
}

# end_by SIGNAL: and what the kernel leaves of it is $work/core.
end_by() {
	kill -"$1" "$pid"
	while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
	exec 8<&-
	rm -f "$work/core"
	mv "$work"/end/core* "$work/core" 2>/dev/null
}

# judge STATE: the core $work/core in all forms in which it may come.
judge() {
	"$decoder" -f json "$work/core" >"$work/shown" 2>"$work/stderr" || wrong "status $?: $(head -n 1 "$work/stderr")"
	same "the core" "$work/shown"
	"$decoder" --info "$work/core" >"$work/shown" || wrong "--info has status $?"
	grep -q "^  state  *$1" "$work/shown" || wrong "--info says: $(grep '^  state' "$work/shown")"
	[ "$(grep -c -E '^  thread-[0-9] .* (lived|exited) ' "$work/shown")" -eq $threads ] || wrong "--info does not list $threads threads"
	"$decoder" --check "$work/core" >/dev/null || wrong "--check has status $?"
	"$decoder" -f json - <"$work/core" >"$work/shown" || wrong "as standard input: status $?"
	same "standard input" "$work/shown"
	# shellcheck disable=SC2002 # a pipe is wanted
	cat "$work/core" | "$decoder" -f json - >"$work/shown" || wrong "through a pipe: status $?"
	same "a pipe" "$work/shown"
}

# packed COMMAND...: compressed by it.
packed() {
	command -v "$1" >/dev/null || {
		skip "$1 is not installed"
		return
	}
	"$@" <"$work/core" >"$work/packed" || wrong "$1 fails"
	"$decoder" -f json "$work/packed" >"$work/shown" || wrong "by $1: status $?"
	same "what $1 makes" "$work/shown"
	"$decoder" -f json - <"$work/packed" >"$work/shown" || wrong "by $1, as standard input: status $?"
	same "what $1 makes, as standard input," "$work/shown"
	head -c $(($(stat -c %s "$work/packed") / 2)) "$work/packed" >"$work/cut"
	"$decoder" "$work/cut" >/dev/null 2>"$work/stderr"
	status=$?
	[ $status -eq 1 ] || [ $status -eq 2 ] || wrong "half of what $1 makes: status $status"
	grep -q -e "cut short" -e "damaged from here on" "$work/stderr" || wrong "half of what $1 makes: $(head -n 1 "$work/stderr")"
}

kernel_dumps() {
	read -r pattern </proc/sys/kernel/core_pattern
	case $pattern in
	core | core.*) [ "$(ulimit -H -c)" = unlimited ] ;;
	*) false ;;
	esac
}

pid=
trap '[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null' EXIT
rm -rf "$work"
mkdir -p "$work"

if kernel_dumps; then
	name="kernel, black box unlinked"
	start "$work/boxes"
	end_by SEGV
	"$decoder" -f json /proc/self/fd/9 >"$work/expected"
	exec 9<&-
	complete
	judge "the process was ended by signal 11 SIGSEGV"
	packed zstd -q -c
	packed lz4 -q -c
	head -c $(($(stat -c %s "$work/core") * 2 / 3)) "$work/core" >"$work/cut"
	"$decoder" "$work/cut" >"$work/shown" 2>"$work/stderr"
	[ $? -eq 1 ] || wrong "cut short, it has not status 1"
	grep -q "cut short" "$work/stderr" || wrong "cut short, it says: $(head -n 1 "$work/stderr")"

	name="kernel, black box off"
	start off
	end_by ABRT
	"$decoder" -f json "$work/core" >"$work/expected"
	complete
	judge "the process was ended by signal 6 SIGABRT"

	name="kernel, a black box with its file"
	start "$work/boxes" kept
	end_by ABRT
	exec 9<&-
	cases=$((cases + 1))
	"$decoder" "$work/core" >"$work/shown" 2>"$work/stderr"
	[ $? -eq 2 ] || wrong "it has not status 2"
	grep -q "holds no region of ttlog; a black box of its process would be \*-$pid-\*.ttr" "$work/stderr" || wrong "it says: $(head -n 1 "$work/stderr")"
else
	skip "the kernel's core_pattern is \"$pattern\", or cores are forbidden"
fi

if command -v gcore >/dev/null; then
	for box in "$work/boxes" off; do
		name="gcore, black box $([ "$box" = off ] && echo off || echo unlinked)"
		start "$box"
		gcore -o "$work/g" "$pid" >"$work/gcore.log" 2>&1
		mv "$work/g.$pid" "$work/core" || wrong "gcore made nothing: $(tail -n 1 "$work/gcore.log")"
		if [ "$box" = off ]; then
			"$decoder" -f json "$work/core" >"$work/expected"
		else
			"$decoder" -f json /proc/self/fd/9 >"$work/expected"
			exec 9<&-
		fi
		complete
		judge "in a core file of the running process"
		kill -9 "$pid"
		exec 8<&-
	done
else
	skip "gcore (of gdb) is not installed"
fi

printf 'cores: %u readings, %u failed\n' "$cases" "$failed"
[ "$failed" -eq 0 ] || exit 1
rm -rf "$work"
