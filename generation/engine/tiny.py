"""A tiny random Stable Diffusion: the real classes and file layout, a few megabytes, built in a second, without data.

Beside it, below `guides/`, ControlNets as random as itself, a BLIP in `captioner/` and a Llama in `language/`.

For tests, and to try what moderators do: its pictures are soft clouds of colour that follow the seed and shift with
the prompt, and show nothing.
"""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import torch
from diffusers import (
    AutoencoderKL,
    ControlNetModel,
    DDIMScheduler,
    StableDiffusionPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
)
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
from torch import nn
from transformers import CLIPConfig, CLIPImageProcessor, CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

from generation.engine.captions.build import Shape, build, write
from generation.engine.jobs import GuideKind
from generation.engine.language.tiny import build_llama
from generation.engine.quiet import quiet
from generation.engine.tokenizer import EVERYDAY_WORDS, build_tokenizer

if TYPE_CHECKING:
    from transformers import CLIPTokenizer

SEED = 40
TEXT_WIDTH = 32
CONTRAST = 1.2  # of the decoded pictures; with SEED chosen by eye, so that a first look shows nebulae and not grey
CAPTIONER = Shape(width=TEXT_WIDTH, heads=4, layers=2, text_layers=2, side=32, patch=8, longest=64, spread=0.1)
BREVITY = 1.0  # how much likelier the end of a line is than chance has it: it then comes after some words
BLUR = torch.tensor([1.0, 2.0, 1.0])


def build_tiny(folder: Path, *, flags: bool = False, xl: bool = False) -> None:
    """Write the checkpoint to `folder`, whole or not at all; the same bytes every time. `xl`: a Stable Diffusion XL.

    Its safety checker flags no picture, or every picture where `flags` is set. FileExistsError where the folder holds
    something already, also where another process was quicker; other OSErrors where it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} is not empty.")
    _make_room(folder.parent)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as place, quiet():
        built = Path(place) / "checkpoint"  # mkdir, unlike mkdtemp, leaves it readable to whom the umask says
        with torch.random.fork_rng(devices=[]):
            pipe = _xl_pipeline(Path(place)) if xl else _pipeline(Path(place), flags)
            pipe.save_pretrained(built, safe_serialization=True)
            for number, kind in enumerate(get_args(GuideKind)):
                _controlnet(pipe.unet, SEED + number).save_pretrained(built / "guides" / kind)
            write(*_captioner(), built / "captioner")
            build_llama(built / "language", SEED)
        readable = (built / "model_index.json").stat().st_mode
        for weights in built.rglob("*.safetensors"):
            weights.chmod(readable)  # safetensors makes files that only their owner may read
        try:
            built.rename(folder)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise
            raise FileExistsError(f"{folder} is not empty.") from error


def _make_room(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:  # which, of the whole, would mean that the checkpoint is there
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from error


def _pipeline(place: Path, flags: bool) -> Any:
    tokenizer = build_tokenizer(place / "words", EVERYDAY_WORDS)
    return StableDiffusionPipeline(
        tokenizer=tokenizer,
        text_encoder=_text_encoder(tokenizer),
        unet=_unet(),
        vae=_vae(),
        scheduler=_scheduler(),
        safety_checker=_safety_checker(flags),
        feature_extractor=CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}),
    )


def _xl_pipeline(place: Path) -> Any:
    tokenizer = build_tokenizer(place / "words", EVERYDAY_WORDS)
    return StableDiffusionXLPipeline(
        tokenizer=tokenizer,
        tokenizer_2=build_tokenizer(place / "words_2", EVERYDAY_WORDS),
        text_encoder=_text_encoder(tokenizer),
        text_encoder_2=_text_encoder(tokenizer, CLIPTextModelWithProjection, SEED + 1),
        unet=_unet(
            cross_attention_dim=2 * TEXT_WIDTH,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=6 * 8 + TEXT_WIDTH,
            use_linear_projection=True,
        ),
        vae=_vae(),
        scheduler=_scheduler(),
        add_watermarker=False,
    )


def _scheduler() -> Any:
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        prediction_type="v_prediction",  # a network that answers 0 then leaves the latents at unit variance
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )


def _text_encoder(tokenizer: CLIPTokenizer, kind: Any = CLIPTextModel, seed: int = SEED) -> Any:
    torch.manual_seed(seed)
    return kind(
        CLIPTextConfig(
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
            vocab_size=len(tokenizer),
            max_position_embeddings=77,
            hidden_size=TEXT_WIDTH,
            projection_dim=TEXT_WIDTH,
            intermediate_size=64,
            num_attention_heads=4,
            num_hidden_layers=2,
            initializer_factor=10.0,
        )
    )


def _unet(**settings: Any) -> Any:
    torch.manual_seed(SEED)
    unet: Any = UNet2DConditionModel(
        block_out_channels=(32, 64),
        layers_per_block=1,
        sample_size=32,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        norm_num_groups=4,
        attention_head_dim=4,
        **{"cross_attention_dim": TEXT_WIDTH, **settings},
    )
    _soften(unet)
    return unet


def _controlnet(unet: Any, seed: int) -> Any:
    """Its answers are as loud as the UNet's own, so that a guide shows."""
    torch.manual_seed(seed)
    net: Any = ControlNetModel.from_unet(
        unet, conditioning_channels=3, conditioning_embedding_out_channels=(8, 8, 16, 16), load_weights_from_unet=False
    )
    _soften(net)
    for module in (*net.controlnet_down_blocks, net.controlnet_mid_block):
        nn.init.normal_(module.weight, std=module.in_channels**-0.5)
    return net


def _vae() -> Any:
    torch.manual_seed(SEED)
    vae: Any = AutoencoderKL(
        block_out_channels=(16, 16, 16, 16),  # four blocks: one latent for 8x8 pixels, as in the real one
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=256,
    )
    _soften(vae)
    last = vae.decoder.conv_out
    last.weight.data -= last.weight.data.mean(dim=1, keepdim=True)  # what all channels share would tint every picture
    last.weight.data *= CONTRAST
    last.bias.data.zero_()
    return vae


def _soften(model: nn.Module) -> None:
    """Give every 3x3 convolution random mixing and a fixed blur, so that noise comes out as clouds, not as grain."""
    blur = torch.outer(BLUR, BLUR) / 16
    for module in model.modules():
        if isinstance(module, nn.Conv2d) and module.kernel_size == (3, 3):
            outs, ins = module.weight.shape[:2]
            module.weight.data = torch.randn(outs, ins, 1, 1) * blur * ins**-0.5
            if module.bias is not None:
                module.bias.data = torch.randn(outs) * 0.1


def _captioner() -> tuple[Any, Any]:
    """Its lines follow the picture."""
    model, processor = build(sorted({*EVERYDAY_WORDS}), CAPTIONER, SEED)
    model.text_decoder.cls.predictions.bias.data[processor.tokenizer.sep_token_id] += BREVITY
    return model, processor


def _safety_checker(flags: bool) -> StableDiffusionSafetyChecker:
    small = {"hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 4, "num_hidden_layers": 2}
    torch.manual_seed(SEED)
    checker = StableDiffusionSafetyChecker(
        CLIPConfig(
            text_config={**small, "vocab_size": 8, "projection_dim": 16},
            vision_config={**small, "image_size": 32, "patch_size": 8, "projection_dim": 16},
            projection_dim=16,
        )
    )
    for thresholds in (checker.concept_embeds_weights, checker.special_care_embeds_weights):
        thresholds.data.fill_(-10.0 if flags else 10.0)  # a cosine is between -1 and 1
    return checker
