"""The first JSON object in what a model says, however it is wrapped and in whatever pieces it comes."""

from __future__ import annotations

import json

import pytest

from generation.engine.language.found import MOST_CHARACTERS, Finder

ONE = {"subject": 'a "quoted" {brace} \\', "palette": ["red"]}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(ONE),
        f"Sure! Here it is:\n```json\n{json.dumps(ONE, indent=2)}\n```\nEnjoy.",
        f"I think {{of this}} and {{}}that: {json.dumps(ONE)}".replace("{}that", "that"),
        f"<think>{{maybe}}</think>{json.dumps(ONE)}{json.dumps({'second': 1})}",
        f"[[[{json.dumps(ONE)}]]]",
        f"{{{{{{{{{{{{ {json.dumps(ONE)}",
    ],
)
@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_an_object_is_found(text: str, step: int) -> None:
    finder = Finder()
    for start in range(0, len(text), step):
        if finder.feed(text[start : start + step]):
            break
    assert finder.last() == ONE


def test_no_more_is_read_once_it_is_whole() -> None:
    finder = Finder()
    assert finder.feed(json.dumps(ONE)[:-1]) is False
    assert finder.feed("} and then") is True


def test_a_quotation_mark_left_open_in_prose_hides_nothing_in_the_end() -> None:
    finder = Finder()
    assert finder.feed(f'{{a 5" screen}} {json.dumps(ONE)}') is False
    assert finder.last() == ONE


@pytest.mark.parametrize(
    "text", ["", "no", "[1, 2]", '{"a": ', '"{}"'.replace("{}", ""), "{'a': 1}", "{" * 500, "[" * 9000]
)
def test_there_is_none(text: str) -> None:
    finder = Finder()
    finder.feed(text)
    assert finder.last() is None


@pytest.mark.parametrize("text", ["a" * 50_000, "{" * 50_000, '{"a": ' + "[" * 50_000, '{"a": ' + "9" * 50_000])
def test_a_text_without_an_end_is_cut_off(text: str) -> None:
    finder = Finder()
    assert finder.feed(text) is True
    assert len(finder.text) == MOST_CHARACTERS and finder.last() is None
