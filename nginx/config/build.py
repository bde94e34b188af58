"""How an nginx was built, as `nginx -V` prints it. Pure."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath

from nginx.config.capabilities import Version, parse_version


@dataclass(frozen=True)
class Build:
    """What it does unless its files say otherwise."""

    version: Version = (0, 0, 0)
    #: where relative paths begin; itself relative, or empty: in the folder where nginx was started
    prefix: str = ""
    pid: str = "logs/nginx.pid"
    access_log: str = "logs/access.log"

    def placed(self, path: str) -> str:
        """A path of its files, made absolute where the prefix is."""
        if "$" in path or ":" in path or PurePosixPath(path).is_absolute() or PureWindowsPath(path).drive:
            return path
        return str(PurePosixPath(self.prefix) / path) if self.prefix.startswith("/") else path


def build_of(text: str) -> Build:
    """From what `nginx -V` prints; what it does not say is as in nginx's own `configure`."""

    def path_of(name: str, otherwise: str) -> str:
        found = re.search(rf"--{name}=('[^']*'|\S*)", text)
        return found[1].strip("'") if found else otherwise

    return Build(
        parse_version(text),
        path_of("prefix", "/usr/local/nginx"),
        path_of("pid-path", Build.pid),
        path_of("http-log-path", Build.access_log),
    )
