"""``manage.py paint``: from a file or a prompt to pictures, without a database; what is wrong is one sentence."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from PIL import Image

from generation.engine.lora_file import hashes
from generation.models import request as limits
from generation.stages.engine_door import close_engine, warm
from generation.targets import TARGETS
from tests.clips import draw_clip, draw_sound
from tests.generation.engine.lora_files import a_lora, attention, shaped
from tests.generation.told_clip import draw_told_clip, names_what_is_shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.django_db  # where the rules are

PREVIEW = Path(__file__).resolve().parents[2] / "generation" / "preview" / "weights"


def paint(out: Path, **options: object) -> dict[str, Any]:
    """Run the command quietly and return its report."""
    call_command("paint", out=out, verbosity=0, stdout=StringIO(), **options)
    report: dict[str, Any] = json.loads((out / "request.json").read_text())
    return report


def refusal(out: Path, **options: object) -> str:
    with pytest.raises(CommandError) as caught:
        call_command("paint", out=out, verbosity=0, stdout=StringIO(), **options)
    sentence = str(caught.value)
    assert "Traceback" not in sentence
    assert "\n" not in sentence
    return sentence


def pixels(folder: Path, number: int) -> bytes:
    with Image.open(folder / f"{number}.png") as image:
        return image.tobytes()


def test_a_video_becomes_pictures_and_a_report(tmp_path: Path) -> None:
    clip = draw_told_clip(tmp_path / "walk.mp4")
    out = tmp_path / "new" / "folder"
    report = paint(out, video=clip, title="A walk\u202e by the lake", target="thumbnail", count=2, seed=7)
    assert sorted(path.name for path in out.iterdir()) == ["1.png", "2.png", "request.json"]
    for number, seed in ((1, 7), (2, 8)):
        with Image.open(out / f"{number}.png") as image:
            assert (image.format, image.size) == ("PNG", (1280, 720))
            recipe = json.loads(image.text["imagecreator"])  # type: ignore[attr-defined]  # only PNG files have it
        assert (recipe["seed"], recipe["prompt"]) == (seed, report["prompt"])
    assert report["files"] == ["1.png", "2.png"]
    assert report["seeds"] == [7, 8]
    assert (report["target"], report["width"], report["height"]) == ("thumbnail", 1280, 720)
    assert "walk by the lake" in report["prompt"].lower()
    assert report["written_prompt"] == report["prompt"]
    assert report["facts"]["palette"]
    assert names_what_is_shown(report["captions"]), report["captions"]
    assert len(report["frames"]) >= 3
    assert {"time", "rank", "score", "faces"} <= set(report["frames"][0])
    stages = ["probe", "frames", "describe", "write", "screen", "paint", "enlarge", "check"]
    assert sorted(set(report["seconds"]) - {"load"}) == sorted(stages)  # a test before it may have loaded the model


@pytest.mark.parametrize("target", list(TARGETS))
def test_a_prompt_alone_is_enough_for_every_target(tmp_path: Path, target: str) -> None:
    report = paint(tmp_path, prompt="a red boat, озеро", negative="fog", target=target, count=1, seed=7)
    with Image.open(tmp_path / "1.png") as image:
        assert image.size == (TARGETS[target].width, TARGETS[target].height)
    assert (report["prompt"], report["negative"]) == ("a red boat, lake", "fog")
    assert (report["frames"], report["facts"]) == ([], None)


def test_fast_takes_few_steps(tmp_path: Path) -> None:
    report = paint(tmp_path, prompt="a red boat", count=1, seed=7, mode="fast")
    assert (report["mode"], report["steps"], report["guidance"], report["eta"]) == ("fast", 4, 2.5, 0.99)
    with Image.open(tmp_path / "1.png") as image:
        recipe = json.loads(image.text["imagecreator"])  # type: ignore[attr-defined]
        assert (recipe["steps"], recipe["sampler"]) == (4, report["sampler"]) == (4, "DDIM")
        assert "Steps: 4, Sampler: DDIM, CFG scale: 2.5," in image.text["parameters"]  # type: ignore[attr-defined]


def test_a_mode_is_refused_where_the_profile_has_none(
    tmp_path: Path, flagging_models: Path, models_in: Callable[..., Path]
) -> None:
    models_in(flagging_models)
    assert refusal(tmp_path, prompt="a red boat", mode="fast") == "The profile tiny has no mode fast; it has standard."


def test_the_same_seed_gives_the_same_pixels(tmp_path: Path) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        paint(tmp_path / name, prompt="a red boat", count=1, seed=seed)
    assert pixels(tmp_path / "a", 1) == pixels(tmp_path / "b", 1)
    assert pixels(tmp_path / "a", 1) != pixels(tmp_path / "c", 1)


def test_it_says_each_stage_in_a_line_and_where_the_files_are(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """As in a log, where nobody watches; and nothing of what mediapipe's native code has to say."""
    clip = draw_clip(tmp_path / "walk.mp4", seconds=3)
    call_command("paint", out=tmp_path, video=clip, prompt="a red boat", count=1, seed=7)
    said = capfd.readouterr()
    assert "Prompt: a red boat" in said.out
    assert str(tmp_path / "1.png") in said.out
    lines = said.err.splitlines()
    assert all(line.endswith(" …") for line in lines)
    for stage in ("Choosing frames", "Writing the prompt", "Painting", "Checking the pictures", "Saving"):
        assert f"{stage} …" in lines


def _lines_of(terminal: int) -> Iterator[str]:
    """What is written to a terminal, until nobody is left who could write."""
    with contextlib.suppress(OSError), os.fdopen(terminal, encoding="utf-8") as lines:
        yield from lines


def test_a_terminal_sees_a_bar(tmp_path: Path) -> None:
    watched, written = pty.openpty()
    command = [sys.executable, "manage.py", "paint", "--out", str(tmp_path), "--prompt", "a red boat", "--count", "1"]
    environment = os.environ | {"IMAGECREATOR_DATA": str(tmp_path / "data")}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=written, env=environment) as painting:
        os.close(written)
        shown = "".join(_lines_of(watched))
        assert painting.wait(timeout=120) == 0
    for part in ("Painting", "Saving", "100%|"):
        assert part in shown


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "Give --video, or --prompt, or both."),
        ({"prompt": "x", "count": 0}, "--count takes 1 to 4."),
        ({"prompt": "x", "count": 5}, "--count takes 1 to 4."),
        ({"prompt": "x", "seed": -1}, "--seed takes 0 to 4294967295."),
        ({"prompt": "x", "seed": limits.MAX_SEED + 1}, "--seed takes 0 to 4294967295."),
        ({"prompt": "p" * 5000}, "--prompt is longer than 2000 characters."),
        ({"prompt": "x", "negative": "n" * 5000}, "--negative is longer than 2000 characters."),
        ({"prompt": " \u200b "}, "--prompt is empty."),
        ({"prompt": "a castle, nsfw"}, "may not be painted here: “nsfw”. Change the text and try again."),
    ],
    ids=lambda value: "" if isinstance(value, str) else "-".join(value) or "nothing",
)
def test_what_cannot_be_asked_is_one_sentence(tmp_path: Path, options: dict[str, object], sentence: str) -> None:
    assert sentence in refusal(tmp_path, **options)
    assert not list(tmp_path.glob("*.png"))


def _no_file(path: Path) -> None:
    """Nothing is there."""


def _text(path: Path) -> None:
    path.write_text("Dear diary, today I renamed a text.\n" * 50)


def _sound(path: Path) -> None:
    draw_sound(path)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (_no_file, "There is no video file"),
        (_text, "This file is not a video that can be read."),
        (lambda path: path.touch(), "The file is empty."),
        (lambda path: path.mkdir(), "There is no video file"),
        (_sound, "This file has sound but no picture."),
    ],
    ids=["missing", "text", "empty", "folder", "sound"],
)
def test_a_file_that_is_no_video_is_one_sentence(tmp_path: Path, make: Callable[[Path], None], sentence: str) -> None:
    make(tmp_path / "a.mp4")
    assert sentence in refusal(tmp_path / "out", video=tmp_path / "a.mp4")
    assert not list(tmp_path.rglob("*.png"))


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file stands here")
    assert str(tmp_path / "out") in refusal(tmp_path / "out", prompt="a red boat", count=1)


def test_a_target_that_does_not_exist_is_refused_with_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="thumbnail"):
        call_command("paint", "--out", str(tmp_path), "--prompt", "x", "--target", "banner")


def test_pictures_that_the_checker_flags_are_not_written(
    tmp_path: Path, flagging_models: Path, models_in: Callable[..., Path]
) -> None:
    models_in(flagging_models)
    assert "The safety check held every picture" in refusal(tmp_path, prompt="a red boat", count=2)
    assert not list(tmp_path.glob("*.png"))
    assert json.loads((tmp_path / "request.json").read_text())["held"] == [1, 2]


@pytest.fixture(scope="module")
def lora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random one for the preview model, whose name says much."""
    return a_lora(tmp_path_factory.mktemp("loras") / 'ink, "wet": v2.safetensors', PREVIEW, scale=0.1)


def test_a_lora_changes_the_picture_and_is_named_in_it(tmp_path: Path, lora: Path) -> None:
    """As A1111 writes it: a tag in the prompt, and the hash of the tensors."""
    sha256, short = hashes(lora)
    plain = paint(tmp_path / "plain", prompt="a red boat", count=1, seed=7, mode="fast")
    worn = paint(tmp_path / "worn", prompt="a red boat", count=1, seed=7, mode="fast", lora=[f"{lora}:-0.75"])
    assert pixels(tmp_path / "plain", 1) != pixels(tmp_path / "worn", 1)
    assert plain["loras"] == []
    assert worn["loras"] == [{"file": lora.name, "weight": -0.75, "sha256": sha256, "hash": short}]
    with Image.open(tmp_path / "worn" / "1.png") as image:
        parameters = image.text["parameters"]  # type: ignore[attr-defined]
        recipe = json.loads(image.text["imagecreator"])  # type: ignore[attr-defined]
    assert parameters.startswith("a red boat <lora:ink_wet_v2:-0.75>\nNegative prompt: ")
    assert f', Lora hashes: "ink_wet_v2: {short}", Version: ' in parameters
    assert recipe["prompt"] == "a red boat"
    assert recipe["loras"] == [{"name": lora.stem, "weight": -0.75, "sha256": sha256, "hash": short}]
    with Image.open(tmp_path / "plain" / "1.png") as image:
        assert "ora" not in image.text["parameters"].replace("Version", "")  # type: ignore[attr-defined]
        assert "loras" not in json.loads(image.text["imagecreator"])  # type: ignore[attr-defined]


def test_a_lora_of_weight_zero_changes_nothing_and_is_not_in_the_picture(tmp_path: Path, lora: Path) -> None:
    paint(tmp_path / "plain", prompt="a red boat", count=1, seed=7, mode="fast")
    report = paint(tmp_path / "zero", prompt="a red boat", count=1, seed=7, mode="fast", lora=[f"{lora}:0"])
    assert pixels(tmp_path / "plain", 1) == pixels(tmp_path / "zero", 1)
    assert [entry["weight"] for entry in report["loras"]] == [0]
    with Image.open(tmp_path / "zero" / "1.png") as image:
        assert "<lora:" not in image.text["parameters"]  # type: ignore[attr-defined]


def test_a_file_may_have_a_colon_in_its_name(tmp_path: Path, lora: Path) -> None:
    odd = tmp_path / "style:1"
    odd.write_bytes(lora.read_bytes())
    for given, weight in ((str(odd), 1), (f"{odd}:0.5", 0.5)):
        report = paint(tmp_path / "out", prompt="a red boat", count=1, seed=7, mode="fast", lora=[given])
        assert [(entry["file"], entry["weight"]) for entry in report["loras"]] == [("style:1", weight)]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (["{folder}/none.safetensors"], "There is no LoRA file"),
        (["{lora}:2.5"], "--lora takes weights of -2 to 2."),
        (["{lora}:nan"], "--lora takes weights of -2 to 2."),
        (["{lora}", "{lora}:0.5"], "is given twice."),
        (["{folder}/text.safetensors:1"], "This file is not a .safetensors file, whatever its name."),
        (["{folder}/sdxl.safetensors"], "This LoRA is made for another model than the one that paints here: for SDXL"),
    ],
    ids=["missing", "weight", "nan", "twice", "text", "sdxl"],
)
def test_a_lora_that_cannot_be_used_is_one_sentence_before_anything_is_loaded(
    tmp_path: Path, lora: Path, given: list[str], sentence: str
) -> None:
    close_engine()
    (tmp_path / "text.safetensors").write_text("Dear diary, " * 9)
    shaped(tmp_path / "sdxl.safetensors", attention(2048))
    files = [text.format(folder=tmp_path, lora=lora) for text in given]
    assert sentence in refusal(tmp_path / "out", prompt="a red boat", count=1, lora=files)
    assert not warm()
    assert not list(tmp_path.rglob("*.png"))
