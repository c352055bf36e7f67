#!/bin/bash
# run.sh - everything under valgrind's memcheck: nothing uninitialised is used or written, nothing out of bounds is read, no memory and no
# descriptor is lost.
#
# Usage: tests/memcheck/run.sh [units|vectors|recording...]   Environment: BUILD (build), LONG (all suites, and each vector by itself).
set -u
top=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=$(realpath "${BUILD:-build}")
work=$BUILD/tests/memcheck/work
failures=0
runs=0

# The suites where bytes of others are read, or memory and files are made; with LONG all of them.
suites='lib_blackbox lib_region lib_registry lib_ring lib_snapshot lib_writer lib_site_entry lib_string_rule chunk protocol region snapshot
sites source'

fail() {
	echo "memcheck: $*" >&2
	failures=$((failures + 1))
}

# memcheck NAME MOST COMMAND...: fails if valgrind has something to say, or the command's status is above MOST.
memcheck() {
	local name=$1 most=$2 status=0 lost
	shift 2
	runs=$((runs + 1))
	rm -f "$work/$name".*
	# Fair: else a thread that never waits may run for ever, and the one that would end it never.
	valgrind --fair-sched=yes --error-exitcode=99 --partial-loads-ok=no --leak-check=full --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect --track-fds=yes --log-file="$work/$name.%p.log" \
		"$@" >"$work/$name.out" 2>"$work/$name.err" || status=$?
	if [ "$status" -gt "$most" ] || grep -qE 'ERROR SUMMARY: [1-9]' "$work/$name".*.log; then
		fail "$name: exit status $status:"
		{ grep -hE -A 12 '== +(Invalid|Use of|Conditional|Syscall|Mismatched|[0-9,]+ .*bytes in .* lost|Source and)' "$work/$name".*.log
			tail -n 3 "$work/$name.err"; } | head -40 >&2
	fi
	# Not of the suites: Check keeps its own. The space for a crash is reserved for good. Of what else is open at the end, that was opened here: the next line says whether it was inherited.
	lost=$(grep -hA 1 'Open file descriptor' "$work/$name".*.log | grep -B 1 -E '== +(at|by) 0x' | grep 'Open file' | grep -vE 'descriptor 9[0-9][0-9]: .*deleted')
	if [ -n "$lost" ] && [ "$most" -lt 90 ]; then
		fail "$name: descriptors are left open:"
		grep -h -A 8 'Open file descriptor' "$work/$name".*.log | head -20 >&2
	fi
}

units() {
	local suite
	if [ -n "${LONG:-}" ]; then
		suites=$(cd "$top/tests/unit" && printf '%s ' check_*.c | sed 's/check_//g; s/\.c//g')
	fi
	for suite in $suites; do
		# Check runs each test in a child, with a log of its own. That it passes is check-unit's matter: some tests are not for the slow.
		memcheck "unit-$suite" 98 "$BUILD/tests/unit/check_$suite"
		grep -q '%: Checks: ' "$work/unit-$suite.out" || fail "unit-$suite: did not run to its end"
	done
}

vectors() {
	local file vectors=$top/format-spec/vectors
	memcheck good-json 0 "$BUILD/ttdecode" -f json "$vectors"/good/*.tt[rs]
	memcheck good-text 0 "$BUILD/ttdecode" --grep e "$vectors"/good/*.tt[rs]
	memcheck good-info 0 "$BUILD/ttdecode" --info "$vectors"/good/*.tt[rs]
	memcheck bad-json 2 "$BUILD/ttdecode" -f json "$vectors"/bad/*.tt[rs]
	memcheck bad-info 2 "$BUILD/ttdecode" --info "$vectors"/bad/*.tt[rs]
	memcheck bad-check 2 "$BUILD/ttdecode" --check "$vectors"/bad/*.tt[rs]
	[ -n "${LONG:-}" ] || return
	for file in "$vectors"/good/*.tt[rs] "$vectors"/bad/*.tt[rs]; do
		memcheck "${file##*/}" 2 "$BUILD/ttdecode" -f json "$file"
	done
}

recording() {
	local made
	mkdir -p "$work/made"
	rm -f "$work"/made/*
	memcheck recording 0 "$BUILD/tests/memcheck/recording" "$work/made"
	made=$(find "$work/made" -name '*.tts' | wc -l)
	[ "$made" -eq 5 ] || fail "recording: made $made snapshots, not 5: living, quiet, on a signal, of a child, of a crash"
	for made in "$work"/made/*.tt[rs]; do
		memcheck "made-${made##*/}" 0 "$BUILD/ttdecode" --check "$made"
	done
}

mkdir -p "$work"
export CK_TIMEOUT_MULTIPLIER=100 UNIT_UNDER_MEMCHECK=1
[ $# -gt 0 ] || set -- units vectors recording
for part; do
	case $part in
	units | vectors | recording) $part ;;
	*) fail "no part $part" ;;
	esac
done
echo "memcheck: $runs runs ($*), $failures with complaints, $SECONDS s"
[ "$failures" -eq 0 ]
