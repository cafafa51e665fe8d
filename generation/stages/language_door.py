"""The language model that the operator chose: the worker's own, one behind a server, or none. One per process."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

from generation.engine.language import LanguageModel
from generation.stages.engine_door import engine

if TYPE_CHECKING:
    from generation.engine.language.server import Server

NONE, WORKER = "none", "worker"


def language_model(profile: str = "") -> LanguageModel:
    """Return what writes; a worker's own is that of a profile, by default the one in use.

    It can always be asked; where there is none, the answer is a ``LanguageError``.
    """
    if settings.LANGUAGE_MODEL == NONE:
        return LanguageModel(None, settings.LANGUAGE_MODEL_SECONDS)
    if settings.LANGUAGE_MODEL == WORKER:
        return engine(profile).language_model(settings.LANGUAGE_MODEL_SECONDS)
    return LanguageModel(server(), settings.LANGUAGE_MODEL_SECONDS)


def server() -> Server:
    """Return the server; what it was found to understand is remembered."""
    return _server(settings.LANGUAGE_MODEL, settings.LANGUAGE_MODEL_NAME, settings.LANGUAGE_MODEL_KEY)


@lru_cache(maxsize=1)
def _server(address: str, name: str, key: str) -> Server:
    from generation.engine.language.server import Server

    return Server(address, name, key)
