"""What the site answers."""

import asyncio

from django.conf import settings
from django.http import JsonResponse, StreamingHttpResponse
from django.shortcuts import render

from guestbook.models import Entry

#: seconds that the slow view takes
SLOW = 2.0
#: lines of a stream, and seconds between two of them
LINES, PAUSE = 10, 0.1


async def home(request):
    """Which version this is."""
    return JsonResponse(_version())


async def health(request):
    """The same once the database has answered, with the columns that this version needs."""
    newest = await Entry.objects.order_by("-id").afirst()
    return JsonResponse({**_version(), "newest": newest.text if newest else None})


async def entries(request):
    """The guestbook as a page; its style sheet comes from the proxy."""
    found = [entry async for entry in Entry.objects.order_by("-id")[:20]]
    return render(request, "guestbook/entries.html", {"entries": found, **_version()})


async def slow(request):
    """A report that takes its time."""
    await asyncio.sleep(SLOW)
    return JsonResponse(_version())


async def stream(request):
    """One line after the other."""
    response = StreamingHttpResponse(_lines(), content_type="text/plain")
    response["X-Accel-Buffering"] = "no"  # each line goes out at once
    return response


async def _lines():
    for number in range(LINES):
        yield f"{number} {settings.COLOR} {settings.RELEASE}\n"
        await asyncio.sleep(PAUSE)


def _version():
    return {"color": settings.COLOR, "version": settings.RELEASE}
