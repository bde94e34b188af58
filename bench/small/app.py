"""A small application: `python3 app.py`, on port 8000 of its container."""

import http.server
import os
import time

#: seconds that /slow takes
SLOW = 10.0


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers every request at once, but for /slow."""

    protocol_version = "HTTP/1.1"
    #: head and body leave as one: a body that waits for the acknowledgement of its head is 40 ms late
    wbufsize = -1

    def do_GET(self) -> None:
        """The colour and the version."""
        if self.path == "/slow":
            time.sleep(SLOW)
        body = f"{os.environ['COLOR']} {os.environ.get('RELEASE', '')}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
