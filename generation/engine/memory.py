"""Memory that ran out: known by its many names, said with one code, and given back."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

from generation.engine.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "Cannot allocate memory")
SHORTAGES = (RuntimeError, MemoryError, OSError)  # torch.cuda.OutOfMemoryError is a RuntimeError


@contextmanager
def memory_errors() -> Iterator[None]:
    """Turn every way of running out of memory into EngineError("out_of_memory")."""
    try:
        yield
    except SHORTAGES as error:
        if not is_about_memory(error):
            raise
        raise EngineError("out_of_memory") from error


def is_about_memory(error: Exception) -> bool:
    """Whether this is how Python, torch or the system say that there is no memory left."""
    import torch

    return isinstance(error, (MemoryError, torch.OutOfMemoryError)) or any(
        words in str(error) for words in OUT_OF_MEMORY
    )


def free(device: torch.device) -> None:
    """Give back what nobody holds any more, to the system and to the device."""
    gc.collect()
    if device.type == "cuda":
        import torch

        torch.cuda.empty_cache()
