"""How a profile's captioner is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Settings:
    """`least_confidence`, 0 … 1: a line with a word that the model found less likely than that is not said.

    0 for models that were trained on photographs of everything; a model that knows little must know when to be silent.
    """

    least_confidence: float = 0.0


def parse_settings(values: Mapping[str, object]) -> Settings:
    """From `[roles.captioner.settings]`. ValueError, in words for people, for what is wrong."""
    if strange := set(values) - {"least_confidence"}:
        raise ValueError(f"no such key: {', '.join(sorted(strange))}")
    least = values.get("least_confidence", 0.0)
    if isinstance(least, bool) or not isinstance(least, (int, float)) or not 0 <= least <= 1:
        raise ValueError("least_confidence must be a number from 0 to 1")
    return Settings(float(least))
