"""Where the modules are that LoRAs change: every spelling of a module's name, and the module that it means.

kohya's trainer writes underscores for dots, which cannot be undone by rules alone: "time_embedding_linear_1". So the
names are made from the models as they are, in each spelling, and looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from torch import nn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generation.engine.lora_keys import Part

IN_RESNETS = {  # modules of a residual block: diffusers' names, and the original Stable Diffusion's
    "conv1": "in_layers.2",
    "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1",
    "conv_shortcut": "skip_connection",
}
AROUND_BLOCKS = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_in": "input_blocks.0.0",
    "conv_out": "out.2",
}
Places = dict[tuple["Part", str], "Place"]


@dataclass(frozen=True)
class Place:
    """A module by its path in its model, and the shape of its weight: (out, in) or (out, in, height, width)."""

    part: Part
    path: str
    shape: tuple[int, ...]


def places(pipe: Any) -> Places:
    """Every linear layer and convolution of the UNet and the text encoder, by all spellings of its name.

    To be called before any adapter is in place.
    """
    found: Places = {}
    original = dict(_original_names(pipe.unet))
    parts: tuple[Part, ...] = ("unet", "text_encoder", "text_encoder_2")
    for part in parts:
        model = getattr(pipe, part, None)
        for path, module in model.named_modules() if model is not None else ():
            if not isinstance(module, (nn.Linear, nn.Conv2d)):
                continue
            place = Place(part, path, tuple(module.weight.shape))
            spelled = [path]
            if part == "unet":
                spelled += _originally(path, original)
            else:  # transformers 5 has taken a level out of CLIPTextModel
                spelled.append(f"text_model.{path}" if not path.startswith("text_model.") else path[11:])
            for name in spelled:
                found.setdefault((part, name), place)
                found.setdefault((part, name.replace(".", "_")), place)
    return found


def _originally(path: str, original: dict[str, str]) -> Iterator[str]:
    if path in AROUND_BLOCKS:
        yield AROUND_BLOCKS[path]
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        if (block := ".".join(parts[:length])) in original:
            inside = ".".join(parts[length:])
            if "resnets" in parts:
                inside = IN_RESNETS.get(inside, inside)
            yield f"{original[block]}.{inside}" if inside else original[block]
            return


def _original_names(unet: Any) -> Iterator[tuple[str, str]]:
    """The blocks of a UNet by diffusers' names and by those of the original Stable Diffusion (CompVis' openaimodel.py).

    There a level's residual blocks and attentions are counted through, and so are the layers that change the size.
    """
    number = 1
    for level, block in enumerate(unet.down_blocks):
        for layer in range(len(block.resnets)):
            yield from _layer(f"down_blocks.{level}", layer, block, f"input_blocks.{number}")
            number += 1
        if getattr(block, "downsamplers", None):
            yield f"down_blocks.{level}.downsamplers.0.conv", f"input_blocks.{number}.0.op"
            number += 1
    for layer in range(len(unet.mid_block.resnets)):
        yield f"mid_block.resnets.{layer}", f"middle_block.{2 * layer}"
    for layer in range(len(getattr(unet.mid_block, "attentions", []))):
        yield f"mid_block.attentions.{layer}", f"middle_block.{2 * layer + 1}"
    number = 0
    for level, block in enumerate(unet.up_blocks):
        for layer in range(len(block.resnets)):
            yield from _layer(f"up_blocks.{level}", layer, block, f"output_blocks.{number}")
            number += 1
        if getattr(block, "upsamplers", None):
            place = 2 if getattr(block, "attentions", None) else 1
            yield f"up_blocks.{level}.upsamplers.0.conv", f"output_blocks.{number - 1}.{place}.conv"


def _layer(name: str, layer: int, block: Any, original: str) -> Iterator[tuple[str, str]]:
    yield f"{name}.resnets.{layer}", f"{original}.0"
    if getattr(block, "attentions", None):
        yield f"{name}.attentions.{layer}", f"{original}.1"
