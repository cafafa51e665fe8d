"""``manage.py paint`` with a picture to begin with: as near as asked for, named in the recipe, or refused."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from generation.stages.engine_door import close_engine, warm
from tests.generation.engine.begun import a_mask, mean_distance, scene
from tests.generation.test_paint_command import paint, pixels, refusal

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db  # where the rules are

BIG = (1280, 720)
BOX = (500, 200, 900, 600)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "base.png"
    scene(BIG).save(path)
    return path


@pytest.fixture(scope="module")
def mask(base: Path) -> Path:
    """White strokes on nothing, as a canvas gives them."""
    path = base.with_name("mask.png")
    strokes = Image.new("RGBA", BIG, (255, 255, 255, 0))
    strokes.putalpha(a_mask(BIG, BOX))
    strokes.save(path)
    return path


def image_in(folder: Path, number: int = 1) -> Image.Image:
    with Image.open(folder / f"{number}.png") as image:
        image.load()
        return image


def test_a_picture_to_begin_with_is_kept_to_as_its_strength_says(tmp_path: Path, base: Path) -> None:
    near = paint(tmp_path / "near", prompt="orange desert", count=1, seed=7, start=base, strength=0.2)
    usual = paint(tmp_path / "usual", prompt="orange desert", count=1, seed=7, start=base)
    plain = paint(tmp_path / "plain", prompt="orange desert", count=1, seed=7)
    distances = [mean_distance(image_in(tmp_path / name), scene(BIG)) for name in ("near", "usual", "plain")]
    assert distances == sorted(set(distances))
    digest = sha256(scene(BIG).tobytes()).hexdigest()
    assert near["start"] == {"sha256": digest, "strength": 0.2}
    assert usual["start"] == {"sha256": digest, "strength": 0.6}
    assert not {"start", "mask"} & set(plain)
    texts = image_in(tmp_path / "near").text  # type: ignore[attr-defined]
    assert json.loads(texts["imagecreator"])["start"] == near["start"]
    assert ", Denoising strength: 0.2, Version: " in texts["parameters"]


def test_full_strength_is_a_picture_of_the_words_alone(tmp_path: Path, base: Path) -> None:
    report = paint(tmp_path / "full", prompt="a red boat", count=1, seed=7, mode="fast", start=base, strength=1.0)
    paint(tmp_path / "plain", prompt="a red boat", count=1, seed=7, mode="fast")
    assert pixels(tmp_path / "full", 1) == pixels(tmp_path / "plain", 1)
    assert "start" not in report


def test_a_part_is_painted_anew_and_the_rest_is_the_same_to_the_last_bit(
    tmp_path: Path, base: Path, mask: Path
) -> None:
    """In the base's own size, whatever the target."""
    report = paint(tmp_path, prompt="orange desert", count=2, seed=7, target="avatar", inpaint=[base, mask], feather=8)
    outside = np.asarray(a_mask(BIG, BOX)) == 0
    for number in (1, 2):
        image = image_in(tmp_path, number)
        assert image.size == BIG
        assert (np.asarray(image)[outside] == np.asarray(scene(BIG))[outside]).all()
        assert (np.asarray(image)[~outside] != np.asarray(scene(BIG))[~outside]).any(axis=1).mean() > 0.9
    assert pixels(tmp_path, 1) != pixels(tmp_path, 2)
    assert (report["width"], report["height"]) == BIG
    assert report["start"]["strength"] == 1
    assert report["mask"] == {
        "sha256": sha256(a_mask(BIG, BOX).tobytes()).hexdigest(),
        "feather": 8, "grow": 0, "invert": False, "only_masked": False, "padding": 32,
    }  # fmt: skip


def test_every_setting_of_a_mask_arrives(tmp_path: Path, base: Path, mask: Path) -> None:
    settings = {"feather": 4, "grow": -5, "invert": True, "only_masked": True, "padding": 0}
    report = paint(tmp_path, prompt="fog", count=1, seed=7, mode="fast", inpaint=[base, mask], strength=0.5, **settings)
    assert {name: report["mask"][name] for name in settings} == settings
    assert report["start"]["strength"] == 0.5
    inside = np.asarray(a_mask(BIG, BOX)) > 0
    assert (np.asarray(image_in(tmp_path))[inside] == np.asarray(scene(BIG))[inside]).all()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"start": "none.png"}, "There is no picture file"),
        ({"start": "text.png"}, "This file is not a picture that can be read."),
        ({"start": "empty.png"}, "The file is empty."),
        ({"start": "pixel.png"}, "The picture to begin with is smaller than 8 pixels on a side. Choose"),
        ({"start": "huge.png"}, "The picture has more than 40 megapixels."),
        ({"start": "base.png", "strength": 0.0}, "--strength takes numbers above 0, up to 1."),
        ({"start": "base.png", "strength": float("nan")}, "--strength takes numbers above 0, up to 1."),
        ({"strength": 0.5}, "--strength goes with --from or --inpaint."),
        ({"start": "base.png", "inpaint": ["base.png", "mask.png"]}, "Give --from or --inpaint, not both."),
        ({"start": "base.png", "only_masked": True}, "--only-masked goes with --inpaint."),
        ({"start": "base.png", "grow": 4}, "--grow goes with --inpaint."),
        ({"inpaint": ["base.png", "none.png"]}, "There is no picture file"),
        ({"inpaint": ["base.png", "pixel.png"]}, "The mask has 1×1 pixels, but its picture has 1280×720."),
        ({"inpaint": ["base.png", "black.png"]}, "The mask marks nothing that could be painted."),
        ({"inpaint": ["base.png", "mask.png"], "grow": -300}, "The mask marks nothing that could be painted."),
        ({"inpaint": ["base.png", "mask.png"], "feather": 1000}, "--feather and --padding take 0 to 512 pixels,"),
        ({"inpaint": ["base.png", "mask.png"], "grow": -513}, "--grow -512 to 512."),
        ({"inpaint": ["base.png", "mask.png"], "padding": 8}, "--padding goes with --only-masked."),
    ],
)  # fmt: skip
def test_what_cannot_be_begun_with_is_one_sentence_before_anything_is_loaded(
    tmp_path: Path, base: Path, mask: Path, given: dict[str, object], sentence: str
) -> None:
    close_engine()
    folder = base.parent
    Image.new("RGB", (1, 1)).save(folder / "pixel.png")
    Image.new("1", (20_000, 2_001)).save(folder / "huge.png")
    Image.new("L", BIG).save(folder / "black.png")
    (folder / "text.png").write_text("Dear diary, " * 9)
    (folder / "empty.png").touch()
    options = dict(given)
    if "start" in options:
        options["start"] = folder / str(options["start"])
    if isinstance(pair := options.get("inpaint"), list):
        options["inpaint"] = [folder / name for name in pair]
    assert sentence in refusal(tmp_path / "out", prompt="a red boat", count=1, **options)
    assert not warm()
    assert not list(tmp_path.rglob("*.png"))
