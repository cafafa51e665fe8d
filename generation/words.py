"""From what people wrote to words that a prompt can use: Latin letters, no noise, no markup. The form is elsewhere."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

LONGEST_WORD = 20
NUMBER = re.compile(r"[0-9]{1,4}")

_MARKUP = re.compile(
    r"<[^<>]*>|(?:https?://|www\.)\S+|\b[\w-]{1,60}\.(?:com|net|org|ru|tv|be|me|io|ly)\b\S*|[#@]\w+|[^\s@]{1,60}@\S+"
)
_EPISODE = re.compile(
    r"\bs\d{1,3}\s?e\d{1,4}\b|"
    r"\b(?:season|episode|ep|part|pt|vol|volume|chapter|сезон|серия|выпуск|эпизод|часть|ч|том|глава)\b[.\s]*[#№]?\s*\d+|"
    r"[#№]\s*\d+|\b\d+(?:-?[йяе])?\s+(?:сезон|серия|выпуск|эпизод|часть)\b|\b\d+\s*/\s*\d+\b|\b\d+(?:k|p|fps|hz)\b",
    re.IGNORECASE,
)
_BORDER = re.compile(r"[|•·:;!?…()\[\]{}«»\"“”\n]+|\s[-–—~/\\]+\s|(?<=\w{4})\.+(?:\s|$)|,+(?:\s|$)")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_NOT_DECOMPOSED = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "æ": "ae", "Æ": "Ae", "œ": "oe", "ı": "i", "’": "'"}
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NOISE = _words(
    """
    official video videos trailer teaser vlog vlogs shorts hd uhd fullhd hdr remastered subscribe lyrics feat ft
    prod wtf omg lol clickbait livestream episode http https www
    """
)
_TO_VIEWERS = _words("i me my we us our you your let lets please thanks hi hello hey welcome how")
LEAST_OPENING = 4  # words
_OF_DESCRIPTIONS = _words(
    """
    channel watch like likes share comment comments link links youtube instagram facebook twitter tiktok
    telegram patreon discord music audio follow click here below description thanks thank please support join
    sponsor email gear
    """
)
_SMALL = _words(
    """
    a an the and or but of to in on at by for from with without into onto over under as is are was were be been
    it its this that these those i you he she we they me my your his her our their not no so if than then there
    here what when where which who why how all any can could will would should do does did have has had just
    very more most some such let new about after again also because before between down each ever every get got
    going make made many much never only other out really same still them through until up while
    """
)
_ENGLISH = _words("the and of to in is with for that this")


def phrases(text: str) -> list[str]:
    """Split ``text`` into phrases of Latin words, in their order; what is left of nothing is left out.

    Gone are markup, addresses, hashtags, episode numbers, emoji, control and invisible characters, words in or with
    letters of other scripts, and words that say nothing of a picture ("official video").
    """
    text = _EPISODE.sub("|", _MARKUP.sub(" ", _visible(text)))
    return [phrase for piece in _BORDER.split(text) if (phrase := _phrase(piece))]


def key_words(text: str, known: str, count: int) -> list[str]:
    """Up to ``count`` words that an English ``text`` repeats and that are not in ``known``, the most frequent first.

    Other languages give none: their small words cannot be told from those that matter.
    """
    words = [word.lower() for phrase in phrases(text) for word in phrase.split()]
    if len(_ENGLISH & set(words)) < 3:
        return []
    taken = _SMALL | _OF_DESCRIPTIONS | {word.lower() for word in known.split()}
    counted = Counter(word for word in words if len(word) > 3 and word.isalpha() and word not in taken)
    return [word for word, times in counted.most_common(count) if times > 1]


def opening(text: str) -> str:
    """The first phrase of an English ``text`` that says what is to be seen: not to the viewer, not about the video."""
    for phrase in phrases(text):
        words = {word.lower() for word in phrase.split()}
        if len(words) >= LEAST_OPENING and words & _ENGLISH and not words & (_TO_VIEWERS | _OF_DESCRIPTIONS):
            return phrase
    return ""


def shorten(phrase: str, words: int) -> str:
    """The first ``words`` words; where that cuts something off, without small ones ("of the") left over at the end."""
    every = phrase.split()
    return phrase if len(every) <= words else " ".join(_without_loose_end(every[:words]))


def _without_loose_end(words: list[str]) -> list[str]:
    while words and words[-1].lower() in _SMALL:
        words = words[:-1]
    return words


def _visible(text: str) -> str:
    shown = []
    for char in text:
        category = unicodedata.category(char)
        if category in ("Cf", "Mn", "Me"):
            continue  # joiners, direction marks, variation selectors: nothing between the letters around them
        shown.append(" " if category[0] in "CZ" or category in ("So", "Sk") else char)
    return "".join(shown)


def _phrase(piece: str) -> str:
    words = [_latin(word) for word in _WORD.findall(piece)]
    kept: list[str] = []
    for at, word in enumerate(words):
        beside = [near for near in words[max(0, at - 1) : at] + words[at + 1 : at + 2] if near and not near.isdigit()]
        is_number = NUMBER.fullmatch(word) and beside  # numbers among words of another script mean nothing
        is_word = word and not word.isdigit() and word.lower() not in _NOISE
        if (is_number or is_word) and (not kept or kept[-1].lower() != word.lower()):
            kept.append(word)
    if not any(_says_something(word) for word in kept):
        return ""
    return _calm(" ".join(kept if kept[-1] == words[-1] else _without_loose_end(kept)))


def _says_something(word: str) -> bool:
    return len(word) > 1 and not word.isdigit() and word.lower().partition("'")[0] not in _SMALL


def _latin(word: str) -> str:
    """``word`` in ASCII letters and digits, or nothing where it has others or is no word."""
    plain = unicodedata.normalize("NFKD", word.translate(_NOT_DECOMPOSED))
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    is_lonely = len(plain) == 1 and plain.lower() not in "ai0123456789"
    return plain if plain.isascii() and len(plain) <= LONGEST_WORD and not is_lonely else ""


def _calm(phrase: str) -> str:
    """Lower case where somebody shouts."""
    letters = [char for char in phrase if char.isalpha()]
    shouts = len(letters) > 5 and sum(char.isupper() for char in letters) > 0.6 * len(letters)
    return phrase.lower() if shouts else phrase
