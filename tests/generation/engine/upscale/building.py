"""A tiny random ×4 upscaler: the real classes and file layout of stabilityai/stable-diffusion-x4-upscaler."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from diffusers import AutoencoderKL, DDIMScheduler, DDPMScheduler, StableDiffusionUpscalePipeline, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

from generation.engine.quiet import quiet
from generation.engine.roles import Role
from generation.engine.tokenizer import EVERYDAY_WORDS, build_tokenizer

if TYPE_CHECKING:
    from generation.engine import Profile

SEED = 3
SETTINGS = {"steps": 3, "guidance": 5.0, "noise_level": 20}


def build_upscaler(folder: Path, width: int = 24) -> None:
    """Write it to `folder`; the same every time. `width`: of the text that it reads."""
    with tempfile.TemporaryDirectory() as place, torch.random.fork_rng(), quiet():
        tokenizer = build_tokenizer(Path(place) / "words", EVERYDAY_WORDS)
        torch.manual_seed(SEED)
        pipe: Any = StableDiffusionUpscalePipeline(
            tokenizer=tokenizer,
            text_encoder=CLIPTextModel(
                CLIPTextConfig(
                    bos_token_id=tokenizer.bos_token_id,
                    eos_token_id=tokenizer.eos_token_id,
                    pad_token_id=tokenizer.pad_token_id,
                    vocab_size=len(tokenizer),
                    max_position_embeddings=77,
                    hidden_size=width,
                    intermediate_size=32,
                    num_attention_heads=4,
                    num_hidden_layers=2,
                )
            ),
            unet=UNet2DConditionModel(
                sample_size=32,
                in_channels=7,
                out_channels=4,
                block_out_channels=(16, 32, 32, 32),
                down_block_types=("DownBlock2D", *("CrossAttnDownBlock2D",) * 3),
                up_block_types=(*("CrossAttnUpBlock2D",) * 3, "UpBlock2D"),
                layers_per_block=1,
                cross_attention_dim=width,
                norm_num_groups=4,
                attention_head_dim=4,
                num_class_embeds=1000,
            ),
            vae=AutoencoderKL(
                block_out_channels=(8, 16, 16),
                down_block_types=("DownEncoderBlock2D",) * 3,
                up_block_types=("UpDecoderBlock2D",) * 3,
                layers_per_block=1,
                latent_channels=4,
                norm_num_groups=4,
                sample_size=64,
                scaling_factor=0.08333,
            ),
            scheduler=DDIMScheduler(
                beta_schedule="scaled_linear", prediction_type="v_prediction", clip_sample=False, set_alpha_to_one=False
            ),
            low_res_scheduler=DDPMScheduler(beta_schedule="scaled_linear"),
        )
        pipe.save_pretrained(folder, safe_serialization=True)


def with_upscaler(profile: Profile, folder: Path, **settings: float) -> Profile:
    """The profile with the upscaler in a folder, called quickly unless told otherwise."""
    named = Role(folder, "Apache-2.0", "the tests make it", settings=SETTINGS | settings)
    return replace(profile, roles={"upscaler": named})
