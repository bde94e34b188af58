"""The errors that this program raises on purpose, for a person to read or for a phase to act upon.

    BlueGreenError
    ├── UsageError             bad input; nothing was changed            exit 2
    │   ├── ConfigError        a wrong key or value in bluegreen.toml
    │   ├── RefRefused         a ref that must not reach a command line
    │   └── RedisUnavailable   no broker, no record: Redis is away, or refuses
    ├── RecordUnreadable       what Redis has in a record's place is not a record
    ├── NotSent                recorded, but its message did not leave   a sweep sends one
    ├── Unanswered             whether a worker has taken a request is not known    exit 5
    ├── Busy                   another deployment holds the lock         exit 3
    ├── FreezeInForce          nothing new goes live now                 exit 3
    ├── PhaseFailed            a phase could not do its work             → rollback
    │   ├── CommandFailed      a subprocess ended badly or ran too long
    │   ├── ImageRefused       what is named cannot be had, or is not what it was
    │   ├── JobFailed          the release's migrations or a hook ended badly or ran too long
    │   ├── NotRunning         a container or an nginx that should run does not
    │   ├── EngineAway         the Docker Engine does not answer: it may be starting again
    │   ├── ProxyRefused       an nginx does not take the new file
    │   │   └── FilesRefused   its files are wrong as they stand
    │   └── NotHealthy         the new version did not prove itself
    ├── AbortRequested         somebody asked to stop                    → rollback
    └── Superseded             another worker has taken this deployment over

Arguments are positional and kept in `args`, so that an error comes back whole from Celery's JSON.
`str(error)` says what happened, what was seen, and what to do next.

Signals between two neighbours stay with them: `phase.TryAgain`, `schedules.Decided`, `webhook.NotTaken`, and the
verdicts in `cli/doctor/findings.py`.
"""

from bluegreen.deployment.redaction import presentable


class BlueGreenError(Exception):
    """Root of the tree above. `args` are (what, saw, next); the last two may be empty."""

    def __init__(self, what: str, saw: str = "", advice: str = "") -> None:
        # the one door for what programs and answers say: an error is shown by terminals, records and notifications
        self.what, self.saw, self.advice = (presentable(part) for part in (what, saw, advice))
        super().__init__(self.what, self.saw, self.advice)

    def __str__(self) -> str:
        return "\n".join(part for part in (self.what, self.saw, self.advice) if part)


class UsageError(BlueGreenError):
    """Bad input, seen before anything was changed."""


class ConfigError(UsageError):
    """The config file is wrong; `what` begins with the path of the key."""


class RefRefused(UsageError):
    """A ref that could be read as an option, a path or several words."""


class RecordUnreadable(BlueGreenError):
    """What Redis has in a record's place is not a record: another version wrote it, or somebody by hand."""


class NotSent(BlueGreenError):
    """The first message of a deployment did not reach the broker; the record stands, and a sweep sends one."""


class Unanswered(BlueGreenError):
    """Redis went away between a request and its answer: a worker may act upon it."""


class RedisUnavailable(UsageError):
    """Redis does not answer, or refuses by a word of its own; `what` names its URL without the password."""


class Busy(BlueGreenError):
    """Another deployment of the service is not finished. `args[3]` is its id."""

    def __init__(self, what: str, saw: str = "", advice: str = "", holder: str = "") -> None:
        super().__init__(what, saw, advice)
        self.args = (*self.args, holder)
        self.holder = holder


class FreezeInForce(BlueGreenError):
    """The service is in a freeze, and nobody has said why it shall be overridden."""


class PhaseFailed(BlueGreenError):
    """A phase could not do its work; the deployment rolls back."""


class CommandFailed(PhaseFailed):
    """A subprocess ended with a status other than 0, or ran past its time-out and was ended."""


class ImageRefused(PhaseFailed):
    """The image that a release names cannot be had, or the one that it was is not here any more."""


class JobFailed(PhaseFailed):
    """A command that is run with the release came to no good end; `saw` has the last 64 kB that it printed."""


class NotRunning(PhaseFailed):
    """A container or an nginx does not run. Any other problem with looking at it is not this error."""


class EngineAway(PhaseFailed):
    """The Docker Engine does not answer."""


class ProxyRefused(PhaseFailed):
    """An nginx refuses the new file or does not take it up; the old file is back in place."""


class FilesRefused(ProxyRefused):
    """An nginx does not accept its files as they stand; it was not asked to take them up."""


class NotHealthy(PhaseFailed):
    """The new version did not answer as it must; `saw` has its last answer and last log lines."""


class AbortRequested(BlueGreenError):
    """Somebody ran `bluegreen abort`; the deployment rolls back."""


class Superseded(BlueGreenError):
    """This worker's claim on the deployment is over: it must not cause any further effect."""
