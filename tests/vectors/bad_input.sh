#!/bin/sh
# What is no trace, or too new a one, gives one clear line on standard error, nothing on standard output and the right
# exit status: 2 refused, 3 cannot be read.
#
# Environment: TTDECODE (build/ttdecode).
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
ttdecode=${TTDECODE:-$top/build/ttdecode}
good=$top/format-spec/vectors/good/two-events
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cases=0

# expect STATUS TEXT ARGUMENT...: the status, and a line that holds the text.
expect() {
	wanted=$1
	text=$2
	shift 2
	status=0
	"$ttdecode" "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
	[ "$status" = "$wanted" ] || { echo "ttdecode $*: exit status $status, not $wanted" >&2; exit 1; }
	[ "$(wc -l <"$work/err")" -eq 1 ] || { echo "ttdecode $*: not one line: $(cat "$work/err")" >&2; exit 1; }
	grep -qF -- "$text" "$work/err" || { echo "ttdecode $*: not \"$text\": $(cat "$work/err")" >&2; exit 1; }
	[ ! -s "$work/out" ] || { echo "ttdecode $*: something on standard output" >&2; exit 1; }
	cases=$((cases + 1))
}

# patch OFFSET BYTES FILE: changes bytes (as printf writes them) in place.
patch() {
	printf "$2" | dd of="$3" bs=1 seek="$1" conv=notrunc status=none
}

: >"$work/empty"
expect 2 "the file is empty" "$work/empty"
expect 3 "Is a directory" "$work"
expect 3 "No such file" "$work/none"
expect 3 "neither a file nor a pipe" /dev/null
expect 3 "neither a file nor a pipe" -
expect 2 "neither a ttlog snapshot nor a black box nor a core file" "$0"
expect 2 "neither a ttlog snapshot nor a black box nor a core file" "$ttdecode"

head -c 7 "$good.tts" >"$work/cut"
expect 2 "neither a ttlog snapshot nor a black box nor a core file" "$work/cut"

# The second version of the snapshot, with a right CRC; flags that must be understood; another layout of the region.
expect 2 "version 2.0 is newer" "$top/format-spec/vectors/bad/newer-major.tts"
expect 2 "flags 0x" "$top/format-spec/vectors/bad/incompatible-flag.tts"
expect 2 "(ABI) 2" "$top/format-spec/vectors/bad/abi.ttr"
expect 2 "flags 0x10" "$top/format-spec/vectors/bad/incompatible-flag.ttr"
# Of an unknown layout nothing is known but the magic: no CRC of ours is right, and no copy is found.
head -c 4096 "$good.ttr" >"$work/flag.ttr"
patch 8 '\003' "$work/flag.ttr"
expect 2 "(ABI) 3" "$work/flag.ttr"

if [ "$(id -u)" -ne 0 ]; then
	cp "$good.tts" "$work/secret"
	chmod 0 "$work/secret"
	expect 3 "Permission denied" "$work/secret"
fi

expect 3 "No space left" -o /dev/full "$good.tts"
expect 3 "No such file" -o "$work/none/out" "$good.tts"
expect 2 "no file is given" --info
expect 2 "unknown option" --nonsense "$good.tts"

# Nothing half remains.
[ "$(find "$work" -newer "$work/flag.ttr" -name '*tmp*' | wc -l)" -eq 0 ]
"$ttdecode" "$good.tts" | head -0 || { echo "a reader that has gone is an error" >&2; exit 1; }
status=0
"$ttdecode" "$good.tts" >/dev/full 2>"$work/err" || status=$?
[ "$status" = 3 ] && grep -qF "standard output: No space left" "$work/err"
status=0
"$ttdecode" "$good.tts" >&- 2>"$work/err" || status=$?
[ "$status" = 3 ]
echo "$cases bad inputs: one line and the right exit status each"
