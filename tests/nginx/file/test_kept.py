"""The texts of proxy files that a host keeps for itself."""

import stat
from pathlib import Path

import pytest

from bluegreen.deployment.errors import PhaseFailed
from bluegreen.system import platform, private_files
from compose.engine.archive import Access, packed, unpacked
from nginx.file.kept import Kept
from nginx.file.plain_file import PlainFile
from tests.cancellations import Free, Stale

pytestmark = pytest.mark.unit

TEXT = "upstream app { server 10.0.0.1:80; }\n"


def test_a_text_is_found_by_its_hash_and_nothing_else_is(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "proxies")
    digests = kept.save({"edge": TEXT, "inner": "grün\r\n"}, Free())

    assert [kept.saved(digests[each]) for each in ("edge", "inner")] == [TEXT, "grün\r\n"]
    assert kept.saved("0" * 64) is None

    (tmp_path / "proxies" / "saved" / digests["edge"]).write_text("something else")
    assert kept.saved(digests["edge"]) is None


def test_a_text_in_latin_1_is_put_back_byte_for_byte(tmp_path: Path) -> None:
    there, kept = tmp_path / "app.inc", Kept(tmp_path / "proxies")
    there.write_bytes("# für alle\nupstream app { server 10.0.0.1:80; }\n".encode("latin-1"))
    before, file = there.read_bytes(), PlainFile(there)

    digest = kept.save({"edge": file.read() or ""}, Free())["edge"]
    file.write("something else")
    file.write(kept.saved(digest) or "")

    assert there.read_bytes() == before
    archived = packed("app.inc", file.read() or "", Access())
    assert unpacked(archived) == (file.read(), Access())


@pytest.mark.skipif(platform.is_windows(), reason="the folder's list says it there")
def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "proxies")
    kept.save({"edge": TEXT}, Free())
    kept.confirm("edge", TEXT)

    files = [each for each in (tmp_path / "proxies").rglob("*") if each.is_file() and each.suffix != ".lock"]
    modes = {stat.S_IMODE(each.stat().st_mode) for each in files if "lock" not in each.name}
    assert len(files) >= 2 and modes - {0o644} == {0o600}, files


def test_one_deployment_s_texts_are_kept_at_a_time(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    first = kept.save({"edge": TEXT, "inner": "same"}, Free())
    second = kept.save({"edge": "new", "inner": "same"}, Free())

    assert kept.saved(first["edge"]) is None
    assert [kept.saved(each) for each in second.values()] == ["new", "same"]

    kept.prune(Free())
    kept.prune(Free())
    assert kept.saved(second["inner"]) is None


def test_who_was_taken_over_from_takes_nothing_away(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    digest = kept.save({"edge": TEXT}, Free())["edge"]

    for act in (lambda: kept.save({"edge": "new"}, Stale()), lambda: kept.prune(Stale())):
        with pytest.raises(Exception, match="taken over"):
            act()

    assert kept.saved(digest) == TEXT


def test_what_a_proxy_serves_is_kept_by_its_label_whatever_that_is(tmp_path: Path) -> None:
    kept, labels = Kept(tmp_path), ("/etc/nginx/nginx.conf", "/etc/nginx-nginx.conf", "ü" * 300, "..")
    assert kept.confirmed("..") is None

    for label in labels:
        kept.confirm(label, TEXT + label)

    assert [kept.confirmed(label) for label in labels] == [TEXT + label for label in labels]
    assert len(list((tmp_path / "confirmed").iterdir())) == len(labels)


def test_a_text_that_cannot_be_kept_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(private_files, "write", refuse)

    with pytest.raises(PhaseFailed, match="No space left"):
        Kept(tmp_path).save({"edge": TEXT}, Free())
