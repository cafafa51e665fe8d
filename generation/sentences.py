"""From an English description to phrases of what is to be seen: "I show you how we built a hut" is "building a hut".

What speaks to the viewers, of the channel or of links says nothing of a picture and is left out.
"""

from __future__ import annotations

import re

from generation.engine.tokenizer import EVERYDAY_WORDS
from generation.verbs import SHOWING, STATES, gerund, is_past
from generation.words import SMALL, phrases, says_much, set_of, talks_to_viewers

LEAST_WORDS = 2  # that say something, in a phrase worth taking

_ENGLISH = set_of("the and of to with for this that from into by you how my your our are it")
_CREDIT = re.compile(
    r"\b(?:music|song|track|camera|gear|credits?|editing|edited|filmed|produced|written|directed|sources?|links?)"
    r"(?: (?:by|from|used))?\s*[:–—-]\s[^\n.!?]*",
    re.IGNORECASE,
)
_I = r"(?:i|we|you|they)"
_NEXT = re.compile(rf"\s+(?:and|but|so|while|when|because|as|where|until|then|if)\s+(?={_I}\b)", re.IGNORECASE)
_FILM = (
    r"(?:lecture|part|tutorial|lesson|stream|film|clip|series|talk|show|one)"  # "video" and the like are gone by now
)
_FILLERS = re.compile(
    r"^(?:(?:today|tonight|now|so|and|but|then|also|finally|here|okay|well|once again|this time|hi|hello|hey|everyone|"
    r"everybody|guys|folks|friends|welcome(?: back)?(?: to)?|(?:watch|join|see) (?:as|how|me|us)|"
    rf"(?:in|on|for) (?:this|today's|the|my|our|another|a)(?: new)?(?: {_FILM}|(?=\s+{_I}\b))|"
    rf"(?:this|today's|my|our)(?: new)?(?: {_FILM})? (?:is about|is on|about|shows?|covers|features|explains|explores)|"
    r"how (?:to|i|we)(?=\s+\w+ing\b)|how to|how|what|why|"
    r"where|that)\b\s*)+",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    rf"^{_I}\b(?:'(?:m|re|ve|ll|d))?(?:\s+(?:am|are|was|were|will|have|had|can|could|would|should|must|did|do|finally|"
    r"just|also|even|really|actually|always|often|first|then|never|gonna|not|be|been|let|let's|"
    r"(?:going|go|went|try|tried|trying|wants?|wanted|decided?|get|got|have|had|need|needed|managed?|started?|began|"
    r"begin|ended up|used|learn|learned) to)(?!\s+(?:an?|the|some|my|our|your|no|many|\d+)\b))*\s+",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(?:my|our|your|me|us|you|myself|ourselves|yourself)\b\s*", re.IGNORECASE)
_AND_SHOWING = re.compile(rf"\band\s+(?:{'|'.join(sorted(SHOWING))})\b(?:\s+(?:at|about))?", re.IGNORECASE)
_AND_DID = re.compile(r"(?<=\band )(\w+)(?= (?:it|them|him|her|the|an?|in|on|at|to|into|through|over|from|with)\b)")
_AFTER_SHOWING = re.compile(r"^(?:(?:you|about|at|on|with|through|over|how|to|all|everything)\s+)+", re.IGNORECASE)


def is_english(text: str) -> bool:
    """Whether a text reads as English: by its small words, or because most others are everyday ones."""
    words = [word.lower() for phrase in phrases(text) for word in phrase.split()]
    everyday = sum(word in _EVERYDAY or word.endswith("ing") for word in words)
    return "the" in words or len(_ENGLISH & set(words)) > 1 or 2 * everyday >= len(words) > 1


def scenes(description: str) -> list[str]:
    """The phrases of an English description that say what is to be seen, in their order; never in the first person."""
    found: dict[str, None] = {}
    for whole in phrases(_CREDIT.sub(".", description)):
        for phrase in _NEXT.split(whole):
            seen = _impersonal(phrase)
            if not talks_to_viewers(phrase) and sum(map(says_much, seen.split())) >= LEAST_WORDS:
                found.setdefault(seen)
    return list(found)


def _impersonal(phrase: str) -> str:
    """Without whoever speaks and those who are spoken to."""
    left = begun = _FILLERS.sub("", phrase)
    while match := _SUBJECT.match(left):
        verb, _, rest = left[match.end() :].partition(" ")
        if verb.lower() in SHOWING:
            left = _FILLERS.sub("", _AFTER_SHOWING.sub("", _FILLERS.sub("", rest)))
        elif verb.lower() in STATES:
            left = rest
        else:
            left = f"{gerund(verb)} {rest}"
    if left != begun:
        left = _AND_DID.sub(
            lambda verb: gerund(verb[0]) if is_past(verb[0]) else verb[0], _AND_SHOWING.sub("and", left)
        )
    left = re.split(rf"\s+{_I}\b", left, maxsplit=1, flags=re.IGNORECASE)[0]
    left = re.sub(rf"^{_I}\b.*", "", left, flags=re.IGNORECASE)
    return _trimmed(_OWN.sub("", left).split())


def _trimmed(words: list[str]) -> str:
    while words and words[-1].lower() in SMALL:
        words = words[:-1]
    return " ".join(words)


_EVERYDAY = frozenset(EVERYDAY_WORDS) | SMALL
