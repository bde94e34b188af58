"""What may be shown of a text that came from outside: no URL's secret, nothing that a terminal acts on. Pure."""

import re

HIDDEN = "***"
_SCHEME_END = "://"
_WORD = re.compile(r"\S*")
_AUTHORITY_END = re.compile(r"[/?#]")
#: where a user's part has a password; a port is not a password
_PASSWORD = re.compile(r"^:|:(?!\d*$)")
_SECRET_OPTION = re.compile(
    r"([?&;][^=&;#\s]*(?:token|secret|passw|pwd|key|sig|auth|credential|jwt|session)[^=&;#\s]*=)[^&;#\s]+",
    re.IGNORECASE,
)
#: what begins with ESC or CSI: colours, moves of the cursor, titles of windows, whatever comes up
_ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
#: all other controls but the ends of lines and tabs, and those that turn a line's direction
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def presentable(text: str) -> str:
    """The text as it may stand in a record, a log, a notification or a terminal."""
    return without_secrets(without_controls(text))


def without_secrets(text: str) -> str:
    """The text, in whose URLs the user's part and every option that sounds like a secret is hidden.

    The options also where only a URL's path stands, as in what the libraries say that were to open it.
    """
    first, *rests = text.split(_SCHEME_END)
    users = [first, *(_WORD.sub(lambda word: _hidden(word[0]), rest, count=1) for rest in rests)]
    return _SECRET_OPTION.sub(rf"\1{HIDDEN}", _SCHEME_END.join(users))


def url_without_secrets(url: str) -> str:
    """The same for a text that is one URL: also one that is not well-formed, with a blank in its password."""
    scheme, mark, rest = url.partition(_SCHEME_END)
    return f"{scheme}{mark}{_hidden(rest)}"


def without_controls(text: str) -> str:
    """The text without what a terminal would not print but do; lines and tabs stay."""
    if text.isprintable():
        return text
    plain = _ESCAPE.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", plain)


def _hidden(rest: str) -> str:
    """What comes after the :// of a URL."""
    authority = _AUTHORITY_END.split(rest, maxsplit=1)[0]
    user, at, _ = authority.rpartition("@")
    if _PASSWORD.search(user if at else authority) and not authority.startswith("["):
        end = rest.rfind("@")  # a password may have a / or an @ that nobody has quoted
    else:
        end = len(user) if at else -1
    return _SECRET_OPTION.sub(rf"\1{HIDDEN}", f"{HIDDEN}{rest[end:]}" if end >= 0 else rest)
