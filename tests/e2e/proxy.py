#!/usr/bin/env python3
"""Stands between an SDK and weir: records what is sent, and fails on demand.

proxy.py [--to URL] [--record DIR] [--fail 503,429] [--path /v1/custom]

Prints "ready http://127.0.0.1:PORT".  The first POSTs to --path (any path
when absent) are answered with the statuses of --fail, one each, and never
reach weir; the rest is passed on to --to, or answered 200 without it.  With
--record every POST is written as DIR/NNN-name.json (body, if it is JSON) or
.bin, and its headers and answer to DIR/log.tsv.  "POST /-/fail 503,429"
sets new failures; "GET /-/count" tells how many POSTs came.
"""
import argparse
import http.client
import http.server
import json
import os
import sys
import threading
import urllib.parse

ap = argparse.ArgumentParser()
ap.add_argument("--to")
ap.add_argument("--record")
ap.add_argument("--fail", default="")
ap.add_argument("--path")
args = ap.parse_args()

lock = threading.Lock()
state = {"fail": [int(x) for x in args.fail.split(",") if x], "count": 0}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *a):
        pass

    def body(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            out = b""
            while True:
                n = int(self.rfile.readline().split(b";")[0], 16)
                out += self.rfile.read(n)
                self.rfile.readline()
                if n == 0:
                    return out
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status, body=b"{}", headers=()):
        self.send_response(status)
        names = {k.lower() for k, _ in headers}
        for k, v in headers:
            self.send_header(k, v)
        if "content-type" not in names:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def forward(self, method, body):
        u = urllib.parse.urlsplit(args.to)
        c = http.client.HTTPConnection(u.hostname, u.port, timeout=60)
        drop = {"host", "connection", "transfer-encoding", "content-length"}
        h = {k: v for k, v in self.headers.items() if k.lower() not in drop}
        c.request(method, u.path.rstrip("/") + self.path, body, h)
        r = c.getresponse()
        data = r.read()
        drop = {"connection", "transfer-encoding", "content-length"}
        self.answer(r.status, data,
                    [(k, v) for k, v in r.getheaders()
                     if k.lower() not in drop])
        c.close()
        return r.status

    def record(self, n, body, status):
        os.makedirs(args.record, exist_ok=True)
        name = self.path.split("?")[0].strip("/").replace("/", "_")
        enc = self.headers.get("Content-Encoding", "")
        ext = "bin" if enc else "json"
        if "protobuf" in self.headers.get("Content-Type", ""):
            ext = "pb.gz" if enc == "gzip" else "pb"
        path = "%s/%03d-%s.%s" % (args.record, n, name, ext)
        with open(path, "wb") as f:
            f.write(body)
        with open(args.record + "/log.tsv", "a") as f:
            f.write("%d\t%s\t%s\t%d\t%s\n" % (
                n, self.command, self.path, status,
                json.dumps(dict(self.headers.items()))))

    def do_GET(self):
        if self.path == "/-/count":
            self.answer(200, str(state["count"]).encode())
        elif args.to:
            self.forward("GET", None)
        else:
            self.answer(200)

    def do_POST(self):
        body = self.body()
        if self.path == "/-/fail":
            with lock:
                state["fail"] = [int(x) for x in body.decode().split(",")]
                state["count"] = 0
            self.answer(200)
            return
        with lock:
            state["count"] += 1
            n = state["count"]
            fail = 0
            if state["fail"] and args.path in (None, self.path):
                fail = state["fail"].pop(0)
        if fail:
            self.answer(fail, b'{"error":{"message":"made by the test"}}',
                        [("Retry-After", "1")])
            status = fail
        elif args.to:
            status = self.forward("POST", body)
        else:
            self.answer(200)
            status = 200
        if args.record:
            self.record(n, body, status)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


s = Server(("127.0.0.1", 0), Handler)
print("ready http://127.0.0.1:%d" % s.server_port)
sys.stdout.flush()
s.serve_forever()
