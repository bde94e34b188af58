"""What lies in Git LFS comes, or the checkout is refused: a pointer is never taken for the file."""

import shutil

import pytest

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.source import command, git
from tests.bluegreen.source.conftest import Upstream, files_of

pytestmark = pytest.mark.real

with_lfs = pytest.mark.skipif(shutil.which("git-lfs") is None, reason="git-lfs is not installed")


def pointer(version="https://git-lfs.github.com/spec/v1"):
    return f"version {version}\noid sha256:{'ab' * 32}\nsize 10485760\n"


@pytest.fixture
def without_lfs(monkeypatch, tmp_path):
    """git-lfs is not there, and no git of this host has ever heard of it."""
    monkeypatch.setattr(command.shutil, "which", lambda *_, **__: None)
    (tmp_path / "gitconfig").write_text("")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))


@pytest.mark.usefixtures("without_lfs")
@pytest.mark.parametrize("version", ["https://git-lfs.github.com/spec/v1", "https://hawser.github.com/spec/v1"])
def test_a_pointer_refuses_the_checkout_and_names_the_file(service, upstream, cancellation, version):
    commit = upstream.commit({".gitattributes": "*.bin filter=lfs\n", "data/model.bin": pointer(version)})

    with pytest.raises(PhaseFailed, match="1 files of the release lie in Git LFS") as refused:
        git.checkout("hello", service, None, cancellation)

    assert "data/model.bin" in refused.value.saw and "apt install git-lfs" in refused.value.advice
    assert not (service.releases_folder / commit).exists()


@pytest.mark.usefixtures("without_lfs")
def test_a_text_that_reads_like_a_pointer_is_taken_where_lfs_does_not_have_it(service, upstream, cancellation):
    commit = upstream.commit({".gitattributes": "*.bin filter=lfs\n", "docs/pointer.txt": pointer()})

    git.checkout("hello", service, None, cancellation)

    assert files_of(service.releases_folder / commit)["docs/pointer.txt"] == pointer()


@pytest.mark.usefixtures("without_lfs")
def test_a_git_that_knows_lfs_and_does_not_find_it_is_refused_with_what_to_install(
    service, upstream, cancellation, monkeypatch
):
    upstream.commit({".gitattributes": "*.bin filter=lfs\n", "model.bin": pointer()})
    set_by_install = {"filter.lfs.process": "no-git-lfs filter-process", "filter.lfs.required": "true"}
    monkeypatch.setenv("GIT_CONFIG_COUNT", str(len(set_by_install)))
    for number, (key, value) in enumerate(set_by_install.items()):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", key)
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", value)

    with pytest.raises(PhaseFailed, match="git-lfs does not bring them") as refused:
        git.checkout("hello", service, None, cancellation)

    assert "not found" in refused.value.saw and "worker's PATH" in refused.value.advice


def in_lfs(upstream: Upstream, content: str) -> str:
    """A commit whose model.bin is this, in the LFS of its own repository."""
    upstream.git("lfs", "install", "--local", "--skip-repo")
    return upstream.commit({".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "model.bin": content})


@with_lfs
def test_its_files_come_though_the_workers_user_has_never_installed_it(
    service, upstream, cancellation, monkeypatch, tmp_path
):
    (tmp_path / "gitconfig").write_text("")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_LFS_SKIP_SMUDGE", "1")
    for content in ("first", "second"):
        commit = in_lfs(upstream, content)
        assert upstream.git("show", "HEAD:model.bin").startswith("version https://git-lfs")

        git.checkout("hello", service, None, cancellation)

        assert files_of(service.releases_folder / commit)["model.bin"] == content


@with_lfs
def test_files_of_a_submodule_come_from_its_own_lfs(service, upstream, cancellation, monkeypatch, tmp_path):
    theme = Upstream(tmp_path / "theme")
    in_lfs(theme, "of the theme")
    for name, value in (("COUNT", "1"), ("KEY_0", "protocol.file.allow"), ("VALUE_0", "always")):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    in_lfs(upstream, "of the site")
    upstream.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(theme.folder), "theme")
    upstream.git("commit", "--quiet", "--message", "a submodule")
    commit = upstream.git("rev-parse", "HEAD")

    git.checkout("hello", service, None, cancellation)

    files = files_of(service.releases_folder / commit)
    assert (files["model.bin"], files["theme/model.bin"]) == ("of the site", "of the theme")


@with_lfs
def test_files_that_were_not_pushed_refuse_the_checkout(service, upstream, cancellation):
    commit = in_lfs(upstream, "content")
    shutil.rmtree(upstream.folder / ".git" / "lfs")

    with pytest.raises(PhaseFailed, match="git-lfs does not bring them") as refused:
        git.checkout("hello", service, None, cancellation)

    assert "model.bin" in refused.value.saw and "git lfs push --all" in refused.value.advice
    assert not (service.releases_folder / commit).exists()
