"""Opens the preview: the new version, before its switch, for whoever asks for it."""

from dataclasses import replace

from bluegreen.deployment.errors import FilesRefused
from bluegreen.deployment.preview import Preview
from bluegreen.deployment.proxy import PreviewRoute, Route
from bluegreen.settings.preview import PreviewSettings
from bluegreen.system.private_files import secret_of
from tasks.context import PhaseContext

#: seconds in which what answered before may still take new requests, also of those who ask for the preview
HAND_OVER = 0.5


def settings_of(context: PhaseContext) -> PreviewSettings | None:
    """Those of the preview that this deployment has; None: it has none. A rollback does not wait for anything."""
    return context.service.preview if context.deployment.kind != "rollback" else None


def expect_possible(context: PhaseContext) -> None:
    """Raise PhaseFailed where the deployment shall have a preview, and a proxy cannot give it one."""
    if settings := settings_of(context):
        context.site.upkeep.expect_preview(settings.condition(None))


def open_preview(context: PhaseContext) -> bool:
    """Afterwards who asks for it reaches the new version through every proxy, and nobody else does.

    False: this deployment has none. One that was opened before stays: a promotion has the health check run
    again.
    """
    settings, known = settings_of(context), context.deployment.preview
    if settings is None or (known and known.is_open):
        return known is not None
    preview = _preview(context, settings)
    asks = PreviewRoute(context.target, settings.condition(preview.secret))
    with context.router.locked(context):
        route = replace(context.route(context.deployment.from_color), preview=asks)
        try:
            _change(context, route, preview)
        except FilesRefused:
            # What a proxy was asked for a while ago may not hold any more; it is asked again.
            _change(context, route, preview)
        context.keep_confirmed()
    context.router.drain(context.deployment.retired_by_preview, HAND_OVER, context)
    context.note(preview=preview.with_(is_open=True))
    return True


def note_closed(context: PhaseContext) -> None:
    """Have the record say that no proxy has it any more, where one had."""
    if context.deployment.preview is not None:
        context.note(preview=None)


def _preview(context: PhaseContext, settings: PreviewSettings) -> Preview:
    """The same for whoever takes over. The secret is this host's word: what the record has is shown, no more."""
    condition, secret = settings.condition(None), None
    if condition.by != "host" and not condition.value:
        secret = secret_of(context.deployment.id, context.service.state_folder / "preview.key")
    return Preview(condition.by, condition.name, secret, settings.opened_at(context.service.proxies[0].url))


def _change(context: PhaseContext, route: Route, preview: Preview) -> None:
    before = context.deployment.preview
    context.note(preview=preview)  # first of all: what a proxy may have, a rollback takes back
    try:
        with context.router.prepare(route, context) as change:
            if not context.deployment.retired_by_preview:
                context.note(retired_by_preview=change.retired)
            change.commit()
    except FilesRefused:
        context.note(preview=before)  # no proxy was reloaded
        raise
