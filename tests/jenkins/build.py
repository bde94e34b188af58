"""One build of a Jenkinsfile of the example, by the stand-in for Jenkins in Agent.groovy."""

import os
import subprocess
import sys
from pathlib import Path

from tests.e2e.host import Host

EXAMPLE = Path(__file__).parents[2] / "examples" / "django"
AGENT = Path(__file__).with_name("Agent.groovy")


class Build:
    """Runs in an empty folder, with no config; the example's service is `hello` here."""

    def __init__(self, linter: Path, host: Host, file: str, **env: str) -> None:
        self.host = host
        self.folder = host.folder.parent / "agent"
        self.folder.mkdir()
        text = (EXAMPLE / file).read_text(encoding="utf-8")
        script = host.folder.parent / "Jenkinsfile"
        script.write_text(
            text.replace("deploy test ", "deploy hello ").replace("service: 'test'", "service: 'hello'")
        )
        self.process = subprocess.Popen(
            ["java", "-cp", f"{linter}/lib/java/groovy/lib/*", "groovy.ui.GroovyMain", str(AGENT), str(script)],
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
