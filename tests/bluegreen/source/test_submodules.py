"""What a commit has in other repositories: its files come, or the checkout is refused; never an empty folder."""

import sys

import pytest

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.source import git
from bluegreen.source.submodules import absolute
from tests.bluegreen.source.conftest import Upstream, files_of
from tests.killed import killed_at

pytestmark = pytest.mark.real


@pytest.fixture
def theme(tmp_path):
    return Upstream(tmp_path / "theme")


@pytest.fixture
def allowed(monkeypatch):
    """A submodule in a folder of this host is fetched only where the worker's user says so."""
    for name, value in (("COUNT", "1"), ("KEY_0", "protocol.file.allow"), ("VALUE_0", "always")):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)


def add(upstream, url, path="theme"):
    upstream.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(url), path)
    upstream.git("commit", "--quiet", "--message", "a submodule")
    return upstream.git("rev-parse", "HEAD")


def checked_out(service, cancellation, ref=None):
    commit = git.checkout("hello", service, ref, cancellation)
    return files_of(service.releases_folder / commit)


@pytest.mark.usefixtures("allowed")
def test_a_submodules_files_come_and_follow_the_commit(service, upstream, theme, cancellation):
    theme.commit({"theme.css": "red"})
    upstream.commit({"a": "1"})
    add(upstream, theme.folder)
    first = checked_out(service, cancellation)
    theme.commit({"theme.css": "blue"})
    upstream.git("-C", "theme", "pull", "--quiet")
    upstream.git("commit", "--quiet", "--all", "--message", "the newer one")

    assert first["theme/theme.css"] == "red"
    assert checked_out(service, cancellation)["theme/theme.css"] == "blue"
    assert checked_out(service, cancellation, upstream.git("rev-parse", "HEAD~1"))["theme/theme.css"] == "red"


@pytest.mark.usefixtures("allowed")
def test_a_submodules_own_submodule_comes_too_by_a_relative_url(service, upstream, theme, tmp_path, cancellation):
    fonts = Upstream(tmp_path / "fonts")
    fonts.commit({"sans.ttf": "x"})
    theme.commit({"theme.css": "red"})
    add(theme, "../fonts", "fonts")
    upstream.commit({"a": "1"})
    add(upstream, "../theme", "deep/theme")

    assert checked_out(service, cancellation)["deep/theme/fonts/sans.ttf"] == "x"


def test_a_submodule_that_cannot_be_had_refuses_the_checkout(service, upstream, theme, cancellation):
    theme.commit({"theme.css": "red"})
    upstream.commit({"a": "1"})
    commit = add(upstream, theme.folder)

    with pytest.raises(PhaseFailed, match="the submodule theme cannot be fetched from .*theme") as refused:
        git.checkout("hello", service, None, cancellation)

    assert "transport 'file' not allowed" in refused.value.saw
    assert not (service.releases_folder / commit).exists()


@pytest.mark.parametrize(
    ("parent", "url", "meant"),
    [
        ("https://host/org/web.git", "../theme.git", "https://host/org/theme.git"),
        ("https://host/org/web.git/", "../../other/theme", "https://host/other/theme"),
        ("git@host:org/web.git", "../theme.git", "git@host:org/theme.git"),
        ("git@host:web.git", "../theme.git", "git@host:theme.git"),
        ("/srv/web", "./theme", "/srv/web/theme"),
        ("https://host/org/web.git", "https://other/theme", "https://other/theme"),
    ],
)
def test_a_relative_url_begins_at_the_repository_that_has_it(parent, url, meant):
    assert absolute(parent, url) == meant


@pytest.mark.skipif(sys.platform == "win32", reason="fork")
@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize("times", [1, 2], ids=["of it", "of its own"])
@pytest.mark.parametrize(
    "point",
    [
        f"{moment} {effect}"
        for effect in ("fetch submodule", "put submodule in place")
        for moment in ("before", "after")
    ],
)
def test_a_worker_killed_among_submodules_leaves_half_a_release_to_nobody(
    service, upstream, theme, tmp_path, cancellation, point, times
):
    fonts = Upstream(tmp_path / "fonts")
    fonts.commit({"sans.ttf": "x"})
    theme.commit({"theme.css": "red"})
    add(theme, fonts.folder, "fonts")
    upstream.commit({"a": "1"})
    commit = add(upstream, theme.folder)

    killed_at(point, times, lambda: git.checkout("hello", service, None, cancellation))

    assert not (service.releases_folder / commit).exists()
    files = checked_out(service, cancellation)
    assert (files["a"], files["theme/theme.css"], files["theme/fonts/sans.ttf"]) == ("1", "red", "x")
    assert [each.name for each in service.releases_folder.iterdir()] == [commit], (
        "nothing of the killed one is left"
    )
