"""What people type, without what cannot be seen."""

from __future__ import annotations

import pytest

from imagecreator.words import clean_line, clean_text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  A   walk\tby\nthe lake ", "A walk by the lake"),
        ("zero\u200bwidth", "zerowidth"),
        ("\u202eevil\u202c", "evil"),
        ("bell\x07 and null\x00", "bell and null"),
        ("family 👨‍👩‍👧 stays", "family 👨‍👩‍👧 stays"),
        ("שלום עולם", "שלום עולם"),
        ("Привет, мир", "Привет, мир"),
        ("e\u0301t\u00e9", "été"),
    ],
)
def test_a_line_keeps_what_can_be_read(typed: str, kept: str) -> None:
    assert clean_line(typed) == kept


def test_a_text_keeps_its_lines() -> None:
    assert clean_text("one\r\ntwo\r\n\r\n\r\n\r\nthree\x0b") == "one\ntwo\n\nthree"
