"""Verify traffic: the new version holds under real requests before the old one is put away."""

from time import monotonic

from deployment.errors import NotHealthy
from deployment.states import Phase
from tasks.cutover import Cutover, cutover
from tasks.phase import phase_task
from tasks.run import Run

#: seconds between two rounds of probes
POLL = 0.25
#: bad answers in a row, from one place, that turn the deployment back
TOLERATED = 2


@phase_task(Phase.VERIFY_TRAFFIC)
def verify_traffic(run: Run) -> str:
    """Afterwards the new version answered well for `bake.seconds`, itself and through each proxy's `url`.

    Of its requests since the switch, and of the probes, no larger share failed than `bake.max_failure_rate`.
    """
    with cutover(run) as counting:
        return _bake(run, counting)


def _bake(run: Run, counting: Cutover) -> str:
    deadline = monotonic() + run.service.bake.seconds
    places = _places(run)
    bad = dict.fromkeys(places, 0)
    rounds = 0
    while True:
        for url in places:
            _judge(run, url, bad)
        rounds += 1
        is_over = monotonic() >= deadline and not any(bad.values())
        counting.judge(is_over)
        if is_over:
            return f"held for {run.service.bake.seconds:g} s ({rounds * len(places)} probes)"
        run.pause(max(0.05, min(POLL, deadline - monotonic())))


def _places(run: Run) -> list[str]:
    path = run.service.health.path
    through = [proxy.settings.url.rstrip("/") + path for proxy in run.proxies if proxy.settings.url]
    return [f"http://{run.runtime.address_on_host(run.target)}{path}", *through]


def _judge(run: Run, url: str, bad: dict[str, int]) -> None:
    judged = run.ask(url)
    if judged.good:
        bad[url] = 0
        return
    bad[url] += 1
    if bad[url] > TOLERATED:
        raise NotHealthy(
            f"after the switch, {url} failed {bad[url]} times in a row",
            f"last answer: {judged}\nlast log lines:\n{run.runtime.logs(run.target).strip()}",
            f"The old version takes the traffic back. {judged.advice}".strip(),
        )
