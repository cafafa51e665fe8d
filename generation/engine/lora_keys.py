"""The names of a LoRA's tensors: which module of which model each one belongs to, in every spelling that is about.

`diffusers`: `unet.down_blocks.0….to_q.lora_A.weight`, older `….to_q.lora.down.weight` and
`….attn1.processor.to_q_lora.down.weight`. `kohya` (kohya-ss/sd-scripts): `lora_unet_down_blocks_0_….lora_down.weight`;
`kohya-sgm`: the same with the block names of the original Stable Diffusion, `lora_unet_input_blocks_1_1_…`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Part = Literal["unet", "text_encoder", "text_encoder_2"]
Piece = Literal["down", "up", "alpha"]
Layout = Literal["diffusers", "kohya", "kohya-sgm"]

KOHYA = re.compile(r"lora_(unet|te|te1|te2)_(\w+)\.(lora_down\.weight|lora_up\.weight|alpha)", re.ASCII)
KOHYA_PARTS: dict[str, Part] = {
    "unet": "unet",
    "te": "text_encoder",
    "te1": "text_encoder",
    "te2": "text_encoder_2",
}
SGM = re.compile(r"(input_blocks|middle_block|output_blocks|time_embed|label_emb|out)_\d")
DIFFUSERS_PARTS: tuple[Part, ...] = ("unet", "text_encoder", "text_encoder_2")
ENDS: dict[str, Piece] = {
    ".lora_A.weight": "down",
    ".lora_B.weight": "up",
    ".lora.down.weight": "down",
    ".lora.up.weight": "up",
    ".lora_linear_layer.down.weight": "down",
    ".lora_linear_layer.up.weight": "up",
    "_lora.down.weight": "down",
    "_lora.up.weight": "up",
    ".alpha": "alpha",
}
OLD_NAMES = {
    "unet": {"to_out": "to_out.0"},
    "text_encoder": {"to_q": "q_proj", "to_k": "k_proj", "to_v": "v_proj", "to_out": "out_proj"},
}
OTHER_KINDS = {  # kinds of adapters that are no plain LoRA, by what stands in their tensors' names, or at their ends
    ".dora_scale": "DoRA",
    "lora_magnitude_vector": "DoRA",
    ".hada_": "LoHa",
    ".lokr_": "LoKr",
    ".oft_": "OFT",
    ".boft_": "BOFT",
    ".lora_mid.": "LoCon/Tucker",
    ".on_input\n": "IA3",
    ".diff_b\n": "Full",
    ".diff\n": "Full",
    ".w_norm\n": "Norm",
}
OTHER_MODELS = {  # by what stands in their names; the first that is found counts
    "double_blocks": "Flux",
    "single_blocks": "Flux",
    "single_transformer_blocks": "Flux",
    "joint_blocks": "Stable Diffusion 3",
    "joint_transformer_blocks": "Stable Diffusion 3",
    "lora_te3_": "Stable Diffusion 3",
    "lora_prior_unet_": "Stable Cascade",
    "transformer.": "DiT",
    "lora_transformer_": "DiT",
    "diffusion_model.": "DiT",
    "lora_unet_blocks_": "DiT",
    "lora_unet_layers_": "DiT",
    "model.layers.": "LLM",
}
WHOLE_MODELS = (  # how the tensors of whole models begin
    "model.diffusion_model.",
    "cond_stage_model.",
    "first_stage_model.",
    "conditioner.embedders.",
    "control_model.",
    "down_blocks.",
    "up_blocks.",
    "time_embedding.",
    "controlnet_",
    "encoder.",
    "decoder.",
    "text_model.",
    "text_encoders.",
    "double_blocks.",
    "transformer_blocks.",
    "model.layers.",
)


@dataclass(frozen=True)
class Key:
    """A tensor's place: the `module` of a `part`, spelled as in the file, and which `piece` of the pair it is."""

    part: Part
    module: str
    piece: Piece
    layout: Layout


def parse(name: str) -> Key | None:
    """Whose tensor this is; None for a name of no spelling that is known."""
    if found := KOHYA.fullmatch(name):
        part, module, end = found.groups()
        layout: Layout = "kohya-sgm" if part == "unet" and SGM.match(module) else "kohya"
        pieces: dict[str, Piece] = {"lora_down.weight": "down", "lora_up.weight": "up", "alpha": "alpha"}
        return Key(KOHYA_PARTS[part], module, pieces[end], layout)
    for end, piece in ENDS.items():
        if name.endswith(end):
            before, _, module = name.removesuffix(end).partition(".")
            known: Part | None = next((part for part in DIFFUSERS_PARTS if part == before), None)
            return Key(known, _module(known, module), piece, "diffusers") if known and module else None
    return None


def _module(part: Part, name: str) -> str:
    """Today's name of a module that attention processors once had."""
    name = name.replace(".processor.", ".")
    before, dot, last = name.rpartition(".")
    return f"{before}{dot}{OLD_NAMES['unet' if part == 'unet' else 'text_encoder'].get(last, last)}"


def other_kind(names: Iterable[str]) -> str | None:
    """LoHa, LoKr and the like: the name of an adapter's kind that is no plain LoRA."""
    return _first(OTHER_KINDS, names)


def other_model(names: Iterable[str]) -> str | None:
    """The name of a family whose networks have other modules than a Stable Diffusion UNet."""
    return _first(OTHER_MODELS, names)


def is_whole_model(names: Iterable[str]) -> bool:
    """Whether these are the tensors of a model, and not of something that is added to one."""
    return any(name.startswith(WHOLE_MODELS) for name in names)


def _first(markers: dict[str, str], names: Iterable[str]) -> str | None:
    everything = "".join(f"{name}\n" for name in names)
    return next((said for marker, said in markers.items() if marker in everything), None)
