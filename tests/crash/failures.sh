#!/bin/bash
# failures.sh - what a program notices of ttlog when directories, space, descriptors or memory are missing: a counter and one
# line on stderr. It goes on, ends with its own status, and no half file stays.
#
# BUILD (default: build) is where the programs are; WORK (default: $BUILD/tests/crash/failures) is made and removed.
# Exit status: 0 all is well, 1 something is not.
set -u

build=$(realpath "${BUILD:-build}")
work=${WORK:-$build/tests/crash/failures}
program=$build/tests/crash/failing
decoder=$build/ttdecode
namespace=${FAILURES_NAMESPACE-} # set in our own mount namespace

cases=0
failed=0
skipped=0
is_wrong=
name=

wrong() {
	printf 'failures: FAILED %s: %s\n' "$name" "$*"
	is_wrong=yes
}

skip() {
	printf 'failures: SKIPPED %s\n' "$*"
	skipped=$((skipped + 1))
}

begin() {
	name=$1
	is_wrong=
	cases=$((cases + 1))
	rm -rf "${work:?}/traces" "$work/boxes"
	mkdir -p "$work/traces"
	export TTLOG_DIR=$work/traces TTLOG_BLACKBOX_DIR=$work/boxes
	unset TTLOG_CRASH TTLOG_SIGNAL TTLOG_RING_BYTES TTLOG_MAX_BYTES
}

# run STATUS STDOUT STDERR COMMAND...: STDOUT is what is expected, line by line; STDERR is one pattern a line, in order.
run() {
	wanted_status=$1 wanted_output=$2 wanted_errors=$3
	shift 3
	# The outer braces take what bash says of a death by signal.
	{ (ulimit -c 0 && exec "$@") >"$work/stdout" 2>"$work/stderr"; } 2>/dev/null
	status=$?
	output=$(cat "$work/stdout")
	[ "$status" -eq "$wanted_status" ] || wrong "ended with status $status, not $wanted_status"
	[ "$output" = "$wanted_output" ] || wrong "printed '$output', not '$wanted_output'"
	mapfile -t errors <"$work/stderr"
	patterns=()
	[ -z "$wanted_errors" ] || mapfile -t patterns <<<"$wanted_errors"
	[ "${#errors[@]}" -eq "${#patterns[@]}" ] ||
		wrong "${#errors[@]} lines on stderr, not ${#patterns[@]}: ${errors[*]-}"
	for index in "${!patterns[@]}"; do
		# The right side is a pattern on purpose.
		# shellcheck disable=SC2053
		[[ ${errors[$index]-} == ttlog:\ ${patterns[$index]} ]] ||
			wrong "stderr says '${errors[$index]-}', not '${patterns[$index]}'"
	done
}

# nothing DIRECTORY: there is no file in it, whatever its name.
nothing() {
	left=$(find "$1" -type f ! -name filler 2>/dev/null)
	[ -z "$left" ] || wrong "there is $left"
}

# trace DIRECTORY EVENTS [STATUS]: there is one file in it, which ttdecode reads with that status, and so many events are in it.
trace() {
	mapfile -t found < <(find "$1" -type f ! -name filler 2>/dev/null)
	if [ "${#found[@]}" -ne 1 ]; then
		wrong "${#found[@]} files in $1: ${found[*]-}"
		return
	fi
	events=$("$decoder" -f json "${found[0]}" 2>"$work/ttdecode" | wc -l)
	status=$("$decoder" -f json -o /dev/null "${found[0]}" 2>/dev/null; echo $?)
	[ "$status" -eq "${3-0}" ] || wrong "ttdecode: status $status: $(head -1 "$work/ttdecode")"
	[ "$2" = any ] || [ "$events" -eq "$2" ] || wrong "$events events in the trace, not $2"
}

end() {
	[ -z "$is_wrong" ] || failed=$((failed + 1))
}

# Root whom the mode of a directory stops, like anyone else.
as_anyone=()
[ "$(id -u)" -ne 0 ] || as_anyone=(setpriv --bounding-set=-dac_override --inh-caps=-dac_override)

counters() {
	printf 'recorded %s, dropped %s (no ring %s), snapshots %s, failed %s' "$@"
}

directories() {
	begin "a snapshot's directory that does not exist"
	TTLOG_DIR=$work/missing run 0 "snapshot: ENOENT
$(counters 2000 0 0 0 1)" "" "$program" record 1000 snapshot record 1000 stats
	end

	begin "a snapshot's directory that is a file"
	: >"$work/file"
	TTLOG_DIR=$work/file run 0 "snapshot: ENOTDIR
$(counters 2000 0 0 0 1)" "" "$program" record 1000 snapshot record 1000 stats
	end

	begin "a snapshot's directory that is unwritable"
	chmod 555 "$work/traces"
	TTLOG_BLACKBOX_DIR=off run 0 "snapshot: EACCES
$(counters 2000 0 0 0 1)" "" "${as_anyone[@]}" "$program" record 1000 snapshot record 1000 stats
	nothing "$work/traces"
	end

	begin "three signals, and no directory"
	TTLOG_DIR=$work/missing run 0 "on-signal: done
$(counters 2000 0 0 0 3)" "no snapshot on the signal: $work/missing/*: No such file or directory" \
		"$program" on-signal record 1000 signal 3 record 1000 stats
	end

	begin "TTLOG_CRASH, and no directory"
	TTLOG_CRASH=1 TTLOG_DIR=$work/missing run 0 "$(counters 1000 0 0 0 0)" \
		"TTLOG_CRASH: $work/missing: No such file or directory" "$program" record 1000 stats
	TTLOG_CRASH=1 TTLOG_DIR=$work/missing run 139 "" \
		"TTLOG_CRASH: $work/missing: No such file or directory" "$program" record 1000 crash
	end

	begin "tt_snapshot_on_crash, and no directory"
	TTLOG_DIR=$work/missing run 0 "on-crash: ENOENT
on-crash: ENOENT
$(counters 1000 0 0 0 0)" "" "$program" on-crash on-crash record 1000 stats
	end

	begin "a black box's directory whose parent does not exist"
	TTLOG_BLACKBOX_DIR=$work/missing/boxes run 0 "snapshot: done
$(counters 1000 0 0 1 0)" "no black box, recording in memory: $work/missing/boxes: No such file or directory" \
		"$program" record 1000 snapshot stats
	trace "$work/traces" 1000
	end

	begin "a black box's directory that is a file"
	TTLOG_BLACKBOX_DIR=$work/file run 0 "snapshot: done
$(counters 1000 0 0 1 0)" "no black box, recording in memory: $work/file: Not a directory" \
		"$program" record 1000 snapshot stats
	trace "$work/traces" 1000
	end

	begin "a black box's directory that is unwritable"
	mkdir -m 555 "$work/boxes"
	run 0 "$(counters 1000 0 0 0 0)" "no black box, recording in memory: $work/boxes: Permission denied" \
		"${as_anyone[@]}" "$program" record 1000 stats
	nothing "$work/boxes"
	end
}

descriptors() {
	begin "EMFILE at the first event"
	run 0 "snapshot: done
$(counters 1000 0 0 1 0)" "no black box, recording in memory: $work/boxes: Too many open files" \
		"$program" no-files record 1000 files snapshot stats
	trace "$work/traces" 1000
	nothing "$work/boxes"
	end

	begin "EMFILE at a snapshot"
	run 0 "snapshot: EMFILE
snapshot: done
$(counters 1000 0 0 1 1)" "" "$program" record 1000 no-files snapshot files snapshot stats
	trace "$work/traces" 1000
	end

	begin "EMFILE at a snapshot on a signal"
	run 0 "on-signal: done
$(counters 1000 0 0 1 2)" "no snapshot on the signal: $work/traces/*: Too many open files" \
		"$program" on-signal record 1000 no-files signal 2 files signal 1 stats
	trace "$work/traces" 1000
	end

	begin "EMFILE at a crash"
	run 139 "on-crash: done" "crashed, snapshot written: $work/traces/*" \
		"$program" on-crash record 1000 no-files crash
	trace "$work/traces" 1000
	end

	begin "four descriptors for everything"
	run 0 "snapshot: done
$(counters 1000 0 0 1 0)" "" bash -c 'ulimit -n 4; exec "$@"' - "$program" record 1000 snapshot stats
	trace "$work/traces" 1000
	end
}

limits() {
	begin "RLIMIT_FSIZE at the first event"
	run 0 "snapshot: EFBIG
$(counters 2000 0 0 0 1)" "no black box, recording in memory: $work/boxes: File too large" \
		"$program" fsize 16384 record 2000 snapshot stats
	nothing "$work"/traces
	nothing "$work"/boxes
	end

	begin "RLIMIT_FSIZE in the middle of a snapshot"
	run 0 "snapshot: EFBIG
$(counters 3000 0 0 0 1)" "" "$program" record 2000 fsize 16384 snapshot record 1000 stats
	nothing "$work"/traces
	end

	begin "RLIMIT_FSIZE in the middle of a snapshot on a signal"
	run 0 "on-signal: done
$(counters 2000 0 0 0 2)" "no snapshot on the signal: $work/traces/*: File too large" \
		"$program" on-signal record 2000 fsize 16384 signal 2 stats
	nothing "$work"/traces
	end

	begin "RLIMIT_FSIZE in the middle of a crash"
	run 139 "on-crash: done" "no snapshot of the crash, or not all of it: $work/traces/*: File too large" \
		"$program" on-crash record 2000 fsize 65536 crash
	trace "$work/traces" any 1
	[ "$events" -gt 100 ] || wrong "only $events events in what was written"
	end

	begin "RLIMIT_AS at the first event"
	run 0 "snapshot: ENODATA
$(counters 0 1000 1000 0 0)" "events are not recorded, no memory: Cannot allocate memory" \
		"$program" as 33554432 record 1000 snapshot stats
	nothing "$work"/boxes
	end

	begin "RLIMIT_AS at a snapshot"
	run 0 "snapshot: ENOMEM
$(counters 2000 0 0 0 1)" "" "$program" record 1000 as 65536 snapshot record 1000 stats
	nothing "$work"/traces
	end
}

# space NAME SIZE: an empty tmpfs of that size at $work/small.
space() {
	begin "$1"
	umount "$work/small" 2>/dev/null
	mkdir -p "$work/small"
	mount -t tmpfs -o "size=$2,mode=755" tmpfs "$work/small" || wrong "mount failed"
}

full_file_systems() {
	space "a full tmpfs at the first event" 64k
	TTLOG_BLACKBOX_DIR=$work/small/boxes run 0 "$(counters 1000 0 0 0 0)" \
		"no black box, recording in memory: $work/small/boxes: No space left on device" \
		"$program" fill "$work/small/filler" record 1000 stats
	nothing "$work/small"
	end

	space "a tmpfs with room for the header alone" 20k
	TTLOG_BLACKBOX_DIR=$work/small/boxes run 0 "$(counters 1000 0 0 0 0)" \
		"no black box, recording in memory: $work/small/boxes: No space left on device" "$program" record 1000 stats
	nothing "$work/small"
	end

	space "a tmpfs with room for no ring" 128k
	TTLOG_BLACKBOX_DIR=$work/small/boxes run 0 "$(counters 0 1000 1000 0 0)" \
		"no room for more rings: $work/small/boxes/*: No space left on device" "$program" record 1000 stats
	nothing "$work/small"
	end

	space "a tmpfs with room for two rings of five" 700k
	TTLOG_BLACKBOX_DIR=$work/small/boxes run 0 "snapshot: done
$(counters 1100 300 300 1 0)" \
		"no room for more rings: $work/small/boxes/*: No space left on device" \
		"$program" record 1000 threads 4 snapshot stats
	trace "$work/traces" 1100
	nothing "$work/small"
	end

	space "ENOSPC in the middle of a snapshot" 64k
	TTLOG_DIR=$work/small run 0 "snapshot: ENOSPC
$(counters 3000 0 0 0 1)" "" "$program" record 2000 snapshot record 1000 stats
	nothing "$work/small"
	end

	space "ENOSPC in the middle of snapshots on a signal" 64k
	TTLOG_DIR=$work/small run 0 "on-signal: done
$(counters 2000 0 0 0 2)" "no snapshot on the signal: $work/small/*: No space left on device" \
		"$program" on-signal record 2000 signal 2 stats
	nothing "$work/small"
	end

	space "no room to reserve for a crash" 64k
	TTLOG_DIR=$work/small run 139 "on-crash: ENOSPC" "" \
		"$program" fill "$work/small/filler" on-crash record 1000 crash
	nothing "$work/small"
	end

	space "a crash on a file system that filled up meanwhile" 1m
	TTLOG_DIR=$work/small TTLOG_MAX_BYTES=900K TTLOG_RING_BYTES=128K run 139 "on-crash: done" \
		"crashed, snapshot written: $work/small/*" \
		"$program" on-crash fill "$work/small/filler" record 1000 crash
	trace "$work/small" 1000
	end
	umount "$work/small"
}

no_shared_memory() {
	begin "a /dev/shm that is read-only"
	unset TTLOG_BLACKBOX_DIR XDG_RUNTIME_DIR
	mount -t tmpfs -o ro tmpfs /dev/shm || wrong "mount failed"
	run 0 "$(counters 1000 0 0 0 0)" \
		"no black box, recording in memory: /dev/shm/ttlog-*: Read-only file system" \
		"$program" record 1000 stats
	umount /dev/shm
	end

	begin "no /dev/shm"
	unset TTLOG_BLACKBOX_DIR XDG_RUNTIME_DIR
	mount -t tmpfs tmpfs /dev || wrong "mount failed"
	run 0 "$(counters 1000 0 0 0 0)" \
		"no black box, recording in memory: /dev/shm/ttlog-*: No such file or directory" \
		"$program" record 1000 stats
	umount /dev
	end
}

# What needs a mount namespace of its own runs in a second instance of this script.
in_namespace() {
	if [ "$(id -u)" -eq 0 ]; then
		unshare -m "$@"
	else
		unshare -rm "$@"
	fi
}

with_mounts() {
	mkdir -p "$work/small"
	if ! in_namespace mount -t tmpfs -o size=64k tmpfs "$work/small" 2>"$work/why"; then
		skip "full tmpfs, ENOSPC, no /dev/shm: nothing can be mounted here: $(head -1 "$work/why")"
		return
	fi
	FAILURES_NAMESPACE=yes in_namespace "$0" >"$work/inside" 2>&1
	grep -v '^figures' "$work/inside"
	read -r _ more_cases more_failed <<<"$(grep '^figures' "$work/inside" || echo "figures 1 1")"
	cases=$((cases + more_cases))
	failed=$((failed + more_failed))
}

if [ -n "$namespace" ]; then
	full_file_systems
	no_shared_memory
	echo "figures $cases $failed"
	exit 0
fi
rm -rf "$work"
mkdir -p "$work"
directories
descriptors
limits
with_mounts
echo "failures: $cases cases, $failed failed, $skipped groups skipped"
[ "$failed" -ne 0 ] || rm -rf "$work"
[ "$failed" -eq 0 ]
