"""Many captions, one summary: written out as BLIP says them, with what a person would make of them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from generation.engine.captions.merge import MOST_WORDS, merge

CHAPLIN = (
    "a man in a black hat standing in front of a car",
    "a man in a black hat walking down a street",
    "there is a man that is standing in front of a car",
    "a black and white photo of two men in a street",
    "a man standing next to a car on a city street",
    "a man and a woman sitting at a table with a cup of coffee",
    "a close up of a man with a hat on",
    "a group of people standing around a car",
)
KITCHEN = (
    "a woman in a kitchen cutting vegetables on a cutting board",
    "a woman cutting vegetables in a kitchen",
    "a close up of a plate of food with a fork",
    "a woman holding a plate of food in a kitchen",
)
GOAL = (
    "a group of young men playing a game of soccer",
    "a group of people playing soccer on a field",
    "a soccer player kicking a ball on a field",
    "a crowd of people watching a soccer game",
)
# One caption, and what is in it: people, what they do, things.
SINGLE = (
    ("a man riding a wave on top of a surfboard", "a man", ["riding a wave"], ["wave", "surfboard"]),
    ("two women sitting on a bench in a park", "two women", ["sitting on a bench"], ["bench", "park"]),
    ("a dog running in a field with a frisbee in its mouth", "", ["running in a field"], ["dog", "field", "frisbee"]),
    ("a red car parked on the side of the road", "", [], ["red car"]),
    ("a city street at night with cars and buses", "", [], ["city street", "at night", "cars", "buses"]),
    ("a snowy mountain with a blue sky in the background", "", [], ["snowy mountain", "blue sky"]),
    ("an old woman in a red dress", "an old woman", [], ["red dress"]),
    ("a man and a woman standing next to each other", "a man and a woman", ["standing next to each other"], []),
    ("there are three children playing in the snow", "three children", ["playing in the snow"], ["snow"]),
    ("a screenshot of a video game with a large building", "", [], ["video game", "large building"]),
    ("a man wearing a suit and tie", "a man", [], ["suit", "tie"]),
    ("a bowl of soup on a wooden table", "", [], ["bowl of soup", "wooden table"]),
    ("an emblem in red colours, in flat style", "", [], ["emblem", "red colours", "flat style"]),
    ("a city at night in purple colours, with two people", "two people", [], ["city", "at night", "purple colours"]),
    ("clouds by day in blue colours, with the face of a person", "a person", [], ["clouds", "by day", "blue colours"]),
    ("waves in black and white", "", [], ["waves", "black and white"]),
)


@pytest.mark.parametrize(("caption", "people", "actions", "recurring"), SINGLE)
def test_what_one_caption_says(caption: str, people: str, actions: list[str], recurring: list[str]) -> None:
    found = merge([caption]).to_dict()
    assert (found["people"], found["actions"], found["recurring"]) == (people, actions, recurring)


def test_a_street_in_an_old_film() -> None:
    summary = merge(CHAPLIN)
    assert summary.people == "a man"
    assert summary.actions == ("standing in front of a car",)
    assert summary.recurring == ("car", "black hat", "street")
    assert summary.phrases == ("a man", "standing in front of a car", "black hat", "street")


def test_a_kitchen() -> None:
    """That vegetables are cut is told more than once, that a plate is held is not."""
    summary = merge(KITCHEN)
    assert summary.people == "a woman"
    assert summary.actions[0].startswith("cutting vegetables")
    assert {"kitchen", "vegetables"} <= set(summary.recurring)
    assert "fork" not in " ".join(summary.phrases)


def test_a_game() -> None:
    summary = merge(GOAL)
    assert summary.people == "a group of people"
    assert summary.actions[0].startswith("playing")
    assert "field" in summary.recurring


def test_what_is_told_of_one_frame_alone_is_left_out_of_many() -> None:
    summary = merge([*["a boat on a lake"] * 3, "a man eating a sandwich"])
    assert (summary.recurring, summary.people, summary.actions) == (("boat", "lake"), "", ())


def test_the_same_thing_in_other_words_is_said_once() -> None:
    assert merge(["a cat on a bed", "two cats on a bed", "a cat laying on top of a bed"]).phrases == ("cat", "bed")


def test_what_everybody_does_is_told_after_what_happens() -> None:
    told = ["a man standing on a beach", "a man throwing a ball", "a man standing on a beach", "a man throwing a ball"]
    assert merge(told).actions == ("throwing a ball", "standing on a beach")


def test_it_stays_within_its_words() -> None:
    long = [
        "a tall man in a long black coat walking down a narrow cobblestone street with a small brown dog and a red "
        "umbrella near a very old stone church at night under a full yellow moon"
    ] * 4
    phrases = merge(long).phrases
    assert len(" ".join(phrases).split()) <= MOST_WORDS
    assert phrases[0] == "a tall man"


def test_frames_without_a_caption_count_for_nothing() -> None:
    assert merge([]).to_dict() == merge(["", " "]).to_dict()
    assert merge([]).to_dict() == {"phrases": [], "recurring": [], "people": "", "actions": []}
    assert merge(["", *CHAPLIN, ""]) == merge(CHAPLIN)


@pytest.mark.parametrize("noise", ["of of of", "...", "in", "ing ing", "a", "' - '", "the the of a and and", "1 2 3"])
def test_nonsense_does_no_harm(noise: str) -> None:
    merge([noise, *CHAPLIN])
    assert merge([*CHAPLIN, noise]).people == "a man"


def test_it_needs_no_model() -> None:
    code = "import sys; from generation.engine.captions.merge import merge; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_what_was_said_of_one_frame_among_many_is_left_out_where_the_others_have_no_caption() -> None:
    assert merge(["a group of people on a stage"], frames=6).phrases == ()
    assert merge(["a group of people on a stage"], frames=2).people == "a group of people"
    assert merge(["a man on a stage", "a man dancing"], frames=6).people == "a man"
