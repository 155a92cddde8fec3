# SPDX-License-Identifier: MIT
"""Makes the report of what was measured.

  report.py collect DIR [--quick]  DIR's round_trips.json, load.json and benchmarks/*.json become
                                   report.json and report.html beside them
  report.py page JSON HTML         the page alone
  report.py publish JSON           keeps it as benchmarks/report.json, with the documents' tables
  report.py check                  fails when a table of the documents is not that of the kept JSON
"""

import datetime
import json
import os
import pathlib
import shutil
import sys

sys.dont_write_bytecode = True

import page
import tables

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEPT = ROOT / "benchmarks/report.json"
DOCUMENTS = {
    "README.md": {"round trips": tables.round_trips},
    "benchmarks/README.md": {"round trips": tables.round_trips, "load": tables.load},
}


def read(path):
    return json.loads(pathlib.Path(path).read_text(encoding="utf-8"))


def machine():
    processor = "unknown"
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            processor = line.split(":", 1)[1].strip()
            break
    return {
        "processor": processor,
        "cores": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[2], 1),
    }


def benchmarks(folder):
    """Google Benchmark's own JSON by program, the medians where there were repetitions."""
    kept = ("real_time", "cpu_time", "time_unit", "items_per_second", "ns/row", "allocations/row", "peak MB")
    found = {}
    for file in sorted(folder.glob("*.json")):
        measured = [one for one in read(file)["benchmarks"] if not one.get("error_occurred")]
        medians = [one for one in measured if one.get("aggregate_name") == "median"]
        found[file.stem] = [
            {"name": one["run_name"]}
            | {key: value for key, value in one.items() if key in kept or key.endswith("_percent")}
            for one in medians or measured
        ]
    return found


def collect(folder, quick):
    folder = pathlib.Path(folder)
    report = {
        "made": datetime.date.today().isoformat(),
        "quick": quick,
        "machine": machine(),
        "round_trips": read(folder / "round_trips.json"),
        "load": read(folder / "load.json"),
        "benchmarks": benchmarks(folder / "benchmarks"),
    }
    (folder / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "report.html").write_text(page.whole(report), encoding="utf-8")


def documents(report):
    for name, wanted in DOCUMENTS.items():
        before = (ROOT / name).read_text(encoding="utf-8")
        after = before
        for table, rows in wanted.items():
            after = tables.placed(after, table, rows(report))
        yield name, before, after


def publish(given):
    report = read(given)
    if report["quick"]:
        raise SystemExit("report: a quick run is not published: run scripts/bench without --quick")
    shutil.copyfile(given, KEPT)
    for name, _, after in documents(report):
        (ROOT / name).write_text(after, encoding="utf-8")


def check():
    stale = [name for name, before, after in documents(read(KEPT)) if before != after]
    if stale:
        raise SystemExit(f"report: {', '.join(stale)}: not what benchmarks/report.json says; run scripts/bench --publish")
    print(f"the tables of {', '.join(DOCUMENTS)} are those of benchmarks/report.json")


def main(command, *given):
    if command == "collect":
        collect(given[0], "--quick" in given)
    elif command == "page":
        pathlib.Path(given[1]).write_text(page.whole(read(given[0])), encoding="utf-8")
    elif command == "publish":
        publish(given[0])
    elif command == "check":
        check()
    else:
        raise SystemExit(__doc__)


main(*(sys.argv[1:] or ["help"]))
