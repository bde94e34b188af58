"""What every log line of this process passes, whoever writes or formats it: no URL's secret is in it."""

import logging
import sys
import threading
from traceback import format_exception

from bluegreen.deployment.redaction import without_secrets


class CleanRecord(logging.LogRecord):
    """Its message and its traceback are clean."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        if self.exc_info and self.exc_info[1]:
            # a formatter takes what is there, in place of formatting the error itself
            self.exc_text = clean_traceback(self.exc_info[1]).rstrip("\n")

    def getMessage(self) -> str:  # noqa: N802 - logging's own name
        return without_secrets(super().getMessage())


def clean_traceback(error: BaseException) -> str:
    """As Python prints it, without a URL's secret."""
    return without_secrets("".join(format_exception(error)))


def install() -> None:
    """Afterwards it is so in this process, also for what ends a thread."""
    logging.setLogRecordFactory(CleanRecord)
    threading.excepthook = _of_thread


def _of_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value and not isinstance(ended.exc_value, SystemExit):
        name = ended.thread.name if ended.thread else "that has no name any more"
        print(f"Exception in thread {name}:\n{clean_traceback(ended.exc_value)}", end="", file=sys.stderr)
