"""A deploy host whose site goes by a variable, so that a new version can be looked at before its switch."""

import json
import re
from collections.abc import Mapping
from typing import Any

from bluegreen import http
from tests.e2e.host import Host

PREVIEW = "[services.hello.preview]\n"
HEADER = f'{PREVIEW}header = "X-Preview"\n'


class PreviewedHost(Host):
    """Its server has our file as its one line; nginx can be asked what it serves by a path of the site."""

    is_asked = True

    def configure(self, more: str = HEADER, **changes: Any) -> None:
        super().configure(more, **{"upstream": "service_url", **changes})
        file = self.folder / "bluegreen.toml"
        asked = f'status_url = "{self.url}/.bluegreen/hello"\n' if self.is_asked else ""
        lines = f'template = "variable"\n{asked}name = "service_url"'
        file.write_text(file.read_text().replace('name = "service_url"', lines))
        self._write_site()

    def _write_site(self) -> None:
        conf, ours = self.folder / "nginx.conf", self.folder / "conf.d" / "app.inc"
        text = conf.read_text()
        if "$service_url" not in text:
            text = re.sub(r'include "[^"]*/conf\.d/\*\.inc";', "", text)
            text = text.replace("location / {", f'include "{ours}";\n        location / {{')
            conf.write_text(text.replace("proxy_pass http://app;", "proxy_pass $service_url;"))
            ours.write_text("set $service_url http://127.0.0.1:1;\n")

    def preview(self, headers: Mapping[str, str], host: str | None = None) -> dict[str, str]:
        """What whoever asks by these headers sees: colour and version."""
        answer = http.get(self.url, 5, host, headers)
        assert answer.status == 200, f"{answer}"
        shown: dict[str, str] = json.loads(answer.body)
        return shown

    def asks(self, identity: str) -> dict[str, str]:
        """The headers by which that deployment's preview is asked for."""
        preview = self.deployment(identity).preview
        assert preview is not None and preview.secret is not None and preview.is_open
        return {preview.name: preview.secret}
