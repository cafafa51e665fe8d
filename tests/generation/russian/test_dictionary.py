"""The dictionary's files: whole, without contradictions, and every word found under all that people may type."""

from __future__ import annotations

import re

import pytest

from generation.russian import translate
from generation.russian.dictionary import FOLDER, SMALL, dictionary, entries, plain
from generation.russian.english import plural

ENTRIES = list(entries())
LEAST = 2_500  # words and groups that mean something


def test_there_are_enough_words_for_everyday_titles() -> None:
    assert len([russian for theme, russian, english in ENTRIES if english and theme != SMALL]) >= LEAST


def test_no_word_stands_twice() -> None:
    keys = [plain(russian) for _, russian, _ in ENTRIES]
    assert sorted(key for key in set(keys) if keys.count(key) > 1) == []


def test_english_is_plain_latin_and_says_no_more_than_a_few_words() -> None:
    for _, russian, english in ENTRIES:
        assert re.fullmatch(r"[A-Za-z'-]+( [A-Za-z'-]+){0,4}|", english), russian


def test_russian_is_cyrillic_and_in_small_letters() -> None:
    for _, russian, _ in ENTRIES:
        assert re.fullmatch(r"[а-яё]+([ -][а-яё]+)*", russian), russian


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_every_theme_has_words(path: object) -> None:
    assert [entry for entry in ENTRIES if entry[0] == path.stem]  # type: ignore[attr-defined]


def test_every_entry_is_found_as_it_is_written_with_and_without_the_dots_of_its_letters() -> None:
    known = dictionary()
    wrong = []
    for theme, russian, english in ENTRIES:
        if theme == SMALL or not english:
            continue
        for typed in (russian, russian.replace("ё", "е"), russian.capitalize()):
            found = translate(typed)
            if found.english not in (english, plural(english)) or found.unknown:
                wrong.append((typed, found.english, english))
    assert wrong == []
    assert known is dictionary(), "the files are read once"
