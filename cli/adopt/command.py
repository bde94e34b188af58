"""adopt: has bluegreen deploy a service of a Compose project that runs behind nginx."""

import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import click

from bluegreen.deployment.errors import PhaseFailed, UsageError
from bluegreen.settings import config_file
from bluegreen.system import environment
from cli.adopt import apply, finish, journal, show, two_files, undo
from cli.adopt.draft import Draft
from cli.adopt.journal import Adoption, Written
from cli.adopt.kept import closed_by_reload
from cli.adopt.look import choose_project, nginxes
from cli.adopt.plan import Plan, plan
from cli.adopt.text import render
from cli.context import App
from compose import originals
from compose.survey import Running, Survey, definitions_of, services_of, survey
from nginx.file.plain_file import PlainFile
from nginx.host import Host


@click.command()
@click.argument("name", metavar="[SERVICE]", required=False)
@click.option("--project", help="The Compose project, by its name or folder.  [default: of this folder]")
@click.option("--service", help="The service in its compose file.  [default: the one behind `location /`]")
@click.option("--nginx", multiple=True, help="The nginx: its container, or its nginx.conf on this host.")
@click.option("--yes", is_flag=True, help="Do it, without a question.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@click.option("--finish", "step", flag_value="finish", help="Stop what served before, and keep it down.")
@click.option("--undo", "step", flag_value="undo", help="Give the project back as it was.")
@click.pass_obj
def adopt(
    app: App,
    name: str | None,
    project: str | None,
    service: str | None,
    nginx: tuple[str, ...],
    yes: bool,
    dry_run: bool,
    step: str | None,
) -> None:
    """Take over a service of a project that runs.

    SERVICE is the name that it shall have in bluegreen.toml. The command shows what it would change, asks, writes
    bluegreen.toml, and has nginx send requests by a file of bluegreen's own; the site is served all along, by what
    serves it now. After the first deployment, --finish stops that.
    """
    do = _consent(yes, dry_run)
    try:
        if step == "finish":
            finish.finish(journal.require(name), do)
        elif step == "undo":
            undo.undo(app, journal.require(name), do)
        else:
            _adopt(name, project, service, nginx, do)
    except PhaseFailed as error:
        raise UsageError(*error.args) from error  # all is as it was, and no deployment has failed


class Consent:
    """Whether a person wants what was shown."""

    def __init__(self, yes: bool, dry_run: bool) -> None:
        self.yes, self.dry_run = yes, dry_run

    def __call__(self, question: str) -> bool:
        """By the options, else by an answer on a terminal; nothing is done where nobody can be asked."""
        if self.dry_run:
            return False
        if self.yes:
            return True
        if sys.stdin.isatty() and sys.stdout.isatty():
            return click.confirm(question)
        click.echo("Nothing was changed. With --yes it is done.")
        return False


def _consent(yes: bool, dry_run: bool) -> Consent:
    if yes and dry_run:
        raise UsageError("--yes and --dry-run contradict each other")
    return Consent(yes, dry_run)


def _adopt(
    name: str | None, project: str | None, service: str | None, nginx: tuple[str, ...], do: Consent
) -> None:
    path = environment.config_path()
    for left in (each for each in journal.known() if not each.done):
        undo.put_back(left)  # a killed one; nothing of it is in force that was not before
    _refuse_existing(path)
    seen = survey()
    chosen = choose_project(seen, project)
    services_of(Path(chosen.folder), chosen.files)  # Compose takes them
    if found := two_files.color_files(Path(chosen.folder)):
        _write_draft(
            path, do, two_files.draft_of(seen, chosen, found, nginxes(seen, chosen.project), name, path.parent)
        )
        return
    _carry_out(path, _planned(seen, chosen, name, service, nginx, path), seen, chosen, do)


def _planned(
    seen: Survey, chosen: Running, name: str | None, service: str | None, nginx: tuple[str, ...], path: Path
) -> Plan:
    definitions = definitions_of(Path(chosen.folder), chosen.files)
    made = plan(seen, chosen, name, service, nginx, path.parent, definitions)
    config_file.parse(tomllib.loads(render(made.draft)))
    return made


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise UsageError(
            f"{path} exists, and is left as it is", advice="Name another with --config, or remove it."
        )


def _carry_out(path: Path, made: Plan, seen: Survey, chosen: Running, do: Consent) -> None:
    text = render(made.draft)
    click.echo(f"{path}:\n\n{text}")
    if made.by_hand:
        for each in show.by_hand(made):
            click.echo(f"{each}\n")
        if do.yes:
            raise UsageError("nothing was changed: these lines are for a person to write")
        return
    for each in show.diffs(made.writes):
        click.echo(f"{each}\n")
    for each in (*made.notes, *filter(None, map(closed_by_reload, made.nginxes))):
        click.echo(f"note: {each}\n")
    if not do(f"Write {path.name}" + (" and nginx's files, and reload nginx?" if made.writes else "?")):
        return
    apply.apply(_adoption(path, text, made, [each for each in seen.running if each.project == chosen.project]))
    for nginx in made.nginxes:
        click.echo(f"{nginx.label} goes by the new files, and serves what it did")
    _report(path, made.draft)
    click.echo(f"after that: bluegreen adopt {made.subject.name} --finish stops what serves now")


def _adoption(path: Path, text: str, made: Plan, project: Sequence[Running]) -> Adoption:
    names, chosen = tuple(each.name for each in made.subject.containers), project[0]
    beside = [each for each in project if not each.runs_nginx and each.name not in names]
    return Adoption(
        service=made.subject.name,
        project=chosen.project,
        folder=chosen.folder,
        compose_service=made.subject.service,
        project_files=tuple(chosen.files),
        originals=names,
        beside={each.name: each.service for each in beside},
        policies=originals.policies([*names, *(each.name for each in beside)]),
        config=Written(str(path), text),
        files=tuple(journal.written(each.place.file, each.before, each.after) for each in made.writes),
        containers=tuple(each.label for each in made.nginxes if each.container),
        hosts=tuple((each.machine.binary, each.label) for each in made.nginxes if isinstance(each.machine, Host)),
    )


def _write_draft(path: Path, do: Consent, made: Draft) -> None:
    """For a project of two files, in which nothing else changes: nobody is asked."""
    text = render(made)
    config_file.parse(tomllib.loads(text))
    if do.dry_run:
        click.echo(f"{path}:\n\n{text}")
        return
    PlainFile(path).write(text)
    _report(path, made)


def _report(path: Path, made: Draft) -> None:
    click.echo(f"wrote {path}")
    for line in show.to_check(made):
        click.echo(line)
    click.echo(f"next: bluegreen doctor; bluegreen worker; bluegreen deploy {made.name}")
