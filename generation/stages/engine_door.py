"""The one engine of this process, and its errors in the site's own words. Torch comes in here, at first use."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings

from generation.engine import Engine, EngineError, load_profile
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from collections.abc import Iterator

_open: dict[str, Engine] = {}


def engine(profile: str = "") -> Engine:
    """Return the engine for ``profile`` (empty: ``settings.PROFILE``), and close the one for another.

    Its models are loaded when they are first needed and then kept.
    """
    name = profile or settings.PROFILE
    if name not in _open:
        with expected():
            chosen = load_profile(name, models_dir=settings.MODELS_DIR)
        close_engine()
        _open[name] = Engine(chosen)
    return _open[name]


def warm() -> list[str]:
    """The profiles whose models this process has loaded."""
    return [name for name, one in list(_open.items()) if one.loaded]


def rest() -> None:
    """Leave a graphics card to those who paint on it: nothing waits to be written."""
    for one in _open.values():
        one.rest()


def close_engine() -> None:
    """Let go of the models."""
    while _open:
        _open.popitem()[1].close()


@contextmanager
def expected() -> Iterator[None]:
    """Turn the engine's errors into ``ExpectedError``."""
    try:
        yield
    except EngineError as problem:
        raise ExpectedError(problem.code, **problem.values) from problem
