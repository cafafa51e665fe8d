"""A LoRA learns one look from pairs: the same scenes with the look and without. The model itself stays as it is.

LoRA: Hu et al. 2021, arXiv:2106.09685. In the UNet alone, in attention and kernels: a look is mostly edges and tones.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from diffusers.utils.peft_utils import set_weights_and_activate_adapters
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import save_file

from generation.preview.training.latents import latents_of
from generation.preview.training.model import seeded
from generation.preview.training.painter import velocity_loss
from generation.preview.training.run import Amount, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from generation.preview.training.material import Dressed

RANK = 8
ATTENTION = ("to_q", "to_k", "to_v", "to_out.0", "proj_in", "proj_out")
KERNELS = ("conv_in", "conv1", "conv2", "conv", "conv_out", "time_emb_proj")
BATCH = 8
RATE = 2e-3
HALF, HALF_SHARE = 0.5, 0.2  # of the steps wear it at half its weight, and learn the mean of both pictures


def train_lora(
    pipe: Any,
    drawn: Sequence[Dressed],
    amount: Amount,
    say: Callable[[str], None],
    *,
    name: str,
    seed: int,
    begun: Mapping[str, torch.Tensor] | None = None,
) -> dict[str, torch.Tensor]:
    """Train on scenes that have their latents. Gives its tensors as diffusers names them; the pipeline is as before.

    It goes on from the tensors of `begun`, where there are any: what such a call gave, else ValueError.
    """
    rng = seeded(seed, pipe.unet)
    unet: Any = pipe.unet.eval().requires_grad_(False)
    unet.add_adapter(LoraConfig(r=RANK, lora_alpha=RANK, target_modules=[*ATTENTION, *KERNELS]), adapter_name=name)
    if begun:
        learnt = {key.removeprefix("unet."): tensor.float() for key, tensor in begun.items()}
        if learnt.keys() != get_peft_model_state_dict(unet, adapter_name=name).keys():
            raise ValueError(f"{name}: what it is to go on from has other layers")  # peft would leave them out silently
        set_peft_model_state_dict(unet, learnt, adapter_name=name)
    learning = [weight for weight in unet.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(learning, RATE, betas=(0.9, 0.99), weight_decay=0)
    by_size = [[item for item in drawn if item.scene.size == size] for size in sorted({i.scene.size for i in drawn})]
    run = Run(name, amount, optimizer, say)
    for _ in run:
        same = by_size[int(rng.choice(len(by_size), p=[len(items) / len(drawn) for items in by_size]))]
        chosen = [same[number] for number in rng.integers(len(same), size=BATCH)]
        half = rng.random() < HALF_SHARE
        set_weights_and_activate_adapters(unet, [name], [HALF if half else 1.0])
        loss = velocity_loss(pipe, [_halfway(item) for item in chosen] if half else chosen, rng)
        run.note(loss.item())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        optimizer.zero_grad()
    learnt = get_peft_model_state_dict(unet, adapter_name=name)
    unet.unload_lora()
    unet.requires_grad_(True)
    return {f"unet.{key}": tensor.detach().half().cpu().contiguous() for key, tensor in learnt.items()}


def save_lora(tensors: Mapping[str, torch.Tensor], row: Mapping[str, Any], scenes: int, path: Path) -> None:
    """Write it in half precision with notes of what it is. `row`: its fields in `data/loras.toml`.

    The trigger words stand where kohya's trainer notes tags, so that every tool shows them.
    """
    notes = {
        "format": "pt",
        "ss_tag_frequency": json.dumps({"drawn scenes": {row["trigger_words"][0]: scenes}}),
        "modelspec.title": row["name_en"],
        "modelspec.license": row["licence"],
        "modelspec.trigger_phrase": row["trigger_words"][0],
        "modelspec.description": f"For the preview model of Image Creator, trained on {scenes} scenes that it draws.",
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    save_file(dict(tensors), new, metadata=notes)
    new.chmod(0o644)
    new.replace(path)


def _halfway(item: Dressed) -> Dressed:
    """Half the look: the mean of both pictures' latents."""
    assert item.plain is not None
    return replace(item, latents=(latents_of(item) + latents_of(item.plain)) / 2)
