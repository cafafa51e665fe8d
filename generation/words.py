"""From what people wrote to words that a prompt can use: Latin letters, no noise, no markup. The form is elsewhere."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

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
_NO_END = "".join(
    rf"(?<!\b{short})" for short in ("Dr", "Mr", "Ms", "Mrs", "St", "vs", "No", "Mt", "Jr", "Sr", "etc", r"\w")
)
_BORDER = re.compile(
    rf"[|•·:;!?…()\[\]{{}}«»\"“”\n]+|\s[-–—~/\\]+\s|(?<=\w){_NO_END}\.+(?:\s|$)|,+(?:\s|$)", re.IGNORECASE
)
_BEGINNING = re.compile(
    r"(?:in|on|at|by|with)\s+(?!(?:and|or|front|search|top|case|love|between)\b)(?:the\s+|an?\s+)?", re.IGNORECASE
)
_HASHTAG = re.compile(r"(?<![\w&/])#([a-z][a-z0-9]{2,30})", re.IGNORECASE)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_NOT_DECOMPOSED = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "æ": "ae", "Æ": "Ae", "œ": "oe", "ı": "i", "’": "'"}
)


def set_of(text: str) -> frozenset[str]:
    """The words of ``text``."""
    return frozenset(text.split())


_NOISE = set_of(
    """
    official video videos trailer teaser vlog vlogs shorts hd uhd fullhd hdr remastered subscribe lyrics feat ft
    prod wtf omg lol clickbait livestream episode http https www viral trending fyp foryou foryoupage explore reels
    """
)
_OF_DESCRIPTIONS = set_of(
    """
    channel channels subscribe subscribed subscribers watching
    like likes share comment comments link links youtube instagram facebook twitter tiktok
    telegram patreon discord audio follow click here below description thanks thank please support join
    sponsor sponsors sponsored email gear download ebook merch discount promo code slides timestamps playlist giveaway
    hello hi welcome
    """
)
SMALL = set_of(
    """
    a an the and or but of to in on at by for from with without into onto over under as is are was were be been
    it its this that these those i you he she we they me my your his her our their not no so if than then there
    here what when where which who why how all any can could will would should do does did have has had just
    very more most some such let new about after again also because before between down each ever every get got
    going make made many much never only other out really same still them through until up while
    """
)
_OF_MUSIC = set_of("music song track background")  # "Music: …" names what is heard; as a hashtag it may be the subject
_PLACES = set_of(
    """
    in on at by with from into onto over under behind beside between through across around near inside outside along
    against above below during before after and or but who which that while where when for to of about out up down
    """
)


def phrases(text: str) -> list[str]:
    """Split ``text`` into phrases of Latin words, in their order; what is left of nothing is left out.

    Gone are markup, addresses, hashtags, episode numbers, emoji, control and invisible characters, words in or with
    letters of other scripts, and words that say nothing of a picture ("official video").
    """
    text = _EPISODE.sub("|", _MARKUP.sub(" ", _visible(text)))
    return [phrase for piece in _BORDER.split(text) if (phrase := _phrase(piece))]


def without_episodes(text: str) -> str:
    """``text`` without "S01E02", "part 3", "серия 5": in its own language, before anything is translated."""
    return _EPISODE.sub(" | ", text)


def key_words(text: str, known: str, count: int) -> list[str]:
    """Up to ``count`` words of an English ``text`` that are not in ``known``: hashtags, then what it repeats.

    A tag's words are parted at their capitals: ``#WinterHike`` gives "winter hike".
    """
    taken = SMALL | _OF_DESCRIPTIONS | _OF_MUSIC | _NOISE | {_stem(word) for word in known.lower().split()}
    tags = [_HUMP.sub(" ", tag).lower() for tag in _HASHTAG.findall(_visible(text))]
    words = [word.lower() for phrase in phrases(text) for word in phrase.split()]
    counted = Counter(word for word in words if len(word) > 3 and word.isalpha())
    found: dict[str, str] = {}
    for word in [*tags, *(word for word, times in counted.most_common() if times > 1)]:
        if not any(one in taken or _stem(one) in taken for one in word.split()) and len(word) <= LONGEST_WORD:
            found.setdefault(_stem(word), word)
    return list(found.values())[:count]


def without_preposition(phrase: str) -> str:
    """``phrase`` as the name of what is seen: "in the old castle" becomes "old castle". Nothing is made of nothing."""
    begun = _BEGINNING.match(phrase)
    left = phrase[begun.end() :] if begun else phrase
    return left if any(map(_says_something, left.split())) else phrase


def says_much(word: str) -> bool:
    """Whether a word says something by itself: it is not one of the small ones, nor a number."""
    return _says_something(word)


def talks_to_viewers(phrase: str) -> bool:
    """Whether a phrase is about the channel, links or what viewers are asked to do, or says whose music it is."""
    words = phrase.lower().split()
    return bool(_OF_DESCRIPTIONS & set(words)) or words[0] in _OF_MUSIC


def shorten(phrase: str, fits: Callable[[str], bool]) -> str:
    """As much of the beginning of ``phrase`` as fits; it ends where a part of the sentence does, if that leaves enough.

    Empty where not even the first word fits.
    """
    if fits(phrase):
        return phrase
    words = phrase.split()
    ends = [at for at in range(2, len(words)) if words[at].lower() in _PLACES]
    for natural in (True, False):
        for at in range(len(words) - 1, 0, -1):
            short = _without_loose_end(words[:at])
            if (at in ends or not natural) and short and fits(" ".join(short)):
                if natural and 3 * len(short) < _most(words, fits):
                    break  # too little would be left
                return " ".join(short)
    return ""


def _most(words: list[str], fits: Callable[[str], bool]) -> int:
    return next((at for at in range(len(words), 0, -1) if fits(" ".join(words[:at]))), 0)


def _stem(word: str) -> str:
    """Singular and plural are one word."""
    return word.removesuffix("s")


def _without_loose_end(words: list[str]) -> list[str]:
    while words and words[-1].lower() in SMALL:
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
    return len(word) > 1 and not word.isdigit() and word.lower().partition("'")[0] not in SMALL


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
