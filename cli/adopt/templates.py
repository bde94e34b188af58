"""Files that nginx's image makes from templates as it starts: the template has to change as well."""

import posixpath
import re
from collections.abc import Mapping
from difflib import SequenceMatcher

from cli.adopt.look import Nginx, Write
from cli.adopt.places import place_of

#: of the public image: /etc/nginx/templates/site.conf.template becomes /etc/nginx/conf.d/site.conf
TEMPLATES, OUTPUT = "/etc/nginx/templates", "/etc/nginx/conf.d"
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


def template_of(nginx: Nginx, edited: Write) -> Write | None:
    """The same change of the template on this host that the file is made from; None where there is none."""
    if nginx.container is None or not edited.place.path.startswith(f"{OUTPUT}/") or edited.before is None:
        return None
    inner = posixpath.relpath(edited.place.path, OUTPUT)
    place = place_of(nginx.container, f"{TEMPLATES}/{inner}.template")
    text = None if place.is_inside else place.file.read()
    if text is None:
        return None
    variables = dict(line.split("=", 1) for line in nginx.machine.run("env").text.splitlines() if "=" in line)
    if filled(text, variables).strip() != edited.before.strip():
        return None
    return Write(nginx, place, text, carried_over(text, edited.before, edited.after))


def filled(template: str, variables: Mapping[str, str]) -> str:
    """As envsubst does it for the variables that there are."""
    return _VARIABLE.sub(lambda found: variables.get(found[1] or found[2], found[0]), template)


def carried_over(template: str, before: str, after: str) -> str:
    """The template with the lines that differ between the texts; `before` is made from it line by line."""
    lines, old, new = (text.splitlines(keepends=True) for text in (template, before, after))
    made: list[str] = []
    for kind, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        made += lines[start:end] if kind == "equal" else new[new_start:new_end]
    return "".join(made)
