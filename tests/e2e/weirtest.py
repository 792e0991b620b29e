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
