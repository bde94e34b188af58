"""The shop's site: it says its version, and enqueues jobs."""

import http.server
import json
import os
import signal
from urllib.parse import parse_qsl, urlsplit

from shop.jobs import VERSION, app

BODY = json.dumps({"version": VERSION, "color": os.environ.get("COLOR", "")}).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    """GET / says the version; POST /work?number=1&seconds=0.1 and POST /fresh?number=1 enqueue a job."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        parts = urlsplit(self.path)
        given = {key: float(value) if key == "seconds" else int(value) for key, value in parse_qsl(parts.query)}
        app.send_task(f"shop.jobs.{parts.path.strip('/')}", kwargs=given)
        self._answer()

    def _answer(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_: object) -> None:
        """nginx has a log."""


class Server(http.server.ThreadingHTTPServer):
    """It ends once its last requests are answered."""

    daemon_threads = False
    request_queue_size = 128


signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
Server(("", 8000), Handler).serve_forever()
