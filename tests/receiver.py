"""A real HTTP server that takes webhooks, and answers as it is told to."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """Runs while the `with` block does. `answers` are given in turn, the last one again and again."""

    def __init__(self, *answers: int, body: str = "ok") -> None:
        self.answers = list(answers) or [200]
        self.body = body
        self.got: list[dict[str, Any]] = []
        self.tokens: list[str | None] = []
        #: while it is set, a request that comes is never answered
        self.holds = threading.Event()
        self.over = threading.Event()
        #: set by each request that has come
        self.came = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.tokens.append(self.headers["Authorization"])
                receiver.came.set()
                if receiver.holds.is_set():
                    receiver.over.wait()
                    return
                receiver.got.append(told)
                status = receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0]
                try:
                    self.send_response(status)
                    self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                    self.end_headers()
                    self.wfile.write(receiver.body.encode())
                except OSError:
                    pass  # who asked did not wait

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/services/T0/B0/secret"

    def __enter__(self) -> "Receiver":
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()

    def texts(self) -> list[str]:
        return [each["text"] for each in self.got]

    def kinds(self) -> list[str]:
        """What each notification was of."""
        return [each["attachments"][0]["fields"][0]["value"] for each in self.got]
