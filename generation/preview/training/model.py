"""The preview model: its parts before any training, and the folder that holds them between stages."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np
import torch
from diffusers import AutoencoderTiny, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from diffusers.models.attention_processor import AttnProcessor
from safetensors.torch import save_file
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel

from generation.engine import checkpoint, load_profile
from generation.engine.load import best_device
from generation.engine.quiet import quiet
from generation.engine.tokenizer import build_tokenizer
from generation.preview.captions import vocabulary

if TYPE_CHECKING:
    from numpy.random import Generator

TEXT_WIDTH = 192
UNSCALED = 1.0  # scaling factor of an autoencoder that was never trained
TRAINED = ("vae", "text_encoder", "unet")


def create(folder: Path, seed: int) -> None:
    """Write an untrained model to `folder`, which must not exist or be empty (FileExistsError): the same every time."""
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as place, quiet():
        tokenizer = build_tokenizer(Path(place) / "words", vocabulary())
        torch.manual_seed(seed)
        pipe = StableDiffusionPipeline(
            vae=_vae(),
            text_encoder=_text_encoder(tokenizer),
            tokenizer=tokenizer,
            unet=_unet(),
            scheduler=_scheduler(),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
        save(pipe, folder)


def load(folder: Path, device: torch.device | None = None) -> Any:
    """The pipeline in `folder`, in float32, ready to be trained or to paint. EngineError for what is no such model."""
    checkpoint.validate(replace(load_profile("preview", models_dir=folder), folder=folder))
    with quiet():
        pipe: Any = StableDiffusionPipeline.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, safety_checker=None, dtype=torch.float32
        )
    pipe.set_progress_bar_config(disable=True)
    pipe.unet.set_attn_processor(AttnProcessor())  # at this size plain products are quicker than fused attention
    for part in ("vae", "unet"):
        getattr(pipe, part).to(memory_format=torch.channels_last)
    return pipe.to(device or best_device())


def save(pipe: Any, folder: Path, parts: dict[str, nn.Module] | None = None) -> None:
    """Write the pipeline to `folder` in half precision; `parts` stand in for those of the pipeline, by name.

    File by file, each whole, weights first: what else lies in the folder stays.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pipe.tokenizer.backend_tokenizer.no_padding()  # what its last call padded and cut is no part of it
    pipe.tokenizer.backend_tokenizer.no_truncation()
    with tempfile.TemporaryDirectory(dir=folder.parent) as place, quiet():
        new = Path(place) / "model"
        pipe.save_pretrained(new, safe_serialization=True)
        for name in TRAINED:
            part = (parts or {}).get(name) or getattr(pipe, name)
            weights = {key: tensor.half().cpu().contiguous() for key, tensor in part.state_dict().items()}
            file = "model" if name == "text_encoder" else "diffusion_pytorch_model"
            save_file(weights, new / name / f"{file}.safetensors", metadata={"format": "pt"})
        for path in sorted(new.rglob("*"), key=lambda path: (path.suffix != ".safetensors", path)):
            if path.is_file():
                tidy(path)
                (folder / path.relative_to(new)).parent.mkdir(exist_ok=True)
                path.replace(folder / path.relative_to(new))


def seeded(seed: int, part: nn.Module) -> Generator:
    """Random numbers for one stage, and the same for torch: of the seed and of what the part has learnt so far.

    So a stage that goes on from where another ended sees other batches, and still the same ones every time.
    """
    learnt = 0
    for tensor in part.state_dict().values():
        learnt = crc32(tensor.half().cpu().contiguous().numpy(), learnt)
    torch.manual_seed(seed ^ learnt)
    return np.random.default_rng([seed, learnt])


def quick_at_half(device: torch.device) -> bool:
    """Whether the device has bfloat16 in its instructions; all others take many times as long for it."""
    return device.type == "cuda" or torch.cpu._is_avx512_bf16_supported()


def half_where_quick(device: torch.device) -> Any:
    """Mixed precision in bfloat16 where the device is quick at it: a context for the forward pass."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=quick_at_half(device))


def tidy(path: Path) -> None:
    """No paths of the machine that trained inside the files, and files that everybody may read."""
    path.chmod(0o644)
    if path.suffix == ".json":
        values = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(values, dict) and "_name_or_path" in values:
            del values["_name_or_path"]
            path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def _vae() -> Any:
    """Four latent channels at factor 8. Most of its blocks work on small maps, where they cost next to nothing."""
    return AutoencoderTiny(
        encoder_block_out_channels=(48,) * 4,
        decoder_block_out_channels=(48,) * 4,
        num_encoder_blocks=(1, 1, 3, 3),
        num_decoder_blocks=(3, 3, 1, 1),
        latent_channels=4,
        scaling_factor=UNSCALED,
    )


def _text_encoder(tokenizer: Any) -> CLIPTextModel:
    return CLIPTextModel(
        CLIPTextConfig(
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
            vocab_size=len(tokenizer),
            max_position_embeddings=77,
            hidden_size=TEXT_WIDTH,
            intermediate_size=512,
            num_attention_heads=4,
            num_hidden_layers=3,
        )
    )


def _unet() -> Any:
    """Most weights work on the smallest maps, where they cost least: a step is twice as quick as with three levels.

    The largest maps have blocks enough to draw edges. The text is read from half of the latents' size on; what it says
    as a whole tells every block, as the time does.
    """
    return UNet2DConditionModel(
        sample_size=32,
        block_out_channels=(64, 96, 128, 192),
        layers_per_block=(2, 1, 1, 1),
        down_block_types=("DownBlock2D", *("CrossAttnDownBlock2D",) * 3),
        mid_block_type="UNetMidBlock2D",
        up_block_types=(*("CrossAttnUpBlock2D",) * 3, "UpBlock2D"),
        cross_attention_dim=TEXT_WIDTH,
        attention_head_dim=4,  # heads, as in Stable Diffusion 1.x
        addition_embed_type="text",
        addition_embed_type_num_heads=4,
        norm_num_groups=16,
    )


def _scheduler() -> DDIMScheduler:
    """v-prediction with zero terminal SNR (Lin et al. 2023, arXiv:2305.08891)."""
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        clip_sample=False,
        set_alpha_to_one=True,
        steps_offset=0,
    )
