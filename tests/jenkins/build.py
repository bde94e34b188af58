"""One build of a Jenkinsfile of the example, by the stand-in for Jenkins in groovy/."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bluegreen.deployment.states import Phase, PhaseState
from tests.e2e.host import Host

EXAMPLE = Path(__file__).parents[2] / "examples" / "django"
AGENT = Path(__file__).with_name("groovy")

#: words of a Jenkinsfile, and what stands there for a test that has no time
Changes = Sequence[tuple[str, str]]


def fitted(text: str, changes: Changes) -> str:
    """The Jenkinsfile with these changes; its service is `hello` here."""
    services = [("deploy test ", "deploy hello "), ("service: 'test'", "service: 'hello'")]
    for old, _ in changes:
        assert old in text, old
    for old, new in (*services, *changes):
        text = text.replace(old, new)
    return text


class Build:
    """Runs in an empty folder, with no config."""

    def __init__(self, linter: Path, host: Host, file: str, changes: Changes = (), **env: str) -> None:
        self.host = host
        self.folder = host.folder.parent / "agent"
        self.folder.mkdir()
        script = host.folder.parent / "Jenkinsfile"
        script.write_text(fitted((EXAMPLE / file).read_text(encoding="utf-8"), changes))
        classes = os.pathsep.join((f"{linter}/lib/java/groovy/lib/*", str(AGENT)))
        self.process = subprocess.Popen(
            ["java", "-cp", classes, "groovy.ui.GroovyMain", str(AGENT / "Agent.groovy"), str(script)],
            cwd=self.folder,
            env={
                **os.environ,
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                "JOB_NAME": "shop/main",
                "BUILD_NUMBER": "12",
                "BUILD_URL": "https://ci.example/job/shop/12/",
                **env,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def abort(self, how: str) -> None:
        """As the button in Jenkins does: `abort` on Linux, `abort-hard` on Windows."""
        (self.folder / how).touch()

    def console(self) -> str:
        """All that it has printed, once it has ended."""
        output, _ = self.process.communicate(timeout=120)
        return output


def wait_for_health_check(host: Host) -> None:
    """Return once a deployment of the host is at it."""

    def is_checked() -> bool:
        holder = host.store.holder("hello")
        entry = holder and holder.phase_record(Phase.HEALTH_CHECK)
        return bool(entry and entry.state is PhaseState.RUNNING)

    host.wait_until(is_checked, 60)
