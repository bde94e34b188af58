"""Services of Windows, the versions of program files, and who may read a file."""

import sys
from pathlib import Path

import psutil
import pytest

from bluegreen.system import platform

pytestmark = pytest.mark.unit

on_windows = pytest.mark.skipif(not platform.is_windows(), reason="Windows")
elsewhere = pytest.mark.skipif(platform.is_windows(), reason="not on Windows")


@on_windows
def test_a_service_tells_its_state_and_its_account() -> None:
    known = next(psutil.win_service_iter())

    found = platform.service(known.name())

    assert found == platform.Service(known.status(), known.username(), known.binpath())
    assert platform.service("bluegreen-no-such-service") is None


@elsewhere
def test_elsewhere_there_are_no_services_of_windows() -> None:
    assert platform.service("ssh") is None


@on_windows
def test_a_program_file_tells_its_version_if_it_is_the_product_that_was_asked_for() -> None:
    dll = str(Path(sys.executable).with_name(f"python3{sys.version_info[1]}.dll"))

    version = platform.version_in(dll, "Python")

    assert version is not None and version[:2] == sys.version_info[:2]
    assert platform.version_in(dll, "NSSM") is None
    assert platform.version_in(r"C:\nowhere\nssm.exe", "NSSM") is None


@elsewhere
def test_elsewhere_no_file_tells_a_version() -> None:
    assert platform.version_in(sys.executable, "Python") is None


@on_windows
def test_a_private_file_is_taken_from_everybody_else_by_number_where_names_are_translated() -> None:
    command = platform.to_make_private(Path("definition.xml"), "LocalSystem", r".\ann", r"SHOP\bob")

    assert command == (
        "icacls",
        "definition.xml",
        "/inheritance:r",
        "/grant:r",
        "*S-1-5-18:F",
        "*S-1-5-32-544:F",
        f"{psutil.Process().username()}:F",
        "ann:F",
        r"SHOP\bob:F",
    )


@elsewhere
def test_elsewhere_its_mode_makes_a_file_private(tmp_path: Path) -> None:
    assert platform.to_make_private(tmp_path / "secret", "ann") == ()
