# SPDX-License-Identifier: MIT
"""report.json as one page: everything in it, nothing fetched, readable on a phone."""

import html

import charts
import tables

STYLE = """
:root{color-scheme:light dark;--ink:#1e293b;--soft:#64748b;--line:#e2e8f0;--card:#fff;--page:#f8fafc}
@media(prefers-color-scheme:dark){:root{--ink:#e2e8f0;--soft:#94a3b8;--line:#334155;--card:#1e293b;--page:#0f172a}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1180px;padding:16px;background:var(--page);color:var(--ink);
font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;margin:.5em 0}h2{font-size:1.2rem;margin:2em 0 .3em}h3{font-size:1rem;margin:0 0 .5em}
p{margin:.4em 0;max-width:46em}.soft{color:var(--soft)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,330px),1fr));gap:14px}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px;min-width:0}
svg{display:block;width:100%;height:auto;max-width:520px}
svg text{font:11px system-ui,sans-serif;fill:var(--ink)}
svg .tick,svg .faint{fill:var(--soft)}svg .value{font-weight:600}.grid{stroke:var(--line)}
.legend{display:flex;flex-wrap:wrap;gap:4px 14px;font-size:.85rem}
.legend i{display:inline-block;width:11px;height:11px;border-radius:2px;margin-right:5px}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.85rem}
th,td{border-bottom:1px solid var(--line);padding:4px 10px;text-align:right;white-space:nowrap}
th:first-child,td:first-child{text-align:left;white-space:normal;min-width:9em}
.words td,.words th{text-align:left;white-space:normal}
"""


def card(title, *parts):
    return f'<div class="card"><h3>{html.escape(title)}</h3>{"".join(parts)}</div>'


def section(title, words, *parts):
    return f"<h2>{html.escape(title)}</h2><p>{html.escape(words)}</p>{''.join(parts)}"


def cards(parts):
    return f'<div class="cards">{"".join(parts)}</div>'


def table(rows, kind=""):
    head, *body = rows

    def line(cells, tag):
        return "<tr>" + "".join(f"<{tag}>{html.escape(c)}</{tag}>" for c in cells) + "</tr>"

    return (
        f'<div class="scroll"><table class="{kind}">{line(head, "th")}'
        f'{"".join(line(row, "td") for row in body)}</table></div>'
    )


def trips_of(operation):
    for name, one in operation["by"].items():
        if "never" in one:
            yield name, None, "–"
        else:
            first = one["first_round_trips"]
            yield name, one["round_trips"], f"({first} at first)" if first > one["round_trips"] else ""


def walls_of(operation):
    series = {}
    for name, one in operation["by"].items():
        points = sorted((int(rtt), wall["median_ms"]) for rtt, wall in one.get("wall", {}).items())
        if points:
            series[name] = points
    return series


def operation_card(operation):
    title = operation["title"]
    walls = charts.lines(f"time: {title}", walls_of(operation), "ms away", "ms", x_marks=[0, 20, 108, 220])
    if operation["name"] == "warm_up":
        return card(title, walls)
    return card(title, charts.bars(f"round trips: {title}", list(trips_of(operation))), walls)


def round_trips(report):
    measured = report["round_trips"]
    names = [peer["name"] for peer in measured["peers"]]
    return section(
        "The same operations by each",
        "Bars are round trips, counted on the wire by a proxy at 20 ms once everything is warm; lines are "
        "the time of the operation, the median, against the distance.",
        charts.legend(names),
        table([["peer", "versions"]] + [
            [peer["name"], peer["versions"] or f"absent: {peer['absent']}"] for peer in measured["peers"]
        ], "words"),
        cards(operation_card(one) for one in measured["operations"]),
        "<h3>Round trips, and milliseconds at 220 ms</h3>",
        table(tables.round_trips(report)),
        "<h3>Warm-up</h3>",
        table(tables.warm_up(report)),
    )


def load_series(kind, value, loads):
    return {
        f"{kind}, {one['rtt_ms']} ms away": [
            (row["in_flight"], row[value]) for row in one["loads"] if row[value] > 0
        ]
        for one in loads
    }


def load(report):
    measured = report["load"]
    rates = load_series("API", "requests_per_s", measured["api"]) | load_series(
        "pool", "requests_per_s", measured["pool"])
    waits = load_series("API p99", "p99_ms", measured["api"]) | load_series(
        "pool p99", "p99_ms", measured["pool"])
    marks = [1, 5, 25, 100, 225]
    return section(
        "Throughput against requests in flight",
        f"A pool of {measured['connections']} connections, each with one request at a time; it holds "
        f"{measured['pool_holds']} requests, and turns away one more.",
        charts.legend(rates),
        cards([
            card("requests a second", charts.lines("requests a second", rates, "in flight", "1/s", True, marks)),
            card("p99", charts.lines("p99", waits, "in flight", "ms", True, marks)),
        ]),
        table(tables.load(report)),
    )


def benchmark_bars(report, program, wanted, value, unit):
    found = []
    for one in report["benchmarks"].get(program, []):
        for name, title in wanted.items():
            if one["name"] == name and value in one:
                found.append((title, one[value], ""))
    return charts.bars(program, found, unit) if found else "<p>not run</p>"


def benchmarks(report):
    rows = {
        "mixed_hand_written": "mixed, libpq by hand", "mixed_honeydue": "mixed, honeydue",
        "mixed_libpqxx": "mixed, libpqxx", "numbers_hand_written": "numbers, by hand",
        "numbers_honeydue": "numbers, honeydue", "numbers_libpqxx": "numbers, libpqxx",
    }
    hits = {
        "memory_hit/real_time/threads:1": "hit", "miss_and_fill": "miss, filled",
    }
    behind = {
        "redis_hit/real_time": "hit in Redis", "redis_miss_and_fill/real_time": "miss, filled in Redis",
        "invalidation_by_commit/real_time": "invalidated",
    }
    return section(
        "Decode and cache", "Without a wire: the processor's time of reading a row and of a cache in memory, and all of it where Redis is asked.",
        cards([
            card("ns a row", benchmark_bars(report, "rows", rows, "ns/row", " ns")),
            card("cache in memory, ns", benchmark_bars(report, "cache", hits, "cpu_time", " ns")),
            card("cache behind Redis, µs", benchmark_bars(report, "cache", behind, "real_time", " µs")),
        ]),
    )


def whole(report):
    machine = report["machine"]
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>honeydue, measured</title><style>{STYLE}</style><h1>honeydue, measured</h1>"
        f"<p>{html.escape(report['round_trips']['servers'])}, TLS and SCRAM, on {machine['cores']} cores "
        f"({html.escape(machine['processor'])}), {html.escape(report['made'])}"
        f"{', a quick run' if report['quick'] else ''}.</p>"
        f'<p class="soft">Client, wire and servers share the machine; its load was {machine["load"]:.1f} '
        f"when this was measured. Round trips are exact; of times, the ratios say more than the values.</p>"
        f"{round_trips(report)}{load(report)}{benchmarks(report)}</html>\n"
    )
