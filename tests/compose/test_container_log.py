"""The access log of an nginx in a container, as its receipt reads it."""

import re
from collections.abc import Callable

import pytest
from docker.models.containers import Container as EngineContainer

from bluegreen import http
from bluegreen.deployment.errors import PhaseFailed
from compose import container_log
from compose.container import Container, CopiedFile
from tests.compose.app import eventually

pytestmark = pytest.mark.docker

#: linked to the container's output in the public image, and in ours
OUTPUT = "/var/log/nginx/access.log"


def paths(texts: list[str]) -> list[str]:
    """Of those lines that are of the access log; errors come to the output as well."""
    return [found[1] for text in texts if (found := re.search(r'\] "GET (\S+)', text))]


def texts(proxy: Container, path: str, mark: str) -> list[str]:
    return [text for _, text in proxy.log_since(path, mark).lines]


def ask(proxy: Container, *paths: str) -> None:
    for path in paths:
        assert http.get(f"{proxy.url_of(80)}{path}", 5).status is not None


@pytest.fixture
def file(proxy: Container) -> str:
    """A log that is a file inside the container."""
    path = "/tmp/access.log"
    site = f"server {{ listen 80; access_log {path}; location / {{ return 200; }} }}\n"
    CopiedFile(proxy.name, "/etc/nginx/conf.d/default.conf").write(site)
    proxy.run("nginx", "-s", "reload")
    eventually(lambda: proxy.run("test", "-f", path).status == 0)
    return path


def test_the_output_is_read_from_the_mark_on_with_the_engines_times(proxy: Container) -> None:
    ask(proxy, "/before")
    eventually(lambda: "/before" in paths(texts(proxy, OUTPUT, "0001-01-01T00:00:00Z")))
    mark = proxy.log_end(OUTPUT)

    ask(proxy, "/one", "/two")
    eventually(lambda: paths(texts(proxy, OUTPUT, mark)) == ["/one", "/two"])

    piece = proxy.log_since(OUTPUT, mark)
    times = [moment for moment, _ in piece.lines if moment is not None]
    assert piece.whole and times == sorted(times) and len(times) == len(piece.lines)
    ask(proxy, "/three")
    eventually(lambda: paths(texts(proxy, OUTPUT, piece.mark)) == ["/three"])


def test_more_lines_than_one_look_back_are_found(proxy: Container) -> None:
    mark = proxy.log_end(OUTPUT)
    assert proxy.run("sh", "-c", "seq 3000 > /proc/1/fd/1").status == 0

    eventually(lambda: set(map(str, range(1, 3001))) <= set(texts(proxy, OUTPUT, mark)))


def test_of_an_output_that_is_too_long_the_end_is_read(proxy: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container_log, "MOST_LINES", 1000)
    mark = proxy.log_end(OUTPUT)
    assert proxy.run("sh", "-c", "seq 3000 > /proc/1/fd/1").status == 0
    eventually(lambda: "3000" in texts(proxy, OUTPUT, mark))

    assert not proxy.log_since(OUTPUT, mark).whole


def test_a_file_is_read_from_the_mark_on(proxy: Container, file: str) -> None:
    eventually(lambda: http.get(proxy.url_of(80) or "", 2).status == 200)
    mark = proxy.log_end(file)

    ask(proxy, "/one", "/two")
    eventually(lambda: paths(texts(proxy, file, mark)) == ["/one", "/two"])

    first = proxy.log_since(file, mark)
    ask(proxy, "/three")
    eventually(lambda: paths(texts(proxy, file, first.mark)) == ["/three"])
    assert first.whole and not first.more


def test_a_long_file_comes_in_pieces_and_a_rotated_one_from_its_beginning(
    proxy: Container, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(container_log, "LOG_BYTES", 10)
    mark = proxy.log_end(file)
    proxy.run("sh", "-c", f"printf 'one\\ntwo\\nthree\\n' >> {file}")

    first = proxy.log_since(file, mark)
    second = proxy.log_since(file, first.mark)
    proxy.run("sh", "-c", f"mv {file} {file}.1; yes new | head -n 9999 > {file}")
    third = proxy.log_since(file, second.mark)

    assert [[text for _, text in each.lines] for each in (first, second, third)] == [
        ["one", "two"],
        ["three"],
        ["new", "new"],
    ]
    assert (first.more, second.more) == (True, False)
    assert (second.whole, third.whole) == (True, False)


def test_a_log_that_is_not_there_is_an_error_of_ours(
    proxy: Container, run_container: Callable[..., EngineContainer]
) -> None:
    with pytest.raises(PhaseFailed, match=r"cannot read /no/such\.log in"):
        proxy.log_end("/no/such.log")
    with pytest.raises(PhaseFailed, match=r"cannot read /no/such\.log in"):
        proxy.log_since("/no/such.log", "1 2")
    with pytest.raises(PhaseFailed, match="there is no container"):
        Container("bgtest-nobody").log_end(OUTPUT)


def test_an_output_that_goes_nowhere_is_named(
    run_container: Callable[..., EngineContainer], images: dict[str, str]
) -> None:
    found = run_container(images["NGINX_IMAGE"], log_config={"Type": "none"})

    for read in (lambda at: at.log_end(OUTPUT), lambda at: at.log_since(OUTPUT, "0001-01-01T00:00:00Z")):
        with pytest.raises(PhaseFailed) as refused:
            read(Container(found.name))
        assert refused.value.what == f"what {found.name} prints cannot be read: its logging driver is none"
