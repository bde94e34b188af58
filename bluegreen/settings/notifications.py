"""Notifications: who gets to know what becomes of a deployment, and in which words. Pure.

A webhook gets JSON as Slack takes it (Mattermost and others do, too); a command gets the same in its environment.
"""

import html
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from bluegreen.deployment.last_look import seen
from bluegreen.deployment.notification import Kind
from bluegreen.deployment.record import Deployment
from bluegreen.settings.base import Settings

Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


def checked_url(url: str) -> str:
    """The URL as it is, or ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isprintable() or " " in url:
        raise ValueError("should be a URL that begins with https:// or http://")
    return url


class NotificationSettings(Settings):
    """A receiver: a webhook or a program of this host."""

    #: a webhook's URL is a secret: `url_env` names the variable of the worker's environment that has it
    url: Annotated[str, AfterValidator(checked_url)] | None = None
    url_env: Variable | None = None
    #: the variable with a token, sent as "Authorization: Bearer …"
    token_env: Variable | None = None
    #: the program and its arguments
    command: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    on: Annotated[tuple[Kind, ...], Field(min_length=1)] = tuple(Kind)
    #: the services that it is for; none named: all
    services: tuple[str, ...] = ()
    #: seconds for one attempt
    timeout: Annotated[float, Field(gt=0, le=60)] = 10

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(each is not None for each in (self.url, self.url_env, self.command)) != 1:
            raise ValueError("needs one of url, url_env and command")
        if self.token_env and self.command:
            raise ValueError("token_env goes with a webhook; a command has the worker's environment")
        return self

    @property
    def label(self) -> str:
        """How messages call it, without what is secret of a URL: all but its host."""
        if self.command:
            return self.command[0]
        return urlsplit(self.url).hostname or "" if self.url else f"${self.url_env}"

    def wants(self, service: str, kind: Kind) -> bool:
        return kind in self.on and (not self.services or service in self.services)


def render(deployment: Deployment, kind: Kind) -> str:
    """One sentence, with what a person should do where one is needed."""
    why = f": {deployment.error.what}" if deployment.error else ""
    after = f"after {deployment.seconds:.1f} s"
    looked = seen(deployment.last_look) if deployment.phases else "nothing was changed"
    sentence = {
        Kind.STARTED: "has begun",
        Kind.AWAITING_PROMOTION: _describe_wait(deployment),
        Kind.SUCCEEDED: f"is live on {deployment.to_color} {after}{_count_failures(deployment)}",
        Kind.ROLLED_BACK: f"was rolled back {after}, {looked}{why}",
        Kind.ABORTED: f"was aborted by {deployment.abort_requested_by}, {looked}",
        Kind.EXPIRED: f"expired, {looked}{why}",
        Kind.FAILED: f"failed {after}, {looked}, a person is needed{why}. "
        f"Look at: bluegreen explain {deployment.id}",
    }[kind]
    what = {"rollback": "rollback to", "redeploy": "redeployment of"}.get(deployment.kind, "deployment of")
    return f"{deployment.service}: {what} {_release(deployment)} {sentence}"


def variables(deployment: Deployment, kind: Kind) -> dict[str, str]:
    """The environment of a command."""
    return {f"BLUEGREEN_{name.upper()}": value for name, value in _facts(deployment, kind).items()} | {
        "BLUEGREEN_TEXT": render(deployment, kind)
    }


def payload(deployment: Deployment, kind: Kind) -> dict[str, Any]:
    """The JSON of a webhook."""
    color = {Kind.SUCCEEDED: "good", Kind.STARTED: "#439FE0", Kind.FAILED: "danger"}.get(kind, "warning")
    text = html.escape(render(deployment, kind), quote=False)  # the three characters that Slack wants escaped
    facts = [
        {"title": name, "value": html.escape(value, quote=False), "short": True}
        for name, value in _facts(deployment, kind).items()
    ]
    return {"text": text, "attachments": [{"color": color, "fallback": text, "fields": facts}]}


def _facts(deployment: Deployment, kind: Kind) -> dict[str, str]:
    return {
        "notification": kind.value,
        "service": deployment.service,
        "deployment": deployment.id,
        "state": deployment.state.value,
        "release": _release(deployment),
        "color": deployment.to_color or "",
        "requested_by": deployment.asked_by,
    }


def _describe_wait(deployment: Deployment) -> str:
    """For how long it waits, how to look at it, and both commands."""
    approval = deployment.approval
    end = f" until {approval.until:%Y-%m-%d %H:%M} UTC" if approval and approval.until else ""
    then = f", then: {approval.on_timeout}" if approval else ""
    look = f"To look at it: {deployment.preview.words} . " if deployment.preview else ""
    return (
        f"is healthy and waits for a promotion{end}{then}. {look}"
        f"To go on: bluegreen promote {deployment.id}. To undo it: bluegreen abort {deployment.id}"
    )


def _count_failures(deployment: Deployment) -> str:
    receipt = deployment.receipt
    return f", {receipt.failed:,} of {receipt.requests:,} requests failed" if receipt and receipt.requests else ""


def _release(deployment: Deployment) -> str:
    return deployment.release.name if deployment.release else deployment.ref or "the workspace"
