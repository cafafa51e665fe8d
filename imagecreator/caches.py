"""Caches that may fail: what they hold can be left out, so a server that is away stops no page and no work."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

AWAY = (RedisError, OSError)  # no server, no space


class Forgiving(BaseCache):
    """What the site uses of a cache; a failure is logged, and reads as an empty cache."""

    def get(self, *arguments: Any, **named: Any) -> Any:
        """The value; None where there is none."""
        return _tried(partial(super().get, *arguments, **named), None)

    def get_many(self, *arguments: Any, **named: Any) -> dict[Any, Any]:
        """The values that there are."""
        found: dict[Any, Any] = _tried(partial(super().get_many, *arguments, **named), {})
        return found

    def set(self, *arguments: Any, **named: Any) -> None:
        """Keep a value."""
        _tried(partial(super().set, *arguments, **named), None)

    def delete_many(self, *arguments: Any, **named: Any) -> None:
        """Forget the values; what cannot be reached forgets them by itself when their time is over."""
        _tried(partial(super().delete_many, *arguments, **named), None)


class Folder(Forgiving, FileBasedCache):
    """Files that all processes of one machine share."""


class Redis(Forgiving, RedisCache):
    """A Redis server that all machines share."""


def _tried(do: Callable[[], Any], otherwise: Any) -> Any:
    try:
        return do()
    except AWAY as problem:
        logger.warning("the cache cannot be reached: %s", problem)
        return otherwise
