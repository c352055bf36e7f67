#!/usr/bin/env bash
# Is the README true? Installs, builds its program by its commands, gets a trace in its six ways, and looks for every line it shows.
# Usage: tests/docs/readme.sh   (BUILD: where everything was built)
set -u
BUILD=${BUILD:-build}
top=$(pwd)
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT

fail() {
	echo "readme: $*" >&2
	exit 1
}

# What differs from run to run: times, ids, places.
mask() {
	sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/TIME/g; s/[0-9]{8}T[0-9]{6}\.[0-9]+Z/TIME/g
		s/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/UUID/g; s/shop-[0-9]+-([0-9]+-[0-9a-f]{8})?/shop-N-/g; s/shop\[[0-9]+\]/shop[N]/g
		s/thread [0-9]+/thread N/g; s/process [0-9]+/process N/g; s/user [0-9]+/user N/g; s/(host +).*/\1HOST/; s|/[^ ]*/shop|/DIR/shop|g'
}

# The lines of the README between two headings, within code blocks.
blocks() { # from, to
	sed -n "/^## $1/,/^## $2/p" README.md | awk '/^```/ { inside = !inside; next } inside'
}

blocks 'Use it' 'Six ways' | awk '/^#define/ { inside = 1 } inside; /^}$/ && ++ends == 2 { exit }' >"$work/readme.c"
sed -n '/^#define/,$p' tools/example/shop.c | cmp -s - "$work/readme.c" || fail "its program is not tools/example/shop.c"

make -s SETUP=: BUILD="$BUILD" prefix="$work/prefix" install >/dev/null || fail "make install fails"
export PKG_CONFIG_PATH="$work/prefix/lib/pkgconfig" LD_LIBRARY_PATH="$work/prefix/lib" PATH="$work/prefix/bin:$PATH"
cp tools/example/shop.c "$work/shop.c"
build=$(grep -m1 '^cc shop.c' README.md) || fail "it shows no command that builds its program"
cd "$work" || exit 1
eval "$build" || fail "this command of it fails: $build"

export TTLOG_BLACKBOX_DIR="$work/blackbox" TTLOG_DIR="$work"
unset TTLOG_SIGNAL TTLOG_CRASH TTLOG_FILTER
wait_for() { # pattern: until such a file is there
	for _ in $(seq 100); do
		compgen -G "$1" >/dev/null && return
		sleep 0.05
	done
	fail "there is no $1"
}

{
	./shop &
	wait_for shop.tts
	ttdecode shop.tts
	kill -KILL $!
	wait $! 2>/dev/null
	ttdecode --tail 2 "$work"/blackbox/shop-*.ttr
	rm -rf shop.tts blackbox

	TTLOG_SIGNAL=USR2 ./shop &
	wait_for shop.tts
	kill -USR2 $!
	wait_for 'shop-*.tts'
	ttdecode --level warn shop-*.tts
	kill -KILL $!
	wait $! 2>/dev/null
	rm -rf shop.tts shop-*.tts

	TTLOG_CRASH=1 ./shop 2>&1 &
	wait_for shop.tts
	kill -SEGV $!
	wait $! 2>/dev/null
	ttdecode --info shop-*.tts
	rm -f shop.tts

	TTLOG_BLACKBOX_DIR=off ./shop &
	wait_for shop.tts
	gcore -o core $! >/dev/null 2>&1
	ttdecode --tail 1 core.$!
	kill -STOP $!
	ttdecode --level warn --pid $!
	kill -KILL $!
	wait $! 2>/dev/null
} >"$work/seen" 2>"$work/errors"
mask <"$work/seen" >"$work/masked"

cd "$top" || exit 1
shown=0
while IFS= read -r line; do
	case $line in '$ '* | '') continue ;; esac
	shown=$((shown + 1))
	grep -qxF -- "$(printf '%s\n' "$line" | mask)" "$work/masked" || {
		cat "$work/errors" >&2
		fail "this line of it does not come out: $line"
	}
done < <(blocks 'Six ways' 'What it costs')
[ "$shown" -ge 10 ] || fail "only $shown lines of output were found in it"

make -s SETUP=: BUILD="$BUILD" prefix="$work/prefix" uninstall || fail "make uninstall fails"
[ -z "$(find "$work/prefix" -type f -o -type l)" ] || fail "make uninstall leaves $(find "$work/prefix" -type f -o -type l)"
echo "readme: its program builds and runs, $shown lines of output come out as shown"
