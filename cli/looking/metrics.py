"""metrics: the numbers of all deployments, as Prometheus reads them."""

import threading
from collections.abc import Iterator, Mapping

import click
from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from bluegreen.deployment.errors import UsageError
from bluegreen.deployment.maintenance import Maintenance
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.states import Color, State
from bluegreen.store import counters, maintenances, observations, owners, workers
from bluegreen.store.counters import Count
from bluegreen.store.observations import Observation
from bluegreen.store.records import Records
from bluegreen.store.refusals import StoreError
from cli.context import App
from cli.signals import catch_end


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Serve the numbers over HTTP, until SIGTERM or Ctrl-C."
)
@click.option("--address", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.pass_obj
def metrics(app: App, port: int | None, address: str) -> None:
    """Print the numbers of all deployments, for Prometheus."""
    stop = threading.Event()
    with app.store() as store, catch_end(stop):
        registry = CollectorRegistry()
        registry.register(Deployments(store))
        if port is None:
            click.echo(generate_latest(registry).decode(), nl=False)
            return
        try:
            server, thread = start_http_server(port, address, registry)
        except OSError as error:
            raise UsageError(
                f"cannot listen on {address}:{port}: {error.strerror}", advice="Name another with --port."
            ) from error
        click.echo(f"metrics on http://{address}:{port}/metrics")
        while not stop.wait(1):
            pass
        server.shutdown()
        thread.join()


class Deployments(Collector):
    """Asks Redis at each scrape: it has no numbers of its own."""

    def __init__(self, store: Records) -> None:
        self.store = store

    def describe(self) -> list[Metric]:
        """Nothing, so that registering does not ask Redis yet."""
        return []

    def collect(self) -> Iterator[Metric]:
        """All families, or only that Redis is away."""
        try:
            homes, alive = owners.every(self.store.redis), workers.alive(self.store.redis)
            found = list(counters.read(self.store.redis, homes))
            at = {each.service: self.store.at(homes[each.service].id) for each in found}
            # After one that failed, only nginx knows: no number is better than a wrong one.
            live = {each: home.live(each) for each, home in at.items() if not home.failed_since(each)}
            seen = {each: observations.read(self.store.redis, home.id, each) for each, home in homes.items()}
            closed = maintenances.every(self.store.redis, homes)
            waits = {each: _holder(self.store.at(home.id), each) for each, home in homes.items()}
        except StoreError:
            yield GaugeMetricFamily("bluegreen_redis_up", "Whether Redis answers.", 0)
            return
        yield GaugeMetricFamily("bluegreen_redis_up", "Whether Redis answers.", 1)
        yield from metrics_of_counts(found)
        yield gauge_of_workers(alive)
        color = GaugeMetricFamily(
            "bluegreen_live_color", "1 for the colour that is live.", labels=["service", "color"]
        )
        yield gauge_of_observations(seen)
        yield gauge_of_waits(waits)
        yield gauge_of_previews(waits)
        yield gauge_of_maintenances(closed)
        for service, deployment in live.items():
            for each in Color if deployment else ():
                color.add_metric([service, each], float(deployment is not None and deployment.to_color is each))
        yield color


def metrics_of_counts(found: list[Count]) -> Iterator[Metric]:
    """What was added up, as families of counters."""
    ended = CounterMetricFamily(
        "bluegreen_deployments", "Deployments that have ended.", labels=["service", "kind", "result"]
    )
    phases = SummaryMetricFamily("bluegreen_phase_seconds", "Seconds in a phase.", labels=["service", "phase"])
    requests = CounterMetricFamily(
        "bluegreen_cutover_requests", "Users' requests that were counted during cutovers.", labels=["service"]
    )
    failed = CounterMetricFamily("bluegreen_failed_requests", "Those of them that failed.", labels=["service"])
    times = {(each.service, *each.by): each.value for each in found if each.what == counters.PHASES}
    for each in found:
        labels = [each.service, *each.by]
        if each.what == counters.DEPLOYMENTS:
            ended.add_metric(labels, each.value)
        elif each.what == counters.SECONDS:
            phases.add_metric(labels, int(times[(each.service, *each.by)]), each.value)
        elif each.what == counters.REQUESTS:
            requests.add_metric(labels, each.value)
        elif each.what == counters.FAILED:
            failed.add_metric(labels, each.value)
    yield from (ended, phases, requests, failed)


def gauge_of_observations(seen: Mapping[str, Observation | None]) -> Metric:
    """Whether what is live answers, as a worker has seen it within two minutes; no number where none has."""
    gauge = GaugeMetricFamily("bluegreen_live_serves", "1 when what is live answers.", labels=["service"])
    for service, each in seen.items():
        if each and each.serves is not None:
            gauge.add_metric([service], float(each.serves))
    return gauge


def _holder(home: Records, service: str) -> Deployment | None:
    """One that cannot be read hides no other number."""
    return next(iter(home.records(home.holders([service]))), None)


def gauge_of_waits(holders: Mapping[str, Deployment | None]) -> Metric:
    """Which services have a deployment that waits for a promotion."""
    gauge = GaugeMetricFamily(
        "bluegreen_awaiting_promotion", "1 while a deployment waits for a promotion.", labels=["service"]
    )
    for service, holder in holders.items():
        gauge.add_metric([service], float(holder is not None and holder.state is State.AWAITING_PROMOTION))
    return gauge


def gauge_of_previews(holders: Mapping[str, Deployment | None]) -> Metric:
    """Which services have a new version that whoever asks for it reaches."""
    gauge = GaugeMetricFamily(
        "bluegreen_preview_open", "1 while whoever asks for it reaches a new version.", labels=["service"]
    )
    for service, holder in holders.items():
        preview = holder.preview if holder else None
        gauge.add_metric([service], float(preview is not None and preview.is_open))
    return gauge


def gauge_of_maintenances(found: Mapping[str, Maintenance | None]) -> Metric:
    """Whose users get the maintenance page."""
    gauge = GaugeMetricFamily("bluegreen_maintenance", "1 while a maintenance is on.", labels=["service"])
    for service, each in found.items():
        gauge.add_metric([service], float(each is not None))
    return gauge


def gauge_of_workers(alive: dict[str, list[str]]) -> Metric:
    """How many workers serve each service."""
    gauge = GaugeMetricFamily("bluegreen_workers", "Workers that are alive.", labels=["service"])
    for service, names in alive.items():
        gauge.add_metric([service], len(names))
    return gauge
