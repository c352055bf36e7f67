#!/bin/sh
# guard.sh DIRECTORY OBJECT - holds the cost of a call site against instructions.limits.
#
# DIRECTORY has the program `instructions`; OBJECT is one_site.o. Prints "what site count limit" for each. Counts are the same
# in every run, so unlike times they can be tested.
# Exit status: 0 all within their limits, 1 one is not, or could not be counted, 2 usage. Where the system forbids
# tracing, instructions are not counted; that is said.
set -u

[ $# -eq 2 ] || {
	echo "usage: bench/guard.sh DIRECTORY OBJECT" >&2
	exit 2
}
limits=${0%/*}/instructions.limits

# "code-bytes W2 196": the function, and its unlikely parts, less a function that does nothing.
code_bytes() {
	nm -S -t d "$1" | awk '
		$3 ~ /^[tT]$/ && $4 ~ /^one_site_/ {
			sub(/^one_site_/, "", $4)
			sub(/[.].*/, "", $4)
			bytes[$4] += $2
		}
		END {
			for (site in bytes)
				if (site != "none")
					print "code-bytes", toupper(site), bytes[site] - bytes["none"]
		}' | sort
}

traced=1
counted=$("$1/instructions")
case $? in
0) ;;
77)
	echo "guard: tracing is not allowed here: instructions are not counted" >&2
	traced=0
	;;
*) exit 1 ;;
esac

{
	printf '%s\n' "$counted" | sed 's/^/instructions /'
	code_bytes "$2"
} | awk -v traced="$traced" -v limits="$limits" '
	NF == 3 { count[$1 " " $2] = $3 }
	END {
		while ((getline line < limits) > 0) {
			if (line ~ /^#/ || split(line, field) != 3)
				continue
			if (field[1] == "instructions" && !traced)
				continue
			key = field[1] " " field[2]
			said = ""
			if (!(key in count))
				said = "  NOT COUNTED"
			else if (count[key] > field[3])
				said = "  ABOVE THE LIMIT"
			if (said)
				bad = 1
			compared++
			print field[1], field[2], count[key], field[3] said
		}
		exit bad || !compared
	}'
