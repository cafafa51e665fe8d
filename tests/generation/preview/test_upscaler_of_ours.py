"""The upscaler that ships: small, whole, without what the base has already, and nearer to the truth than Lanczos."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from diffusers import StableDiffusionPipeline, StableDiffusionUpscalePipeline
from safetensors.torch import load_file

from generation.engine import Engine, load_profile
from generation.engine.upscale.folder import faults
from generation.preview import scenes
from generation.preview.evaluate import WEIGHTS
from generation.preview.evaluate_upscaler import FOLDER, SETTINGS, measured, missed, small_ones, table, unseen
from generation.preview.figures import CARD, FIGURES, digest

if TYPE_CHECKING:
    from collections.abc import Iterator

PREVIEW = load_profile("preview", models_dir=Path("nowhere"))


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine on the preview model."""
    engine = Engine(PREVIEW)
    yield engine
    engine.close()


def test_it_is_the_profiles_and_whole() -> None:
    assert PREVIEW.roles["upscaler"].folder == FOLDER
    assert PREVIEW.roles["upscaler"].settings == SETTINGS
    assert faults(FOLDER, PREVIEW.folder) == []


def test_it_is_small_and_in_half_precision() -> None:
    files = list(FOLDER.rglob("*.safetensors"))
    assert sum(path.stat().st_size for path in files) <= 10_000_000
    kinds = {tensor.dtype for path in files for tensor in load_file(path).values()}
    assert kinds == {torch.float16}
    assert not list(FOLDER.glob("text_encoder")) and not list(FOLDER.glob("tokenizer"))


def test_diffusers_alone_loads_it_beside_the_base() -> None:
    base = StableDiffusionPipeline.from_pretrained(WEIGHTS, local_files_only=True, use_safetensors=True)
    pipe = StableDiffusionUpscalePipeline.from_pretrained(
        FOLDER, text_encoder=base.text_encoder, tokenizer=base.tokenizer, local_files_only=True, use_safetensors=True
    )
    small = scenes.draw(unseen(1)[0]).crop((0, 0, 64, 48))
    large = pipe("", image=small, num_inference_steps=1, guidance_scale=0, noise_level=0).images[0]
    assert large.size == (256, 192)


def test_it_is_nearer_to_what_is_drawn_large_than_lanczos(engine: Engine) -> None:
    rows = measured(engine, 6)
    assert rows.keys() == small_ones().keys()
    nearer = {name: np.mean(row["model ssim"]) > np.mean(row["lanczos ssim"]) for name, row in rows.items()}
    assert nearer == dict.fromkeys(rows, True)


def test_every_seed_is_the_same_picture(engine: Engine) -> None:
    small = scenes.draw(unseen(1)[0]).crop((0, 0, 64, 48))
    one, other = (np.asarray(engine.upscale(small, (256, 192), seed=seed), dtype=int) for seed in (1, 2))
    assert np.abs(one - other).max() <= 8, "but for the little noise on the small picture"


def test_its_figures_are_these_weights_and_keep_their_bounds() -> None:
    kept = json.loads((FOLDER / FIGURES).read_text())
    assert kept["weights"] == digest(FOLDER)
    assert missed(kept["figures"]) == []
    assert table(kept["figures"]) in (FOLDER / CARD).read_text(encoding="utf-8")
