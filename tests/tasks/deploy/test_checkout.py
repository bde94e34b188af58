"""Which release a deployment is of, where there is no git to ask."""

from pathlib import Path

import pytest

from bluegreen.deployment.errors import PhaseFailed, UsageError
from bluegreen.deployment.record import Release
from bluegreen.deployment.states import DEPLOY_PHASES, Color, Phase
from bluegreen.source import git
from bluegreen.store import events
from tasks.deploy.checkout import checkout
from tests.tasks.memory import Host

pytestmark = pytest.mark.unit


def succeeded(host: Host, release: str, before: str | None = None, **fields: object) -> None:
    """A deployment that went well."""
    context = host.deployment(
        DEPLOY_PHASES[-1],
        to_color=Color.GREEN,
        release=Release(name=release),
        from_release=Release(name=before) if before else None,
        **fields,
    )
    context.lease.commit("done")


def test_a_release_is_called_by_what_was_asked_for(host: Host) -> None:
    context = host.deployment(Phase.CHECKOUT, ref="feature/x")

    assert checkout.work(context) == "release feature-x"

    written = host.store.get(context.deployment.id)
    assert written and written.release == Release(name="feature-x", ref="feature/x")


def test_a_name_that_another_deployment_has_is_not_given_again(host: Host) -> None:
    succeeded(host, "main")

    assert checkout.work(host.deployment(Phase.CHECKOUT, ref="main")) == "release main-2"


def test_nor_one_that_this_host_alone_knows(host: Host) -> None:
    host.runtime.built["main"] = Release(name="main")

    assert checkout.work(host.deployment(Phase.CHECKOUT, ref="main")) == "release main-1"


def test_a_take_over_gives_the_same_name(host: Host) -> None:
    context = host.deployment(Phase.CHECKOUT, ref="main")
    checkout.work(context)

    assert checkout.work(host.again(context)) == "release main"


def test_a_rollback_is_to_the_release_before_as_the_host_has_it(host: Host) -> None:
    kept = Release(name="v1", ref="v1", image="web:v1")
    host.runtime.built["v1"] = kept
    succeeded(host, "v2", before="v1")
    context = host.deployment(Phase.CHECKOUT, ref=None, kind="rollback")

    assert checkout.work(context) == "release v1"

    assert (context.deployment.release, context.deployment.ref) == (kept, "v1")


def test_a_rollback_without_a_release_before_is_refused(host: Host) -> None:
    succeeded(host, "v1")

    with pytest.raises(PhaseFailed, match="no release is known from before the live one"):
        checkout.work(host.deployment(Phase.CHECKOUT, ref=None, kind="rollback"))


def test_a_rollback_to_a_release_that_is_gone_from_the_host_is_refused(host: Host) -> None:
    succeeded(host, "v2", before="v1")

    with pytest.raises(PhaseFailed, match="v1 is not kept"):
        checkout.work(host.deployment(Phase.CHECKOUT, ref=None, kind="rollback"))


def test_a_rollback_to_a_named_release_that_is_gone_names_those_that_are_there(host: Host) -> None:
    for version in ("v1", "v2", "v3"):
        host.live(Color.BLUE, version)
    del host.runtime.built["v1"]

    with pytest.raises(PhaseFailed, match="v1 is not kept") as refused:
        checkout.work(host.deployment(Phase.CHECKOUT, None, kind="rollback", wanted_release="v1"))

    assert refused.value.saw == "this host can go back to: v2"


def test_a_rollback_to_what_serves_is_refused_whatever_the_records_say(host: Host) -> None:
    host.live(Color.BLUE, "v1")
    host.live(Color.GREEN, "v2")
    host.serve(Color.BLUE, "v1", generation=9)

    with pytest.raises(PhaseFailed, match="release v1 is live already"):
        checkout.work(host.deployment(Phase.CHECKOUT, None, kind="rollback", wanted_release="v1"))
    host.store.unlock(host.store.history("web")[-1].id, "me")

    assert (
        checkout.work(host.deployment(Phase.CHECKOUT, None, kind="rollback", wanted_release="v2")) == "release v2"
    )


def test_a_rollback_over_migrations_that_do_not_go_back_is_refused_without_a_word(host: Host) -> None:
    host.live(Color.BLUE, "v1")
    succeeded(host, "v2", before="v1", irreversible=True)
    host.serve(Color.GREEN, "v2", generation=2)

    with pytest.raises(UsageError, match="marked as not going back"):
        checkout.work(host.deployment(Phase.CHECKOUT, None, kind="rollback"))
    host.store.unlock(host.store.history("web")[-1].id, "me")
    context = host.deployment(Phase.CHECKOUT, None, kind="rollback", anyway="it reads none of it")

    assert checkout.work(context) == "release v1"
    assert host.written(context).crossing == "over the migrations of v2: it reads none of it"


def test_a_redeployment_is_of_what_serves_as_the_host_has_it(host: Host) -> None:
    host.live(Color.BLUE, "v1")
    host.live(Color.GREEN, "v2")
    context = host.deployment(Phase.CHECKOUT, None, kind="redeploy")

    assert checkout.work(context) == "release v2"
    assert (context.deployment.release, context.deployment.ref) == (host.runtime.built["v2"], None)


def test_a_redeployment_of_nothing_is_refused(host: Host) -> None:
    with pytest.raises(PhaseFailed, match="no release is live"):
        checkout.work(host.deployment(Phase.CHECKOUT, None, kind="redeploy"))


def test_from_git_a_release_is_called_by_its_ref_and_has_its_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = Host(tmp_path, source={"url": "https://git.example/web.git"})
    commit = "0123456789abcdef"
    (host.settings.releases_folder / commit).mkdir(parents=True)
    monkeypatch.setattr(git, "checkout", lambda *_: commit)
    monkeypatch.setattr("tasks.workspace.differing", lambda *_: ["app.env"])
    context = host.deployment(Phase.CHECKOUT, ref=None)

    assert checkout.work(context) == "release 0123456789ab"

    assert context.deployment.release == Release(name="0123456789ab", commit=commit)
    said = [each.data.get("text") for each in events.read(host.store.redis, context.deployment.id)]
    assert "not deployed, and another one in the workspace: app.env" in said
