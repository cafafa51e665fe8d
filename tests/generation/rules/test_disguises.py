"""A word is found in every disguise, and a text made of other words is not it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.rules import Ruleset
from tests.generation.rules.conftest import rule

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS = ["naked", "swastika", "hentai", "голая", "порно", "расчлененка"]
LATIN = {"a": "а", "e": "е", "o": "о", "c": "с", "p": "р", "x": "х", "y": "у", "k": "к", "h": "һ", "i": "і", "s": "ѕ"}
CYRILLIC = {look: letter for letter, look in LATIN.items()} | {"һ": "h", "н": "h", "г": "r", "п": "n", "л": "l"}
LEET = {"a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7", "а": "@", "о": "0", "е": "3", "ч": "4"}


def swapped(table: dict[str, str], most: int) -> Callable[[str], str]:
    """Put the look-alikes in the place of the first ``most`` letters that have one."""

    def swap(word: str) -> str:
        left = most
        swapped = ""
        for char in word:
            swapped += table[char] if left and char in table else char
            left -= bool(left and char in table)
        return swapped

    return swap


def bold(word: str) -> str:
    return "".join(chr(0x1D5EE + ord(char) - ord("a")) if "a" <= char <= "z" else char for char in word)


DISGUISES: dict[str, Callable[[str], str]] = {
    "capitals": str.upper,
    "mixed capitals": lambda word: "".join(char.upper() if n % 2 else char for n, char in enumerate(word)),
    "look-alikes": swapped(LATIN | CYRILLIC, 9),
    "one look-alike": swapped(LATIN | CYRILLIC, 1),
    "leet": swapped(LEET, 9),
    "one digit": swapped(LEET, 1),
    "blanks": " ".join,
    "dots": ".".join,
    "dashes": "-".join,
    "underscores": "_".join,
    "asterisks": "*".join,
    "dots and blanks": ". ".join,
    "emoji": "🍑".join,
    "emoji and blanks": " 🔥 ".join,
    "nothing wide": "\u200b".join,
    "joiners": "\u200d".join,
    "soft hyphens": "\u00ad".join,
    "word joiners": "\u2060".join,
    "accents": "\u0301".join,
    "one letter hidden": lambda word: f"{word[:2]}*{word[3:]}",
    "bold": bold,
    "full width": lambda word: "".join(chr(ord(char) + 0xFEE0) if char.isascii() else char for char in word),
    "letters repeated": lambda word: word[0] + word[1] * 4 + word[2:],
    "cut in two": lambda word: f"{word[:3]}-{word[3:]}",
    "weights": lambda word: f"({word}:1.4)",
    "square brackets": lambda word: f"[[{word}]]",
    "weight within": lambda word: f"{word[:3]}({word[3:]}:1.2)",
    "tag": lambda word: f"#{word}",
    "with a number": lambda word: f"{word}18",
    "with a name": lambda word: f"{word}_photo",
}


@pytest.fixture(scope="module")
def words() -> Ruleset:
    return Ruleset([rule("\n".join(WORDS))])


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("disguise", DISGUISES)
def test_no_disguise_hides_a_word(word: str, disguise: str, words: Ruleset) -> None:
    hidden = DISGUISES[disguise](word)
    text = f"portrait of {hidden} at dawn"
    hit = words.judge(text).hit
    assert hit is not None, hidden
    start, end = hit.span
    assert start <= text.index(hidden[0], 12) + 3
    assert 0 < end - start <= len(hidden)


@pytest.mark.parametrize(
    "text",
    [
        "golaya devushka", "golaia devushka", "GOLAJA", "g0laya", "raschlenenka", "raschlenyonka", "pornò",
    ],
)  # fmt: skip
def test_russian_in_latin_letters_is_read(text: str, words: Ruleset) -> None:
    assert words.judge(text).hit


@pytest.mark.parametrize(
    "text",
    [
        "голографическая карта", "гол в ворота", "the pen is red", "nake dog", "porcelain", "t h e   n e w   k e d s",
        "na keddah", "порноваться", "go laya", "SnakeDen",
    ],
)  # fmt: skip
def test_other_words_are_not_taken_for_it(text: str, words: Ruleset) -> None:
    assert words.judge(text).hit is None


def test_a_row_of_single_letters_is_read_from_its_beginning() -> None:
    rules = Ruleset([rule("rapist\nanal\nass")])
    for harmless in ("t h e r a p i s t", "a n a l y s i s", "a-s-s-a-s-s-i-n", "c l a s s", "p.a.s.s"):
        assert rules.judge(harmless).hit is None, harmless
    for hidden in ("a n a l", "a.s.s", "r a p i s t", "see a n a l here"):
        assert rules.judge(hidden).hit, hidden


@pytest.mark.parametrize(
    "text", ["#KuKluxKlan", "k u k l u x k l a n", "KUKLUXKLAN", "Ku-Klux-Klan", "k.u.k.l.u.x.k.l.a.n"]
)
def test_a_term_of_several_words_is_found_as_one(text: str) -> None:
    assert Ruleset([rule("ku klux klan")]).judge(f"a rally of the {text}, poster").hit


@pytest.mark.parametrize(
    "text",
    ["nakedgirlsonbeach", "#nakedphotos", "beachnaked", "голаядевушканапляже", "фотоголая", "na, ked woman", "nak ed"],
)
def test_a_word_among_others_written_together_or_cut_in_two_is_found(text: str, words: Ruleset) -> None:
    assert words.judge(f"see {text} here").hit


def test_words_that_others_are_made_of_are_left_alone() -> None:
    rules = Ruleset([rule("rapist\nanal\npenis\nsex\nnude\nsin\nкот\nвор")])
    for harmless in (
        *("therapist", "physiotherapist", "analysis", "pen is", "Essex", "sextant", "unisex", "nudelman", "business"),
        *("который", "творог", "разговор", "двор", "котлета"),
    ):
        assert rules.judge(f"my {harmless} now").hit is None, harmless


def test_a_beginning_is_found_in_disguise() -> None:
    rules = Ruleset([rule("decapitat~")])
    for hidden in ("d3c4pit4t3d", "d e c a p i t a t i o n", "decap1tating", "DeCapitated"):
        assert rules.judge(f"a {hidden} knight").hit, hidden


@given(st.text(max_size=300))
def test_any_text_is_survived_and_spans_lie_in_it(words: Ruleset, text: str) -> None:
    for hit in words.judge(text).hits:
        assert 0 <= hit.span[0] < hit.span[1] <= len(text)


@pytest.mark.parametrize("text", ["*" * 5000, "a*" * 2500, "1" * 5000, "а" * 5000, "n.u." * 1250, "s3x" * 1600])
def test_what_is_made_to_take_long_ends(text: str, words: Ruleset) -> None:
    assert words.judge(text).hit is None
