"""A graphics card that fails: after that nothing runs on it any more in this process, only in a new one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from generation.engine.errors import EngineError
from generation.engine.memory import is_about_memory

if TYPE_CHECKING:
    from collections.abc import Iterator


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
