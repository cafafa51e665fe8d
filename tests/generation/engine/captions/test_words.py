"""A captioner's words made one clean line."""

from __future__ import annotations

import pytest

from generation.engine.captions.words import tidied


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("arafed man in a suit and tie", "man in a suit and tie"),
        ("an arafed image of a city", "an image of a city"),
        ("there is an arafed dog on a couch", "there is a dog on a couch"),
        ("araffes in a field", "in a field"),
        ("a araffe in a field", "in a field"),
        ("araffed woman with an umbrella", "woman with an umbrella"),
        ("A Man , in a T - Shirt .", "a man, in a t-shirt"),
        ("a man ' s hand", "a man's hand"),
        ("  a  cat  ", "a cat"),
        ("", ""),
        ("a giraffe in a field", "a giraffe in a field"),
        ("a carafe of wine", "a carafe of wine"),
    ],
)
def test_a_line_is_lowercase_and_without_noise(said: str, line: str) -> None:
    assert tidied(said) == line


def test_a_line_has_an_end() -> None:
    assert len(tidied("word " * 100).split()) == 30
