"""What the rules that ship find however it is written, and what they leave alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.rules import Action, Ruleset


@pytest.mark.parametrize(
    "text",
    [
        "a nude woman on a beach", "NUDE", "nsfw", "porno poster", "two topless men", "sex scene in a film",
        "sexy little girl", "a child in erotic lingerie", "schoolgirl, seductive pose", "lolicon",
        "blood and gore", "extreme gore", "a decapitated knight", "dismembered body",
        "a swastika on a wall", "nazi salute", "Sieg Heil!",
        "голая женщина", "голый мужчина", "обнажённая девушка", "порнография", "сексуальная школьница", "расчленёнка",
        "свастика на стене", "раздетый ребёнок", "нацистский флаг",
        "naked beautiful woman", "a woman completely naked", "girl without clothes", "people without any clothing",
        "голая красивая женщина", "девушка без одежды",
    ],
)  # fmt: skip
def test_banned_terms_are_found(text: str, ruleset: Ruleset) -> None:
    assert ruleset.judge(text).action >= Action.HOLD


@pytest.mark.parametrize(
    "text",
    [
        "n\u200bu\u200bd\u200be", "nu\u00adde", "ñúdé", "ｎｕｄｅ", "𝓃𝓊𝒹𝑒", "NuDe", "nudе", "роrn",
        "(nude:1.4)", "<lora:nude:1>", "nude_woman", "nude,portrait", "porn4k", "#porn", "пopнo",
        "ПОРНО", "порно\u0301", "topless\n\twoman", "topless - woman", "sieg-heil",
    ],
)  # fmt: skip
def test_disguises_do_not_hide_a_term(text: str, ruleset: Ruleset) -> None:
    assert ruleset.judge(text).action >= Action.HOLD


@pytest.mark.parametrize(
    "text",
    [
        "", "Scunthorpe United against Essex", "Pornic in France", "denuded hills", "the nudelman family", "Gregory",
        "Al Gore speaks of the climate", "a Gore-Tex jacket", "nude lipstick tutorial", "nude nails and nude heels",
        "cocktails and peacocks", "analysis of a grape press", "Sussex school children", "sextant for kids",
        "The Naked Gun", "a naked mole rat", "minor key", "a child plays chess", "bloody mary recipe",
        "Lolita by Nabokov",
        "голый король", "бабочка на цветке", "дети в парке", "секстет играет джаз", "гол в ворота", "порог и норка",
        "мальчик и собака", "корпорноватый", "Nazi Germany lost the war",
    ],
)  # fmt: skip
def test_harmless_words_are_left_alone(text: str, ruleset: Ruleset) -> None:
    assert ruleset.judge(text).action < Action.HOLD


def test_a_hit_says_what_and_where(ruleset: Ruleset) -> None:
    text = "sunny day, pо\u200brn and flowers"
    hit = ruleset.judge(text).hit
    assert hit is not None
    assert hit.term == "pоrn"
    assert text[hit.span[0] : hit.span[1]] == "pо\u200brn"


def test_the_words_between_may_be_few_not_many(ruleset: Ruleset) -> None:
    assert ruleset.judge("a child who looks very sexy").hit
    assert ruleset.judge("a child looks at the sea; " + "waves and wind and sun " * 3 + "sexy music").hit is None


@given(st.text(max_size=200), st.text(alphabet=st.characters(categories=["Zs", "Po", "So", "Nd"]), max_size=5))
def test_any_text_is_survived_and_a_term_in_it_is_found(ruleset: Ruleset, around: str, gap: str) -> None:
    hit = ruleset.judge(f"{around} {gap} swastika {gap} {around}").hit
    assert hit is not None
    assert 0 <= hit.span[0] < hit.span[1]


@pytest.mark.parametrize("prompt", ["a (na)ked woman", "a na(ked:1.2) woman", "(((nak:1.1)e)d) woman", r"na\[ked"])
def test_brackets_do_not_hide_a_term(prompt: str, ruleset: Ruleset) -> None:
    assert ruleset.judge(prompt).hit is not None
