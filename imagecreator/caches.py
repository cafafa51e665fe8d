"""Caches that may fail: what they hold can be left out, so a server that is away stops no page and no work."""

from __future__ import annotations

import logging
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

AWAY = (RedisError, OSError)  # no server, no space
REST = 5.0  # seconds for which a server that did not answer is not asked by this process
_away: dict[str, float] = {}  # servers that did not answer, and when


class Forgiving(BaseCache):
    """What the site uses of a cache; a failure is logged, and reads as an empty cache."""

    def get(self, *arguments: Any, **named: Any) -> Any:
        """The value; None where there is none."""
        return self._tried(partial(super().get, *arguments, **named), None)

    def get_many(self, *arguments: Any, **named: Any) -> dict[Any, Any]:
        """The values that there are."""
        found: dict[Any, Any] = self._tried(partial(super().get_many, *arguments, **named), {})
        return found

    def set(self, *arguments: Any, **named: Any) -> None:
        """Keep a value."""
        self._tried(partial(super().set, *arguments, **named), None)

    def delete_many(self, *arguments: Any, **named: Any) -> None:
        """Forget the values; what cannot be reached forgets them by itself when their time is over."""
        self._tried(partial(super().delete_many, *arguments, **named), None)

    def _tried(self, do: Callable[[], Any], otherwise: Any) -> Any:
        try:
            return do()
        except AWAY as problem:
            logger.warning("the cache cannot be reached: %s", problem)
            return otherwise


class Folder(Forgiving, FileBasedCache):
    """Files that all processes of one machine share."""


class Redis(Forgiving, RedisCache):
    """A Redis server that all machines share. One that is silent is waited for once, not at every step and page."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._address = server

    def _tried(self, do: Callable[[], Any], otherwise: Any) -> Any:
        if monotonic() - _away.get(self._address, -REST) < REST:
            return otherwise

        def asked() -> Any:
            try:
                return do()
            except AWAY:
                _away[self._address] = monotonic()
                raise

        return super()._tried(asked, otherwise)
