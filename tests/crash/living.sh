#!/bin/bash
# living.sh - ttdecode --pid of processes in all states that do not cooperate: it shows what the black box has, and the process does not notice.
#
# BUILD (default: build) is where the programs are; WORK (default: $BUILD/tests/crash/living) is made and removed.
# Exit status: 0 all is well, 1 something is not.
set -u

build=$(realpath "${BUILD:-build}")
work=${WORK:-$build/tests/crash/living}
program=$build/tests/crash/waiting
decoder=$build/ttdecode
threads=5 events=2000

cases=0
failed=0

wrong() {
	printf 'living: FAILED %s: %s\n' "$name" "$*"
	failed=$((failed + 1))
}

# start BLACKBOX STATE: the program, until it has recorded. Its black box, if there is one, is open at descriptor 9 then.
start() {
	rm -rf "$work/boxes"
	mkdir -p "$work/boxes"
	exec 8< <(TTLOG_BLACKBOX_DIR=$1 TTLOG_RING_BYTES=1M exec "$program" $threads $events "$2")
	pid=$!
	read -r -u 8 -t 60 ready || ready=
	[ "$ready" = ready ] || wrong "the program does not come to its wait"
	[ "$1" = off ] || exec 9<"$(echo "$work"/boxes/*.ttr)"
}

end() {
	kill -KILL "$pid"
	while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
	exec 8<&- 9<&-
}

# What somebody would have had to change to stop it, to send it a signal or to attach to it.
state() {
	sed -n -E '/^(State|TracerPid|SigPnd|ShdPnd):/p' "/proc/$pid/status"
}

# judge: --pid shows what the black box has, and every event once.
judge() {
	cases=$((cases + 1))
	before=$(state)
	"$decoder" -f json --pid "$pid" >"$work/shown" 2>"$work/stderr" || wrong "status $?: $(head -n 1 "$work/stderr")"
	[ "$(state)" = "$before" ] || wrong "afterwards the process is another: $(state | tr '\n' ' ')"
	[ "$(wc -l <"$work/shown")" -eq $((threads * events)) ] || wrong "$(wc -l <"$work/shown") events are shown, not $((threads * events))"
	[ "$(sort "$work/shown" | uniq -d | wc -l)" -eq 0 ] || wrong "events are shown twice"
	[ ! -e /proc/self/fd/9 ] || { "$decoder" -f json /proc/self/fd/9 | cmp -s - "$work/shown"; } || wrong "its black box has other events"
	"$decoder" --info --pid "$pid" | grep -q '^  state  *the process is running' || wrong "--info does not say that it runs"
}

# expect STATUS TEXT COMMAND...: it fails so.
expect() {
	wanted=$1 text=$2
	shift 2
	cases=$((cases + 1))
	"$@" >"$work/shown" 2>"$work/stderr"
	status=$?
	[ "$status" -eq "$wanted" ] || wrong "status $status, not $wanted"
	grep -qF -- "$text" "$work/stderr" || wrong "it says '$(head -n 1 "$work/stderr")', not '$text'"
}

pid=
trap '[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null' EXIT
rm -rf "$work"
mkdir -p "$work"

for box in "$work/boxes" off; do
	for how in pause spin lock stop debugger unlinked; do
		[ "$box$how" != offunlinked ] || continue
		name="$how, black box $([ "$box" = off ] && echo off || echo on)"
		case $how in
		stop)
			start "$box" pause
			kill -STOP "$pid"
			while ! grep -q '^State:.T' "/proc/$pid/status"; do sleep 0.01; done
			judge
			;;
		debugger)
			command -v gdb >/dev/null || {
				echo "living: SKIPPED $name: gdb is not installed"
				continue
			}
			start "$box" spin
			rm -f "$work/attached"
			gdb -q -batch -p "$pid" -ex "shell touch $work/attached" -ex 'shell sleep 60' >"$work/gdb.log" 2>&1 &
			debugger=$!
			while kill -0 $debugger 2>/dev/null && [ ! -e "$work/attached" ]; do sleep 0.02; done
			grep -q '^TracerPid:.[1-9]' "/proc/$pid/status" || wrong "gdb did not attach: $(tail -n 1 "$work/gdb.log")"
			judge
			pkill -KILL -P $debugger
			kill -KILL $debugger
			wait $debugger 2>/dev/null
			;;
		unlinked)
			start "$box" pause
			rm "$work"/boxes/*.ttr
			judge
			;;
		*)
			start "$box" "$how"
			judge
			;;
		esac
		end
	done
done

# While it records as fast as it can: each reading is one moment, whole, and the later one is not the earlier one.
for box in "$work/boxes" off; do
	name="record, black box $([ "$box" = off ] && echo off || echo on)"
	start "$box" record
	for _ in $(seq 10); do
		cases=$((cases + 1))
		"$decoder" -f json --pid "$pid" --thread thread-0 >"$work/shown" 2>"$work/stderr" || wrong "status $?: $(head -n 1 "$work/stderr")"
		python3 - "$work/shown" <<-'END' || wrong "its events have gaps, or are none"
			import json, sys
			seqs = [json.loads(line)["seq"] for line in open(sys.argv[1])]
			# What was recycled while it was copied is at the beginning, where the oldest chunks are.
			sys.exit(len(seqs) < 100 or seqs != list(range(seqs[0], seqs[0] + len(seqs))))
		END
	done
	end
done

name="no process"
expect 3 "process 2147483646: there is no such process" "$decoder" --pid 2147483646
name="a value that is none"
expect 2 "not a value of PID" "$decoder" --pid 0
name="a program without ttlog"
sleep 60 &
expect 2 "process $!: it has recorded nothing with ttlog" "$decoder" --pid $!
kill $!
name="a process of another user"
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	start "$work/boxes" pause
	chmod 755 "$work"
	expect 3 "process $pid: no permission to look into it" setpriv --reuid 65534 --regid 65534 --clear-groups "$decoder" --pid "$pid"
	end
else
	echo "living: SKIPPED $name: that takes root, and setpriv"
fi

printf 'living: %u readings, %u failed\n' "$cases" "$failed"
[ "$failed" -eq 0 ] || exit 1
rm -rf "$work"
