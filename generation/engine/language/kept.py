"""A profile's language model in memory: from when it is first asked until others have painted for long without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generation.engine.upscale.kept import KEPT_FOR

if TYPE_CHECKING:
    from collections.abc import Collection

    import torch

    from generation.engine.language.patience import Patience
    from generation.engine.language.question import Messages
    from generation.engine.profile import Profile


class Kept:
    """None or one, and how often it was passed over: a `door.Speaker`. It opens without torch.

    All may raise EngineError: no_language_model(profile), role_missing(folder), language_wrong(reason).
    """

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._tokenizer: Any = None
        self._model: Any = None
        self._unused = 0

    def tokens(self, text: str) -> int:
        """How many tokens its tokenizer makes of a text."""
        return len(self._words()(text, add_special_tokens=False).input_ids)

    def special(self) -> Collection[str]:
        """Of its tokenizer, all."""
        added = self._words().added_tokens_decoder.values()
        return {str(token) for token in (*added, *self._words().all_special_tokens) if str(token).strip()}

    def reply(self, messages: Messages, patience: Patience) -> str:
        """As in `worker.reply`. EngineError besides: out_of_memory, card_failed."""
        from generation.engine.card import card_errors
        from generation.engine.language.worker import open_model, reply
        from generation.engine.memory import memory_errors
        from generation.engine.quiet import quiet

        self._unused = 0
        with quiet(), card_errors(), memory_errors():
            tokenizer = self._words()
            if self._model is None:
                patience.look()
                self._model = open_model(self._profile)
            return reply(tokenizer, self._model, messages, patience)

    def passed_over(self) -> None:
        """Something was painted, and nothing written."""
        self._unused += 1
        if self._unused >= KEPT_FOR:
            self.drop()

    @property
    def device(self) -> torch.device | None:
        """Where its weights are; None where they are not loaded."""
        return None if self._model is None else self._model.device

    def drop(self) -> bool:
        """Let go of it and its memory; whether there was one."""
        if self._model is None:
            return False
        from generation.engine.memory import free

        device, self._model = self._model.device, None
        free(device)
        return True

    def _words(self) -> Any:
        if self._tokenizer is None:
            from generation.engine.language.worker import open_words

            self._tokenizer = open_words(self._profile)
        return self._tokenizer
