"""Weights in prompts: read as A1111 writes them, and nothing that people type breaks them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from generation.emphasis import DEEPEST, LEAST, MOST, Fragment, fragments, is_weighted, plain


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("", []),
        ("a red fox", [("a red fox", 1.0)]),
        ("a (red:1.3) fox", [("a ", 1.0), ("red", 1.3), (" fox", 1.0)]),
        ("a (red) fox", [("a ", 1.0), ("red", 1.1), (" fox", 1.0)]),
        ("((red))", [("red", 1.21)]),
        ("[red]", [("red", 0.9091)]),
        ("(a [b] c:1.5)", [("a ", 1.5), ("b", 1.3636), (" c", 1.5)]),
        ("(red:.5)", [("red", 0.5)]),
        ("(red: 0.5 )", [("red", 0.5)]),
        ("(red:0)", [("red", 0.0)]),
        ("(red:99)", [("red", MOST)]),
        (r"a \(red\) fox", [("a (red) fox", 1.0)]),
        (r"a (red \(1\):1.2)", [("a ", 1.0), ("red (1)", 1.2)]),
        (r"C:\path", [(r"C:\path", 1.0)]),
        ("(red", [("(red", 1.0)]),
        ("red)", [("red)", 1.0)]),
        ("(red]", [("(red]", 1.0)]),
        ("red:1.3) fox", [("red:1.3) fox", 1.0)]),
        ("at 12:30", [("at 12:30", 1.0)]),
        ("(at 12:30)", [("at 12", 2.0)]),
        ("(red:)", [("red:", 1.1)]),
        ("(красный:1.3) лис", [("красный", 1.3), (" лис", 1.0)]),
    ],
)
def test_it_is_read_as_it_is_written(prompt: str, expected: list[tuple[str, float]]) -> None:
    assert fragments(prompt) == [Fragment(*part) for part in expected]


@given(some.text(alphabet=r"ab:().[]\1 ,", max_size=60))
def test_whatever_is_typed_no_letter_is_lost_and_weights_stay_in_their_range(prompt: str) -> None:
    parts = fragments(prompt)
    letters = "".join(letter for letter in prompt if letter in "ab,")
    assert "".join(letter for letter in plain(prompt) if letter in "ab,") == letters
    assert all(LEAST <= part.weight <= MOST and part.text for part in parts)
    assert all(one.weight != two.weight for one, two in pairwise(parts))
    assert is_weighted(prompt) == any(part.weight != 1 for part in parts)


@given(some.text(alphabet="abc ,.", max_size=60))
def test_text_without_brackets_is_left_as_it_is(prompt: str) -> None:
    assert plain(prompt) == prompt
    assert not is_weighted(prompt)


def test_brackets_without_end_cost_no_time_and_no_stack() -> None:
    assert plain("(" * 100_000 + "red").endswith("red")
    assert fragments("(" * (DEEPEST + 5) + "red" + ")" * (DEEPEST + 5))[0].text.endswith("red")
