"""Captions: many words for one scene, all of them known, and the prompt form's own among them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from generation import form_words
from generation.engine.tokenizer import build_tokenizer
from generation.facts import COLOURS
from generation.preview import captions, scenes
from generation.preview.scenes import Figures, Portrait, Scene

if TYPE_CHECKING:
    from pathlib import Path

    from transformers import CLIPTokenizer

NIGHT = Scene("ocean", 5, colours=("teal", "orange"), time="night", look="neon", who=Figures("running", "red", 2))


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> CLIPTokenizer:
    """The preview model's, built anew."""
    folder: Path = tmp_path_factory.mktemp("words") / "tokenizer"
    return build_tokenizer(folder, captions.vocabulary())


def many(scene: Scene, count: int = 300) -> list[str]:
    """Captions of a scene."""
    rng = np.random.default_rng(1)
    facts = captions.facts_of(scenes.draw(scene))
    return [captions.caption(scene, facts, rng) for _ in range(count)]


def share(texts: list[str], *words: str) -> float:
    """In how many of the texts any of the words stand."""
    return sum(any(word in text for word in words) for text in texts) / len(texts)


def test_a_caption_says_what_is_there_in_many_ways() -> None:
    texts = many(NIGHT)
    assert len(set(texts)) > 290
    assert 0.7 < share(texts, *captions.KINDS["ocean"]) < 1
    assert 0.6 < share(texts, "teal") < 1 and 0.6 < share(texts, "orange") < 1
    assert 0.7 < share(texts, *captions.TIMES["night"]) < 1
    assert share(texts, *captions.POSES["running"]) > 0.7
    assert 0.3 < share(texts, "red") < 0.9


def test_the_words_stand_in_any_order() -> None:
    texts = [text for text in many(NIGHT) if "ocean" in text and "neon" in text]
    assert 0.2 < sum(text.index("ocean") < text.index("neon") for text in texts) / len(texts) < 0.9


def test_colours_are_not_named_where_there_are_none() -> None:
    texts = many(Scene("stage", 5, colours=("purple",), black_and_white=True))
    assert share(texts, "purple") == 0
    assert share(texts, *captions.GREY) > 0.85


def test_a_portrait_names_its_expression() -> None:
    texts = many(Scene("bokeh", 5, who=Portrait("closed eyes", "red")))
    assert share(texts, *captions.EXPRESSIONS["closed eyes"]) > 0.7


def test_a_caption_may_say_what_is_measured_in_the_forms_own_words() -> None:
    texts = many(Scene("hills", 5, time="night"))
    assert share(texts, "dark scene", "dim light") > 0.1
    day = Scene("hills", 5, time="day")
    palette = captions.facts_of(scenes.draw(day)).palette
    assert len(palette) > 1 and "blue" in palette
    assert share(many(day), f"{' and '.join(palette)} colors") > 0.1


def test_a_request_leaves_nothing_out() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        text = captions.request(NIGHT, rng)
        assert any(word in text for word in captions.KINDS["ocean"])
        assert any(word in text for word in captions.TIMES["night"])
        assert any(word in text for word in captions.LOOKS["neon"])
        assert "teal" in text and "orange" in text


def test_what_is_unwanted_is_sometimes_nothing_and_sometimes_the_forms_own_words() -> None:
    rng = np.random.default_rng(0)
    texts = [captions.unwanted(rng) for _ in range(100)]
    assert 20 < texts.count("") < 50
    assert form_words.NEGATIVE in texts


def test_every_word_of_the_prompt_form_is_one_token(tokenizer: CLIPTokenizer) -> None:
    tables = (form_words.PEOPLE, form_words.MOTION, form_words.BRIGHTNESS, form_words.WARMTH, form_words.CONTRAST)
    texts = [*form_words.COMPOSITION.values(), *form_words.QUALITY.values(), form_words.USUAL_QUALITY]
    texts += [form_words.NEGATIVE, form_words.BLACK_AND_WHITE, "vivid colors", "muted colors", *COLOURS]
    texts += [text for table in tables for text in table.values()]
    for word in {word for text in texts for word in re.findall("[a-z]+", text)}:
        assert len(tokenizer(word, add_special_tokens=False).input_ids) == 1, word


@pytest.mark.parametrize("text", ["", "озеро 🌅", "zxqv" * 200, "Mountains, SUNSET!"])
def test_any_text_becomes_77_tokens(tokenizer: CLIPTokenizer, text: str) -> None:
    tokens = tokenizer(text, padding="max_length", truncation=True).input_ids
    assert len(tokens) == 77
    assert tokenizer.bos_token_id == tokens[0]


def test_captions_fit_into_what_is_read(tokenizer: CLIPTokenizer) -> None:
    lengths = [len(tokenizer(text).input_ids) for text in many(NIGHT)]
    assert max(lengths) <= 77
