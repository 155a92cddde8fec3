# SPDX-License-Identifier: MIT
"""Bars and lines as SVG text: no script, no font, no network; each as wide as its place."""

import html
import math

WIDTH = 360
COLOURS = {
    "honeydue": "#d97706",
    "libpq, pipelined by hand": "#0f766e",
    "libpq, a statement at a time": "#64748b",
    "libpqxx": "#7c3aed",
    "GORM + pgx": "#2563eb",
    "GORM + pgx, tuned": "#0891b2",
    "pgx, Batch": "#16a34a",
    "asyncpg": "#db2777",
}
OTHERS = ["#d97706", "#2563eb", "#16a34a", "#db2777", "#7c3aed", "#64748b"]


def colour_of(name, at):
    return COLOURS.get(name, OTHERS[at % len(OTHERS)])


def short(value):
    if value >= 100 or value == int(value):
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def tick(value):
    return f"{value / 1000:.0f}k" if value >= 10_000 else short(value)


def svg(height, title, parts):
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{html.escape(title)}">'
        f"<title>{html.escape(title)}</title>{''.join(parts)}</svg>"
    )


def text(x, y, words, anchor="start", kind="label"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{html.escape(words)}</text>'


def bars(title, pairs, unit=""):
    """pairs: (name, value, note); a value of None is a bar that is not there, and its note says why."""
    room, line = 162, 20
    most = max([value for _, value, _ in pairs if value is not None], default=1) or 1
    parts = []
    for at, (name, value, note) in enumerate(pairs):
        y = at * line + 14
        parts.append(text(room - 6, y, name, "end"))
        if value is None:
            parts.append(text(room, y, note, kind="faint"))
            continue
        width = max(2, (WIDTH - room - 100) * value / most)
        parts.append(
            f'<rect x="{room}" y="{y - 11}" width="{width:.1f}" height="13" rx="2" '
            f'fill="{colour_of(name, at)}"/>'
        )
        said = f"{short(value)}{unit}{' ' + note if note else ''}"
        parts.append(text(room + width + 5, y, said, kind="value"))
    return svg(len(pairs) * line + 4, title, parts)


class Scale:
    """Of a logarithm, whole powers of ten at its ends, or of equal steps from zero."""

    def __init__(self, values, low, high, is_log):
        self.low, self.high, self.is_log = low, high, is_log
        if is_log:
            self.first = math.floor(math.log10(min(values)))
            self.last = max(self.first + 1, math.ceil(math.log10(max(values))))
        else:
            self.first, self.last = 0, max(values) or 1

    def __call__(self, value):
        at = math.log10(value) if self.is_log else value
        return self.low + (at - self.first) / (self.last - self.first) * (self.high - self.low)

    def marks(self):
        if self.is_log:
            return [10.0**power for power in range(self.first, self.last + 1)]
        return [self.last * part / 4 for part in range(5)]


def axes(x, y, x_marks, x_name, y_name, height):
    parts = []
    for value in y.marks():
        at = y(value)
        parts.append(f'<line x1="44" x2="{WIDTH - 8}" y1="{at:.1f}" y2="{at:.1f}" class="grid"/>')
        parts.append(text(40, at + 4, tick(value), "end", "tick"))
    for value in x_marks:
        parts.append(text(x(value), height - 20, short(value), "middle", "tick"))
    parts.append(text(WIDTH - 8, height - 4, x_name, "end", "tick"))
    parts.append(text(4, 10, y_name, kind="tick"))
    return parts


def lines(title, series, x_name, y_name, x_log=False, x_marks=None):
    """series: name -> [(x, y)], y above zero, on a scale of logarithms."""
    height = 230
    points = [point for line in series.values() for point in line]
    if not points:
        return ""
    x = Scale([px for px, _ in points], 52, WIDTH - 16, x_log)
    y = Scale([py for _, py in points], height - 38, 18, True)
    parts = axes(x, y, x_marks or sorted({px for px, _ in points}), x_name, y_name, height)
    for at, (name, line) in enumerate(series.items()):
        colour = colour_of(name, at)
        path = " ".join(f"{x(px):.1f},{y(py):.1f}" for px, py in line)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for px, py in line:
            parts.append(
                f'<circle cx="{x(px):.1f}" cy="{y(py):.1f}" r="3" fill="{colour}">'
                f"<title>{html.escape(name)}: {short(py)} at {short(px)}</title></circle>"
            )
    return svg(height, title, parts)


def legend(names):
    marks = [
        f'<span><i style="background:{colour_of(name, at)}"></i>{html.escape(name)}</span>'
        for at, name in enumerate(names)
    ]
    return f'<p class="legend">{"".join(marks)}</p>'
