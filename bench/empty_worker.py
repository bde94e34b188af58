"""A worker whose phases have nothing to do: `python -m bench.empty_worker`. What is left is the control plane."""

import sys
from unittest.mock import MagicMock

from cli.main import main
from deployment.probe import Answer
from deployment.runtime import Address, Instance
from tasks import doors, run

RUNTIME = MagicMock(name="a runtime that does nothing")
RUNTIME.build.side_effect = lambda color, release, guard: release
RUNTIME.look.return_value = Instance(running=True)
RUNTIME.address_on_host.return_value = Address("127.0.0.1", 1)

if __name__ == "__main__":
    doors.runtime_of = lambda deployment, name: RUNTIME
    doors.proxies_of = lambda deployment, name: ()
    run.Run.get = lambda self, url: Answer(200, "", 0.0)
    sys.argv[1:] = ["worker", "--loglevel", "WARNING"]
    main()
