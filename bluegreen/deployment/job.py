"""A command of the config file that is run to its end with a release: its migrations, or a hook. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Job:
    """What is run, beside the release's colour."""

    #: names its container or its mark, of letters, digits, - and _; no two of a deployment have one name
    name: str
    #: how a sentence calls it: "the migrations"
    label: str
    command: tuple[str, ...]
    #: seconds
    timeout: float
    #: in its environment, beside what a process or container of the release has there
    variables: Mapping[str, str] = field(default_factory=dict)
