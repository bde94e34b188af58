"""What gunicorn's workers run: Django for HTTP, a few lines of our own for WebSockets."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django = get_asgi_application()


async def application(scope, receive, send):
    """Answer one connection."""
    if scope["type"] == "websocket":
        from guestbook.sockets import echo  # only now are the settings there

        await echo(receive, send)
    elif scope["type"] == "http":
        await django(scope, receive, send)
    else:
        raise NotImplementedError("nothing is to be done at the start or the end of a worker")
