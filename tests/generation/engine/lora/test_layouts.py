"""Every layout of LoRA files reaches the same modules, each with its own alpha."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from safetensors.torch import load_file

from generation.engine.lora_file import lora_use
from tests.generation.engine.lora.wearing import paint
from tests.generation.engine.lora_files import a_lora, changed, kohya, old_diffusers, oldest_diffusers, only_attention
from tests.generation.engine.pictures import greatest_difference

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from generation.engine import Engine


@pytest.mark.parametrize("resnets", [False, True], ids=["attention", "everything"])
def test_every_layout_paints_the_same_picture(
    painter: Engine, bare: bytes, tiny: Path, tmp_path: Path, resnets: bool
) -> None:
    whole = a_lora(tmp_path / "a.safetensors", tiny, seed=5, resnets=resnets, scale=0.1)
    files = [
        whole,
        old_diffusers(tmp_path / "b.safetensors", whole),
        kohya(tmp_path / "c.safetensors", whole),
        kohya(tmp_path / "d.safetensors", whole, sgm=True),
    ]
    pictures = [paint(painter, (file, 1)).tobytes() for file in files]
    assert len({lora_use(file).name for file in files}) == 4
    assert len(set(pictures)) == 1
    assert pictures[0] != bare


def test_the_oldest_layout_of_attention_processors_loads_too(painter: Engine, one: Path, tmp_path: Path) -> None:
    old = oldest_diffusers(tmp_path / "a.safetensors", one)
    new = only_attention(tmp_path / "b.safetensors", one)
    assert paint(painter, (old, 1)).tobytes() == paint(painter, (new, 1)).tobytes()


def test_our_names_are_those_that_diffusers_finds(painter: Engine, tiny: Path, tmp_path: Path) -> None:
    """The file as diffusers itself converts it from kohya's and from the original names."""
    pipe = painter._models().pipe
    whole = a_lora(tmp_path / "a.safetensors", tiny, resnets=True, text=False)
    for sgm in (False, True):
        state = load_file(kohya(tmp_path / "b.safetensors", whole, sgm=sgm))
        for name in list(state):
            if "upsamplers" in name or "output_blocks_1_1" in name or "time_embed" in name or "conv_" in name:
                del state[name]  # which diffusers takes for an attention, or for nothing
        theirs, _ = pipe.lora_state_dict(dict(state), unet_config=pipe.unet.config)
        found = painter._models().loras.places
        ours = {found["unet", name.removeprefix("lora_unet_").partition(".")[0]].path for name in state}
        assert {
            name.removeprefix("unet.")
            .partition(".lora")[0]
            .partition("_lora")[0]
            .replace(".processor", "")
            .replace(".to_out", ".to_out.0")
            .replace(".to_out.0.0", ".to_out.0")
            for name in theirs
        } == ours


def test_a_one_by_one_convolution_saved_as_a_linear_layer_loads(painter: Engine, tiny: Path, tmp_path: Path) -> None:
    whole = a_lora(tmp_path / "a.safetensors", tiny, text=False, resnets=True)

    def other_way(name: str, tensor: torch.Tensor) -> torch.Tensor:
        if tensor.ndim == 4 and tensor.shape[2:] == (1, 1):
            return tensor[:, :, 0, 0]
        return tensor[:, :, None, None] if tensor.ndim == 2 else tensor

    turned = changed(tmp_path / "b.safetensors", whole, other_way)
    assert paint(painter, (turned, 1)).tobytes() == paint(painter, (whole, 1)).tobytes()


def test_alphas_scale_each_module(painter: Engine, one: Path, tmp_path: Path) -> None:
    """Half the rank is half the effect; and each module keeps to its own."""
    plain = kohya(tmp_path / "a.safetensors", one)
    half = kohya(tmp_path / "b.safetensors", one, alpha=2)
    assert greatest_difference(paint(painter, (half, 1)), paint(painter, (plain, 0.5))) <= 1
    mixed = kohya(tmp_path / "c.safetensors", one, alphas={"to_k": 1.0, "to_v": 8.0, "q_proj": 2.0, "fc1": 0.0})

    def folded(name: str, tensor: torch.Tensor) -> torch.Tensor:
        by = {"to_k": 0.25, "to_v": 2.0, "q_proj": 0.5, "fc1": 0.0}
        module = name.partition(".lora_")[0].rpartition(".")[2]
        return tensor * by.get(module, 1) if ".lora_B" in name else tensor

    same = changed(tmp_path / "d.safetensors", one, folded)
    assert greatest_difference(paint(painter, (mixed, 1)), paint(painter, (same, 1))) <= 1
    assert greatest_difference(paint(painter, (mixed, 1)), paint(painter, (plain, 1))) > 1


def test_alphas_in_the_notes_of_diffusers_trainers_count(painter: Engine, tiny: Path, tmp_path: Path) -> None:
    noted = a_lora(tmp_path / "a.safetensors", tiny, alpha=2, notes=True, scale=0.2)
    plain = changed(tmp_path / "b.safetensors", noted, lambda name, tensor: tensor)
    assert paint(painter, (noted, 1)).tobytes() == paint(painter, (plain, 0.5)).tobytes()
    assert paint(painter, (noted, 1)).tobytes() != paint(painter, (plain, 1)).tobytes()
