"""A reward server for the tests: OpenRLHF's /get_reward, and every way for one to go wrong.

Prints its port on one line, and ends when its input does. The path says what to do; a number after it is how often before all is
well: /get_reward, /down/2, /slow, /redirect, /huge, /garbage, /short, /words, /nan, /drop/1.
"""

import http.server
import json
import socketserver
import sys
import threading
import time

calls = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert set(question) == {"query", "prompts", "labels"}
        count = len(question["query"])
        way, _, times = self.path.strip("/").partition("/")
        calls[self.path] = calls.get(self.path, 0) + 1
        if times and calls[self.path] > int(times):
            way = "get_reward"
        # A response that ends with its label is worth a point, another one a quarter.
        scores = [
            1.0 if query.endswith(label) else 0.25
            for query, label in zip(question["query"], question["labels"])
        ]
        if way == "slow":
            time.sleep(5)
        if way == "down":
            return self.answer(500, b"{}")
        if way == "redirect":
            return self.answer(302, b"{}", {"Location": "/get_reward"})
        if way == "huge":
            return self.answer(200, b" " * (8 << 20))
        if way == "drop":
            self.close_connection = True
            return self.connection.close()
        body = {
            "garbage": b"{\"rewards\": [0.5",
            "short": json.dumps({"rewards": scores[:-1]}).encode(),
            "words": json.dumps({"rewards": ["much"] * count}).encode(),
            "nan": json.dumps({"rewards": [float("nan")] * count}).encode(),
            "scores": json.dumps({"scores": scores}).encode(),
        }.get(way, json.dumps({"rewards": scores}).encode())
        self.answer(200, body)

    def answer(self, status, body, headers={}):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def log_message(self, *arguments):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


server = Server(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()  # whoever started it holds the other end, alive
