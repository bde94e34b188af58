"""Images as people tell them apart."""

#: characters of an image's id that tell it from others
ID_LENGTH = 12


def short_image(image: str | None) -> str:
    """ "sha256:0123456789ab", of an image's id or digest."""
    if image is None:
        return "-"
    name, colon, number = image.rpartition(":")
    return f"{name.rpartition('@')[2]}{colon}{number[:ID_LENGTH]}"
