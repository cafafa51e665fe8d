"""``manage.py upscale`` and ``paint --upscale``: exact pixels through the model; what is wrong is one sentence."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from PIL import Image

from generation.engine import Engine, load_profile
from generation.recipe import read
from generation.stages import engine_door
from generation.targets import TARGETS, Target
from tests.generation.engine.begun import scene
from tests.generation.engine.upscale.building import build_upscaler, with_upscaler

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from generation.engine import Profile

pytestmark = pytest.mark.django_db  # where the rules are

SMALL = Target("thumbnail", 320, 180, safe=None, max_bytes=2_000_000, for_what="video")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny upscaler."""
    folder: Path = tmp_path_factory.mktemp("models") / "tiny-x4"
    build_upscaler(folder)
    return folder


@pytest.fixture
def profile(folder: Path, tmp_path: Path) -> Profile:
    """The preview model with the tiny upscaler, painting small and briefly."""
    named = with_upscaler(load_profile("preview", models_dir=tmp_path), folder, steps=2)
    brief = {name: replace(mode, steps=2) for name, mode in named.modes.items()}
    return replace(named, area=64 * 36, modes=brief)


@pytest.fixture
def in_use(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """The site's engine is one on that profile, and a thumbnail is small."""
    engine_door.close_engine()
    monkeypatch.setitem(TARGETS, "thumbnail", SMALL)
    monkeypatch.setitem(engine_door._open, "preview", Engine(profile))
    yield engine_door._open["preview"]
    engine_door.close_engine()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A picture file of 64×48 pixels."""
    path = tmp_path / "small.png"
    scene().resize((64, 48)).save(path)
    return path


def refusal(*args: object, **options: object) -> str:
    with pytest.raises(CommandError) as caught:
        call_command(*args, verbosity=0, stdout=StringIO(), **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_picture_comes_to_the_targets_pixels(in_use: Engine, picture: Path, tmp_path: Path) -> None:
    ways = {}
    for way in ("model", "lanczos"):
        out = tmp_path / "new" / f"{way}.png"
        call_command("upscale", picture, out=out, way=way, prompt="a lake", verbosity=0, stdout=StringIO())
        with Image.open(out) as made:
            assert made.size == (320, 180)
            ways[way] = made.convert("RGB").tobytes()
    assert ways["model"] != ways["lanczos"]
    for ending, kind in ((".jpg", "JPEG"), (".webp", "WEBP")):
        call_command("upscale", picture, out=tmp_path / f"a{ending}", way="lanczos", verbosity=0, stdout=StringIO())
        with Image.open(tmp_path / f"a{ending}") as made:
            assert made.format == kind


def test_what_is_wrong_is_one_sentence(in_use: Engine, picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.png"
    assert refusal("upscale", tmp_path / "none.png", out=out).startswith("There is no picture file")
    assert refusal("upscale", picture, out=tmp_path / "a.xyz").startswith("--out takes names that end in .png")
    assert refusal("upscale", picture, out=out, seed=-1).startswith("--seed takes 0")
    assert refusal("upscale", picture, out=out, prompt="x" * 5000).startswith("--prompt is longer")
    Image.new("RGB", (1, 1)).save(picture)
    assert refusal("upscale", picture, out=out) == (
        "The picture is smaller than 8 pixels on a side: there is nothing to see in it. "
        "Choose a larger picture, or Lanczos."
    )
    picture.write_bytes(b"no picture")
    assert refusal("upscale", picture, out=out).startswith("This file is not a picture")
    assert not out.exists()


def test_painted_pictures_go_through_the_upscaler(
    in_use: Engine, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    call_command("paint", prompt="a lake", count=2, seed=4, upscale=True, out=tmp_path / "up", stdout=StringIO())
    call_command("paint", prompt="a lake", count=2, seed=4, out=tmp_path / "lanczos", verbosity=0, stdout=StringIO())
    reports = {name: json.loads((tmp_path / name / "request.json").read_text()) for name in ("up", "lanczos")}
    assert [report["upscaler"] for report in reports.values()] == ["tiny-x4", ""]
    for number in (1, 2):
        files = {name: tmp_path / name / f"{number}.png" for name in ("up", "lanczos")}
        with files["up"].open("rb") as up, files["lanczos"].open("rb") as plain:
            recipes = read(up), read(plain)
        assert [recipe and recipe.upscaler for recipe in recipes] == ["tiny-x4", ""]
        with Image.open(files["up"]) as up, Image.open(files["lanczos"]) as plain:
            assert up.size == plain.size == (320, 180)
            assert up.tobytes() != plain.tobytes()
            assert "Hires upscaler: tiny-x4" in up.text["parameters"]  # type: ignore[attr-defined]


def test_without_an_upscaler_nothing_is_painted(
    in_use: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_use, "profile", replace(in_use.profile, roles={}))
    sentence = refusal("paint", prompt="a lake", count=1, upscale=True, out=tmp_path / "out")
    assert sentence == "The model in use, Preview, has no upscaler of its own. Choose Lanczos."
    assert not list((tmp_path / "out").iterdir())
    assert not in_use.loaded or not in_use._upscaler._upscaler


def test_somebody_who_cancels_while_it_enlarges_is_heard(in_use: Engine) -> None:
    from generation.walk import paint_walk
    from generation.work import Work

    told: list[tuple[str, int, int]] = []

    def tell(stage: str, step: int, steps: int) -> None:
        told.append((stage, step, steps))
        if stage == "enlarge" and step == 4:
            raise InterruptedError

    work = Work(SMALL, "a lake", "", count=3, seed=4, enlarge_by="model")
    with pytest.raises(InterruptedError):
        paint_walk(work, in_use, tell)
    assert told[-1] == ("enlarge", 4, 9), "of three pictures, each with two steps and decoding"
    first, second, _third = (picture.image.size for picture in work.pictures)
    assert first == (320, 180) != second
