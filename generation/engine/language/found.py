"""The first JSON object in what a model says, found while it still speaks: in prose, in a fence, after its thoughts."""

from __future__ import annotations

import json

MOST_CHARACTERS = 16_000
MOST_STARTS = 64
DEEPEST = 4  # the answer has one list in one object


class Finder:
    """Feed it pieces of a text. `found` is the first whole object; `full` says that there is no use in more."""

    def __init__(self) -> None:
        self.found: dict[str, object] | None = None
        self.full = False
        self.text = ""
        self._at = 0
        self._restart()

    def feed(self, piece: str) -> bool:
        """Whether nothing more is needed. Looks at every character once."""
        self.text += piece[: MOST_CHARACTERS - len(self.text)]
        self.full = len(self.text) >= MOST_CHARACTERS
        while self._at < len(self.text) and self.found is None:
            self._look(self.text[self._at])
            self._at += 1
        return self.found is not None or self.full

    def last(self) -> dict[str, object] | None:
        """Once nothing more comes: what was found, or an object that begins after a quotation mark left open."""
        starts = [at for at, char in enumerate(self.text) if char == "{"][:MOST_STARTS]
        return self.found or next(filter(None, (read_object(self.text, at) for at in starts)), None)

    def _restart(self) -> None:
        self._start = self._depth = 0
        self._quoted = self._escaped = False

    def _look(self, char: str) -> None:
        if self._depth == 0:
            if char == "{":
                self._start, self._depth = self._at, 1
        elif self._quoted:
            self._quoted = self._escaped or char != '"'
            self._escaped = char == "\\" and not self._escaped
        elif char == '"':
            self._quoted = True
        elif char == "{":
            self._depth += 1
            if self._depth > DEEPEST:
                self._restart()
        elif char == "}":
            self._depth -= 1
            if self._depth == 0:
                self.found = read_object(self.text, self._start)
                self._restart()


def read_object(text: str, start: int = 0) -> dict[str, object] | None:
    """The JSON object that begins there, or None for anything else, however deep or long it is."""
    try:
        values, _ = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None
