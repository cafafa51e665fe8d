"""``manage.py restyle`` and ``paint --restyle``: pictures in another style, and what is wrong is one sentence."""

from __future__ import annotations

import json
from hashlib import sha256
from io import StringIO
from typing import TYPE_CHECKING

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from generation.preview.drawing.lora_looks import LORA_LOOKS
from generation.preview.scenes import Scene, draw
from generation.stages.engine_door import close_engine, warm
from tests.generation.engine.begun import scene
from tests.generation.test_paint_command import paint, pixels, refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.django_db  # where the rules are

INK = LORA_LOOKS["ink-on-paper"](draw(Scene("city", 2, time="night")))


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with a content and a style."""
    scene((256, 144)).save(tmp_path / "content.png")
    INK.save(tmp_path / "ink.png")
    (tmp_path / "text.png").write_text("Dear diary, " * 9)
    return tmp_path


def test_a_picture_is_restyled(pictures: Path) -> None:
    out = pictures / "new" / "made.png"
    said = StringIO()
    for name in (out, pictures / "again.png"):
        call_command("restyle", pictures / "content.png", style=pictures / "ink.png", iterations=8, out=name,
                     verbosity=0, stdout=said)  # fmt: skip
    assert said.getvalue().splitlines()[0] == str(out)
    with Image.open(out) as made, Image.open(pictures / "again.png") as again:
        assert made.size == (256, 144)
        assert made.tobytes() == again.tobytes()
        assert np.abs(np.asarray(made, float) - np.asarray(scene((256, 144)), float)).mean() > 2


def test_painted_pictures_are_restyled_each_with_its_seed_and_say_so(pictures: Path) -> None:
    given = {"prompt": "green hills", "count": 2, "seed": 7, "mode": "fast", "target": "avatar"}
    report = paint(pictures / "out", **given, restyle=pictures / "ink.png", iterations=4, style_weight=5.0)
    assert report["restyle"] == {
        "sha256": sha256(INK.tobytes()).hexdigest(),
        "content_weight": 1.0, "style_weight": 5.0, "iterations": 4, "keep_colours": False,
    }  # fmt: skip
    assert report["seconds"]["restyle"] > 0
    with Image.open(pictures / "out" / "1.png") as image:
        image.load()
        assert image.size == (report["width"], report["height"])
        assert json.loads(image.text["imagecreator"])["restyle"] == report["restyle"]  # type: ignore[attr-defined]
    plain = paint(pictures / "plain", **given)
    assert "restyle" not in plain and "restyle" not in plain["seconds"]
    assert pixels(pictures / "plain", 1) != pixels(pictures / "out", 1)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"restyle": "none.png"}, "There is no picture file"),
        ({"restyle": "text.png"}, "This file is not a picture that can be read."),
        ({"style_weight": 2.0}, "--style-weight goes with --restyle."),
        ({"keep_colours": True}, "--keep-colours goes with --restyle."),
        ({"restyle": "ink.png", "style_weight": -1.0}, "--style-weight and --content-weight take 0 to 1000"),
        ({"restyle": "ink.png", "content_weight": float("nan")}, "--style-weight and --content-weight take 0 to 1000"),
        ({"restyle": "ink.png", "iterations": 0}, "--iterations takes 1 to 1000."),
        ({"restyle": "ink.png", "inpaint": ["content.png", "ink.png"]}, "Give --restyle or --inpaint, not both."),
    ],
)
def test_what_is_wrong_is_one_sentence_before_anything_is_painted(
    pictures: Path, given: dict[str, object], sentence: str
) -> None:
    close_engine()
    options = dict(given)
    if "restyle" in options:
        options["restyle"] = pictures / str(options["restyle"])
    if isinstance(pair := options.get("inpaint"), list):
        INK.resize((256, 144)).save(pictures / "ink.png")
        options["inpaint"] = [pictures / name for name in pair]
    assert sentence in refusal(pictures / "out", prompt="a red boat", count=1, **options)
    assert not warm()


def test_a_model_without_a_network_for_styles_says_so(
    pictures: Path, models_in: Callable[..., Path], flagging_models: Path
) -> None:
    models_in(flagging_models)
    sentence = "The model in use, Tiny, untrained, has no network for styles."
    assert sentence in refusal(pictures / "out", prompt="a boat", count=1, restyle=pictures / "ink.png")
    with pytest.raises(CommandError, match=sentence):
        call_command("restyle", pictures / "content.png", style=pictures / "ink.png", out=pictures / "made.png")


def test_the_results_name_must_be_that_of_a_png(pictures: Path) -> None:
    with pytest.raises(CommandError, match=r"--out takes the name of a \.png file\."):
        call_command("restyle", pictures / "content.png", style=pictures / "ink.png", out=pictures / "made.jpg")
