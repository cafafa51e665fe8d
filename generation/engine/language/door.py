"""The one door to the language model, whoever speaks behind it: the worker's own model, a server, or nobody."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from generation.engine.errors import EngineError
from generation.engine.language.answer import Answer, WrongAnswer, parse
from generation.engine.language.errors import LanguageError
from generation.engine.language.found import Finder
from generation.engine.language.patience import Patience
from generation.engine.language.question import Messages, cut, question, second_question
from generation.engine.room import with_room

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from generation.engine.language.asked import Asked

NO_OBJECT = "it holds no whole JSON object"


class Speaker(Protocol):
    """Who answers. EngineErrors as they come; LanguageError for what a second try would not change."""

    def tokens(self, text: str) -> int:
        """How many tokens a text takes, or about as many."""

    def special(self) -> Collection[str]:
        """The special tokens of its tokenizer, as far as they are known."""

    def reply(self, messages: Messages, patience: Patience) -> str:
        """What it says, up to the end of the first JSON object at least. Looks at `patience` many times a second."""


class LanguageModel:
    """Asks `speaker`, twice at most. `seconds` for all of it; `make_room` as in `with_room`, for its own process."""

    def __init__(self, speaker: Speaker | None, seconds: float, make_room: Callable[[], bool] = lambda: False) -> None:
        self._speaker = speaker
        self._seconds = seconds
        self._make_room = make_room

    def write(self, asked: Asked, on_tokens: Callable[[int, int], None] = lambda tokens, most: None) -> Answer:
        """The parts of a prompt. An answer that cannot be used is asked for once more, with what is wrong with it.

        `on_tokens(tokens, most)` is called after every token and several times a second while none comes; a second
        answer counts anew. What it raises leaves at once. LanguageError for all that is expected, but for
        EngineError("card_failed"): after that nothing runs on the card any more in this process.
        """
        if self._speaker is None:
            raise LanguageError("no_language_model", "no language model is set up")
        speaker, until = self._speaker, time.monotonic() + self._seconds
        try:
            return with_room(lambda: _ask(speaker, asked, until, on_tokens), self._make_room)
        except LanguageError:
            raise
        except EngineError as error:
            if error.code == "card_failed":
                raise
            code = "language_no_memory" if error.code == "out_of_memory" else error.code
            raise LanguageError(code, **{"reason": str(error), **error.values}) from error  # type: ignore[arg-type]


def _ask(speaker: Speaker, asked: Asked, until: float, on_tokens: Callable[[int, int], None]) -> Answer:
    asked, special = cut(asked, speaker.tokens), speaker.special()
    reply = speaker.reply(question(asked, special), Patience(until, on_tokens))
    try:
        return _read(reply, asked)
    except WrongAnswer as wrong:
        again = second_question(asked, reply, wrong.faults, special)
    try:
        return _read(speaker.reply(again, Patience(until, on_tokens)), asked)
    except WrongAnswer as wrong:
        raise LanguageError("language_answer", str(wrong)) from wrong


def _read(reply: str, asked: Asked) -> Answer:
    finder = Finder()
    finder.feed(reply)
    if (values := finder.last()) is None:
        raise WrongAnswer([NO_OBJECT])
    return parse(values, asked)
