"""What was said so far, in one run of words between two borders, and what is to be known of it for the next word."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Told:
    """What was said so far in one run of words, between two borders."""

    english: list[str] = field(default_factory=list)
    unknown: dict[str, None] = field(default_factory=dict)
    waiting: str = ""  # a preposition or "and", said when something follows
    after_noun: bool = False
    after_number: bool = False
    owned: bool = False  # an adjective behind "of" or the like: its noun is to come
    joined: bool = False  # … behind any preposition
    degree: str = ""  # of the adjective to come: "most"
    is_owned_degree: bool = False  # told in the genitive
    is_passive: bool = False  # what was said was done by somebody
    means: str = ""  # how a noun in the instrumental is joined to what was said: "with" what one draws

    def say(self, words: str) -> None:
        if self.waiting and not (self.waiting in ("and", "or") and not self._has_words()):
            self.english.append(f"{self.waiting} ")
        self.waiting = self.degree = ""
        self.english.append(words)

    def border(self, text: str) -> None:
        self.english.append(text)
        self.waiting = self.degree = self.means = ""
        self.after_noun = self.after_number = self.owned = self.joined = False

    def _has_words(self) -> bool:
        for said in reversed(self.english):
            if said.strip():
                return said.strip()[-1].isalnum()
        return False
