"""The config file of a process that runs for long: as it was when it could last be read."""

import logging
import threading
from pathlib import Path

from bluegreen.settings import config_file
from bluegreen.settings.service import Config

log = logging.getLogger(__name__)


class WatchedConfig:
    """A change counts from the next call on; a wrong file is reported once, and the last good one counts."""

    def __init__(self, path: Path, config: Config) -> None:
        self._path = path
        self._config = config
        self._seen = _stamp(path)
        # Whoever asks while another thread reads a change must not go by what was before it.
        self._reading = threading.Lock()

    def __call__(self) -> Config:
        with self._reading:
            if (seen := _stamp(self._path)) != self._seen:
                self._seen = seen
                self._read()
            return self._config

    def _read(self) -> None:
        try:
            self._config = config_file.load(self._path)
        except Exception as error:  # whatever it is, a running worker does not end for it
            log.error("the changed config file is not taken up; what it said before is still in force: %s", error)


def _stamp(path: Path) -> tuple[int, int]:
    """When it was changed and how long it is: a file that is being written may have one time and two lengths."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
