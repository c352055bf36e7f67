#!/bin/bash
# run.sh - compiles format-spec/ttlog.ksy and reads every vector, and random traces, with what comes out: the same as ttdecode.
#
# BUILD (default: build) is where ttdecode is and where the compiler goes; KAITAI_TRACES (default: 400, half of them damaged) and
# SEED (default: 1) say which random traces. Exit status: 0 all agree, 1 something does not.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
build=$(realpath "${BUILD:-build}")
work=$build/tests/kaitai
traces=${KAITAI_TRACES:-400}
seed=${SEED:-1}

# The runtime is a Debian package, so another python3 that comes first may not have it.
find_python() {
	for python in python3 /usr/bin/python3; do
		if "$python" -c 'import kaitaistruct' 2>/dev/null; then
			return 0
		fi
	done
	echo "kaitai: no python3 has the module kaitaistruct (Debian: python3-kaitaistruct)" >&2
	return 1
}

find_python
mkdir -p "$work"
if ! cmp -s "$top/tests/kaitai/package-lock.json" "$work/package-lock.json" || [ ! -d "$work/node_modules" ]; then
	cp "$top/tests/kaitai/package.json" "$work"
	rm -f "$work/package-lock.json"
	cp "$top/tests/kaitai/package-lock.json" "$work/lock"
	mv "$work/lock" "$work/package-lock.json"
	(cd "$work" && npm ci --no-audit --no-fund >npm.log 2>&1) || {
		cat "$work/npm.log" >&2
		rm -f "$work/package-lock.json"
		exit 1
	}
fi
cp "$top/tests/kaitai/compile.js" "$work"
node "$work/compile.js" "$top/format-spec/ttlog.ksy" python "$work"

export PYTHONPATH=$work:$top/tests/kaitai PYTHONDONTWRITEBYTECODE=1
agree() {
	"$python" "$top/tests/kaitai/agree.py" "$build/ttdecode" "$@"
}

mapfile -t vectors < <(find "$top/format-spec/vectors" -type f ! -name '*.json' ! -name '*.expect' | sort)
agree "${vectors[@]}"
rm -rf "$work/traces"
"$top/tools/ttmake.py" --seed "$seed" --count "$traces" --damaged "$((traces / 2))" "$work/traces"
mapfile -t made < <(find "$work/traces" -type f ! -name '*.json' | sort)
agree "${made[@]}" || {
	echo "made by: tools/ttmake.py --seed $seed --count $traces --damaged $((traces / 2)) $work/traces" >&2
	exit 1
}
rm -rf "$work/traces"
