"""What a captioner says, made one clean line: lowercase, without the noise of its training. No torch."""

from __future__ import annotations

import re

# "an arafed man", "araffe in a field": what BLIP's large model says of anything, and means nothing.
_NOISE = re.compile(r"\b(?:an? )?ara+f+[a-z]*\b ?(?P<next>\w*)")
_SPACED = (  # as BERT's tokenizer takes words apart
    (re.compile(r"\s+([,.;:!?%)])"), r"\1"),
    (re.compile(r"(\w) - (\w)"), r"\1-\2"),
    (re.compile(r"(\w) ?' ?(s|t|re|ve|ll|d|m)\b"), r"\1'\2"),
    (re.compile(r"\s+"), " "),
)
_MOST = 30  # words
_TAKE_NO_ARTICLE = ("men", "women", "people", "children", "in", "on", "at", "with", "of", "and", "is", "that")


def tidied(line: str) -> str:
    """The line in lowercase, noise taken out, at most 30 words; nothing where nothing is left."""
    text = _NOISE.sub(_without_noise, line.lower())
    for pattern, instead in _SPACED:
        text = pattern.sub(instead, text)
    return " ".join(text.strip(" .,;:-").split()[:_MOST])


def _without_noise(found: re.Match[str]) -> str:
    """The word behind the noise gets the article that the noise had taken."""
    after = found["next"]
    if not found[0].startswith(("a ", "an ")) or not after or after.endswith("s") or after in _TAKE_NO_ARTICLE:
        return after
    return f"{'an' if after[0] in 'aeiou' else 'a'} {after}"
