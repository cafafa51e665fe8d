"""Cleaning the text that people type: what cannot be seen goes, what can be read stays (emoji, any script)."""

from __future__ import annotations

import re
import unicodedata

JOINERS = "\u200c\u200d"  # they hold emoji and some scripts together
_SPACES = re.compile(r"\s+")
_BLANK_LINES = re.compile(r"\n{3,}")


def clean_text(text: str) -> str:
    """Remove control, private and direction-changing characters; keep line breaks, at most one blank line in a row."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    kept = (c for c in text if c == "\n" or c in JOINERS or unicodedata.category(c) not in {"Cc", "Cf", "Co", "Cs"})
    return _BLANK_LINES.sub("\n\n", "".join(kept)).strip()


def clean_line(text: str) -> str:
    """Clean a text that has one line: a title, a name. All white space becomes single blanks."""
    return clean_text(_SPACES.sub(" ", text))
