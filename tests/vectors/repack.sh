#!/bin/bash
# repack.sh - `ttdecode --repack` keeps all that is shown: of every vector, and of N random traces, half of them damaged, the JSON of the file written anew
# is that of the file itself, by both ways to compress; written anew once more it is the same bytes; and what was whole is whole.
#
# Environment: TTDECODE (build/ttdecode), REPACK_TRACES (200), REPACK_SEED (1).
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
ttdecode=${TTDECODE:-$top/build/ttdecode}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
files=0

fail() {
	echo "repack: $1: $2" >&2
	exit 1
}

# repack FILE TO OPTION...: its exit status.
repack() {
	file=$1
	to=$2
	shift 2
	status=0
	"$ttdecode" --repack "$@" -o "$to" "$file" 2>"$work/err" || status=$?
	return $status
}

check() {
	theirs=0
	"$ttdecode" -f json "$1" >"$work/json" 2>/dev/null || theirs=$?
	status=0
	repack "$1" "$work/plain.tts" || status=$?
	if [ "$theirs" -ge 2 ]; then
		[ "$status" = "$theirs" ] || fail "$1" "exit status $status, not $theirs"
		return
	fi
	[ "$status" -le 1 ] || fail "$1" "exit status $status"
	repack "$1" "$work/best.tts" --level best || [ $? = "$status" ] || fail "$1" "--level best is another status"
	for packed in plain best; do
		"$ttdecode" -f json "$work/$packed.tts" >"$work/again" 2>/dev/null || true
		cmp -s "$work/json" "$work/again" || fail "$1" "the JSON of $packed differs"
	done
	[ "$(stat -c %s "$work/best.tts")" -le "$(stat -c %s "$work/plain.tts")" ] || fail "$1" "best is larger"
	repack "$work/best.tts" "$work/twice.tts" --level best || true
	cmp -s "$work/best.tts" "$work/twice.tts" || fail "$1" "written anew twice it is another file"
	if [ "$status" = 0 ] && "$ttdecode" --check "$1" >/dev/null 2>&1; then
		"$ttdecode" --check "$work/best.tts" >/dev/null || fail "$1" "what was written is not whole"
	fi
	files=$((files + 1))
	rm -f "$work"/*.tts
}

mkdir "$work/traces"
"$top/tools/ttmake.py" --seed "${REPACK_SEED:-1}" --count "${REPACK_TRACES:-200}" --damaged "$((${REPACK_TRACES:-200} / 2))" "$work/traces"
for file in "$top"/format-spec/vectors/*/*.tt[sr] "$work"/traces/*; do
	check "$file"
done
echo "repack: $files files are shown the same, and are the same when written anew twice"
