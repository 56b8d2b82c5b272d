"""A server that draws responses for the tests, over real HTTP: what vLLM 0.32.0 answered to one question, recorded, and its calls.

Prints its port on one line, and ends when its input does; started as vLLM is, with --port, it stays until it is ended, or says why it
does not where its folder is "bad". `GET /seen` says what it was asked, `GET /pid` its number, and to `GET /stall` it answers half.
"""

import http.server
import json
import os
import socketserver
import sys
import threading
import time

# SmolLM2-135M-Instruct in float32, token ids 1, 100, 200, 300, 400, 500, temperature 0.6, seed 7.
RECORDED = json.loads(
    """
{"request_id":"generate-tokens-97c8c6850dcd4bb3","model":"policy","created":1796004677,"usage":{"prompt_tokens":6,"total_tokens":11,
"completion_tokens":5,"prompt_tokens_details":null,"completion_tokens_details":null},"prompt_logprobs":null,
"prompt_token_id_logprobs":null,"prompt_token_ids":null,"mm_placeholders":null,"metrics":null,"kv_transfer_params":null,
"ec_transfer_params":null,"output_mode":"tokens","choices":[{"index":0,"finish_reason":"length","stop_reason":null,
"token_ids":[216,35,34,28,32],"routed_experts":null,"sampling_mask":null,"weight_versions":[{"version":"default","start":0,"end":5}],
"logprobs":{"content":[
{"token_id":216,"logprob":-4.370624542236328,"rank":11,"top_logprobs":[{"token_id":216,"logprob":-4.370624542236328,"rank":11}]},
{"token_id":35,"logprob":-3.0427613258361816,"rank":4,"top_logprobs":[{"token_id":35,"logprob":-3.0427613258361816,"rank":4}]},
{"token_id":34,"logprob":-1.8034831285476685,"rank":3,"top_logprobs":[{"token_id":34,"logprob":-1.8034831285476685,"rank":3}]},
{"token_id":28,"logprob":-1.7750740051269531,"rank":2,"top_logprobs":[{"token_id":28,"logprob":-1.7750740051269531,"rank":2}]},
{"token_id":32,"logprob":-1.945000410079956,"rank":3,"top_logprobs":[{"token_id":32,"logprob":-1.945000410079956,"rank":3}]}]}}]}
"""
)
seen = []
version = "default"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/stall":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"half")
            self.wfile.flush()
            return time.sleep(600)
        own = {"/seen": json.dumps(seen), "/pid": str(os.getpid())}
        self.answer(own.get(self.path, "").encode())

    def do_POST(self):
        global version
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.headers["Content-Type"] == "application/json"
        seen.append(self.path)
        if self.path == "/inference/v1/generate":
            assert body["token_ids"] == [1, 100, 200, 300, 400, 500]
            reply = json.loads(json.dumps(RECORDED))
            reply["choices"][0]["weight_versions"][0]["version"] = version
            return self.answer(json.dumps(reply).encode())
        if self.path == "/update_weight_version":
            version = body["new_version"]
            return self.answer(json.dumps({"success": True, "new_version": version}).encode())
        if self.path == "/reset_prefix_cache":
            return self.answer(b'{"success":true}')
        if self.path == "/collective_rpc":
            return self.answer(b'{"results":[null]}')
        self.answer(json.dumps({"status": "paused"}).encode())

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


if any(word.split("/")[-1] == "bad" for word in sys.argv):
    sys.exit("no model in that folder")
launched = "--port" in sys.argv
port = int(sys.argv[sys.argv.index("--port") + 1]) if launched else 0
server = Server(("127.0.0.1", port), Handler)
print(server.server_port, flush=True)
if launched:
    server.serve_forever()
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
