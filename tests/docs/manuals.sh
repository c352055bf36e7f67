#!/bin/bash
# manuals.sh - do manual pages, completions and programs name the same? Every option of ttdecode is in its page and in both completions, with the
# same values, and no other; every function that the library exports, and every variable that it reads, is in a page.
# Usage: tests/docs/manuals.sh   (BUILD: where everything was built)
set -u
BUILD=${BUILD:-build}
failed=0

fail() {
	echo "manuals: $*" >&2
	failed=1
}

# same WHAT ONE OTHER: lists, in any order.
same() {
	[ "$(tr ' ' '\n' <<<"$2" | sort -u | tr '\n' ' ')" = "$(tr ' ' '\n' <<<"$3" | sort -u | tr '\n' ' ')" ] ||
		fail "$1: $(diff <(tr ' ' '\n' <<<"$2" | sort -u) <(tr ' ' '\n' <<<"$3" | sort -u) | grep '^[<>]' | tr '\n' ' ')"
}

options=$("$BUILD/ttdecode" --help | grep -oE -- '^ +(-[a-zA-Z], )?--[a-z]+' | grep -oE -- '--[a-z]+' | xargs)
[ "$(wc -w <<<"$options")" -gt 15 ] || fail "--help lists few options: $options"
same "options of ttdecode.1" "$options" "$(sed -n '/^\.It Fl/p' decoder/cli/ttdecode.1 | grep -oE 'Fl -[a-z]+' | sed 's/Fl /-/' | xargs)"
same "options of its bash completion" "$options" "$(bash -c '. decoder/cli/completion/ttdecode.bash; COMP_WORDS=(ttdecode --) COMP_CWORD=1; _ttdecode; echo "${COMPREPLY[*]}"')"
same "options of its zsh completion" "$options" "$(grep -oE -- '--[a-z]+[]=[}]' decoder/cli/completion/_ttdecode | tr -d ']=[}' | xargs)"
for option in format level color; do
	words=$(bash -c '. decoder/cli/completion/ttdecode.bash; COMP_WORDS=(ttdecode --'$option' "") COMP_CWORD=2; _ttdecode; echo "${COMPREPLY[*]}"')
	same "values of --$option in zsh" "$words" "$(sed -n "s/.*--$option=.*:(\(.*\)).*/\1/p" decoder/cli/completion/_ttdecode)"
	for word in $words; do
		[ "$option $word" != "level best" ] || continue # that is another option's
		"$BUILD/ttdecode" "--$option" "$word" format-spec/vectors/good/two-events.tts >/dev/null || fail "--$option $word is completed, and refused"
	done
done

same "functions of ttlog.3" "$(nm -D --defined-only "$BUILD/libttlog.so.0" | awk '{ print $3 }' | sed 's/@.*//' | grep '^tt_' | grep -v '^tt_impl' | xargs)" \
	"$(sed -n 's/^\.Fn \(tt_[a-z_]*\).*/\1/p' lib/man/ttlog.3 | xargs)"
same "variables of ttlog.7" "$(grep -ohE '"TTLOG_[A-Z_]+"' lib/*.c | tr -d '"' | xargs)" "$(sed -n 's/^\.It Ev \(TTLOG_[A-Z_]*\).*/\1/p' lib/man/ttlog.7 | xargs)"

[ $failed -eq 0 ] || exit 1
echo "manuals: $(wc -w <<<"$options") options, functions and variables are told in pages and completions"
