"""Load: the models come into memory, once; whoever asks next finds them there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.stages.engine_door import expected

if TYPE_CHECKING:
    from generation.engine import Engine
    from generation.work import Tell


def load(engine: Engine, tell: Tell) -> None:
    """Load what the profile needs."""
    tell("load", 0, 0)
    with expected():
        engine.load()
