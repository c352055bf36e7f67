#!/bin/bash
# gone.sh - `ttdecode --check` says of what is gone whose it was, which generations and events, and why: the whole line, for damage of each
# sort; and says nothing of the kind for files in which nothing is gone.
#
# Environment: TTDECODE (build/ttdecode).
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
ttdecode=${TTDECODE:-$top/build/ttdecode}
cd "$top/format-spec/vectors"
cases=0

# gone FILE LINE...: exactly these lines, without what stands before "tid=".
gone() {
	file=$1
	shift
	found=$("$ttdecode" --check "$file" 2>/dev/null | sed -n "s|^$file: gone: ||p")
	wanted=$(printf '%s\n' "$@" | sed '/^$/d')
	if [ "$found" != "$wanted" ]; then
		printf 'gone: %s: wrong lines, then the right ones:\n%s\n--\n%s\n' "$file" "$found" "$wanted" >&2
		exit 1
	fi
	cases=$((cases + 1))
}

gone bad/body-crc-chunk.tts \
	"tid=2001 ring=0 generation=1 seq=0-2 events=3 reason=damaged offset=1344 thread=worker-1"
gone bad/section-header-chunk.tts \
	"tid=2001 ring=0 generation=1 seq=0-2 events=3 reason=damaged offset=1344 thread=worker-1"
gone bad/chunk-oldest-bare.tts \
	"tid=2001 ring=0 generation=7 seq=4-6 events=3 reason=damaged offset=688 thread=worker-1"
gone bad/chunk-middle-bare.tts \
	"tid=2001 ring=0 generation=8 seq=7-9 events=3 reason=damaged offset=784 thread=worker-1"
gone bad/chunk-newest-bare.tts \
	"tid=2001 ring=0 generation=9 seq=10-12 events=3 reason=damaged offset=880 thread=worker-1"
gone bad/lz4-clock.tts \
	"tid=2001 ring=0 generation=2 seq=3-6 events=4 reason=damaged offset=1440 thread=worker-1"
gone bad/chunk-oldest.tts \
	"tid=2001 ring=0 generation=7 seq=4-6 events=3 reason=damaged offset=688 thread=worker-1"
gone bad/chunk-middle.tts \
	"tid=2001 ring=0 generation=8 seq=7-9 events=3 reason=damaged offset=784 thread=worker-1"
gone bad/chunk-newest.tts \
	"tid=2001 ring=0 generation=9 seq=10-12 events=3 reason=damaged offset=880 thread=worker-1"
gone bad/chunk-torn.tts \
	"tid=2001 ring=0 generation=8 seq=7-9 events=3 reason=torn offset=? thread=worker-1"
gone bad/cut-in-chunk.tts \
	"tid=? ring=? generation=? seq=? events=? reason=cut offset=1440 thread="
gone bad/cut-in-chunk.ttr \
	"tid=2002 ring=1 generation=1 seq=0-1 events=1 reason=cut offset=28672 thread=worker-2"
gone bad/chunk-first-seq.ttr \
	"tid=2001 ring=0 generation=2 seq=? events=? reason=damaged offset=12288 thread=worker-1"
gone bad/chunk-zeros.ttr \
	"tid=2001 ring=0 generation=6 seq=15-17 events=3 reason=missing offset=? thread=worker-1"
gone bad/site-missing.tts \
	"tid=2001 ring=0 generation=1 seq=? events=3 reason=sites offset=? thread=worker-1"
gone bad/record-words-0.ttr \
	"tid=2001 ring=0 generation=1 seq=0-2 events=2 reason=records offset=16384 thread=worker-1"
gone bad/chunk-encoding-unknown.tts \
	"tid=2001 ring=0 generation=1 seq=0-1 events=2 reason=damaged offset=1344 thread=worker-1"
gone bad/chunk-generation-and-words.ttr \
	"tid=2001 ring=0 generation=1 seq=? events=? reason=damaged offset=16384 thread=worker-1"
gone bad/chunk-words.ttr
gone bad/pages-swapped.ttr
gone bad/halves-swapped.ttr
gone bad/ring-lost.ttr
gone bad/header-zeros.ttr
gone good/chunk-missing.tts \
	"tid=2001 ring=0 generation=2 seq=3-5 events=3 reason=missing offset=? thread=worker-1"
gone good/large-raw.tts
gone good/large-lz4.tts
gone good/large.ttr
gone good/reused-ring.ttr
gone good/wrapped.ttr
gone good/switching.ttr

# Without reading a record --info says how many.
"$ttdecode" --info bad/chunk-middle.tts 2>/dev/null | grep -qx '  gone      3 events, in 1 place; --check lists them' || {
	echo "gone: --info of bad/chunk-middle.tts does not say what is gone" >&2
	exit 1
}
# What the header said is in a ring's header, too.
"$ttdecode" --info bad/header-zeros.ttr 2>/dev/null | grep -qx '  process   demo\[1234\]  /usr/bin/demo' || {
	echo "gone: --info of bad/header-zeros.ttr does not say whose it was" >&2
	exit 1
}
echo "$cases files: --check lists what is gone by thread, generation and reason"
