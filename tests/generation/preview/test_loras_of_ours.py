"""The LoRAs that ship: what lies there, what they do to pictures, and that the prompt still counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from generation.engine import Engine, EngineError, load_profile
from generation.engine.lora_file import fits, inspect
from generation.preview import scenes
from generation.preview.drawing.lora_looks import LORA_LOOKS
from generation.preview.evaluate import WEIGHTS
from generation.preview.evaluate_loras import AT, followed, of_ours, table
from generation.preview.figures import CARD, FIGURES
from generation.preview.hues import FAMILIES, dominant_hue
from generation.preview.lora_measures import MEASURES
from generation.preview.painting import engine_on, paint
from generation.shipped import LORA_FOLDER, shipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

Worn = Callable[..., "list[Image.Image]"]

ROWS = shipped("lora")
PREVIEW = load_profile("preview", models_dir=Path("nowhere"))
PROMPTS = ("blue mountains, by day", "orange city, sunset", "green room", "purple waves")
SEEDS = (101, 102, 103, 104)  # no training has any


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine on the preview model."""
    engine = engine_on(WEIGHTS)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def bare() -> list[Image.Image]:
    """The pictures by an engine that never saw a LoRA."""
    engine = engine_on(WEIGHTS)
    pictures = paint(engine, PROMPTS, SEEDS)
    engine.close()
    return pictures


@pytest.fixture(scope="module")
def worn(engine: Engine) -> Worn:
    """The pictures with these LoRAs at these weights, each painted once."""

    @cache
    def painted(*uses: tuple[str, float]) -> list[Image.Image]:
        return paint(engine, PROMPTS, SEEDS, loras=tuple(of_ours(key, weight) for key, weight in uses))

    return painted


def mean_of(key: str, pictures: list[Image.Image]) -> float:
    return float(np.mean([MEASURES[key](picture) for picture in pictures]))


def test_table_looks_measures_and_files_speak_of_the_same_loras() -> None:
    assert list(ROWS) == list(LORA_LOOKS) == list(MEASURES)
    assert {row["file"] for row in ROWS.values()} == {path.name for path in LORA_FOLDER.glob("*.safetensors")}
    card = (LORA_FOLDER / CARD).read_text(encoding="utf-8")
    for row in ROWS.values():
        assert row["file"] in card and row["trigger_words"][0] in card
        assert row["licence"] == "Apache-2.0"
        assert row["name_en"].isascii() and any("а" <= letter <= "я" for letter in row["name_ru"])
        assert 0 < row["weight"] <= 1.5


def test_the_card_shows_the_figures_that_were_kept() -> None:
    figures = json.loads((LORA_FOLDER / FIGURES).read_text(encoding="utf-8"))
    assert table(figures) in (LORA_FOLDER / CARD).read_text(encoding="utf-8")


def test_what_no_scene_asks_for_has_no_figure() -> None:
    """A mean of nothing is not a number, and no JSON either."""
    scene = scenes.Scene("emblem", 1, ("red",), None, size=scenes.WIDE)
    assert followed([scene], [scenes.draw(scene)]).keys() == {"kind", "colour"}


@pytest.mark.parametrize("key", ROWS)
def test_the_file_is_small_and_says_what_it_is(key: str) -> None:
    path = LORA_FOLDER / ROWS[key]["file"]
    lora = inspect(path)
    fits(lora, PREVIEW)
    assert lora.bytes <= 2_000_000 and lora.layout == "diffusers" and lora.parts == ("unet",)
    assert [word for word, _ in lora.trigger_words] == ROWS[key]["trigger_words"]
    tensors = load_file(path)
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float16}
    assert all(torch.isfinite(tensor).all() for tensor in tensors.values())


@pytest.mark.parametrize("key", ROWS)
def test_it_is_refused_for_stable_diffusion_15(key: str, tmp_path: Path) -> None:
    """Whose text is 768 wide."""
    other = load_profile("sd15", models_dir=tmp_path)
    for part, setting in (("unet", "cross_attention_dim"), ("text_encoder", "hidden_size")):
        (other.folder / part).mkdir(parents=True)
        (other.folder / part / "config.json").write_text(json.dumps({setting: 768}))
    with pytest.raises(EngineError) as caught:
        fits(inspect(LORA_FOLDER / ROWS[key]["file"]), other)
    assert caught.value.code == "lora_does_not_fit"
    assert caught.value.values["base"] == "Stable Diffusion 1.x"


@pytest.mark.parametrize("key", MEASURES)
def test_the_measure_knows_the_look_on_drawings(key: str) -> None:
    """The look scores more than the plain drawing, more than a darker or paler one, and more than other looks do."""
    rng = np.random.default_rng(3)
    plain = [scenes.draw(scenes.imagine(rng, looks=(None,), size=scenes.WIDE)) for _ in range(12)]
    own = mean_of(key, [LORA_LOOKS[key](picture) for picture in plain])
    others = [[look(picture) for picture in plain] for name, look in LORA_LOOKS.items() if name != key]
    others += [plain, [picture.point(lambda value: value * 0.3) for picture in plain]]
    others += [[picture.convert("L").convert("RGB") for picture in plain]]
    assert own > 0.3 + max(mean_of(key, pictures) for pictures in others)


@pytest.mark.parametrize("key", ROWS)
def test_the_weight_turns_the_look_up_and_down(key: str, worn: Worn, bare: list[Image.Image]) -> None:
    found = {weight: worn((key, weight)) for weight in AT}
    assert [picture.tobytes() for picture in found[0.0]] == [picture.tobytes() for picture in bare]
    measured = [mean_of(key, found[weight]) for weight in AT]
    assert measured == sorted(measured)
    assert measured[3] > measured[2] + 0.05 > measured[1] + 0.05
    assert measured[3] > measured[1] + 0.2


@pytest.mark.parametrize("key", ROWS)
def test_its_trigger_words_leave_room_for_the_prompt(key: str, engine: Engine) -> None:
    """The model spells words that it does not know; of 75 tokens that must not take many."""
    assert engine.count_tokens(ROWS[key]["trigger_words"][0]) <= 8


@pytest.mark.parametrize("key", ["neon-glow", "pixel-mosaic"])
def test_colours_are_those_of_the_prompt(key: str, worn: Worn) -> None:
    """Of ink nobody expects any."""
    hues = [dominant_hue(picture) for picture in worn((key, 1.0))]
    wanted = [FAMILIES[next(word for word in prompt.split() if word in FAMILIES)] for prompt in PROMPTS]
    assert sum(hue == right for hue, right in zip(hues, wanted, strict=True)) >= 3


def test_two_at_once_show_both(worn: Worn, bare: list[Image.Image]) -> None:
    """Neon in tiles: more of either than the bare picture has."""
    both = worn(("neon-glow", 0.7), ("pixel-mosaic", 0.7))
    for key in ("neon-glow", "pixel-mosaic"):
        assert mean_of(key, both) > mean_of(key, bare) + 0.1
