#!/bin/sh
# The vectors and the annotated dump are what their scripts write; the second reader prints as the C library does; and
# ttdecode gives for every vector the output, the exit status and the reports that stand beside it.
#
# Environment: TTDECODE (build/ttdecode).
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
ttdecode=${TTDECODE:-$top/build/ttdecode}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
count=0

fail() {
	echo "$1" >&2
	failures=$((failures + 1))
}

# The exit status and reports of a bad vector.
check_expect() {
	read -r wanted <"$1.expect"
	[ "$wanted" = "$2" ] || fail "$1: exit status $2, not $wanted"
	sed 1d "$1.expect" >"$work/needles"
	while IFS= read -r needle; do
		grep -qF -- "$needle" "$work/err" || fail "$1: standard error does not hold \"$needle\""
	done <"$work/needles"
	[ -s "$work/err" ] || fail "$1: nothing on standard error"
}

check_vector() {
	status=0
	"$ttdecode" -f json "$1" >"$work/out" 2>"$work/err" || status=$?
	cmp -s "$1.json" "$work/out" || fail "$1: the JSON is not as $1.json"
	if [ -e "$1.expect" ]; then
		check_expect "$1" "$status"
	else
		[ "$status" = 0 ] || fail "$1: exit status $status, not 0"
		[ ! -s "$work/err" ] || fail "$1: reports on a good file: $(head -1 "$work/err")"
	fi
}

cd "$top/format-spec"
"$top/tools/ttvectors.py" --check vectors || fail "format-spec/vectors: run tools/ttvectors.py format-spec/vectors"
"$top/tools/ttannotate.py" --page vectors/good/two-events.tts vectors/good/two-events.ttr >"$work/page"
cmp -s annotated-dump.md "$work/page" || fail "format-spec/annotated-dump.md: not as tools/ttannotate.py --page writes it"
"$top/tests/vectors/message_check.py" 20000 || fail "the second reader prints otherwise than the C library"

for json in vectors/good/*.json vectors/bad/*.json; do
	check_vector "${json%.json}"
	count=$((count + 1))
done
[ "$failures" -eq 0 ] || exit 1
echo "$count vectors: output, exit status and reports as expected"
