"""Room in memory, made by letting go of models that are not needed just now."""

from __future__ import annotations

from traceback import clear_frames
from typing import TYPE_CHECKING, TypeVar

from generation.engine.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def with_room(make: Callable[[], T], make_room: Callable[[], bool]) -> T:
    """What `make` gives; where it runs out of memory and there is room to be made, it has a second try."""
    try:
        return make()
    except EngineError as error:
        if error.code != "out_of_memory":
            raise
        for each in (error, error.__cause__):
            if each is not None:
                clear_frames(each.__traceback__)  # they hold what was loaded in vain
        if not make_room():
            raise
    return make()
