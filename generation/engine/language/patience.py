"""How long one waits for a language model, and who is told meanwhile."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generation.engine.language.errors import LanguageError

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_TOKENS = 400  # of an answer: three times what a good one takes
LOOK = 0.1  # seconds between two looks while nothing comes


@dataclass
class Patience:
    """Until a moment of `time.monotonic`. `on_tokens(tokens, most)` may raise, which ends everything at once."""

    until: float
    on_tokens: Callable[[int, int], None]
    tokens: int = 0

    @property
    def left(self) -> float:
        """Seconds."""
        return self.until - time.monotonic()

    def look(self) -> None:
        """Tell how far it is. LanguageError("language_slow") when the time is over."""
        self.on_tokens(self.tokens, MOST_TOKENS)
        if self.left <= 0:
            raise LanguageError("language_slow", "it did not answer in time")

    def sleep(self, seconds: float) -> None:
        """Wait, and look meanwhile."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, LOOK))
            self.look()
