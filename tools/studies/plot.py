# SPDX-License-Identifier: MIT
# tools/studies/plot.py - line plots: the gnuplot script, and the SVG that gnuplot makes of it.
"""The same chart gives the same script, and with one gnuplot the same SVG, byte for byte."""

import hashlib
import shutil
import subprocess
from typing import NamedTuple

# Told apart with every common colour vision: the palette of Okabe and Ito, without its yellow.
COLOURS = ["#d55e00", "#e69f00", "#009e73", "#0072b2", "#cc79a7", "#56b4e9", "#000000"]
POINTS = [7, 5, 9, 11, 13, 1, 2]
SIZE = "820,480"
# What a logarithmic axis has beyond its first and last point, as a factor.
MARGIN = 1.08
NO_GNUPLOT = "there is no gnuplot to plot with; tools/setup installs it"


class NoGnuplot(Exception):
    """gnuplot is missing or has failed; the message says which."""


class Line(NamedTuple):
    """One curve: its name, and its points in the order of x."""

    name: str
    points: list  # of (x, y)
    dashed: bool = False


class Chart(NamedTuple):
    """What is drawn. `colours` names the line whose colour each line has; else each has its own."""

    title: str
    x_label: str
    y_label: str
    lines: list  # of Line
    log_x: bool = False
    log_y: bool = False


def quoted(text):
    """Return a text as gnuplot takes it: nothing in it is an escape or a mark-up."""
    return "'" + text.replace("'", "''") + "'"


def data_block(index, line):
    """Return the lines that give gnuplot a curve's points."""
    return [f"$line{index} << END", *(f"{x:g} {y:g}" for x, y in line.points), "END"]


def colour_index(lines, index):
    """Return which colour a line has: a dashed one has that of the solid line of its name."""
    names = list(dict.fromkeys(line.name for line in lines))
    return names.index(lines[index].name) % len(COLOURS)


def style(lines, index):
    """Return how a curve is drawn."""
    number = colour_index(lines, index)
    colour = f"linecolor rgb '{COLOURS[number]}' linewidth 2"
    if lines[index].dashed:
        return f"with lines dashtype 2 {colour}"
    return f"with linespoints pointtype {POINTS[number]} pointsize 0.7 {colour}"


def title(line):
    """Return what the key says of a curve; a dashed one is explained by the chart's title."""
    return "notitle" if line.dashed else f"title {quoted(line.name)}"


def ticks(chart):
    """Return where the horizontal axis is marked: if logarithmic, at each point."""
    if not chart.log_x:
        return []
    values = sorted({x for line in chart.lines for x, _ in line.points})
    return [
        f"set xtics ({', '.join(f'{x:g}' for x in values)})",
        f"set xrange [{values[0] / MARGIN:g}:{values[-1] * MARGIN:g}]",
    ]


def axes(chart):
    """Return the lines that set up both axes."""
    return [
        *(["set logscale x 2"] if chart.log_x else []),
        *(["set logscale y 2"] if chart.log_y else ["set yrange [0:*]"]),
        *ticks(chart),
        f"set xlabel {quoted(chart.x_label)} noenhanced",
        f"set ylabel {quoted(chart.y_label)} noenhanced",
    ]


def script(chart):
    """Return the gnuplot script that draws a chart as SVG on its standard output."""
    lines = [
        f"set terminal svg size {SIZE} dynamic background rgb 'white' font 'sans-serif,14'",
        f"set title {quoted(chart.title)} noenhanced",
        "set key outside right top noenhanced",
        "set grid linecolor rgb '#dddddd'",
        *axes(chart),
    ]
    for index, line in enumerate(chart.lines):
        lines += data_block(index, line)
    curves = [
        f"$line{index} using 1:2 {title(line)} {style(chart.lines, index)}"
        for index, line in enumerate(chart.lines)
    ]
    return "\n".join([*lines, "plot " + ", \\\n     ".join(curves), ""])


def signature(chart):
    """Return the comment that names what a chart draws, however its gnuplot draws it."""
    return f"<!-- script {hashlib.sha256(script(chart).encode()).hexdigest()} -->\n"


def svg(chart):
    """Return the chart as SVG, signed. Raises NoGnuplot."""
    if not shutil.which("gnuplot"):
        raise NoGnuplot(NO_GNUPLOT)
    done = subprocess.run(
        ["gnuplot"], input=script(chart), capture_output=True, text=True, check=False
    )
    if done.returncode != 0 or not done.stdout:
        raise NoGnuplot(f"gnuplot failed:\n{done.stderr}")
    return done.stdout + signature(chart)
