#!/usr/bin/python3
# browser.py PROFILE <orders: drive headless Chromium over its pipe, one order a line, one answer a line.
#   open URL LANGUAGE WIDTH HEIGHT   with scripts off; answers the page's status
#   dark                             as a system with dark colours
#   text                             the visible text of the page, in one line
#   where                            the address
#   shot FILE                        a screenshot
#   click SELECTOR                   with the mouse, in its middle
#   wide                             pixels by which the page is wider than the window
#   labels                           fields, images and buttons without a name, as a screen reader sees them
import base64, json, os, subprocess, sys, time

PATIENCE = 15


class Browser:
    def __init__(self, profile):
        to_read, to_write = os.pipe()
        from_read, from_write = os.pipe()

        def hand_over():
            # Chromium reads 3 and writes 4; the copies keep clear of each other.
            a, b = os.dup(to_read), os.dup(from_write)
            c, d = os.dup2(a, 63), os.dup2(b, 64)
            os.dup2(c, 3)
            os.dup2(d, 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
             "--disable-background-networking", "--remote-debugging-pipe", "--user-data-dir=" + profile, "about:blank"],
            preexec_fn=hand_over, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(from_write)
        self.out, self.fd, self.rest, self.n = to_write, from_read, b"", 0
        self.events, self.session = [], None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "DOM", "Runtime", "Accessibility"):
            self.call(domain + ".enable")
        self.call("Emulation.setScriptExecutionDisabled", value=True)

    def message(self):
        while b"\0" not in self.rest:
            piece = os.read(self.fd, 1 << 20)
            if not piece:
                raise SystemExit("the browser went away")
            self.rest += piece
        one, self.rest = self.rest.split(b"\0", 1)
        return json.loads(one)

    def call(self, method, **params):
        self.n += 1
        order = {"id": self.n, "method": method, "params": params}
        if self.session:
            order["sessionId"] = self.session
        os.write(self.out, json.dumps(order).encode() + b"\0")
        while True:
            m = self.message()
            if m.get("id") == self.n:
                return m.get("result", {"error": m.get("error")})
            self.events.append(m)

    def wait(self, event):
        until = time.time() + PATIENCE
        while time.time() < until:
            for i, m in enumerate(self.events):
                if m.get("method") == event:
                    del self.events[i]
                    return m
            self.call("Runtime.getIsolateId")
            time.sleep(0.05)
        return None

    def evaluate(self, text):
        return self.call("Runtime.evaluate", expression=text, returnByValue=True).get("result", {}).get("value")

    def settle(self):
        self.wait("Page.loadEventFired")
        time.sleep(0.3)

    def open(self, url, language, width, height):
        self.call("Network.setExtraHTTPHeaders", headers={"Accept-Language": language})
        self.call("Emulation.setDeviceMetricsOverride", width=int(width), height=int(height), deviceScaleFactor=1,
                  mobile=int(width) < 500)
        self.events = []
        self.call("Page.navigate", url=url)
        self.settle()
        for m in self.events:
            if m.get("method") == "Network.responseReceived" and m["params"]["type"] == "Document":
                return m["params"]["response"]["status"]
        return 0

    def dark(self):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        return "dark"

    def text(self):
        return " ".join((self.evaluate("document.body.innerText") or "").split())

    def where(self):
        return self.evaluate("location.href")

    def wide(self):
        return self.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def shot(self, name):
        with open(name, "wb") as f:
            f.write(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))
        return name

    def click(self, selector):
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector=selector).get("nodeId")
        if not node:
            return "no such thing"
        self.call("DOM.scrollIntoViewIfNeeded", nodeId=node)
        box = self.call("DOM.getBoxModel", nodeId=node)["model"]["content"]
        x, y = (box[0] + box[4]) / 2, (box[1] + box[5]) / 2
        self.events = []
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        self.settle()
        time.sleep(0.7)
        return "clicked"

    def labels(self):
        bad = []
        for node in self.call("Accessibility.getFullAXTree").get("nodes", []):
            role = node.get("role", {}).get("value")
            name = node.get("name", {}).get("value", "")
            if not node.get("ignored") and role in ("button", "link", "image", "textbox", "RootWebArea") and not name:
                bad.append(role)
        return ",".join(bad) or "all"


browser = Browser(sys.argv[1])
for line in sys.stdin:
    words = line.split()
    if words:
        print(getattr(browser, words[0])(*words[1:]), flush=True)
browser.session = None
browser.call("Browser.close")
browser.process.wait(timeout=10)
