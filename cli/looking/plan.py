"""plan: what a deployment would do, with every effective setting and where it came from."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

from bluegreen.deployment.hooks import HookPoint
from bluegreen.deployment.record import Deployment, now
from bluegreen.deployment.redaction import HIDDEN, presentable
from bluegreen.deployment.states import Color
from bluegreen.settings import config_file, release_folder
from bluegreen.settings.preview import PreviewSettings
from bluegreen.settings.service import ProxySettings, ServiceSettings
from bluegreen.traffic import health
from cli.context import App
from cli.options import SERVICE
from tasks.jobs import expect_program
from tasks.workspace import not_deployed
from workflows.deploy import deploy_chain

#: settings whose default depends on another one, and what says the value in force
IN_FORCE = {(ProxySettings, "name"): "written_name"}
#: settings that are secrets
SECRET = {(PreviewSettings, "value")}


@click.command()
@SERVICE
@click.pass_obj
def plan(app: App, service: str) -> None:
    """Show what a deployment of SERVICE would do. Changes nothing.

    The plan is the chain of tasks, each effective setting with its source, and what a derived colour has otherwise
    than the project's files say.
    """
    settings = config_file.service_of(app.require_config(), service)
    deployment = Deployment(
        id=f"{service}-N", service=service, installation="-", requested_by="-", requested_at=now(), generation=1
    )
    canvas = deploy_chain(deployment)
    click.echo("the chain:")
    for signature in canvas.tasks:
        click.echo(f"  {signature!r}")
    if settings.approval.required:
        then = settings.approval.on_timeout
        click.echo(
            f"after its health check it waits for a promotion: {settings.approval.timeout:g} s, then: {then}"
        )
    for line in _hooks(settings):
        click.echo(line)
    if settings.preview:
        click.echo(f"from its health check until the switch, {_asking(settings.preview)} reaches the new version")
    click.echo("on error:")
    for signature in canvas.options["link_error"][0].tasks:
        click.echo(f"  {signature!r}")
    click.echo("settings:")
    for path, value, source in _lines(f"services.{service}", settings):
        click.echo(f"  {path} = {json.dumps(value)}  ({source})")
    site = app.services.site(service, "plan")
    health.expect_judged(site.runtime, Color.BLUE, site.protocol())
    for each in settings.hooks:
        expect_program(site, each.command, each.where, None)
    if settings.preview:
        site.upkeep.expect_preview(settings.preview.condition(None))
    for line in (*_not_deployed(app, service, settings), *_derived(app, service, settings)):
        click.echo(line)


def _hooks(service: ServiceSettings) -> Iterator[str]:
    """Checks and hooks, in the order in which they run."""
    for point in HookPoint:
        for check in (each for each in service.checks if point in each.at):
            yield presentable(f"{point}: {check.label} must be answered as it should")
        for hook in (each for each in service.hooks if each.at is point):
            where = "with the release" if hook.where == "release" else "on this host"
            yield presentable(f"{point}: {' '.join(hook.command)} ({where}, {hook.timeout:g} s at most)")


def _asking(preview: PreviewSettings) -> str:
    condition = preview.condition(None)
    if condition.by == "host":
        return f"whoever asks for the host {condition.name}"
    value = "the configured value" if condition.value else "the deployment's secret"
    return f"whoever sends the {condition.by} {condition.name} with {value}"


def _not_deployed(app: App, name: str, service: ServiceSettings) -> list[str]:
    """By the release that was checked out last."""
    tree = release_folder.newest(service) if service.source else None
    names = not_deployed(service, app.services.site(name, "plan").runtime, tree) if tree else []
    lead = f"not deployed, and another one in the workspace than in commit {tree.name[:12]}:" if tree else ""
    return [lead, *(f"  {each}" for each in names)] if names else []


def _derived(app: App, name: str, service: ServiceSettings) -> list[str]:
    """What becomes of the project's own files. PhaseFailed when no colour can be made of them."""
    if not (service.compose and service.compose.files):
        return []
    site = app.services.site(name, "plan")
    changes = [*site.runtime.adaptations(), *(site.background.adaptations() if site.background else ())]
    return [
        f"a colour is derived from {', '.join(service.compose.files)}; in blue:",
        *(f"  {each}" for each in changes),
    ]


def _lines(path: str, value: Any) -> list[tuple[str, Any, str]]:
    lines: list[tuple[str, Any, str]] = []
    for name, field in type(value).model_fields.items():
        inner, where = getattr(value, IN_FORCE.get((type(value), name), name)), f"{path}.{field.alias or name}"
        source = "bluegreen.toml" if name in value.model_fields_set else "default"
        if isinstance(inner, BaseModel):
            lines += _lines(where, inner)
        elif isinstance(inner, dict) and any(isinstance(each, BaseModel) for each in inner.values()):
            for key, each in inner.items():
                lines += _lines(f"{where}.{key}", each)
        elif isinstance(inner, tuple) and inner and isinstance(inner[0], BaseModel):
            for index, each in enumerate(inner):
                lines += _lines(f"{where}.{index}", each)
        else:
            is_secret = inner is not None and (type(value), name) in SECRET
            lines.append((where, HIDDEN if is_secret else _plain(inner), source))
    return lines


def _plain(value: Any) -> Any:
    """As a person would write it in the file, but for what may be a secret: a variable's value, a URL's user."""
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return dict.fromkeys(value, HIDDEN)
    if isinstance(value, Path):
        return str(value)
    return presentable(value) if isinstance(value, str) else value
