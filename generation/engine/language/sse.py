"""What an OpenAI-compatible server answers, piece by piece: a stream of events, or one completion at once.

https://platform.openai.com/docs/api-reference/chat/streaming; the events are those of HTML's server-sent events.
"""

from __future__ import annotations

from typing import Any

from generation.engine.language.errors import LanguageError
from generation.engine.language.found import Finder, read_object

MOST_BYTES = 1_000_000
END = "[DONE]"


class Speech:
    """Feed it the bytes of an answer as they come. `finder.text` is what the model says.

    LanguageError("language_stranger") where it is no such answer, or longer than MOST_BYTES; "language_trouble" for an
    error in the middle of the stream.
    """

    def __init__(self) -> None:
        self.finder = Finder()
        self.pieces = 0
        self._rest = bytearray()
        self._bytes = 0
        self._events: bool | None = None  # not known yet

    def feed(self, piece: bytes) -> bool:
        """Whether nothing more is needed."""
        self._bytes += len(piece)
        if self._bytes > MOST_BYTES:
            raise LanguageError("language_stranger", f"its answer has more than {MOST_BYTES} bytes")
        self._rest += piece
        if self._events is None and (begun := bytes(self._rest[:64]).lstrip()):
            self._events = not begun.startswith((b"{", b"[", b"<"))
        if not self._events or b"\n" not in piece:
            return False
        *lines, rest = bytes(self._rest).split(b"\n")
        self._rest = bytearray(rest)
        enough = [self._line(line) for line in lines]  # all of them are read, for the error that one may hold
        return any(enough)

    def end(self) -> str:
        """What the model said, once no byte comes any more or none is needed."""
        if self._events:
            self._line(bytes(self._rest))
        elif (whole := read_object(self._rest.decode(errors="replace").strip())) is not None:
            self._take(whole, "message")
        else:
            raise LanguageError("language_stranger", "it answered something else than JSON")
        return self.finder.text

    def _line(self, line: bytes) -> bool:
        text = line.decode(errors="replace").strip()
        if not text.startswith("data:"):
            return False
        if (data := text.removeprefix("data:").strip()) == END:
            return True
        event = read_object(data)
        if event is None:
            raise LanguageError("language_stranger", "an event of its answer is no JSON object")
        return self._take(event, "delta")

    def _take(self, values: dict[str, Any], key: str) -> bool:
        if values.get("error"):
            raise LanguageError("language_trouble", "it reported an error while it answered")
        choices = values.get("choices")
        first = choices[0] if isinstance(choices, list) and choices else {}
        said = first.get(key) if isinstance(first, dict) else None
        content = said.get("content") if isinstance(said, dict) else None
        if key == "message" and not isinstance(said, dict):
            raise LanguageError("language_stranger", "its answer holds no message")
        if not isinstance(content, str) or not content:
            return False
        self.pieces += 1
        return self.finder.feed(content)
