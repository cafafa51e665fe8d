"""Looks: how a picture that is being painted looks by now, small, for its owner; gone when the request has ended."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from django.core.cache import cache

if TYPE_CHECKING:
    from uuid import UUID

    from PIL.Image import Image

KEPT_SECONDS = 120  # where a worker dies, nobody takes its looks away
QUALITY = 80  # of the JPEG


def show(request: UUID, number: int, image: Image) -> None:
    """Keep how picture ``number`` of a request looks by now, in the cache that all processes share."""
    content = BytesIO()
    image.convert("RGB").save(content, "JPEG", quality=QUALITY)
    cache.set(_key(request, number), content.getvalue(), KEPT_SECONDS)


def seen(request: UUID, count: int) -> dict[int, bytes]:
    """The looks that there are, by the picture's number."""
    keys = {_key(request, number): number for number in range(count)}
    return {keys[key]: content for key, content in cache.get_many(keys).items()}


def one(request: UUID, number: int) -> bytes | None:
    """One look, where there is one."""
    content: bytes | None = cache.get(_key(request, number))
    return content


def take_away(request: UUID, count: int) -> None:
    """Delete the looks of a request."""
    cache.delete_many([_key(request, number) for number in range(count)])


def _key(request: UUID, number: int) -> str:
    return f"look:{request}:{number}"
