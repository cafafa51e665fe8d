"""LoRA files for tests: random weights for the tiny model, by peft and diffusers themselves, in every layout."""

from __future__ import annotations

import json
import struct
from functools import cache
from typing import TYPE_CHECKING, Any

import torch
from diffusers import StableDiffusionPipeline, UNet2DConditionModel
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from transformers import CLIPTextModel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

State = dict[str, torch.Tensor]

IN_UNET = ["to_q", "to_k", "to_v", "to_out.0", "ff.net.0.proj", "ff.net.2", "proj_in", "proj_out"]
IN_RESNETS = ["conv1", "conv2", "time_emb_proj", "conv_shortcut", "conv_in", "conv_out", "conv", "linear_1", "linear_2"]
IN_TEXT = ["q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"]
TO_SGM = {  # of the tiny UNet: two levels, one layer each, attention in the first
    "conv_in": "input_blocks_0_0",
    "down_blocks_0_resnets_0": "input_blocks_1_0",
    "down_blocks_0_attentions_0": "input_blocks_1_1",
    "down_blocks_0_downsamplers_0_conv": "input_blocks_2_0_op",
    "down_blocks_1_resnets_0": "input_blocks_3_0",
    "mid_block_resnets_0": "middle_block_0",
    "mid_block_attentions_0": "middle_block_1",
    "mid_block_resnets_1": "middle_block_2",
    "up_blocks_0_resnets_0": "output_blocks_0_0",
    "up_blocks_0_resnets_1": "output_blocks_1_0",
    "up_blocks_0_upsamplers_0_conv": "output_blocks_1_1_conv",
    "up_blocks_1_resnets_0": "output_blocks_2_0",
    "up_blocks_1_attentions_0": "output_blocks_2_1",
    "up_blocks_1_resnets_1": "output_blocks_3_0",
    "up_blocks_1_attentions_1": "output_blocks_3_1",
    "time_embedding_linear_1": "time_embed_0",
    "time_embedding_linear_2": "time_embed_2",
    "conv_out": "out_2",
}
IN_SGM_RESNETS = {
    "conv1": "in_layers_2",
    "conv2": "out_layers_3",
    "time_emb_proj": "emb_layers_1",
    "conv_shortcut": "skip_connection",
}


def a_lora(
    path: Path,
    tiny: Path,
    *,
    seed: int = 1,
    rank: int = 4,
    unet: bool = True,
    text: bool = True,
    resnets: bool = False,
    alpha: int | None = None,
    notes: bool = False,
    scale: float = 0.3,
) -> Path:
    """As diffusers' trainers save it: `unet.….lora_A.weight`; with their notes of ranks and alphas if asked for."""
    models: list[tuple[str, Any, list[str]]] = []
    if unet:
        models.append(("unet", _part(UNet2DConditionModel, tiny, "unet"), IN_UNET + IN_RESNETS * resnets))
    if text:
        models.append(("text_encoder", _part(CLIPTextModel, tiny, "text_encoder"), IN_TEXT))
    layers: dict[str, Any] = {}
    for part, model, modules in models:
        config = LoraConfig(r=rank, lora_alpha=alpha or rank, target_modules=modules, init_lora_weights=False)
        model.add_adapter(config, adapter_name="a")
        chance = torch.Generator().manual_seed(seed)
        state = get_peft_model_state_dict(model, adapter_name="a")
        drawn = {key: torch.randn(state[key].shape, generator=chance) * scale for key in sorted(state)}
        layers[f"{part}_lora_layers"] = drawn
        if notes:
            layers[f"{part}_lora_adapter_metadata"] = {
                name: sorted(value) if isinstance(value, set) else value
                for name, value in model.peft_config["a"].to_dict().items()
            }
    StableDiffusionPipeline.save_lora_weights(path.parent, weight_name=path.name, **layers)
    return path


def _part(kind: Any, tiny: Path, name: str) -> Any:
    return kind.from_pretrained(tiny / name)


def old_diffusers(path: Path, source: Path) -> Path:
    """`lora.down` and `lora.up`, and `lora_linear_layer` in the text encoder, as diffusers saved until 2023."""
    state = {}
    for name, tensor in load_file(source).items():
        middle = ".lora_linear_layer" if name.startswith("text_encoder.") else ".lora"
        state[name.replace(".lora_A", f"{middle}.down").replace(".lora_B", f"{middle}.up")] = tensor
    save_file(state, path)
    return path


def oldest_diffusers(path: Path, source: Path) -> Path:
    """With attention processors: `attn1.processor.to_q_lora.down`; only of modules that they had."""
    state = {}
    for name, tensor in load_file(source).items():
        if ".attn" not in name:
            continue
        block, _, module = name.partition(".attn")
        number, _, module = module.partition(".")
        module = module.replace(".lora_A", "_lora.down").replace(".lora_B", "_lora.up").replace("to_out.0", "to_out")
        state[f"{block}.attn{number}.processor.{module}"] = tensor
    save_file(state, path)
    return path


def only_attention(path: Path, source: Path) -> Path:
    """What `oldest_diffusers` keeps, in today's names."""
    save_file({name: tensor for name, tensor in load_file(source).items() if ".attn" in name}, path)
    return path


def kohya(
    path: Path,
    source: Path,
    *,
    sgm: bool = False,
    alpha: float | None = None,
    alphas: Mapping[str, float] | None = None,
    metadata: dict[str, str] | None = None,
) -> Path:
    """kohya's names, with an alpha for each module: the rank, `alpha`, or by the end of the module's name."""
    state: State = {}
    for name, tensor in load_file(source).items():
        part, _, module = name.partition(".")
        module, _, end = module.rpartition(".lora_")
        module = module.replace(".", "_")
        if part == "unet":
            prefix, module = "lora_unet", to_sgm(module) if sgm else module
        else:
            prefix = "lora_te"
            module = module if module.startswith("text_model_") else f"text_model_{module}"
        base = f"{prefix}_{module}"
        state[f"{base}.{'lora_down' if end.startswith('A') else 'lora_up'}.weight"] = tensor
        if end.startswith("A"):
            own = next((value for last, value in (alphas or {}).items() if module.endswith(last)), alpha)
            state[f"{base}.alpha"] = torch.tensor(float(tensor.shape[0]) if own is None else own)
    save_file(state, path, metadata)
    return path


def to_sgm(module: str) -> str:
    """A module of the tiny UNet by its name in the original Stable Diffusion."""
    for name, original in TO_SGM.items():
        if module == name or module.startswith(f"{name}_"):
            inside = module.removeprefix(name).removeprefix("_")
            if "_resnets_" in module:
                inside = IN_SGM_RESNETS.get(inside, inside)
            return f"{original}_{inside}" if inside else original
    raise KeyError(module)


def changed(path: Path, source: Path, change: Any, metadata: dict[str, str] | None = None) -> Path:
    """A copy in which every tensor is `change(name, tensor)`; those for which that is None are left out."""
    state = {name: change(name, tensor) for name, tensor in load_file(source).items()}
    save_file({name: tensor.contiguous() for name, tensor in state.items() if tensor is not None}, path, metadata)
    return path


def shaped(path: Path, shapes: Mapping[str, tuple[int, ...]], metadata: dict[str, str] | None = None) -> Path:
    """A file of zeros with these names and shapes, for those who look at the header only."""
    save_file({name: torch.zeros(shape, dtype=torch.float16) for name, shape in shapes.items()}, path, metadata)
    return path


def with_header(path: Path, header: object, data: bytes = b"", length: int | None = None) -> Path:
    """A file with this header (JSON or bytes), which may say a length of its own."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(raw) if length is None else length) + raw + data)
    return path


@cache
def attention(width: int, rank: int = 4) -> dict[str, tuple[int, ...]]:
    """One module that reads text of this width, in kohya's names."""
    base = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
    return {f"{base}.lora_down.weight": (rank, width), f"{base}.lora_up.weight": (320, rank), f"{base}.alpha": ()}
