"""Whether a file is as an adoption knows it."""

from pathlib import Path

import pytest

from bluegreen.deployment.errors import UsageError
from cli.adopt import journal
from cli.adopt.journal import Written

pytestmark = pytest.mark.unit

BEFORE, AFTER = (
    "server { proxy_pass http://web:8000; }\n",
    "include bluegreen.inc;\nserver { proxy_pass http://web; }\n",
)


@pytest.mark.parametrize(("before", "after"), [(BEFORE, AFTER), (AFTER, BEFORE)])
@pytest.mark.parametrize("at", [0, 1, 10, len(BEFORE) - 1, len(BEFORE), len(AFTER)])
def test_a_file_that_is_filled_in_place_is_known_wherever_the_kill_was(before: str, after: str, at: int) -> None:
    cut = after[:at] + before[at:]

    assert Written("site.conf", after, None, before, is_mounted_alone=True).has(cut)
    assert Written("site.conf", after, None, before).has(cut) == (cut in (before, after))


@pytest.mark.parametrize("text", [None, "", "mine", BEFORE + "# mine\n", AFTER.replace("web", "api")])
def test_what_somebody_else_has_written_is_not(text: str | None) -> None:
    assert not Written("site.conf", AFTER, None, BEFORE, is_mounted_alone=True).has(text)


def test_where_nothing_was_adopted_the_way_to_it_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    for name, what in ((None, "no service was adopted"), ("web", "web was not adopted")):
        with pytest.raises(UsageError, match=what) as refused:
            journal.require(name)
        assert "`bluegreen adopt`, in the project's folder, shows what it would change" in refused.value.advice
