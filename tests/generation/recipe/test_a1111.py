"""A1111's text, of several versions and forks, in PNG chunks and EXIF comments."""

from __future__ import annotations

from io import BytesIO

import pytest

from generation.recipe import Recipe, RecipeLora, read, without_tags
from tests.generation.recipe.files import Chunk, png, user_comment, with_exif

OLD = """a castle on a hill, (golden hour:1.2), [fog]
Negative prompt: blurry, lowres
Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 3046371123, Size: 512x768, Model hash: 7460a6fa"""
NEW = """a castle on a hill <lora:epic_v2:0.7>, <lora:detail: 1>
of many towers
Negative prompt: blurry,
lowres
Steps: 30, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7.5, Seed: 41, Size: 512x768, Model hash: 4726d3bab1, \
Model: "dream, shaper", VAE: "a: b", Lora hashes: "epic_v2: 1A2B3c4d5e6f, detail: 12, third: 0123456789", \
Version: v1.10.1"""
NEW_LORAS = (
    RecipeLora("epic_v2", 0.7, "", "1a2b3c4d5e6f"),
    RecipeLora("detail", 1.0),
    RecipeLora("third", None, "", "0123456789"),
)
FORGE = """a castle
Steps: 20, Sampler: Euler, Schedule type: Simple, CFG scale: 1, Distilled CFG Scale: 3.5, Seed: 41, Size: 896x1152, \
Model: flux1-dev-bnb-nf4-v2, Version: f2.0.1v1.10.1-previous-659-gc055f2d4, Module 1: ae"""
SDNEXT = """a castle
Negative prompt: blurry
Steps: 10, Seed: 41, Sampler: DPM++ 3M, CFG scale: 4, Size: 768x1152, Parser: Full parser, Model: talesV121, \
Model hash: f758af2038, Backend: Diffusers, App: SD.Next, Version: 900264a, Operations: upscale; hires; txt2img, \
ADetailer prompt: "photo, Seed: 5", Denoising strength: 0.5"""
SDNEXT_BARS = """prompt: a castle
Negative prompt: blurry
Version: aa62f6d, Pipeline: Original,
Steps: 25 | Seed: 41 | Sampler: Euler a | CFG scale: 7 | Size: 768x512 | Parser: Full | Model: revAnimated_v122"""


def told(recipe: Recipe | None) -> tuple[object, ...]:
    assert recipe is not None
    assert recipe.source == "a1111"
    return (
        recipe.prompt, recipe.negative, recipe.seed, recipe.steps, recipe.guidance,
        recipe.sampler, recipe.width, recipe.height, recipe.model, recipe.loras,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            OLD,
            ("a castle on a hill, (golden hour:1.2), [fog]", "blurry, lowres", 3046371123, 20, 7.0, "Euler a",
             512, 768, "", ()),
        ),
        (
            NEW,
            ("a castle on a hill,\nof many towers", "blurry,\nlowres", 41, 30, 7.5, "DPM++ 2M Karras",
             512, 768, "dream, shaper", NEW_LORAS),
        ),
        (FORGE, ("a castle", "", 41, 20, 1.0, "Euler Simple", 896, 1152, "flux1-dev-bnb-nf4-v2", ())),
        (SDNEXT, ("a castle", "blurry", 41, 10, 4.0, "DPM++ 3M", 768, 1152, "talesV121", ())),
        (SDNEXT_BARS, ("a castle", "blurry", 41, 25, 7.0, "Euler a", 768, 512, "revAnimated_v122", ())),
    ],
    ids=["old", "new", "forge", "sdnext", "sdnext with bars"],
)  # fmt: skip
def test_versions_and_forks(text: str, expected: tuple[object, ...]) -> None:
    assert told(read(png("tEXt", parameters=text))) == expected


@pytest.mark.parametrize("chunk", ["tEXt", "zTXt", "iTXt", "packed iTXt"])
def test_every_kind_of_text_chunk(chunk: Chunk) -> None:
    assert told(read(png(chunk, parameters=OLD)))[2] == 3046371123


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
@pytest.mark.parametrize("order", ["utf-16-be", "utf-16-le", "utf-16"])
def test_the_comment_of_other_files(kind: str, order: str) -> None:
    found = read(with_exif(kind, user_comment(f"озеро 🌅, {OLD}", order)))
    assert found is not None
    assert found.prompt.startswith("озеро 🌅, a castle")
    assert found.seed == 3046371123


def test_a_comment_in_ascii() -> None:
    assert told(read(with_exif("JPEG", user_comment(OLD, "ascii", b"ASCII\0\0\0"))))[2] == 3046371123


def test_what_a_camera_wrote_is_no_recipe() -> None:
    for text in ("Holiday in Rome", "Steps: many", "", "Steps: 3, Seed: 4", "A: 1, B: 2, C: 3, D: 4"):
        assert read(with_exif("JPEG", user_comment(text))) is None, text


def test_only_a_prompt_is_a_recipe_and_an_empty_text_or_json_is_none() -> None:
    found = read(png(parameters="just a castle"))
    assert found == Recipe("a1111", prompt="just a castle")
    assert read(png(parameters=" \n ")) is None
    assert read(png(parameters='{"sui_image_params": {"prompt": "a castle"}}')) is None


def test_words_like_settings_in_a_prompt_stay_words() -> None:
    found = read(png(parameters=f"a sign:\nSteps: go up\n{OLD}"))
    assert found is not None
    assert found.prompt.startswith("a sign:\nSteps: go up\na castle")
    assert found.steps == 20


def test_a_picture_without_texts_other_files_and_no_file_at_all_are_none() -> None:
    for content in (png().getvalue(), b"", b"\x89PNG", b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"GIF89a", b"RIFF1234WEBP"):
        assert read(BytesIO(content)) is None


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("<lora:neon:0.8>", ("neon", 0.8)),
        ("<lora:neon>", ("neon", 1.0)),
        ("<lora:neon:-.5:0.7>", ("neon", -0.5)),
        ("<lora:neon:unet=0.6:te=0.2>", ("neon", 0.6)),
        ("<lyco: Neon glow :2>", ("Neon glow", 2.0)),
        ("<lora:neon:nan>", ("neon", None)),
        ("<lora:neon:0,35>", ("neon", 0.35)),
        ("<lora:neon:>", ("neon", 1.0)),
    ],
)
def test_tags_of_loras_are_taken_out_of_a_prompt(tag: str, expected: tuple[str, float | None]) -> None:
    assert without_tags(f"a castle {tag}, fog") == ("a castle, fog", [expected])


@pytest.mark.parametrize("words", ["<lora:>", "<lora:neon", "lora:neon:1", "<b>", "a <lora: in"])
def test_what_is_no_tag_stays(words: str) -> None:
    assert without_tags(words) == (words, [])
