#!/bin/bash
# coverage.sh - the lines of ttdecode and of the recorder's parts that the committed inputs reach, a line for each file.
#
# BUILD (default: build-fuzz/coverage) is where the replays are built for it, by clang. With an argument, prints the lines of that
# source file that no input reaches.
set -eu

here=$(dirname "$0")
build=${BUILD:-build-fuzz/coverage}

mkdir -p "$build"
make -s --no-print-directory BUILD="$build" CC=clang CFLAGS='-O1 -g -fprofile-instr-generate -fcoverage-mapping' \
	fuzz-replays >"$build/log"
programs=() profiles=()
for replay in "$build"/tests/fuzz/*-replay; do
	target=$(basename "$replay" -replay)
	directories=("$here/corpus/$target")
	[ ! -d "$here/found/$target" ] || directories+=("$here/found/$target")
	# %m: a file for each program, to which every process adds.
	LLVM_PROFILE_FILE="$PWD/$build/$target-%m.profraw" "$replay" "${directories[@]}" >/dev/null
	programs+=(-object "$replay")
	profiles+=("$build/$target"-*.profraw)
done
llvm-profdata merge -o "$build/all.profdata" "${profiles[@]}"
rm -f "${profiles[@]}"
ignored='tests/|format-spec/twin/crc32|lib/include/'
if [ $# -gt 0 ]; then
	llvm-cov show "${programs[@]:1}" -instr-profile="$build/all.profdata" "$1" |
		grep -E '^ +[0-9]+\| +0\|' || echo "every line of $1 is reached"
else
	llvm-cov report "${programs[@]:1}" -instr-profile="$build/all.profdata" -ignore-filename-regex="$ignored" |
		awk '/^(decoder|lib|format-spec|TOTAL)/ || $1 ~ /\.[ch]$/ { printf "%-36s %5d lines, %5d not reached, %s\n", $1, $8, $9, $10 }'
fi
