"""A graphics card that fails: after that nothing runs on it any more in this process, only in a new one.

One that is gone has failed, too: that is no reason to go on quietly on the processor.
"""

from __future__ import annotations

from contextlib import contextmanager
from mmap import mmap
from typing import TYPE_CHECKING

from generation.engine.errors import EngineError
from generation.engine.memory import is_about_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

# Whether there was a card: a byte that all processes share which are forked from one where this module is loaded, so
# that the children of a worker know of those before them. To torch, the number of cards never changes in a process.
_seen = mmap(-1, 1)


def has_card() -> bool:
    """Whether there is a card. EngineError("card_failed") where there was one before: another process looks anew."""
    import torch

    if torch.cuda.is_available():
        _seen[0] = 1
        return True
    if _seen[0]:
        raise EngineError("card_failed")
    return False


@contextmanager
def card_errors() -> Iterator[None]:
    """Turn the failure of a card into EngineError("card_failed")."""
    try:
        yield
    except RuntimeError as error:
        if not is_about_card(error):
            raise
        raise EngineError("card_failed") from error


def is_about_card(error: Exception) -> bool:
    """Whether this is how torch says that the device failed. Nearly all of these break CUDA's context for good."""
    import torch

    return isinstance(error, torch.AcceleratorError) and not is_about_memory(error)
