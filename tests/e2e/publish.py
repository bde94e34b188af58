"""Sends first messages from the test's own process, as clients do from theirs."""

from collections.abc import Sequence

import pytest

from bluegreen.deployment.record import Deployment
from tasks.app import app
from workflows.deploy import launch


def publish(records: Sequence[Deployment], redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the deployments' canvases into the queues of their installations."""
    monkeypatch.setattr(app.conf, "broker_url", redis_url)
    for deployment in records:
        launch(deployment)
    app.close()
    del app.amqp  # it keeps connections to this Redis
