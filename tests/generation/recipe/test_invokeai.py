"""InvokeAI's metadata of versions 2, 3, 4 and 5, and the command line before."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from generation.recipe import Recipe, RecipeLora, read
from tests.generation.recipe.files import png

DIGEST = "0123456789abcdef" * 4
COMMON = {
    "generation_mode": "txt2img",
    "positive_prompt": "a castle",
    "negative_prompt": "blurry",
    "width": 768,
    "height": 432,
    "seed": 356120443,
    "rand_device": "cpu",
    "cfg_scale": 7.5,
    "steps": 50,
    "scheduler": "dpmpp_2m_sde_k",
}
THREE = COMMON | {
    "app_version": "3.3.0post3",
    "model": {"model_name": "amixx", "base_model": "sd-1", "model_type": "main"},
    "loras": [{"lora": {"model_name": "epic", "base_model": "sd-1"}, "weight": 0.7}],
    "vae": {"model_name": "sd-vae-ft-mse"},
}
FIVE = COMMON | {
    "app_version": "5.4.3",
    "model": {"key": "9f58", "hash": "blake3:6a22", "name": "amixx", "base": "sdxl", "type": "main"},
    "loras": [{"model": {"key": "1", "name": "epic", "type": "lora", "hash": f"sha256:{DIGEST}"}, "weight": 0.7}],
    "regions": [],
}
READ = Recipe("invokeai", "a castle", "blurry", 356120443, 50, 7.5, None, "dpmpp_2m_sde_k", 768, 432, "amixx")
TWO = {
    "model": "stable diffusion",
    "model_weights": "stable-diffusion-1.5",
    "app_id": "invoke-ai/InvokeAI",
    "app_version": "2.2.4",
    "image": {
        "prompt": [{"prompt": "a castle [blurry, low] at dusk", "weight": 1.0}],
        "steps": 50, "cfg_scale": 7.5, "threshold": 0, "perlin": 0, "height": 512, "width": 640,
        "seed": 41, "sampler": "k_euler_a", "type": "txt2img",
    },
}  # fmt: skip


@pytest.mark.parametrize(("content", "digest"), [(THREE, ""), (FIVE, DIGEST)], ids=["3", "5"])
def test_json_of_later_versions(content: dict[str, object], digest: str) -> None:
    expected = replace(READ, loras=(RecipeLora("epic", 0.7, digest),))
    assert read(png("tEXt", invokeai_metadata=json.dumps(content))) == expected


def test_sd_metadata_has_the_negative_prompt_in_brackets() -> None:
    assert read(png("tEXt", sd_metadata=json.dumps(TWO))) == Recipe(
        "invokeai", "a castle  at dusk", "blurry, low", 41, 50, 7.5, None, "k_euler_a", 640, 512, "stable-diffusion-1.5"
    )


@pytest.mark.parametrize(
    "line",
    [
        '"a castle [fog]" -s 50 -S 41 -W 512 -H 768 -C 7.5 -A k_lms',
        '"a castle [fog]" -s50 -S41 -W512 -H768 -C7.5 -Ak_lms',
        '"a castle [fog]" --steps 50 --seed=41 -W 512 -H 768 --cfg_scale 7.5 --sampler k_lms --unknown 3',
        "a castle [fog] -s 50 -S 41 -W 512 -H 768 -C 7.5 -A k_lms",
    ],
)
@pytest.mark.parametrize("key", ["Dream", "dream"])
def test_a_command_line(line: str, key: str) -> None:
    assert read(png("tEXt", **{key: line})) == Recipe(
        "invokeai", "a castle", "fog", 41, 50, 7.5, None, "k_lms", 512, 768
    )


@pytest.mark.parametrize(
    "texts",
    [
        {"invokeai_metadata": "{}"},
        {"invokeai_metadata": '{"positive_prompt": 5, "seed": "x", "loras": [1, {"lora": 2}], "model": [3]}'},
        {"sd_metadata": '{"image": []}'},
        {"sd_metadata": '{"image": {"prompt": [[], {"prompt": 3}]}}'},
        {"Dream": "just a dream"},
        {"Dream": '"'},
        {"Dream": ""},
    ],
)
def test_what_is_no_recipe_is_none(texts: dict[str, str]) -> None:
    assert read(png(**texts)) is None
