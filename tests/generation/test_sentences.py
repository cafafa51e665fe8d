"""Descriptions in the first person, told as what is to be seen."""

from __future__ import annotations

import pytest

from generation.sentences import is_english, scenes
from generation.verbs import gerund


@pytest.mark.parametrize(
    ("description", "seen"),
    [
        ("Hi! Today I show you how I bake a rustic sourdough bread in an iron pot.",
         ["baking a rustic sourdough bread in an iron pot"]),
        ("In this video we walk through the old forest to the lake.", ["walking through the old forest to the lake"]),
        ("I built a tiny cabin in the woods with my brother!", ["building a tiny cabin in the woods with brother"]),
        ("We finally built a small boat and sailed it to Greenland.",
         ["building a small boat and sailing it to Greenland"]),
        ("In this lecture we derive the Navier-Stokes equations and look at turbulence in a wind tunnel.",
         ["the Navier-Stokes equations and turbulence in a wind tunnel"]),
        ("My friends and I climbed Elbrus and we slept in a tent.", ["climbing Elbrus", "sleeping in a tent"]),
        ("We have a small farm near the sea.", ["a small farm near the sea"]),
        ("Snow falls on the old village. A dog barks at the moon.",
         ["Snow falls on the old village", "A dog barks at the moon"]),
        ("He lives in a hut. The hut stands on a rock.", ["lives in a hut", "The hut stands on a rock"]),
        ("Thanks for watching, please subscribe to the channel!", []),
        ("Music: Carefree by somebody. Links to the gear below.", []),
        ("", []),
    ],
)  # fmt: skip
def test_a_description_gives_what_is_to_be_seen(description: str, seen: list[str]) -> None:
    found = scenes(description)
    assert [phrase.removeprefix("He ") for phrase in found] == seen


@pytest.mark.parametrize(
    ("verb", "form"),
    [
        ("walk", "walking"), ("walked", "walking"), ("make", "making"), ("made", "making"), ("run", "running"),
        ("swam", "swimming"), ("baked", "baking"), ("stopped", "stopping"), ("tried", "trying"), ("lie", "lying"),
        ("see", "seeing"), ("play", "playing"), ("fix", "fixing"), ("cook", "cooking"), ("flew", "flying"),
        ("visiting", "visiting"), ("sing", "singing"),
    ],
)  # fmt: skip
def test_verbs_become_what_somebody_is_doing(verb: str, form: str) -> None:
    assert gerund(verb) == form


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("The forest is full of birds.", True), ("I bake bread for you in my kitchen", True),
        ("rabbit eating grass", True),
        ("Wir gehen nicht nach Hause.", False), ("Nous allons à la mer.", False), ("Лес и озеро", False), ("", False),
    ],
)  # fmt: skip
def test_only_english_is_read(text: str, english: bool) -> None:
    assert is_english(text) is english
