"""What is logged, by whomever and with whatever formatter, has no URL's secret in it."""

import io
import logging
import threading
from collections.abc import Iterator

import pytest
from celery.utils.log import ColorFormatter

from bluegreen.system import clean_logs

pytestmark = pytest.mark.unit

SECRET = "s3cretS3CRET"
URL = f"https://user:{SECRET}@host/hook?token={SECRET}"


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    before = logging.getLogRecordFactory(), threading.excepthook
    clean_logs.install()
    yield
    logging.setLogRecordFactory(before[0])
    threading.excepthook = before[1]


@pytest.mark.parametrize("formatter", [None, ColorFormatter("%(message)s", use_color=True), logging.Formatter()])
def test_neither_a_message_nor_a_traceback_has_it(formatter: logging.Formatter | None) -> None:
    log, out = logging.Logger("of a test"), io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter)
    log.addHandler(handler)

    log.warning("asked %s", URL)
    try:
        try:
            raise ValueError(URL)
        except ValueError as cause:
            raise RuntimeError(f"no answer of {URL}") from cause
    except RuntimeError:
        log.exception("at %s", URL)

    assert SECRET not in out.getvalue()
    assert out.getvalue().count("https://***@host/hook?token=***") == 4, out.getvalue()
    assert "direct cause" in out.getvalue() and out.getvalue().count("Traceback") == 2


def test_what_ends_a_thread_is_told_without_it(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise RuntimeError(URL)

    thread = threading.Thread(target=fail, name="watch")
    clean_logs.install()  # pytest has put its own hook there meanwhile
    thread.start()
    thread.join()

    told = capsys.readouterr().err
    assert told.startswith("Exception in thread watch:") and "RuntimeError: https://***@host" in told
    assert SECRET not in told
