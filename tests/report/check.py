# SPDX-License-Identifier: MIT
"""The benchmarks' page in a headless Chromium, as wide as a desk and as narrow as a phone: it stands
alone, shows what it was given and does not spill over. check.py ROOT WORK; 77 where there is no Chromium."""

import html
import json
import pathlib
import re
import shutil
import subprocess
import sys

PROBE = """<script>addEventListener("load",()=>{document.title="probe:"+JSON.stringify({
spill:document.documentElement.scrollWidth-document.documentElement.clientWidth,
fetched:performance.getEntriesByType("resource").length,
charts:document.querySelectorAll("svg").length,
flat:[...document.querySelectorAll("svg")].filter(one=>one.getBoundingClientRect().height<20).length,
bars:document.querySelectorAll("svg rect").length})})</script>"""


def chromium():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    print("skipped: there is no Chromium")
    sys.exit(77)


def run(browser, work, *options):
    return subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
         "--disable-dev-shm-usage", f"--user-data-dir={work / 'profile'}", *options],
        capture_output=True, text=True, timeout=240, check=True).stdout


def probe(browser, work, page, width):
    probed = work / "probed.html"
    probed.write_text(page.replace("</html>", PROBE + "</html>"), encoding="utf-8")
    # A window narrower than 500 is made 500 wide, so a phone is a frame.
    framed = work / f"framed_{width}.html"
    framed.write_text(
        f'<iframe id="f" src="probed.html" style="border:0;width:{width}px;height:2000px"></iframe>'
        '<script>f.onload=()=>setTimeout(()=>{document.title=f.contentDocument.title},200)</script>',
        encoding="utf-8")
    dom = run(browser, work, "--allow-file-access-from-files", "--virtual-time-budget=5000",
              f"--window-size={max(width, 520)},2000", "--dump-dom", framed.as_uri())
    return json.loads(html.unescape(re.search(r"<title>probe:(.*?)</title>", dom)[1]))


def complaints(report, width, seen):
    operations = report["round_trips"]["operations"]
    counted = sum(1 for one in operations for by in one["by"].values()
                  if "never" not in by and one["name"] != "warm_up")
    if seen["spill"] > 0:
        yield f"at {width} px it is {seen['spill']} px too wide"
    if seen["fetched"]:
        yield f"it fetches {seen['fetched']} things"
    if seen["flat"]:
        yield f"{seen['flat']} charts are flat"
    if seen["charts"] < 2 * len(operations):
        yield f"{seen['charts']} charts for {len(operations)} operations"
    if seen["bars"] < counted:
        yield f"{seen['bars']} bars for {counted} counts"


def main(root, work):
    root, work = pathlib.Path(root), pathlib.Path(work)
    browser = chromium()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    kept = root / "benchmarks/report.json"
    page = work / "report.html"
    subprocess.run([sys.executable, root / "benchmarks/report/report.py", "page", kept, page], check=True)
    report = json.loads(kept.read_text(encoding="utf-8"))
    wrong = []
    for width in (1280, 390):
        seen = probe(browser, work, page.read_text(encoding="utf-8"), width)
        print(width, seen)
        wrong += complaints(report, width, seen)
    run(browser, work, "--window-size=1280,2400", f"--screenshot={work / 'report.png'}", page.as_uri())
    run(browser, work, "--window-size=520,4000", f"--screenshot={work / 'phone.png'}",
        (work / "framed_390.html").as_uri())
    sys.exit("; ".join(wrong) if wrong else 0)


main(*sys.argv[1:])
