"""A small HTTP application to deploy: `python -m cli.demo.app --port 8000 --version v1`.

`/` answers which colour and version it is, `/slow` the same after `--slow` seconds, `/health` that it is well.
A version with one of these words in its name is a bad one: "broken" answers 500 at /health, "fickle" does so only
through a proxy, "flaky" does so there and anywhere but at /health, "crash" dies at start, "deaf" never listens.
SIGTERM ends it.
"""

import argparse
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """Answers in JSON and keeps connections."""

    protocol_version = "HTTP/1.1"
    mode, version, slow = "ok", "", 2.0

    def do_GET(self) -> None:
        if self.path.startswith("/slow"):
            time.sleep(self.slow)
        broken = self._is_broken()
        body = f'{{"color": "{os.environ.get("BLUEGREEN_COLOR", "")}", "version": "{self.version}"}}\n'
        if broken:
            body = "Internal Server Error: the database schema is from yesterday\n"
        self.send_response(500 if broken else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def _is_broken(self) -> bool:
        if self.path == "/health":
            return self.mode == "broken" or (self.mode == "fickle" and self._is_user())
        return self.mode == "flaky" and self._is_user()

    def _is_user(self) -> bool:
        """Whether the request came through a proxy: a fickle version is healthy only as long as none does."""
        return "X-Forwarded-For" in self.headers

    def log_message(self, format: str, *args: object) -> None:
        if self.mode == "broken":
            print(format % args, flush=True)


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--version", default="")
    parser.add_argument("--slow", type=float, default=2.0)
    options = parser.parse_args()
    Handler.version, Handler.slow = options.version, options.slow
    Handler.mode = next(
        (mode for mode in ("broken", "crash", "deaf", "fickle", "flaky") if mode in options.version), "ok"
    )
    print(f"version {options.version} starts on port {options.port}", flush=True)
    if Handler.mode == "crash":
        raise SystemExit("cannot connect to the database")
    if Handler.mode == "deaf":
        time.sleep(3600)
    ThreadingHTTPServer.daemon_threads = False
    ThreadingHTTPServer(("127.0.0.1", options.port), Handler).serve_forever()


if __name__ == "__main__":
    main()
