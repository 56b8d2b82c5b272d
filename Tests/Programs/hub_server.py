"""A server of the hub's shape on loopback, for tests: `hub_server.py FOLDER`. FOLDER holds
models/org/name/… and datasets/org/name/…; the port is the first line of standard output.

What huggingface_hub asks of the hub: the files of a revision, a file's size, commit and tag, and the
file, from a byte on where part of it is there already. A request without the token of a file
FOLDER/token is refused where there is one.
"""

import hashlib
import json
import pathlib
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROOT = pathlib.Path(sys.argv[1])
COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def missing(self, code):
        self.answer(404, b"{}", X_Error_Code=code, X_Error_Message=code, Content_Type="application/json")

    def serve(self):
        token = ROOT / "token"
        if token.exists() and self.headers.get("Authorization") != f"Bearer {token.read_text().strip()}":
            return self.missing("RepoNotFound")
        path = self.path.split("?")[0]
        info = re.fullmatch(r"/api/(models|datasets)/([^/]+/[^/]+)(?:/revision/(.+))?", path)
        if info:
            folder = ROOT / info[1] / info[2]
            if not folder.is_dir():
                return self.missing("RepoNotFound")
            if (info[3] or "main") not in ("main", COMMIT):
                return self.missing("RevisionNotFound")
            files = sorted(str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file())
            value = {"_id": "1", "id": info[2], "sha": COMMIT, "private": False, "tags": [],
                     "downloads": 0, "likes": 0, "siblings": [{"rfilename": f} for f in files]}
            return self.answer(200, json.dumps(value).encode(), Content_Type="application/json")
        tree = re.fullmatch(r"/api/(models|datasets)/([^/]+/[^/]+)/tree/([^/]+)/?", path)
        if tree:
            folder = ROOT / tree[1] / tree[2]
            value = [{"type": "file", "path": str(f.relative_to(folder)), "size": f.stat().st_size,
                      "oid": hashlib.sha1(f.read_bytes()).hexdigest()}
                     for f in sorted(folder.rglob("*")) if f.is_file()]
            return self.answer(200, json.dumps(value).encode(), Content_Type="application/json")
        got = re.fullmatch(r"/(datasets/)?([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
        if not got:
            return self.missing("EntryNotFound")
        file = ROOT / ("datasets" if got[1] else "models") / got[2] / got[4]
        if not file.is_file() or ".." in got[4]:
            return self.missing("EntryNotFound")
        body = file.read_bytes()
        headers = {"ETag": f'"{hashlib.sha1(body).hexdigest()}"', "X_Repo_Commit": COMMIT,
                   "Accept_Ranges": "bytes", "Content_Type": "application/octet-stream"}
        start = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if start:
            first, last = int(start[1]), int(start[2] or len(body) - 1)
            headers["Content_Range"] = f"bytes {first}-{last}/{len(body)}"
            return self.answer(206, body[first:last + 1], **headers)
        self.answer(200, body, **headers)

    def log_message(self, *_):
        pass

    do_GET = do_HEAD = serve


server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
print(server.server_port, flush=True)
server.serve_forever()
