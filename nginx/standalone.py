"""A whole nginx configuration for a first try: one site on loopback, files in one folder."""

from pathlib import Path

from nginx.file.render import templates


def write_standalone(folder: Path, port: int, upstream: str = "app") -> Path:
    """Write `folder`/nginx.conf, which serves `upstream` on 127.0.0.1:`port`, and return its path.

    It includes every `conf.d/*.inc`. conf.d/`upstream`.inc is for bluegreen to write; until it does, the
    site answers 502.
    """
    placeholder = folder / "conf.d" / f"{upstream}.inc"
    placeholder.parent.mkdir(parents=True, exist_ok=True)
    if not placeholder.exists():
        placeholder.write_text(f"upstream {upstream} {{ server 127.0.0.1:1 down; }}\n", newline="\n")
    conf = folder / "nginx.conf"
    text = templates.get_template("nginx.conf.j2").render(folder=folder.as_posix(), port=port, upstream=upstream)
    conf.write_text(text, encoding="utf-8", newline="\n")
    return conf
