"""Our own recipe: what is written is what is read, from every kind of text chunk."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from generation.recipe import Recipe, RecipeLora, RecipeMask, RecipeRestyle, as_text, begun_with, read, write
from imagecreator.words import clean_text
from tests.generation.recipe.files import png

RECIPE = Recipe(
    "imagecreator",
    prompt="озеро, a lake 🌅\nin two lines",
    negative='fog, "quotes" and Steps: 3, Seed: 9, Size: 1x1',
    seed=2**32 - 1,
    steps=20,
    guidance=4.5,
    eta=0.99,
    width=256,
    height=144,
    model="preview",
    loras=(
        RecipeLora("Neon, glow", 0.35, "0123456789abcdef" * 4, "abcdef012345"),
        RecipeLora("ink", -1.25, "fedcba9876543210" * 4, "0123456789ab"),
    ),
    start="0f" * 32,
    strength=0.6,
    mask=RecipeMask("a5" * 32, feather=24, grow=-3, invert=True, only_masked=True, padding=48),
    restyle=RecipeRestyle("c3" * 32, content_weight=0.5, style_weight=7.0, iterations=120, keep_colours=True),
)
TEXTS = st.text(max_size=300).map(clean_text)


@pytest.mark.parametrize("chunk", ["iTXt", "packed iTXt"])
def test_what_is_written_is_read(chunk: str) -> None:
    assert read(png(chunk, **write(RECIPE, "0.1.0"))) == RECIPE  # type: ignore[arg-type]


@given(TEXTS, TEXTS, st.integers(0, 2**32 - 1), st.integers(1, 50), st.floats(0, 100), st.floats(0, 0.99))
def test_any_recipe_comes_back(prompt: str, negative: str, seed: int, steps: int, guidance: float, eta: float) -> None:
    assume(clean_text(prompt) == prompt and clean_text(negative) == negative)
    recipe = Recipe("imagecreator", prompt, negative, seed, steps, guidance, eta, "", 256, 144, "preview")
    assert read(png(**write(recipe, "0.1.0"))) == recipe


def test_the_json_names_its_schema_and_the_program() -> None:
    content = json.loads(write(RECIPE, "0.1.0")["imagecreator"])
    assert (content["schema"], content["version"], content["profile"]) == (1, "0.1.0", "preview")


def test_keys_of_a_later_schema_are_passed_over_and_a_first_file_without_schema_is_read() -> None:
    content = json.loads(write(RECIPE, "9")["imagecreator"])
    assert read(png(imagecreator=json.dumps(content | {"schema": 9, "pose": {"points": [1]}}))) == RECIPE
    del content["schema"]
    assert read(png(imagecreator=json.dumps(content))) == RECIPE


def test_what_it_was_begun_with_is_named_by_its_pixels() -> None:
    content = json.loads(write(RECIPE, "0.1.0")["imagecreator"])
    assert content["start"] == {"sha256": "0f" * 32, "strength": 0.6}
    assert content["mask"]["sha256"] == "a5" * 32
    assert begun_with(RECIPE) == {"start": content["start"], "mask": content["mask"]}
    plain = json.loads(write(replace(RECIPE, start="", strength=None, mask=None), "0.1.0")["imagecreator"])
    assert not {"start", "mask"} & set(plain)


def test_the_style_is_named_by_its_pixels() -> None:
    content = json.loads(write(RECIPE, "0.1.0")["imagecreator"])
    assert content["restyle"] == {
        "sha256": "c3" * 32, "content_weight": 0.5, "style_weight": 7.0, "iterations": 120, "keep_colours": True,
    }  # fmt: skip
    assert "restyle" not in json.loads(write(replace(RECIPE, restyle=None), "0.1.0")["imagecreator"])
    strange = content | {"restyle": {"sha256": "no", "iterations": "many", "style_weight": 1e9}}
    found = read(png(imagecreator=json.dumps(strange)))
    assert found is not None
    assert found.restyle == RecipeRestyle(style_weight=1000.0)


def test_other_tools_are_told_of_it_in_their_own_words() -> None:
    told = as_text(RECIPE, "0.1.0")
    for setting in ("Denoising strength: 0.6", "Mask blur: 24", "Mask mode: Inpaint not masked",
                    "Inpaint area: Only masked", "Masked area padding: 48"):  # fmt: skip
        assert f", {setting}, " in told
    assert "ask" not in as_text(replace(RECIPE, mask=None), "0.1.0")
    assert "Denoising" not in as_text(replace(RECIPE, start="", strength=None, mask=None), "0.1.0")


@pytest.mark.parametrize("key", ["start", "mask"])
@pytest.mark.parametrize("value", [None, 5, "x", [], {}, {"sha256": 5}, {"sha256": "zz" * 32, "strength": "x"}])
def test_a_broken_start_or_mask_is_passed_over(key: str, value: object) -> None:
    content = json.loads(write(RECIPE, "0.1.0")["imagecreator"]) | {key: value}
    found = read(png(imagecreator=json.dumps(content)))
    assert found is not None
    assert found.prompt == RECIPE.prompt
    digest = found.start if key == "start" else found.mask.digest if found.mask else ""
    assert digest == ""


def test_other_tools_read_the_same_from_parameters() -> None:
    found = read(png(parameters=as_text(RECIPE, "0.1.0")))
    assert found is not None
    assert found.source == "a1111"
    for name in ("prompt", "seed", "steps", "guidance", "eta", "width", "height", "model"):
        assert getattr(found, name) == getattr(RECIPE, name), name
    assert found.loras == (
        RecipeLora("Neon_glow", 0.35, "", "abcdef012345"), RecipeLora("ink", -1.25, "", "0123456789ab"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("lora", "expected"),
    [
        ({"name": "ink", "weight": "x", "sha256": "zz", "hash": 5}, (RecipeLora("ink"),)),
        ({"name": "ink", "weight": 1e9, "hash": "ABCDEF0123456789"}, (RecipeLora("ink", 100.0, "", "abcdef012345"),)),
        ({"weight": 1}, ()),
        ({"name": ["ink"]}, ()),
        ("ink", ()),
    ],
)
def test_loras_are_cleaned_like_all_the_rest(lora: object, expected: tuple[RecipeLora, ...]) -> None:
    found = read(png(imagecreator=json.dumps({"prompt": "a lake", "loras": [lora]})))
    assert found is not None
    assert found.loras == expected


def test_where_our_json_is_broken_the_parameters_are_read() -> None:
    texts = write(RECIPE, "0.1.0") | {"imagecreator": "{"}
    found = read(png(**texts))
    assert found is not None
    assert (found.source, found.seed) == ("a1111", RECIPE.seed)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("seed", "41", 41),
        ("seed", 41.0, 41),
        ("seed", True, None),
        ("seed", -1, None),
        ("seed", 2**64, None),
        ("seed", [41], None),
        ("seed", 4.5, None),
        ("steps", 10**9, 1000),
        ("steps", 0, 1),
        ("steps", "twenty", None),
        ("steps", 10**400, 1000),
        ("guidance", -3, 0.0),
        ("guidance", 1e300, 100.0),
        ("guidance", {"value": 3}, None),
        ("eta", 7, 1.0),
        ("width", 10**12, 65536),
        ("negative", 5, ""),
        ("negative", " f\u202eo\0g\r\n ", "fog"),
        ("profile", "a\nb" * 500, ("a b" * 500)[:199]),
    ],
)
def test_wrong_types_are_passed_over_and_numbers_kept_in_range(name: str, value: object, expected: object) -> None:
    content = json.loads(write(RECIPE, "0.1.0")["imagecreator"]) | {name: value}
    found = read(png(imagecreator=json.dumps(content)))
    assert found is not None
    got = getattr(found, "model" if name == "profile" else name)
    assert got[:199] == expected if name == "profile" else got == expected


@pytest.mark.parametrize("content", ["", "[]", "null", "{}", '{"seed": NaN}', '"text"', "{" * 5000, "[" * 400_000])
def test_what_is_no_recipe_is_none(content: str) -> None:
    assert read(png(imagecreator=content)) is None
