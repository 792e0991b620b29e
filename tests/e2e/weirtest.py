"""What the Python tests share: TAP, and talking to a running weir.

WEIR_URL, WEIR_KEY (ingest) and WEIR_READ_KEY say where and as whom; without
a read key (while requests are being recorded) nothing is checked.
"""
import http.client
import json
import os
import sys
import urllib.parse

URL = os.environ.get("WEIR_URL", "")
KEY = os.environ.get("WEIR_KEY", "")
READ_KEY = os.environ.get("WEIR_READ_KEY", "")
reading = bool(READ_KEY)

_n = 0
_bad = 0


def ok(cond, name, note=None):
    global _n, _bad
    _n += 1
    print("%sok %d - %s" % ("" if cond else "not ", _n, name))
    if not cond:
        _bad += 1
        if note is not None:
            print("# " + str(note).replace("\n", "\n# "))
    sys.stdout.flush()
    return bool(cond)


def eq(got, want, name):
    return ok(got == want, name, "got %r, want %r" % (got, want))


def near(got, want, name):
    good = isinstance(got, (int, float)) and abs(got - want) < 1e-9
    return ok(good, name, "got %r, want %r" % (got, want))


def has(got, want, what):
    for k, v in want.items():
        (near if isinstance(v, float) else eq)(got.get(k), v,
                                               "%s: %s" % (what, k))


def done():
    print("1..%d" % _n)
    sys.stdout.flush()
    os._exit(1 if _bad else 0)


class Client:
    """One keep-alive connection."""

    def __init__(self, url=None, timeout=30):
        u = urllib.parse.urlsplit(url or URL)
        self.host, self.port, self.timeout = u.hostname, u.port, timeout
        self.prefix = u.path.rstrip("/")
        self.conn = None

    def close(self):
        if self.conn:
            self.conn.close()
        self.conn = None

    def send(self, method, path, body=None, headers=None):
        """(status, headers, body bytes); raises OSError and friends."""
        if self.conn is None:
            self.conn = http.client.HTTPConnection(
                self.host, self.port, timeout=self.timeout)
        try:
            self.conn.request(method, self.prefix + path, body,
                              headers or {})
            r = self.conn.getresponse()
            data = r.read()
            if r.will_close:
                self.close()
            return r.status, r.headers, data
        except Exception:
            self.close()
            raise

    def get(self, path, key=None):
        s, _, b = self.send("GET", path, None, {
            "Authorization": "Bearer " + (key or READ_KEY)})
        return s, parse(b)

    def post(self, path, value, key=None):
        body = value if isinstance(value, bytes) else \
            json.dumps(value).encode()
        s, _, b = self.send("POST", path, body, {
            "Authorization": "Bearer " + (key or KEY),
            "Content-Type": "application/json"})
        return s, parse(b)


def parse(b):
    try:
        return json.loads(b)
    except ValueError:
        return {"unreadable": repr(b[:500])}


def read_run(client, run_id, source="prod"):
    s, b = client.get("/v1/runs/%s?source=%s" %
                      (urllib.parse.quote(run_id, safe=""), source))
    ok(s == 200, "GET run " + run_id, "%d %s" % (s, str(b)[:300]))
    run = b.get("data", b)
    for k, v in (("steps", []), ("tool_calls", []), ("metadata", {}),
                 ("prompt", {})):
        if run.get(k) is None:
            run[k] = v
    return run


def by_id(rows, field, value):
    return next((r for r in rows if r.get(field) == value), {})


BIN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..",
                   os.environ.get("WEIR_BUILD", "build/release"), "bin")
SANITIZED = "/san-" in os.path.abspath(BIN)


def children(pid):
    """{name: [pid, ...]} of the processes whose parent is pid."""
    found = {}
    for p in os.listdir("/proc"):
        if not p.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % p) as f:
                stat = f.read()
            with open("/proc/%s/cmdline" % p, "rb") as f:
                name = os.path.basename(f.read().split(b"\0")[0].decode())
        except OSError:
            continue
        if int(stat.rsplit(")", 1)[1].split()[1]) == pid:
            found.setdefault(name, []).append(int(p))
    return {k: sorted(v) for k, v in found.items()}


def memory_kb(pid, field="VmRSS"):
    try:
        with open("/proc/%d/status" % pid) as f:
            for line in f:
                if line.startswith(field + ":"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


class Weir:
    """A weir of our own in a fresh directory, on a port that stays."""

    def __init__(self, directory, port=None):
        import socket
        self.dir, self.data = directory, os.path.join(directory, "data")
        if port is None:
            with socket.socket() as s:
                s.bind(("127.0.0.1", 0))
                port = s.getsockname()[1]
        self.port, self.url = port, "http://127.0.0.1:%d" % port
        self.process = None

    def start(self, *more, timeout=60):
        import subprocess
        import time
        out = os.path.join(self.dir, "stdout")
        # A group of its own, so that all of it can be killed at once.
        self.process = subprocess.Popen(
            [os.path.join(BIN, "weir"), "up", "--data", self.data,
             "--listen", "127.0.0.1:%d" % self.port, *more],
            stdin=subprocess.DEVNULL, stdout=open(out, "w"),
            stderr=open(os.path.join(self.dir, "log"), "a"),
            start_new_session=True)
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            with open(out) as f:
                if "ready " in f.read():
                    return True
            if self.process.poll() is not None:
                return False
            time.sleep(0.02)
        return False

    def stop(self, sig=15, timeout=60):
        import subprocess
        if not self.process:
            return None
        self.process.send_signal(sig)
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill_all()
            return None

    def kill_all(self):
        if self.process:
            try:
                os.killpg(self.process.pid, 9)
            except ProcessLookupError:
                pass
            self.process.wait()

    def key(self, scope, env, project="test", dialect="tcc"):
        import subprocess
        out = subprocess.run(
            [os.path.join(BIN, "weir"), "key", "create", "--data", self.data,
             "--project", project, "--for", dialect, "--scope", scope,
             "--env", env, "--json"], check=True, stdout=subprocess.PIPE)
        d = json.loads(out.stdout)
        return d.get("key") or d["secret"]

    def log_tail(self, n=40):
        try:
            with open(os.path.join(self.dir, "log")) as f:
                return "".join(f.readlines()[-n:])
        except OSError:
            return ""
