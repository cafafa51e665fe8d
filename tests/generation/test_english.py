"""What people type reaches the model in Latin letters alone, and what was left out is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.english import English, is_foreign, to_english


@pytest.mark.parametrize(
    ("typed", "read", "unknown"),
    [
        ("a red boat", "a red boat", ()),
        ("  a café, (night:1.3)  ", "  a café, (night:1.3)  ", ()),
        ("a red boat, 東京", "a red boat", ("東京",)),
        ("(東京 boat:1.3), [مرحبا] sea", "(boat:1.3), sea", ("東京", "مرحبا")),
        ("(東京:1.3), sea", "sea", ("東京",)),
        ("<lora:ink:0.8> boat 東京", "<lora:ink:0.8> boat", ("東京",)),
        ("𝓣𝓱𝓮 ｂｏａｔ 東京", "𝓣𝓱𝓮 ｂｏａｔ", ("東京",)),
        ("", "", ()),
    ],
)
def test_foreign_words_are_left_out_and_signs_stay(typed: str, read: str, unknown: tuple[str, ...]) -> None:
    english = to_english(typed)
    assert (english.text, english.unknown) == (read, unknown)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("рыжий кот", "ginger cat"),
        ("(рыжий кот:1.3), red boat", "(ginger cat:1.3), red boat"),
        ("a red boat, озеро", "a red boat, lake"),
        ("a vidео of a boat", "a video of a boat"),  # with Cyrillic е and о
    ],
)
def test_russian_becomes_english_and_weights_stay(typed: str, read: str) -> None:
    assert to_english(typed) == English(read)


@given(st.text(max_size=200))
def test_no_foreign_letter_is_ever_left(text: str) -> None:
    assert not is_foreign(to_english(text).text)
