"""The upscaler: four times as many pixels each way, in one step. Its parts before any training, and how they learn.

UNet and decoder learn as one: from a small picture to the same scene drawn large. Between them are four numbers for
each small pixel, which is enough, for the small picture has three. The encoder, which enlarging never needs, stays the
plain filter that it begins as.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL, DDIMScheduler, DDPMScheduler, StableDiffusionUpscalePipeline, UNet2DConditionModel
from safetensors.torch import save_file

from generation.engine.quiet import quiet
from generation.preview.training.latents import as_tensor
from generation.preview.training.model import TEXT_WIDTH, half_where_quick, seeded
from generation.preview.training.pairs import crops
from generation.preview.training.run import Amount, Run
from generation.preview.training.upscaler_start import begin_as_filter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from generation.preview.training.pairs import Pair

SCALING = 0.08333  # the only one that StableDiffusionUpscalePipeline takes
LAST = 999  # the timestep of pure noise
BATCH = 6
CROP = 48  # small pixels
RATE = 5e-4  # Muon, at the rate that suits the painter, tears the filter down that is there first
LIKENESS = 0.3  # the weight of SSIM beside the colours' differences
SSIM_WINDOW, SSIM_C1, SSIM_C2 = 7, 0.01**2, 0.03**2  # as in scikit-image


def create(seed: int) -> dict[str, Any]:
    """Its parts, untrained, by the names that the pipeline gives them; text encoder and tokenizer are the base's."""
    torch.manual_seed(seed)
    unet: Any = UNet2DConditionModel(
        sample_size=64,
        in_channels=7,
        out_channels=4,
        block_out_channels=(64, 96),
        layers_per_block=1,
        down_block_types=("DownBlock2D",) * 2,  # without attention: it reads no text, and needs no look at the whole
        mid_block_type=None,
        up_block_types=("UpBlock2D",) * 2,
        cross_attention_dim=TEXT_WIDTH,
        num_class_embeds=1,
        norm_num_groups=1,
    )
    vae: Any = AutoencoderKL(
        block_out_channels=(16, 32, 64),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=1,
        sample_size=256,
        scaling_factor=SCALING,
        mid_block_add_attention=False,
    )
    with torch.no_grad():
        _forget_noise(unet)
    begin_as_filter(unet, vae, SCALING)
    return {
        "unet": unet.to(memory_format=torch.channels_last),
        "vae": vae.to(memory_format=torch.channels_last),
        "scheduler": DDIMScheduler(
            prediction_type="sample",  # the picture itself: one step is all there is
            beta_schedule="scaled_linear",
            rescale_betas_zero_snr=True,
            timestep_spacing="trailing",
            clip_sample=False,
        ),
        "low_res_scheduler": DDPMScheduler(beta_start=1e-6, beta_end=0.02, beta_schedule="scaled_linear"),
    }


def load(folder: Path) -> dict[str, Any]:
    """The parts in a folder, in float32."""
    with quiet():
        return {
            "unet": UNet2DConditionModel.from_pretrained(folder / "unet").to(memory_format=torch.channels_last),
            "vae": AutoencoderKL.from_pretrained(folder / "vae").to(memory_format=torch.channels_last),
            "scheduler": DDIMScheduler.from_pretrained(folder / "scheduler"),
            "low_res_scheduler": DDPMScheduler.from_pretrained(folder / "low_res_scheduler"),
        }


def save(parts: dict[str, Any], base: Any, folder: Path) -> None:
    """Write the parts to `folder` in half precision, file by file; text encoder and tokenizer stay in the base's."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as place, quiet():
        new = Path(place)
        pipe: Any = StableDiffusionUpscalePipeline(
            **parts, text_encoder=base.text_encoder, tokenizer=base.tokenizer, max_noise_level=0
        )
        pipe.save_config(new)
        for name, part in parts.items():
            part.save_config(new / name)
            if name in ("unet", "vae"):
                weights = {key: tensor.half().cpu().contiguous() for key, tensor in part.state_dict().items()}
                save_file(weights, new / name / "diffusion_pytorch_model.safetensors", metadata={"format": "pt"})
        for path in sorted(new.rglob("*"), key=lambda path: (path.suffix != ".safetensors", path)):
            if path.is_file():
                _tidy(path)
                target = folder / path.relative_to(new)
                target.parent.mkdir(exist_ok=True)
                path.replace(target)


def enlarge(parts: dict[str, Any], small: torch.Tensor) -> torch.Tensor:
    """(n, 3, h, w) to (n, 3, 4h, 4w), -1 … 1, as the pipeline does in one step without guidance."""
    noise = torch.randn(small.shape[0], 4, *small.shape[2:])
    labels = torch.zeros(small.shape[0], dtype=torch.long)
    text = torch.zeros(small.shape[0], 1, TEXT_WIDTH)
    latents = parts["unet"](torch.cat([noise, small], dim=1), LAST, text, class_labels=labels).sample
    return parts["vae"].decode(latents / SCALING).sample


def train_upscaler(
    parts: dict[str, Any],
    pairs: Sequence[Pair],
    amount: Amount,
    say: Callable[[str], None],
    *,
    seed: int,
    milestone: Callable[[], None],
    every: int = 150,
) -> None:
    """Train UNet and decoder in place; `milestone` is called after every `every` steps."""
    unet, vae = parts["unet"].train(), parts["vae"].train()
    rng = seeded(seed, unet)
    whole = torch.nn.ModuleList([unet, vae.decoder, vae.post_quant_conv])
    optimizer = torch.optim.AdamW(whole.parameters(), RATE, betas=(0.9, 0.99), weight_decay=0)
    device = next(unet.parameters()).device
    run = Run("upscaler", amount, optimizer, say, every=25)
    for step in run:
        small, large = crops(pairs, rng, BATCH, CROP)
        with half_where_quick(device):
            made = enlarge(parts, as_tensor(small, device))
        loss = _loss(made.float(), as_tensor(large, device))
        run.note(loss.item())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(whole.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        _forget_noise(unet)
        if step % every == every - 1:
            milestone()
    unet.eval()
    vae.eval()


def ssim(ours: torch.Tensor, theirs: torch.Tensor) -> torch.Tensor:
    """The mean structural similarity (Wang et al. 2004) of pictures (n, 3, h, w), -1 … 1."""
    ours, theirs = ours / 2 + 0.5, theirs / 2 + 0.5
    both = torch.cat([ours, theirs, ours * ours, theirs * theirs, ours * theirs])
    one, two, one_two, two_two, cross = F.avg_pool2d(both, SSIM_WINDOW, 1).chunk(5)
    spread = one_two - one * one + two_two - two * two
    shared = cross - one * two
    light = (2 * one * two + SSIM_C1) / (one * one + two * two + SSIM_C1)
    return (light * (2 * shared + SSIM_C2) / (spread + SSIM_C2)).mean()


def _loss(made: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    error = made - truth
    edges = error.diff(dim=3).abs().mean() + error.diff(dim=2).abs().mean()
    return error.abs().mean() + edges / 2 + LIKENESS * (1 - ssim(made, truth))


@torch.no_grad()
def _forget_noise(unet: Any) -> None:
    """In one step from pure noise there is nothing in the noise to learn from: what it could add is error."""
    unet.conv_in.weight[:, :4] = 0


def _tidy(path: Path) -> None:
    """No paths of the machine that trained inside the files, and files that everybody may read."""
    path.chmod(0o644)
    if path.suffix == ".json":
        values = json.loads(path.read_text(encoding="utf-8"))
        values.pop("_name_or_path", None)
        path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
