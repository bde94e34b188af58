"""The command in the process of the tests: it answers the same, without the start of a Python each time."""

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

from cli.main import run


def bluegreen(folder: Path, *arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run it to its end in that folder, with these variables beside those that there are, and nobody at stdin."""
    line = ["bluegreen", *arguments]
    with (
        contextlib.chdir(folder),
        mock.patch.dict(os.environ, env),
        mock.patch.object(sys, "argv", line),
        mock.patch.object(sys, "stdin", io.StringIO()),
        contextlib.redirect_stdout(io.StringIO()) as output,
        contextlib.redirect_stderr(io.StringIO()) as errors,
    ):
        status = run()
    return subprocess.CompletedProcess(line, int(status), output.getvalue(), errors.getvalue())
