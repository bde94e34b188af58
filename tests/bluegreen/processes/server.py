"""An application to deploy: answers each request with its colour, release and pid. `--deaf`: ignores SIGTERM."""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"{os.environ['BLUEGREEN_COLOR']} {os.environ['BLUEGREEN_RELEASE']} {os.getpid()} {os.getcwd()}"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_request(self, *_):
        # a line that is the same each time, where a test asks for that
        print("GET /", flush=True) if self.path == "/echo" else super().log_request(*_)


if "--deaf" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
print(f"listening on {sys.argv[1]}", flush=True)
server.serve_forever()
