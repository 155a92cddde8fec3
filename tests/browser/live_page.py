#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The live page in headless Chromium: live_page.py WITH_SERVERS API_PROGRAM SCREENSHOT

Runs itself among servers, by the program with_servers, with a seeded database. Asks the API for a page of tasks, clicks
on that request in the page, and finds its statements there. Exit code 77: there is no Chromium.
"""
import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

DEADLINE = 120
TOKEN = "92b595766c69fe2e49154f0ef2226405b82823d9"


def chromium():
    named = os.environ.get("HONEYDUE_TEST_CHROMIUM")
    return named or next(filter(None, map(shutil.which, (
        "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"))), None)


class Browser:
    """Chromium behind two pipes: messages of its DevTools protocol, each ending in a NUL."""

    def __init__(self, program, folder):
        ours, theirs = os.pipe(), os.pipe()  # to it, and from it
        self.to, self.of = ours[1], os.fdopen(theirs[0], "rb")
        self.last = 0

        def place():
            os.dup2(ours[0], 1000), os.dup2(theirs[1], 1001)
            os.dup2(1000, 3), os.dup2(1001, 4)

        self.child = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--no-first-run", "--window-size=1200,900", "--remote-debugging-pipe",
             "--user-data-dir=" + folder, "about:blank"],
            preexec_fn=place, close_fds=False, stderr=subprocess.DEVNULL)
        os.close(ours[0]), os.close(theirs[1])
        target = next(one for one in self.ask("Target.getTargets")["targetInfos"]
                      if one["type"] == "page")
        self.session = self.ask("Target.attachToTarget", targetId=target["targetId"],
                                flatten=True)["sessionId"]

    def receive(self):
        text = bytearray()
        while (byte := self.of.read(1)) != b"\0":
            if not byte:
                sys.exit("live_page: Chromium has ended")
            text += byte
        return json.loads(text)

    def ask(self, method, **parameters):
        self.last += 1
        message = {"id": self.last, "method": method, "params": parameters}
        if hasattr(self, "session"):
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while (answer := self.receive()).get("id") != self.last:
            pass
        if "error" in answer:
            sys.exit(f"live_page: {method}: {answer['error']}")
        return answer["result"]

    def value(self, expression):
        """Of a script, which may be a promise."""
        told = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True,
                        returnByValue=True)
        if "exceptionDetails" in told:
            sys.exit(f"live_page: {expression}: {told['exceptionDetails']}")
        return told["result"].get("value")

    def wait_for(self, condition):
        self.value("new Promise(done => { const look = () => (%s) ? done() : setTimeout(look, 20); "
                   "look(); })" % condition)

    def click(self, selector):
        place = self.value("(() => { const at = document.querySelector(%s).getBoundingClientRect();"
                           " return {x: at.x + at.width / 3, y: at.y + at.height / 2}; })()"
                           % json.dumps(selector))
        for kind in ("mousePressed", "mouseReleased"):
            self.ask("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)


def start_api(program):
    child = subprocess.Popen([program, "--port", "0", "--operations-port", "0", "--live-page",
                              "loopback"], stdout=subprocess.PIPE, text=True)
    ports = [int(child.stdout.readline().split("(")[0].strip().rsplit(":", 1)[1]) for _ in range(2)]
    return child, ports[1], ports[0]


def get(port, path, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(
                f"http://127.0.0.1:{port}{path}", headers=headers)) as answer:
            return answer.headers["X-Request-Id"]
    except urllib.error.HTTPError as refused:
        return refused.headers["X-Request-Id"]


def look(browser, port, operations, screenshot):
    browser.ask("Page.enable")
    browser.ask("Page.navigate", url=f"http://127.0.0.1:{operations}/debug/")
    browser.wait_for("document.querySelectorAll('.slot').length > 0")
    mine = {"Authorization": "Token " + TOKEN}
    wanted = get(port, "/api/tasks/", **mine)
    for path in ("/api/tasks/", "/api/residences/", "/api/health/", "/nowhere/"):
        get(port, path, **mine)
    browser.wait_for("document.querySelectorAll('#requests tr').length >= 5")
    row = f"[id='{wanted}']"
    assert browser.value("document.getElementById('detail').hidden")
    browser.wait_for("[...document.querySelectorAll('.slot')].some(one => one.innerText !== '')")
    slots = browser.value("[...document.querySelectorAll('.slot')].map(one => [one.className, one.innerText])")
    assert len(slots) == 25, slots
    assert sum("idle" in state for state, _ in slots) >= 20, slots
    assert all(float(latency) > 0 for _, latency in slots if latency), slots
    browser.click(row)
    text = browser.value("document.getElementById('detail').innerText")
    picture = browser.ask("Page.captureScreenshot", format="png")["data"]
    os.makedirs(os.path.dirname(screenshot), exist_ok=True)
    with open(screenshot, "wb") as to:
        to.write(base64.b64decode(picture))
    for part in (wanted, "GET /api/tasks/: 200", "1 round trip", "from task_task", "= $1",
                 "cache account: loaded", "flight"):
        assert part in text, f"{part!r} is not in {text!r}"
    assert TOKEN not in browser.value("document.documentElement.outerHTML")
    bars = browser.value(f"[...document.querySelector(\"{row}\").querySelectorAll('.lane i')]"
                         ".map(one => one.className)")
    assert {"flight", "decode", "cache"} <= set(bars), bars


def main():
    program = chromium()
    if program is None:
        print("live_page: skipped, for there is no Chromium on the path "
              "(HONEYDUE_TEST_CHROMIUM names one)")
        sys.exit(77)
    servers, api_program, screenshot = sys.argv[1:]
    if "HONEYDUE_TEST_DIRECT_PORT" not in os.environ:
        os.execv(servers, [servers, "--row", "pooled", "--migrate", "--sql",
                           "examples/reference/seed.sql", "--", sys.executable, *sys.argv])
    signal.alarm(DEADLINE)
    api, port, operations = start_api(api_program)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(program, folder)
        try:
            look(browser, port, operations, screenshot)
        finally:
            browser.child.kill()
            browser.child.wait()
            api.terminate()
    if (code := api.wait()) != 0:
        sys.exit(f"live_page: the API ended with {code}")
    print("live_page: one page looked at, its picture is", screenshot)


main()
