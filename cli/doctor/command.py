"""doctor: checks everything that a deployment needs, and says how to fix each problem."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import partial

import click

from bluegreen.deployment.errors import ConfigError, RedisUnavailable
from bluegreen.deployment.record import Deployment
from bluegreen.deployment.redaction import url_without_secrets
from bluegreen.settings.service import ServiceSettings
from bluegreen.store.records import Records
from bluegreen.system import environment
from cli.context import App
from cli.doctor import background, driving, hooks, host, maintenance, proxies, receivers, redis
from cli.doctor.findings import Check, Finding, Verdict, find
from cli.exits import ExitStatus
from tasks.proxies import proxies_of


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as one JSON object.")
@click.pass_obj
def doctor(app: App, as_json: bool) -> None:
    """Check Redis, workers, Docker, the colours and each nginx. Changes nothing.

    The exit status is 0 without a problem, and 2 with one.
    """
    findings = []
    for finding in _findings(app):
        findings.append(finding)
        if not as_json:
            _show(finding)
    wrong = sum(each.verdict is Verdict.WRONG for each in findings)
    if as_json:
        click.echo(json.dumps({"ok": not wrong, "findings": [asdict(each) for each in findings]}))
    else:
        click.echo(f"{_counted(len(findings), 'check')}, {_counted(wrong, 'problem')}.")
    if wrong:
        raise click.exceptions.Exit(ExitStatus.USAGE)


def _findings(app: App) -> Iterator[Finding]:
    config = find(Check("config", "file", partial(_config, app)))
    yield config
    if config.verdict is Verdict.WRONG:
        return  # where Redis is may stand in it
    for name, service in app.config.services.items() if app.config else ():
        yield from map(find, maintenance.checks_of(name, service))
    yield from _of_redis(app)
    if app.config is not None:
        yield from map(find, host.checks_of(app.config))
        yield from map(find, receivers.checks_of(app.config))
        for name, service in app.config.services.items():
            yield from map(find, _of_service(app, name, service))


def _config(app: App) -> str:
    try:
        config = app.config
    except ConfigError as error:
        advice = "docs/configuration.md has every setting; an editor with the schema marks a wrong one."
        raise ConfigError(error.what, error.saw, error.advice or advice) from error
    if config is None:
        return "no config file is here: a client does not need one, and only what a client needs is checked"
    return str(environment.config_path())


def _of_service(app: App, name: str, service: ServiceSettings) -> Iterator[Check]:
    site = app.services.site(name, "doctor")
    subject = host.Subject(service, site, *_known(app, name))
    yield from host.checks_of_service(subject)
    yield from background.checks_of_service(subject)
    yield from hooks.checks_of_service(subject)
    for proxy in proxies_of(name, service):
        yield from proxies.checks_of(name, proxy, service, site.probing(service.health))


def _here(app: App, store: Records) -> Records:
    """What belongs to this installation; nothing where no worker ever ran by its config."""
    return store.at(app.here.id if app.here else "")


def _known(app: App, name: str) -> tuple[Deployment | None, int | None]:
    """The last deployment that succeeded, and the generation of one that may have a preview now."""
    try:
        with app.store() as store:
            here = _here(app, store)
            return here.live(name), here.previewed(name)
    except RedisUnavailable:
        return None, None


def _of_redis(app: App) -> Iterator[Finding]:
    """What Redis says of itself and of the workers; one finding when it says nothing."""
    try:
        with app.store() as store:
            shown = url_without_secrets(environment.redis_url())
            yield Finding("redis", "answers", Verdict.OK, shown)
            yield from map(find, _with_redis(app, store))
    except RedisUnavailable as error:
        yield Finding("redis", "answers", Verdict.WRONG, error.what, error.saw, error.advice)


def _with_redis(app: App, store: Records) -> Iterable[Check]:
    yield from (Check("redis", name, partial(look, store.redis)) for name, look in redis.CHECKS.items())
    if app.config is None:
        yield from driving.checks_of_client(store)
        return
    for name in app.config.services:
        home = _here(app, store)
        yield from driving.checks_of_service(home, app.here, app.config, name)


def _show(finding: Finding) -> None:
    mark = {
        Verdict.OK: "ok",
        Verdict.ADVICE: "could be better",
        Verdict.UNKNOWN: "unknown",
        Verdict.WRONG: "WRONG",
    }
    click.echo(f"{mark[finding.verdict]:<16}{finding.about}: {finding.check}: {finding.what}")
    if finding.verdict is not Verdict.OK:
        for line in (*finding.saw.splitlines(), *(f"→ {line}" for line in finding.fix.splitlines())):
            click.echo(f"{'':<16}{line}")


def _counted(number: int, thing: str) -> str:
    """ "no problems", "1 check", "14 checks"."""
    return f"{number or 'no'} {thing}{'' if number == 1 else 's'}"
