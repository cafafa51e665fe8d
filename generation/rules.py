"""Words for what may not be painted, in English and Russian, and how they are found. Pictures are checked elsewhere."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from generation.emphasis import plain

# Words are written as patterns: ``~`` is any ending, a space any gap. They match whole words only. Where a word has a
# harmless use (nude lipstick, Al Gore, a baby that eats), the pattern says what must or must not stand beside it.
_MINOR = (
    "child|children|kid|kids|baby|babies|toddler~|infant~|minor|minors|underage|teen|teens|teenage~|preteen~|"
    "schoolgirl~|schoolboy~|(?:little|young) (?:girl|girls|boy|boys)|"
    "ребен~|ребят~|дети|детей|детск~|детям|малыш~|младенц~|девочк~|девочек|мальчик~|школьниц~|школьник~|подрост~|"
    "несовершеннолетн~"
)
_SEXUAL = (
    "sexy|sexual~|sex|erotic~|nude|nudes|nudity|naked|topless|undressed|lingerie|seductive~|porn~|"
    "секс|секси|сексуальн~|секса|эротик~|эротическ~|обнажен~|нагой|нагая|нагие|голый|голая|голые|голого|голую|"
    "раздет~|порно~"
)
_PERSON = "woman|women|girl|girls|man|men|boy|boys|lady|ladies|body|bodies|people|person|model|models"
_PERSON_RU = "женщин~|девушк~|девушек|мужчин~|парень|парни|людей|люди|тел|тело|тела|баба|бабы"
_NEAR = "(?: [^ ]+){0,2}"  # at most two words between
_COSMETICS = (
    "lip|lips|lipstick~|makeup|make up|nail|nails|palette~|shade|shades|color~|colour~|tone|tones|heels|eyeshadow~"
)

_TERMS = (
    # sexual content with minors
    f"(?:{_MINOR})(?: [^ ]+){{0,4}} (?:{_SEXUAL})",
    f"(?:{_SEXUAL})(?: [^ ]+){{0,4}} (?:{_MINOR})",
    "lolicon~|shotacon~|jailbait|child ?porn~|p(?:a)?edophil~|педофил~",
    # nudity and pornography
    f"nudes|nudity|nude(?! (?:{_COSMETICS})>)|nsfw|hentai|porn|porno|pornos|pornograph~|порно~|порнуш~|хентай~",
    f"(?:naked|topless|undressed){_NEAR} (?:{_PERSON})|(?:{_PERSON}){_NEAR} (?:naked|topless|undressed)",
    f"(?:{_PERSON}) without (?:any )?cloth~",
    f"(?:гол(?:ый|ая|ые|ых|ого|ой|ую)|раздет~|обнажен~){_NEAR} (?:{_PERSON_RU})|обнаженк~|ню фото|эротическ~ фото",
    f"(?:{_PERSON_RU}) без одежды",
    "sex scene~|sex act~|sexual intercourse|blow ?job~|hand ?job~|genitals|genitalia|гениталии~|минет~|половой акт",
    # gore
    "(?<!al )(?<!vidal )(?<!lesley )gore(?! (?:tex|verbinski|vidal)>)|gorefest~|gory|dismember~|decapitat~|"
    "behead~|disembowel~|mutilated|mutilation~|расчленен~|обезглавл~|отрубленн~ голов~|выпотрошен~|изувечен~",
    # hate
    "swastika~|nazi (?:salute~|flag~|symbol~|emblem~)|hitler salute~|sieg heil|heil hitler|ss runes|white power|"
    "ku klux klan|kkk|свастик~|нацистск~ (?:флаг~|символ~|приветств~)|зиг хайль|хайль гитлер~|ку клукс клан~",
)

_LOOKS_LIKE = str.maketrans("авекмнорстухіјѕԁһԛԝѵӏ", "abekmhopctyxijsdhqwvl")  # Cyrillic drawn like Latin


@dataclass(frozen=True)
class Hit:
    """What was found, as a person wrote it, and from where to where it stands in the text."""

    term: str
    span: tuple[int, int]


def find_banned(text: str) -> Hit | None:
    """Find the first banned term in ``text``.

    Case, accents, invisible characters, full-width and decorated letters, and Cyrillic letters in the place of Latin
    ones (and the other way round) do not hide a term, nor do weights; a longer word that contains one is no hit. The
    hit's place is that in the text without weights where only there it can be found.
    """
    return _find(text) or _find(plain(text))


def _find(text: str) -> Hit | None:
    folded, places = _fold(text)
    match = _PATTERN.search(folded)
    if match is None:
        return None
    start, end = places[match.start()], places[match.end() - 1] + 1
    return Hit("".join(char for char in text[start:end] if not _is_invisible(char)), (start, end))


def _fold(text: str) -> tuple[str, list[int]]:
    """Lower case without marks, letters and single gaps alone; and the place in ``text`` of each character."""
    folded: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        for part in unicodedata.normalize("NFKD", char).casefold():
            if _is_invisible(part):
                continue
            letter = part if part.isalpha() else " "
            if letter != " " or (folded and folded[-1] != " "):
                folded.append(letter)
                places.append(place)
    return "".join(folded).translate(_LOOKS_LIKE), places


def _is_invisible(char: str) -> bool:
    return unicodedata.category(char) in ("Mn", "Me", "Cf")


def _compiled(terms: tuple[str, ...]) -> re.Pattern[str]:
    bare = "".join(char for char in unicodedata.normalize("NFKD", "|".join(terms)) if not _is_invisible(char))
    folded = bare.translate(_LOOKS_LIKE)
    return re.compile(rf"(?<![^ ])(?:{folded.replace('~', '[^ ]*').replace('>', '(?![^ ])')})(?![^ ])")


_PATTERN = _compiled(_TERMS)
