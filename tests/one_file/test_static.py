"""Static files that nginx serves from a folder, through deployments under a load, on the real Engine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bluegreen import http
from tests.one_file.site import NGINX, OneFile

pytestmark = [pytest.mark.docker, pytest.mark.timeout(240)]

STATIC = NGINX.replace("location / {", "location /static/ { root /srv; }\n    location / {")
DOCKERFILE = """
RUN mkdir -p /app/static && cp /version /app/static/site.css && cp /version /app/static/app.$(cat /version).js
"""


@pytest.fixture
def static(site: OneFile) -> OneFile:
    """The folder is empty; each version has a file of its own there, and one that all have."""
    site.services["proxy"]["volumes"].append("./static:/srv/static:ro")
    site.tables = f'[services.{site.name}.static]\nfrom = "/app/static"\nto = "static"'
    site.write()
    with (site.folder / "Dockerfile").open("a") as file:
        file.write(DOCKERFILE)
    (site.folder / "nginx" / "default.conf").write_text(STATIC)
    site.configure(site.redis_url)
    (site.folder / "static").mkdir()
    site.up()
    site.start_worker()
    return site


def served(site: OneFile, path: str) -> str | None:
    answer = http.get(f"{site.url}static/{path}", 5)
    return answer.body.strip() if answer.status == 200 else None


class Watch:
    """Asks for a file again and again: every answer in turn, without those that are the same."""

    def __init__(self, site: OneFile, path: str) -> None:
        self.site, self.path, self.seen = site, path, list[str | None]()

    @contextmanager
    def running(self) -> Iterator["Watch"]:
        over = threading.Event()

        def ask() -> None:
            while not over.wait(0.02):
                if (found := served(self.site, self.path)) != (self.seen[-1] if self.seen else ""):
                    self.seen.append(found)

        asking = threading.Thread(target=ask)
        asking.start()
        try:
            yield self
        finally:
            over.set()
            asking.join(10)


def test_a_page_of_either_version_finds_its_files_and_a_failed_release_leaves_none(static: OneFile) -> None:
    assert "static files: go to" in static.bluegreen("doctor").stdout
    static.deploy_well("one")
    assert (served(static, "site.css"), served(static, "app.one.js")) == ("one", "one")

    watches = Watch(static, "app.one.js"), Watch(static, "site.css")
    with watches[0].running() as old, watches[1].running() as both, static.load() as load:
        static.deploy_well("two")
        load.wait_for_version("two")
    assert not load.dropped(), load.dropped()
    assert (old.seen, both.seen) == (["one"], ["one", "two"])
    assert served(static, "app.two.js") == "two"

    before = sorted(each.name for each in (static.folder / "static").iterdir())
    broken = static.folder / "Dockerfile"
    text = broken.read_text()
    broken.write_text(text.replace('CMD ["python3", "/app.py"]', 'CMD ["false"]'))
    status, failed = static.deploy("three")
    assert status == 1 and failed.state == "rolled_back"
    assert sorted(each.name for each in (static.folder / "static").iterdir()) == before
    assert served(static, "site.css") == "two"

    broken.write_text(text)
    assert static.bluegreen("rollback", static.name).returncode == 0
    assert (static.answer()["version"], served(static, "site.css"), served(static, "app.two.js")) == (
        "one",
        "one",
        "two",
    )


def test_an_image_without_that_folder_fails_with_a_sentence_and_starts_nothing(static: OneFile) -> None:
    static.deploy_well("one")
    dockerfile = static.folder / "Dockerfile"
    dockerfile.write_text(dockerfile.read_text().replace(DOCKERFILE, ""))

    status, failed = static.deploy("two")

    assert status == 1 and failed.error and "has no folder /app/static" in failed.error.what
    assert static.answer()["version"] == "one" and served(static, "site.css") == "one"
    assert not failed.started
