"""How tests ask for the thumbnail of a video, as its page does."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.urls import reverse

if TYPE_CHECKING:
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

    from channels_app.models import Video

HTMX = {"HTTP_HX_REQUEST": "true"}
RUSSIAN = {"HTTP_ACCEPT_LANGUAGE": "ru"}


def address(video: Video) -> str:
    """The address of the generate page."""
    return reverse("generate_thumbnail", args=[video.pk])


def form(**fields: object) -> dict[str, object]:
    """A filled form; ``loras_ink`` is the field ``loras-ink``."""
    names = {"id": uuid.uuid4(), "prompt": "a red boat", "negative": "fog", "count": 1, "seed": "7"}
    return names | {name.replace("loras_", "loras-"): value for name, value in fields.items()}


def ask(client: Client, video: Video, **fields: object) -> Answer:
    """Send it."""
    return client.post(address(video), form(**fields))
