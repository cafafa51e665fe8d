"""Painting after a guide, through diffusers' own pipeline: for judging the guides of ours."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from diffusers import StableDiffusionControlNetPipeline

from generation.engine import load_profile
from generation.engine.controlnet import ControlNet
from generation.engine.quiet import quiet
from generation.preview.training import model
from generation.prompt_form import NEGATIVE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

AT_ONCE = 8


def guided_pipeline(weights: Path, guide: Path) -> Any:
    """The preview model with a ControlNet from a folder, in float32."""
    pipe = model.load(weights)
    with quiet():
        net: Any = ControlNet.from_pretrained(guide, local_files_only=True, use_safetensors=True, dtype=torch.float32)
        guided = StableDiffusionControlNetPipeline(
            **pipe.components | {"safety_checker": None, "feature_extractor": None},
            controlnet=net.eval(),
            requires_safety_checker=False,
        )
    guided.set_progress_bar_config(disable=True)
    return guided


def paint_guided(
    pipe: Any, prompts: Sequence[str], seeds: Sequence[int], guides: Sequence[Image.Image], strength: float = 1.0
) -> list[Image.Image]:
    """One picture for each prompt, seed and guide, of the guide's size, as the profile's standard mode paints."""
    mode = load_profile("preview", models_dir=Path("nowhere")).standard
    pictures: list[Image.Image] = []
    for start in range(0, len(prompts), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        pictures += pipe(
            list(prompts[some]),
            image=list(guides[some]),
            negative_prompt=[NEGATIVE] * len(prompts[some]),
            num_inference_steps=mode.steps,
            guidance_scale=mode.guidance,
            eta=mode.eta,
            controlnet_conditioning_scale=strength,
            width=guides[0].width,
            height=guides[0].height,
            generator=[torch.Generator().manual_seed(seed) for seed in seeds[some]],
        ).images
    return pictures
