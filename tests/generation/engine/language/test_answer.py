"""Answers: what is taken, what is made plain, what is refused and why, and the order of a prompt's phrases."""

from __future__ import annotations

import pytest

from generation.engine.language import Answer, Asked, as_prompt
from generation.engine.language.answer import WrongAnswer, parse, schema
from tests.generation.engine.language.speaking import CAKE, GOOD


def test_a_good_answer_is_taken_and_unknown_keys_are_dropped() -> None:
    answer = parse(GOOD | {"prompt": "<script>", "steps": 3}, CAKE)
    assert answer.subject == "a cook with a tall cake" and answer.palette == ("orange", "cream")
    assert answer.title_words == ("Торт", "за", "пять", "минут")


def test_typographic_signs_and_accents_become_plain() -> None:
    answer = parse(GOOD | {"subject": " A café’s old—fashioned crème brûlée. ", "mood": ""}, CAKE)
    assert answer.subject == "A cafe's old-fashioned creme brulee" and answer.mood == ""


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        ("subject", "", "subject is empty"),
        ("subject", None, "subject is no text"),
        ("subject", ["a cook"], "subject is no text"),
        ("subject", "a" * 101, "subject has more than 100 characters"),
        ("subject", "повар", "subject is not in English"),
        ("place", "in Moscow, на кухне", "place is not in English"),
        ("mood", "\u4e2d", "mood is not in English"),
        ("action", "holding (fire:1.4)", "action holds other signs"),
        ("action", "<lora:evil:1>", "action holds other signs"),
        ("action", "[red|blue]", "action holds other signs"),
        ("action", "red\nblue", "action holds other signs"),
        ("action", "red\u202eblue", "action holds other signs"),
        ("action", "red\x00blue", "action holds other signs"),
        ("action", "a cat AND a dog", "action holds other signs"),
        ("place", "see www.example", "place holds an address"),
        ("place", "see evil.com", "place holds an address"),
        ("light", 3, "light is no text"),
        ("palette", "red", "palette is no list"),
        ("palette", ["red"] * 5, "palette has more than 4 entries"),
        ("palette", ["red", ""], "an entry of palette is empty"),
        ("palette", [["red"]], "an entry of palette is no text"),
        ("style", ["x" * 41], "an entry of style has more than 40 characters"),
        ("negative", [{}], "an entry of negative is no text"),
        ("title_words", "Торт", "title_words is no list of texts"),
        ("title_words", [1, 2, 3], "title_words is no list of texts"),
        ("title_words", ["Торт", "за"], "title_words does not have 3 to 6 entries"),
        ("title_words", ["а"] * 7, "title_words does not have 3 to 6 entries"),
        ("title_words", ["Cake", "in", "minutes"], "title_words is not in the language of the title"),
        ("title_words", ["Торт", "за", "ωμέγα"], "title_words is not in the language of the title"),
        ("title_words", ["Торт", "за", "<b>"], "an entry of title_words holds other signs"),
        ("title_words", ["Торт", "за", "\u202eтуним"], "an entry of title_words holds other signs"),
        ("title_words", ["Торт", "за", "https://a"], "an entry of title_words holds other signs"),
        ("title_words", ["Торт", "за", "!"], "an entry of title_words holds other signs"),
        ("title_words", ["Торт", "за", ""], "an entry of title_words has not 1 to 24"),
    ],
)
def test_what_is_wrong_is_said_without_repeating_it(key: str, value: object, fault: str) -> None:
    with pytest.raises(WrongAnswer) as caught:
        parse(GOOD | {key: value}, CAKE)
    assert len(caught.value.faults) == 1 and caught.value.faults[0].startswith(fault)


def test_all_faults_are_said_at_once() -> None:
    with pytest.raises(WrongAnswer) as caught:
        parse({}, CAKE)
    assert len(caught.value.faults) == 9


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Cats", ["Cats"]),
        ("", []),
        ("2024", ["2024"]),
        ("iPhone 17: обзор", ["Обзор", "iPhone", "17"]),
        ("五分钟蛋糕", ["五分钟", "蛋糕"]),
        ("Ёлка и ещё", ["Ёлка", "и", "ещё"]),
        ("Why? It's 100% true!", ["It's", "100%", "true!"]),
    ],
)
def test_title_words_of_all_kinds_of_titles(title: str, words: list[str]) -> None:
    assert parse(GOOD | {"title_words": words}, Asked(title)).title_words == tuple(words)


def test_a_russian_word_is_none_of_an_english_title() -> None:
    with pytest.raises(WrongAnswer, match="language of the title"):
        parse(GOOD | {"title_words": ["A", "good", "торт"]}, Asked("A good cake"))


def test_the_schema_names_every_part_and_no_other() -> None:
    described = schema()
    assert described["required"] == list(described["properties"]) == list(Answer.__dataclass_fields__)
    assert described["additionalProperties"] is False
    assert described["properties"]["palette"]["maxItems"] == 4


def test_the_phrases_of_a_prompt_stand_in_the_order_of_the_form_with_their_importance() -> None:
    assert as_prompt(parse(GOOD, CAKE)) == [
        (0, "a cook with a tall cake"),
        (1, "pouring caramel"),
        (2, "a small kitchen"),
        (4, "warm lamplight"),
        (5, "cheerful"),
        (6, "orange and cream colors"),
        (3, "watercolor"),
        (7, "soft edges"),
    ]


def test_what_is_unknown_is_no_phrase() -> None:
    bare = parse(GOOD | dict.fromkeys(("action", "place", "light", "mood"), "") | {"palette": [], "style": []}, CAKE)
    assert as_prompt(bare) == [(0, "a cook with a tall cake")]
