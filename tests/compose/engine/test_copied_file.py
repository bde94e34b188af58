"""A file inside a real nginx container."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docker.models.containers import Container as EngineContainer

from bluegreen.deployment.errors import PhaseFailed
from compose.container import Container, CopiedFile

pytestmark = pytest.mark.docker

CONF = "/etc/nginx/conf.d/default.conf"


def test_a_file_is_written_read_and_deleted(proxy: Container) -> None:
    file = CopiedFile(proxy.name, "/etc/nginx/conf.d/service-url.inc")
    assert file.read() is None

    file.write("set $service_url http://grün;\r\n")
    written = file.read(), proxy.run("stat", "-c", "%a %U", file.path).text
    file.delete()
    file.delete()

    assert written == ("set $service_url http://grün;\n", "644 root\n")
    assert file.read() is None
    assert file.name == f"{proxy.name}:/etc/nginx/conf.d/service-url.inc"
    assert proxy.run("ls", "/etc/nginx/conf.d").text == "default.conf\n"


def test_a_file_is_replaced_by_a_rename(proxy: Container) -> None:
    proxy.run("ln", CONF, "/tmp/before")

    CopiedFile(proxy.name, CONF).write("new")

    assert "listen" in proxy.run("cat", "/tmp/before").text
    assert CopiedFile(proxy.name, CONF).read() == "new"


def test_whose_it_is_and_who_may_read_it_stays(proxy: Container) -> None:
    CopiedFile(proxy.name, CONF).write("one")
    proxy.run("chown", "nginx:nginx", CONF)
    proxy.run("chmod", "640", CONF)

    CopiedFile(proxy.name, CONF).write("two")

    assert proxy.run("stat", "-c", "%a %U %G", CONF).text == "640 nginx nginx\n"


def test_a_missing_folder_is_made(proxy: Container) -> None:
    file = CopiedFile(proxy.name, "/etc/nginx/conf.d/test-backend/service-url.inc")
    assert file.read() is None

    file.write("one\n")

    assert file.read() == "one\n"


def test_a_folder_in_the_files_place_is_refused(proxy: Container) -> None:
    file = CopiedFile(proxy.name, "/etc/nginx/conf.d")

    with pytest.raises(PhaseFailed, match="is not a plain file"):
        file.read()
    with pytest.raises(PhaseFailed, match="cannot be deleted"):
        file.delete()


def test_a_file_that_is_a_mount_of_its_own_is_filled_anew(
    run_container: Callable[..., EngineContainer], images: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "one.inc").write_text("long before\n")
    found = run_container(
        images["NGINX_IMAGE"], volumes={str(tmp_path / "one.inc"): {"bind": "/etc/nginx/one.inc"}}
    )
    file = CopiedFile(found.name, "/etc/nginx/one.inc")

    file.write("after\n")

    assert file.read() == (tmp_path / "one.inc").read_text() == "after\n"
    assert "tmp" not in Container(found.name).run("ls", "/etc/nginx").text


def test_a_mount_of_its_own_on_a_full_disk_keeps_its_text(
    run_container: Callable[..., EngineContainer], images: dict[str, str], small_disk: Path
) -> None:
    (small_disk / "one.inc").write_text("before\n")
    found = run_container(
        images["NGINX_IMAGE"], volumes={str(small_disk / "one.inc"): {"bind": "/etc/nginx/one.inc"}}
    )
    file = CopiedFile(found.name, "/etc/nginx/one.inc")

    with pytest.raises(PhaseFailed, match="cannot be written"):
        file.write("after\n" * 10_000)

    assert file.read() == "before\n"
    assert Container(found.name).run("ls", "/etc/nginx").text.count("one.inc") == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of four pages."""
    arguments = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(tmp_path)]
    if not shutil.which("mount") or subprocess.run(arguments, capture_output=True).returncode != 0:
        pytest.skip("this user may not mount a disk")
    yield tmp_path
    subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


def test_a_place_that_is_read_only_is_refused(
    run_container: Callable[..., EngineContainer], images: dict[str, str], tmp_path: Path
) -> None:
    found = run_container(images["NGINX_IMAGE"], volumes={str(tmp_path): {"bind": "/etc/nginx/ro", "mode": "ro"}})

    with pytest.raises(PhaseFailed):
        CopiedFile(found.name, "/etc/nginx/ro/one.inc").write("text")


def test_a_file_is_put_into_a_container_that_is_stopped_for_its_next_start(
    run_container: Callable[..., EngineContainer], images: dict[str, str]
) -> None:
    found = run_container(images["NGINX_IMAGE"])
    found.stop(timeout=5)
    file = CopiedFile(found.name, "/etc/nginx/conf.d/app.inc")

    file.write("# put there meanwhile\n")

    assert file.read() == "# put there meanwhile\n"
