#!/usr/bin/env python3
"""browser.py URL: open URL in a headless Chromium, by chromedriver, and obey lines on standard input, each of which
is answered by one line on standard output:

  size WIDTHxHEIGHT     resize what is seen
  scheme light|dark     what the person prefers
  shot FILE             a picture of what is seen, in PNG
  eval JAVASCRIPT       the value of an expression, as JSON
  wait SECONDS JAVASCRIPT   the seconds until an expression is true; or `late` and the text of the page
  load FILE             run a script of FILE in the page, past its policy: for axe-core

What the browser has to complain of, such as a breach of the page's policy, is what `eval complaints` prints; a server
that does not answer is none.
"""
import base64
import json
import os
import re
import subprocess
import sys
import time
import urllib.request


class Browser:
    def __init__(self):
        # The driver prints its port, and nothing more that is of interest.
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                       text=True, env={**os.environ, "DBUS_SESSION_BUS_ADDRESS": "unix:path=/dev/null"})
        for line in self.driver.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                self.base = f"http://127.0.0.1:{found[1]}/session"
                break
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        self.base += "/" + self.ask("", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]

    def ask(self, path, data=None, method="POST"):
        body = json.dumps(data or {}).encode() if method == "POST" else None
        request = urllib.request.Request(self.base + path, body, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)["value"]

    def command(self, name, **parameters):
        return self.ask("/goog/cdp/execute", {"cmd": name, "params": parameters})

    def evaluate(self, text):
        if text == "complaints":
            entries = self.ask("/se/log", {"type": "browser"})
            return [entry["message"] for entry in entries if entry["source"] != "network"]
        return self.ask("/execute/sync", {"script": f"return ({text})", "args": []})

    def end(self):
        try:
            self.ask("", method="DELETE")
        finally:
            self.driver.terminate()
            self.driver.wait()


def wait(browser, seconds, text):
    began = time.monotonic()
    while not browser.evaluate(text):
        if time.monotonic() - began > float(seconds):
            return "late " + json.dumps(browser.evaluate("document.body.innerText"))
        time.sleep(0.02)
    return f"{time.monotonic() - began:.2f}"


def obey(browser, line):
    word, _, rest = line.partition(" ")
    if word == "size":
        width, height = map(int, rest.split("x"))
        browser.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
    elif word == "scheme":
        browser.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": rest}])
    elif word == "shot":
        with open(rest, "wb") as file:
            file.write(base64.b64decode(browser.ask("/screenshot", method="GET")))
    elif word == "eval":
        return json.dumps(browser.evaluate(rest))
    elif word == "wait":
        return wait(browser, *rest.split(" ", 1))
    elif word == "load":
        with open(rest) as file:
            browser.command("Runtime.evaluate", expression=file.read())
    else:
        return "unknown"
    return "done"


def main():
    browser = Browser()
    try:
        browser.ask("/url", {"url": sys.argv[1]})
        print("open", flush=True)
        for line in sys.stdin:
            print(obey(browser, line.rstrip("\n")), flush=True)
    finally:
        browser.end()


main()
