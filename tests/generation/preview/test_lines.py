"""Lines of a fixed form for scenes: what is said can be read back."""

from __future__ import annotations

import re
from itertools import product

import numpy as np

from generation.preview import scenes
from generation.preview.hues import FAMILIES, dominant_hue, main_colour
from generation.preview.lines import Line, answers, vocabulary


def test_every_line_is_read_back() -> None:
    tables = answers()
    for kind, time, look in product(tables["kind"], (None, *tables["time"]), (None, *tables["look"])):
        line = Line(kind, time, "navy", look, "more")
        assert Line.read(str(line)) == line
    for colour, who in product((None, *tables["colour"]), (None, *tables["who"])):
        line = Line("city", "night", colour, None, who)
        assert Line.read(str(line)) == line


def test_a_line_is_a_sentence_for_people() -> None:
    line = Line("city", "night", "purple", "neon", "two")
    assert str(line) == "a city at night in purple colours, in neon style, with two people"
    assert Line.read("a man in a hat") == Line.read("") == Line()


def test_the_vocabulary_has_every_word_once() -> None:
    words = vocabulary()
    assert len(words) == len(set(words))
    rng = np.random.default_rng(4)
    for _ in range(60):
        scene = scenes.imagine(rng, people=0.5)
        line = str(Line.of(scene, scenes.draw(scene)))
        assert set(re.findall(r"[a-z]+|,", line)) <= set(words)


def test_the_colour_is_of_the_dominant_hue() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        picture = scenes.draw(scenes.imagine(rng, grey=0))
        colour = main_colour(picture)
        assert (FAMILIES[colour] if colour else "none") == dominant_hue(picture)
