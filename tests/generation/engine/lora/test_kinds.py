"""Tensors that are no LoRA for Stable Diffusion: other models, other kinds, halves of pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import save_file

from tests.generation.engine.lora.looking import refused
from tests.generation.engine.lora_files import attention, shaped

if TYPE_CHECKING:
    from pathlib import Path

FLUX = "lora_unet_double_blocks_0_img_attn_proj"

KIND = "lora_unet_down_blocks_0_attentions_0_proj_in"


@pytest.mark.parametrize(
    ("shapes", "code", "values"),
    [
        (
            {f"{FLUX}.lora_down.weight": (4, 8), f"{FLUX}.lora_up.weight": (8, 4)},
            "lora_other_model",
            {"family": "Flux"},
        ),
        (
            {"transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight": (4, 8)},
            "lora_other_model",
            {"family": "Flux"},
        ),
        (
            {"lora_unet_joint_blocks_0_x_block_attn_qkv.lora_down.weight": (4, 8)},
            "lora_other_model",
            {"family": "Stable Diffusion 3"},
        ),
        ({"diffusion_model.blocks.0.self_attn.q.lora_A.weight": (4, 8)}, "lora_other_model", {"family": "DiT"}),
        (
            {"base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight": (4, 8)},
            "lora_other_model",
            {"family": "LLM"},
        ),
        ({f"{KIND}.hada_w1_a": (4, 8), f"{KIND}.hada_w1_b": (4, 8)}, "lora_other_kind", {"kind": "LoHa"}),
        ({f"{KIND}.lokr_w1": (4, 8), f"{KIND}.alpha": ()}, "lora_other_kind", {"kind": "LoKr"}),
        (attention(768) | {f"{KIND}.dora_scale": (1, 8)}, "lora_other_kind", {"kind": "DoRA"}),
        ({f"{KIND}.lora_mid.weight": (4, 4, 3, 3)}, "lora_other_kind", {"kind": "LoCon/Tucker"}),
        ({f"{KIND}.diff": (4, 8)}, "lora_other_kind", {"kind": "Full"}),
        ({"model.diffusion_model.input_blocks.0.0.weight": (4, 4, 3, 3)}, "lora_whole_model", {}),
        ({"down_blocks.0.resnets.0.conv1.weight": (4, 4, 3, 3)}, "lora_whole_model", {}),
        ({"emb_params": (2, 768)}, "lora_not_lora", {}),
        (attention(768) | {"bundle_emb.word.string_to_param.*": (2, 768)}, "lora_unknown_keys", {"count": 1}),
        ({"lora_unet_conv_in.lora_down.weight": (4, 8)}, "lora_incomplete", {"count": 1, "first": "conv_in"}),
        ({"lora_unet_conv_in.alpha": ()}, "lora_incomplete", {"count": 1}),
        (
            {"unet.conv_in.lora_A.weight": (4, 4, 3, 3), "unet.conv_in.lora_B.weight": (32, 5, 1, 1)},
            "lora_incomplete",
            {"count": 1},
        ),
        ({"unet.a.lora_A.weight": (0, 4), "unet.a.lora_B.weight": (32, 0)}, "lora_incomplete", {"count": 1}),
        ({"unet.a.lora_A.weight": (4,), "unet.a.lora_B.weight": (32, 4)}, "lora_incomplete", {"count": 1}),
        (
            {"unet.a.lora_A.weight": (4, 8), "unet.a.lora.down.weight": (4, 8), "unet.a.lora_B.weight": (8, 4)},
            "lora_damaged",
            {},
        ),
    ],
    ids=str,
)
def test_what_is_not_a_lora_for_stable_diffusion_has_its_own_code(
    tmp_path: Path, shapes: dict[str, tuple[int, ...]], code: str, values: dict[str, object]
) -> None:
    error = refused(shaped(tmp_path / "a.safetensors", shapes))
    assert error.code == code
    assert error.values | values == error.values


def test_matrices_of_whole_numbers_are_refused(tmp_path: Path) -> None:
    save_file({name: torch.zeros(shape, dtype=torch.int8) for name, shape in attention(768).items()}, tmp_path / "a")
    assert refused(tmp_path / "a").code == "lora_incomplete"


def test_a_complete_checkpoint_is_a_whole_model(tiny: Path) -> None:
    for part in ("unet/diffusion_pytorch_model", "text_encoder/model", "vae/diffusion_pytorch_model"):
        assert refused(tiny / f"{part}.safetensors").code == "lora_whole_model"
