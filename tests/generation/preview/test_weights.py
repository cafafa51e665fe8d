"""The model that ships: small, whole, in the layout of the big ones, and its card beside it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline
from safetensors.torch import load_file

from generation.engine import Engine, PaintJob, load_profile
from generation.engine.checkpoint import faults
from generation.preview.captions import vocabulary
from generation.preview.evaluate import WEIGHTS
from generation.preview.hues import dominant_hue

PROFILE = load_profile("preview", models_dir=Path("nowhere"))
USUAL = PROFILE.standard


def test_it_is_the_folder_of_the_profile_and_whole() -> None:
    assert PROFILE.folder == WEIGHTS
    assert faults(PROFILE) == []


def test_it_is_small_and_in_half_precision() -> None:
    files = list(WEIGHTS.rglob("*.safetensors"))
    assert sum(path.stat().st_size for path in files) <= 30_000_000
    kinds = {tensor.dtype for path in files for tensor in load_file(path).values() if tensor.is_floating_point()}
    assert kinds == {torch.float16}
    assert not [path for path in WEIGHTS.rglob("*") if path.suffix in {".bin", ".pt", ".ckpt", ".pickle"}]


def test_the_real_pipeline_loads_it_from_the_folder_alone() -> None:
    pipe = StableDiffusionPipeline.from_pretrained(WEIGHTS, local_files_only=True, use_safetensors=True)
    assert pipe.unet.config.in_channels == pipe.vae.config.latent_channels == 4
    assert pipe.vae_scale_factor == 8
    assert 8e6 < sum(weight.numel() for weight in pipe.unet.parameters()) < 13e6
    assert pipe.scheduler.config.prediction_type == "v_prediction"
    assert pipe.scheduler.config.rescale_betas_zero_snr


def test_each_word_that_captions_hold_is_one_token() -> None:
    engine = Engine(PROFILE)
    assert {word for word in vocabulary() if engine.count_tokens(word) != 1} == set()


def test_a_colour_in_the_prompt_is_the_colour_of_the_picture() -> None:
    wanted = {"red": "red", "green": "green", "blue": "blue", "purple": "purple"}
    jobs = [
        PaintJob(f"{colour} waves", "", seed, 256, 144, USUAL.steps, USUAL.guidance, USUAL.eta)
        for seed, colour in enumerate(wanted)
    ]
    pictures = Engine(PROFILE).paint(jobs, lambda step, steps: None)
    assert [dominant_hue(picture) for picture in pictures] == list(wanted.values())
    assert all(np.asarray(picture.convert("L")).std() > 8 for picture in pictures)


def test_its_scheduler_makes_numbers_whatever_the_steps() -> None:
    """With all the new noise that there can be, DDIM takes the root of what may be a rounding error below 0."""
    scheduler = DDIMScheduler.from_pretrained(WEIGHTS / "scheduler")
    latents = torch.ones(1, 4, 2, 2)
    for steps in range(1, 121):
        scheduler.set_timesteps(steps)
        moved = latents
        for time in scheduler.timesteps:
            moved = scheduler.step(latents, time, moved, eta=USUAL.eta, variance_noise=latents).prev_sample
        assert torch.isfinite(moved).all(), steps


def test_its_card_says_what_it_is_and_under_which_licence() -> None:
    card = (WEIGHTS / "README.md").read_text(encoding="utf-8")
    for words in ("license: apache-2.0", "What it can paint", "How it was trained", "Figures"):
        assert words in card
