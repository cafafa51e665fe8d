"""A language model behind an OpenAI-compatible server: vLLM, llama.cpp, Ollama, `transformers serve`, and others."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from generation.engine.language.answer import schema
from generation.engine.language.errors import LanguageError
from generation.engine.language.found import read_object
from generation.engine.language.key import is_key
from generation.engine.language.line import Broken, Reply, ask
from generation.engine.language.patience import MOST_TOKENS
from generation.engine.language.sse import MOST_BYTES, Speech

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from generation.engine.language.patience import Patience
    from generation.engine.language.question import Messages

    Take = Callable[[bytes], bool]

BYTES_OF_TOKEN = 3  # on average, for Latin and Cyrillic alike
FORMATS: tuple[dict[str, Any], ...] = (
    {"response_format": {"type": "json_schema", "json_schema": {"name": "prompt", "schema": schema()}}},
    {"response_format": {"type": "json_object"}},
    {},
)
COMPLAINS = (400, 404, 422)
_OF_FORMAT = re.compile(r"response_?format|json_?(?:schema|object)|schema|grammar|guided|structured", re.IGNORECASE)
TOO_MANY = 429
TROUBLE = (500, 502, 503, 504)
TROUBLES_BORNE = 1  # of a server, or of the way to it
MOST_OF_REASON = 200  # characters
PAUSE = 1.0  # seconds before another try, doubled each time


class Server:
    """A `door.Speaker`. `address` is what stands before `/v1`, `model` its name there; keep one per process.

    Whether the server takes a JSON schema is found out with the first question and remembered.
    """

    def __init__(self, address: str, model: str, key: str = "") -> None:
        self._address = address.rstrip("/").removesuffix("/v1")
        self._model = model
        self._key = key
        self._format = 0

    def tokens(self, text: str) -> int:
        """Guessed, for only the server knows its tokenizer."""
        return math.ceil(len(text.encode(errors="replace")) / BYTES_OF_TOKEN)

    def special(self) -> Collection[str]:
        """Not known: all signs of which such tokens are made are escaped anyway."""
        return ()

    def reply(self, messages: Messages, patience: Patience) -> str:
        """What it says. A busy server is waited for as long as it wishes, one in trouble gets one more try.

        LanguageError: language_away, language_slow, language_busy, language_refused, language_trouble,
        language_stranger.
        """
        question = {"model": self._model, "messages": messages, "temperature": 0, "max_tokens": MOST_TOKENS}
        speech = Speech()

        def take(piece: bytes) -> bool:
            is_enough = speech.feed(piece)
            patience.tokens = speech.pieces
            return is_enough

        def listen() -> Take:
            nonlocal speech
            speech = Speech()
            return take

        while True:
            body = {**question, "stream": True, **FORMATS[self._format]}
            answer = self._answered("POST", "/v1/chat/completions", body, listen, patience)
            if answer.status == 200:
                return speech.end()
            if not self._takes_less(answer):
                raise self._refusal(answer)

    def models(self, patience: Patience) -> list[str]:
        """The names that it lists. Errors as in `reply`."""
        body = bytearray()

        def take(piece: bytes) -> bool:
            body.extend(piece)
            return len(body) > MOST_BYTES

        def listen() -> Take:
            body.clear()
            return take

        answer = self._answered("GET", "/v1/models", None, listen, patience)
        if answer.status != 200:
            raise self._refusal(answer)
        listed = (read_object(body.decode(errors="replace").strip()) or {}).get("data")
        if not isinstance(listed, list):
            raise LanguageError("language_stranger", "it lists no models")
        return [str(model["id"])[:200] for model in listed if isinstance(model, dict) and "id" in model]

    def _answered(self, method: str, path: str, body: Any, listen: Callable[[], Take], patience: Patience) -> Reply:
        """The first answer that is neither "too many requests" nor trouble that may pass.

        `listen` is called before every try: what a broken connection brought must not stand before the next answer.
        """
        if not is_key(self._key):
            raise LanguageError("language_refused", "the key holds signs that no key has")
        troubles = tries = 0
        while True:
            failure: LanguageError
            headers: Mapping[str, str]
            try:
                answer = ask(method, self._address + path, self._key, body, listen(), patience)
            except Broken as error:
                failure, headers = error, {}
            else:
                if answer.status != TOO_MANY and (answer.status not in TROUBLE or troubles >= TROUBLES_BORNE):
                    return answer
                failure, headers = self._refusal(answer), answer.headers
            troubles += failure.code != "language_busy"
            pause = max(PAUSE, _pause(headers, PAUSE * 2**tries))
            if troubles > TROUBLES_BORNE or pause >= patience.left:
                raise failure
            patience.sleep(pause)
            tries += 1

    def _takes_less(self, answer: Reply) -> bool:
        """Whether it complained of the answer's format, and there is a plainer one."""
        complains = answer.status in COMPLAINS and _OF_FORMAT.search(answer.refusal)
        if not complains or self._format == len(FORMATS) - 1:
            return False
        self._format += 1
        return True

    def _refusal(self, answer: Reply) -> LanguageError:
        """With the beginning of what it said, for the operator; not with the key, which it may have repeated."""
        status = answer.status
        code = "language_busy" if status == TOO_MANY else "language_trouble" if status >= 500 else "language_refused"
        said = answer.refusal.replace(self._key, "…") if self._key else answer.refusal
        said = " ".join("".join(char if char.isprintable() else " " for char in said).split())[:MOST_OF_REASON]
        return LanguageError(code, f"it answered with status {status}" + (f": {said}" if said else ""), status=status)


def _pause(headers: Mapping[str, str], usual: float) -> float:
    """Seconds, as Retry-After says them: a number or a date."""
    wish = headers.get("retry-after", "").strip()
    if wish.isascii() and wish.isdigit():
        return float(wish[:9])
    try:
        moment = parsedate_to_datetime(wish)
    except ValueError:
        return usual
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
