# SPDX-License-Identifier: MIT
"""The tables of the page and of the documents, as rows of text."""

import re

SHOWN = [
    "honeydue", "libpq, pipelined by hand", "pgx, Batch", "asyncpg", "libpqxx", "GORM + pgx",
    "libpq, a statement at a time",
]


def cell(one):
    """Round trips, and the time far away: `1 (222)`."""
    if one is None or "never" in one:
        return "–"
    far = one["wall"].get("220")
    return f"{one['round_trips']} ({far['median_ms']:.0f})" if far else f"{one['round_trips']}"


def present(report):
    there = [peer["name"] for peer in report["round_trips"]["peers"] if "absent" not in peer]
    return [name for name in SHOWN if name in there]


def round_trips(report):
    names = present(report)
    rows = [["operation"] + names]
    for one in report["round_trips"]["operations"]:
        if one["name"] == "warm_up":
            continue
        rows.append([one["title"]] + [cell(one["by"].get(name)) for name in names])
    return rows


def warm_up(report):
    [one] = [one for one in report["round_trips"]["operations"] if one["name"] == "warm_up"]
    distances = sorted({int(rtt) for by in one["by"].values() for rtt in by.get("wall", {})})
    rows = [["20 connections, ms"] + [f"{rtt} ms away" for rtt in distances]]
    for name in present(report):
        wall = one["by"][name].get("wall", {})
        rows.append([name] + [
            f"{wall[str(rtt)]['median_ms']:.0f}" if str(rtt) in wall else "–" for rtt in distances
        ])
    return rows


def load(report):
    rows = [["what", "in flight", "requests/s", "p50 ms", "p99 ms", "round trips each", "errors"]]
    for kind, title in (("api", "API"), ("pool", "pool")):
        for far in report["load"][kind]:
            for one in far["loads"]:
                rows.append([
                    f"{title}, {far['rtt_ms']} ms", str(one["in_flight"]), f"{one['requests_per_s']:.0f}",
                    f"{one['p50_ms']:.0f}", f"{one['p99_ms']:.0f}",
                    f"{one['round_trips_per_request']:.2f}", str(one["errors"]),
                ])
    return rows


def markdown(rows):
    head, *body = rows
    lines = [head, ["---"] + ["--:"] * (len(head) - 1)] + body
    return "\n".join("| " + " | ".join(row) + " |" for row in lines).replace("| --- |", "|---|")


def placed(document, name, rows):
    """`document` with the table between its two marks made anew."""
    begin, end = f"<!-- {name}: made by scripts/bench, not by hand -->", "<!-- end -->"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(document):
        raise SystemExit(f"report: no place for the table {name}: {begin} … {end}")
    return pattern.sub(lambda _: f"{begin}\n{markdown(rows)}\n{end}", document)
