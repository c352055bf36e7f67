#!/bin/sh
# Both readers give the same JSON and the same exit status for every vector and for N random traces, half of them
# damaged. The generator also checks that the undamaged ones show exactly the events that it wrote.
#
# Environment: TTDECODE (build/ttdecode), SECOND_READER_TRACES (1000), SECOND_READER_SEED (1).
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
ttdecode=${TTDECODE:-$top/build/ttdecode}
traces=${SECOND_READER_TRACES:-1000}
seed=${SECOND_READER_SEED:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The file first, then how to make it again, then the first line that differs.
differ() {
	echo "$1: $2" >&2
	echo "made by: tools/ttmake.py --seed $seed --count $traces --damaged $((traces / 2)) DIR" >&2
	diff "$1.ttdecode" "$1.ttread" | head -4 >&2 || true
	sed 's/^/ttdecode: /' "$1.ttdecode.err" | head -3 >&2
	sed 's/^/ttread:   /' "$1.ttread.err" | head -3 >&2
	exit 1
}

mkdir "$work/traces" "$work/vectors"
for folder in good bad; do
	for file in "$top/format-spec/vectors/$folder"/*; do
		case $file in
		*.json | *.expect) ;;
		*) cp "$file" "$work/vectors/$folder-${file##*/}" ;;
		esac
	done
done
vectors=$(find "$work/vectors" -type f | wc -l)
"$top/tools/ttmake.py" --seed "$seed" --count "$traces" --damaged "$((traces / 2))" "$work/traces"

ls -d "$work"/vectors/* "$work"/traces/* >"$work/names"
"$top/tools/ttread.py" --batch <"$work/names" >"$work/statuses"
while read -r status name; do
	theirs=0
	"$ttdecode" -f json "$name" >"$name.ttdecode" 2>"$name.ttdecode.err" || theirs=$?
	[ "$theirs" = "$status" ] || differ "$name" "ttdecode exits with $theirs, the second reader with $status"
	cmp -s "$name.ttdecode" "$name.ttread" || differ "$name" "the JSON differs"
done <"$work/statuses"
[ "$(wc -l <"$work/statuses")" -eq "$((traces + vectors))" ]

"$top/tools/ttmake.py" --seed "$seed" --count "$((traces - traces / 2))" --check .ttread "$work/traces"
echo "$traces traces and $vectors vectors: both readers agree"
