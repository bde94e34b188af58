"""The page that users get while a maintenance is on: the project's own, or ours."""

import html
import re
from pathlib import Path

from bluegreen.deployment.errors import ConfigError
from bluegreen.settings.maintenance import MaintenanceSettings

#: bytes of a page, all of which stands in a file of nginx
LONGEST = 64 * 1024
#: where the message goes
_MESSAGE = "{message}"
_DEFAULT = "We are working on it. Please come back in a few minutes."
#: where HTML has no other way to write a $, which nginx takes for the beginning of a variable
_DOLLAR = re.compile(r"<(script|style)\b[^>]*>[^<]*\$", re.IGNORECASE)
_OURS = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>Maintenance</title>
<style>
body { font: 1.2em/1.5 system-ui, sans-serif; max-width: 32em; margin: 20vh auto 0; padding: 0 1em; }
</style>
</head>
<body>
<h1>Maintenance</h1>
<p>{message}</p>
</body>
</html>
"""


def page_of(settings: MaintenanceSettings, message: str | None) -> str:
    """The page with the message in its place. ConfigError where the project's own cannot be shown."""
    text = _read(settings.page) if settings.page else _OURS
    return text.replace(_MESSAGE, html.escape(message or _DEFAULT))


def _read(path: Path) -> str:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise ConfigError(
            f"maintenance.page cannot be read: {path}", str(error), "Name an HTML file in UTF-8 in the workspace."
        ) from None
    if len(text.encode()) > LONGEST or "\0" in text:
        raise ConfigError(
            f"maintenance.page is not a page of {LONGEST // 1024} kB at most: {path}",
            advice="nginx keeps it in its configuration. Files that nginx serves itself stay: link to those.",
        )
    if _DOLLAR.search(text):
        raise ConfigError(
            f"maintenance.page has a $ in a script or a style: {path}",
            "nginx would take it for a variable, and there is no other way to write it",
            "Write it without, or link to a file that nginx serves itself.",
        )
    return text
