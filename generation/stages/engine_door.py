"""The one engine of this process, and its errors in the site's own words. Torch comes in here, at first use."""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

from generation.engine import Engine, EngineError, load_profile
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from collections.abc import Iterator


@lru_cache(maxsize=1)
def engine() -> Engine:
    """Return the engine for ``settings.PROFILE``; its models are loaded when they are first needed and then kept."""
    with expected():
        return Engine(load_profile(settings.PROFILE, models_dir=settings.MODELS_DIR))


@contextmanager
def expected() -> Iterator[None]:
    """Turn the engine's errors into ``ExpectedError``."""
    try:
        yield
    except EngineError as problem:
        raise ExpectedError(problem.code, **problem.values) from problem
