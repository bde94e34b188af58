"""What a cutover costs busy keep-alive clients: `python -m bench.cutover`, on a machine with wrk.

wrk holds 64 connections at full speed on one nginx, while it is switched 20 times; once our way, once by a plain
reload of a configuration without `keepalive_min_timeout`, in the same minute. wrk counts every connection that is
cut under a request. Exit status 0 when our way cost nothing.
"""

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import results
from cli.demo.servers import Server, find_nginx, free_port, listens, nginx_server
from deployment.runtime import Address
from deployment.settings import Proxy as ProxySettings
from deployment.states import Color
from nginx.files import PlainFile
from nginx.host import Host
from nginx.proxy import Proxy
from nginx.render import Content, render
from nginx.switch import switch

SWITCHES = 20
CONNECTIONS = 64
#: seconds between two switches, in which wrk comes back to full speed
PAUSE = 0.5

BACKEND = """daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1; events {{}}
http {{ access_log off; client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5; {servers} }}
"""


class Unguarded:
    """A guard for effects that nobody contests."""

    def check(self) -> None: ...

    def is_cut(self) -> bool:
        return False


class Site:
    """An nginx in front of two colours that answer at once."""

    def __init__(self, folder: Path, colors: dict[Color, int]) -> None:
        self.port, self.colors, self.generation = free_port(), colors, 0
        self.server = nginx_server(folder, self.port)
        self.settings = ProxySettings.model_validate(
            {
                "conf": folder / "nginx.conf",
                "file": folder / "conf.d" / "app.inc",
                "binary": find_nginx(),
                "status_port": free_port(),
            }
        )
        host = Host(self.settings.binary, folder / "nginx.conf")
        self.proxy = Proxy(self.settings, "bench", host, PlainFile(folder / "conf.d" / "app.inc"))

    def switch(self) -> None:
        """Our way: written, tested, reloaded, confirmed."""
        content, address = self._next()
        text = render(self.settings, content, address, self.proxy.abilities())
        workers = {self.proxy.label: tuple(self.proxy.workers())}
        switch([self.proxy], {self.proxy.label: text}, content, workers, Unguarded())

    def plain_reload(self) -> None:
        """What a script does: write the file, reload."""
        _, address = self._next()
        self.proxy.file.write(f"upstream app {{ server {address}; }}\n")
        self.proxy.reload()

    def _next(self) -> tuple[Content, Address]:
        self.generation += 1
        color = list(Color)[self.generation % 2]
        content = Content(service="bench", color=color, release="r", generation=self.generation, epoch=1)
        return content, Address("127.0.0.1", self.colors[color])


def main() -> int:
    with tempfile.TemporaryDirectory() as name, backend(Path(name)) as colors:
        plain = measure(Path(name) / "plain", colors, "plain_reload")
        ours = measure(Path(name) / "ours", colors, "switch")
    figures = {"plain reload": plain[1], "bluegreen": ours[1] + ours[2]}
    results.keep("cutover", {what: (cut, cut, cut) for what, cut in figures.items()})
    print(f"{SWITCHES} switches under {CONNECTIONS} keep-alive connections at full speed")
    for what, (requests, cut, wrong, median) in (("plain reload", plain), ("bluegreen", ours)):
        print(
            f"{what:14} {requests:10,} requests  {cut:5} cut  {wrong:5} not 200  {median * 1000:6.0f} ms a switch"
        )
    return int(bool(ours[1] or ours[2]))


def measure(folder: Path, colors: dict[Color, int], way: str) -> tuple[int, int, int, float]:
    """Requests, connections cut, answers other than 200, and the median seconds of a switch."""
    folder.mkdir()
    site = Site(folder, colors)
    with site.server as server:
        server.wait_until(lambda: listens(site.port), "nginx")
        # The first one replaces a site that serves nothing; its workers are gone before the clock starts.
        before = set(site.proxy.workers())
        getattr(site, way)()
        server.wait_until(lambda: not before & set(site.proxy.workers()), "the first switch")
        wrk = wrk_on(f"http://127.0.0.1:{site.port}/")
        took = sorted(timed(getattr(site, way)) for _ in range(SWITCHES))
        report = wrk.communicate(timeout=120)[0]
    found = {
        key: int(match[1]) if (match := re.search(pattern, report)) else 0
        for key, pattern in (
            ("requests", r"(\d+) requests in"),
            ("cut", r"read (\d+)"),
            ("wrong", r"Non-2xx or 3xx responses: (\d+)"),
        )
    }
    return found["requests"], found["cut"], found["wrong"], took[len(took) // 2]


def timed(act: Callable[[], None]) -> float:
    """Seconds that it takes, after a pause."""
    time.sleep(PAUSE)
    started = time.monotonic()
    act()
    return time.monotonic() - started


def wrk_on(url: str) -> "subprocess.Popen[str]":
    """wrk, for as long as the switches take."""
    seconds = int(SWITCHES * (PAUSE + 0.3)) + 2
    command = ["wrk", "-c", str(CONNECTIONS), "-t", "2", "-d", str(seconds), url]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@contextmanager
def backend(folder: Path) -> Iterator[dict[Color, int]]:
    """Both colours, as one nginx that answers at once."""
    ports = {color: free_port() for color in Color}
    servers = " ".join(
        f"server {{ listen 127.0.0.1:{port}; location / {{ return 200 '{color}'; }} }}"
        for color, port in ports.items()
    )
    conf = folder / "backend.conf"
    conf.write_text(BACKEND.format(folder=folder, servers=servers))
    with Server([find_nginx(), "-c", str(conf)], folder / "backend.log") as server:
        server.wait_until(lambda: all(map(listens, ports.values())), "the backend")
        yield ports


if __name__ == "__main__":
    sys.exit(main())
