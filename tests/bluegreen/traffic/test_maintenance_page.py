"""The page of a maintenance: the project's own, or ours, and what of a project's cannot be shown."""

from pathlib import Path

import pytest

from bluegreen.deployment.errors import ConfigError
from bluegreen.settings.maintenance import MaintenanceSettings
from bluegreen.traffic.maintenance_page import LONGEST, page_of

pytestmark = pytest.mark.unit


def own(folder: Path, text: str) -> MaintenanceSettings:
    (folder / "page.html").write_bytes(text.encode())
    return MaintenanceSettings(page=folder / "page.html")


def test_ours_has_the_message_or_words_of_its_own() -> None:
    assert "<p>Back at &lt;10&gt;</p>" in page_of(MaintenanceSettings(), "Back at <10>")
    assert "come back in a few minutes" in page_of(MaintenanceSettings(), None)


def test_the_project_s_own_has_the_message_where_it_says(tmp_path: Path) -> None:
    assert page_of(own(tmp_path, "\ufeff<b>{message}</b> 5 $ {x}"), "a & b") == "<b>a &amp; b</b> 5 $ {x}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<script>let a = `${b}`</script>", "has a \\$ in a script"),
        ("x" * (LONGEST + 1), "is not a page of 64 kB at most"),
        ("\0", "is not a page of"),
    ],
)
def test_what_nginx_could_not_show_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        page_of(own(tmp_path, text), None)


def test_so_is_one_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="maintenance.page cannot be read"):
        page_of(MaintenanceSettings(page=tmp_path / "none.html"), None)
