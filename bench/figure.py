#!/usr/bin/env python3
"""figure.py RESULTS.json FIGURE.svg - draws what `make bench` has measured: the spread of single calls, and what arguments cost.

gnuplot draws. Exit status: 0, 1 it cannot be drawn, 2 usage.
"""

import json
import subprocess
import sys

QUANTILES = (("p90", 90), ("p99", 99), ("p999", 99.9), ("p9999", 99.99))
VARIANTS = (("static", "tsc", "#1f6fb2"), ("adaptive", "adaptive", "#c8501e"))
TICKS = '("50" 0.30103, "90" 1, "99" 2, "99.9" 3, "99.99" 4)'

SCRIPT = """
set terminal svg size 900,360 font "sans-serif,12" background "white"
set multiplot layout 1,2
set grid ytics lc rgb "#dddddd"
set border 3
set tics nomirror
set key top left reverse Left
set title "One call of four arguments (W4)"
set xlabel "percentile of 400,000 calls, each timed"
set ylabel "ns"
set logscale y
set yrange [1:1000]
set xrange [0.2:4.1]
set xtics {ticks}
plot {spread}
unset logscale y
set title "A call of so many ints, in a loop"
set xlabel "arguments of the call"
set ylabel "ns"
set yrange [0:18]
set xrange [-0.5:16.5]
set xtics 0,2,16
plot {counts}
"""


def quantiles(results, variant):
    """Places by nines: the median is at 0.3, p90 at 1, p99 at 2."""
    single = next(r for r in results if (r["section"], r["variant"], r["name"]) == ("single", variant, "W4, one call"))
    return [(0.30103, single["median"])] + [(place, single[name]) for place, (name, _) in enumerate(QUANTILES, 1)]


def counts(results, variant):
    return [(int(r["name"]), r["median"]) for r in results
            if r["section"] == "count" and r["variant"] == variant and r["name"] != "b"]


def b_of(results):
    return next(r["median"] for r in results if (r["section"], r["variant"], r["name"]) == ("count", "static", "b"))


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    with open(sys.argv[1], encoding="utf-8") as file:
        results = json.load(file)["results"]
    data, spread, lines = "", [], []
    for variant, name, color in VARIANTS:
        style = 'with linespoints lw 2 pt 7 ps 0.6 lc rgb "%s" title "%s"' % (color, name)
        for block, points, plots in (("spread", quantiles(results, variant), spread), ("counts", counts(results, variant), lines)):
            data += "$%s_%s << END\n%s\nEND\n" % (block, variant, "\n".join("%g %g" % point for point in points))
            plots.append("$%s_%s %s" % (block, variant, style))
    lines.append('%g with lines dt 2 lc rgb "#777777" title "b: the counter and a store of 16 bytes"' % b_of(results))
    script = SCRIPT.format(ticks=TICKS, spread=", ".join(spread), counts=", ".join(lines))
    drawn = subprocess.run(["gnuplot"], input=data + "set output '%s'\n" % sys.argv[2] + script, text=True, check=False)
    return 0 if drawn.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
