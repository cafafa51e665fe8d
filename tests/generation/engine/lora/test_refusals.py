"""LoRAs that are refused when they are loaded, each in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from generation.engine import Engine, EngineError
from generation.engine.lora_file import lora_use
from tests.generation.engine.lora.wearing import paint, refusal
from tests.generation.engine.lora_files import changed, kohya, shaped

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_what_is_not_a_number_is_refused(painter: Engine, bare: bytes, one: Path, tmp_path: Path, bad: float) -> None:
    def spoil(name: str, tensor: torch.Tensor) -> torch.Tensor:
        if name.startswith("text_encoder.") and ".layers.1." in name and "fc2.lora_B" in name:
            tensor[0, 0] = bad
        return tensor

    assert refusal(painter, changed(tmp_path / "a.safetensors", one, spoil)).code == "lora_not_numbers"
    alpha = kohya(tmp_path / "b.safetensors", one, alphas={"to_k": bad})
    assert refusal(painter, alpha).code == "lora_not_numbers"
    assert paint(painter).tobytes() == bare


def test_what_half_precision_cannot_hold_is_refused(one: Path, painter: Engine, tmp_path: Path) -> None:
    from generation.engine.lora_weights import read

    big = changed(tmp_path / "a.safetensors", one, lambda name, tensor: tensor * 1e6)
    places = painter._models().loras.places
    assert read(lora_use(big), places, torch.float32)
    with pytest.raises(EngineError, match="lora_not_numbers"):
        read(lora_use(big), places, torch.float16)


@pytest.mark.parametrize("end", ["lora_A", "lora_B", "alpha"])
def test_what_would_change_nothing_is_refused(painter: Engine, one: Path, tmp_path: Path, end: str) -> None:
    if end == "alpha":
        path = kohya(tmp_path / "a.safetensors", one, alpha=0)
    else:
        path = changed(tmp_path / "a.safetensors", one, lambda name, tensor: tensor * 0 if end in name else tensor)
    assert refusal(painter, path).code == "lora_no_effect"


def renamed(path: Path, source: Path, old: str, new: str) -> Path:
    save_file({name.replace(old, new): tensor for name, tensor in load_file(source).items()}, path)
    return path


def test_keys_without_a_module_are_refused_in_one_sentence(
    painter: Engine, bare: bytes, one: Path, tmp_path: Path
) -> None:
    error = refusal(painter, renamed(tmp_path / "a.safetensors", one, "down_blocks.0", "down_blocks.7"))
    assert error.code == "lora_mismatch"
    assert 0 < int(str(error.values["count"])) < int(str(error.values["total"]))
    assert str(error.values["first"]).startswith("down_blocks.7.")
    nothing = refusal(painter, renamed(tmp_path / "b.safetensors", one, "blocks.0", "blocks.9"))
    assert nothing.code == "lora_mismatch"
    assert paint(painter).tobytes() == bare


def test_shapes_of_another_model_are_refused_in_one_sentence(painter: Engine, tmp_path: Path) -> None:
    base = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"
    shapes = {f"{base}.lora_A.weight": (4, 768), f"{base}.lora_B.weight": (320, 4)}
    assert refusal(painter, shaped(tmp_path / "a.safetensors", shapes)).code == "lora_mismatch"
    second = "lora_te2_text_model_encoder_layers_0_mlp_fc1"
    shapes = {f"{second}.lora_down.weight": (2, 8), f"{second}.lora_up.weight": (8, 2)}
    assert refusal(painter, shaped(tmp_path / "b.safetensors", shapes)).code == "lora_mismatch"


def test_two_names_of_one_module_are_refused(painter: Engine, one: Path, tmp_path: Path) -> None:
    state = load_file(one)
    state |= {
        name.replace("text_encoder.", "text_encoder.text_model."): tensor.clone()
        for name, tensor in state.items()
        if name.startswith("text_encoder.") and "text_model" not in name
    }
    save_file(state, tmp_path / "a.safetensors")
    assert refusal(painter, tmp_path / "a.safetensors").code == "lora_damaged"


def test_a_file_that_was_replaced_is_refused(painter: Engine, one: Path, other: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    changed(path, one, lambda name, tensor: tensor * 1.5)
    use = lora_use(path)
    path.write_bytes(other.read_bytes())
    with pytest.raises(EngineError, match="lora_changed"):
        paint(painter, use)
    path.unlink()
    with pytest.raises(EngineError, match="file_missing"):
        paint(painter, use)


def test_a_file_that_is_replaced_while_it_is_read_is_refused(
    painter: Engine, bare: bytes, one: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = changed(tmp_path / "a.safetensors", one, lambda name, tensor: tensor * 1.4)
    replacement = changed(tmp_path / "b.safetensors", one, lambda name, tensor: tensor * 1.6)
    use = lora_use(path)

    def late(name: Path, **how: Any) -> Any:
        replacement.replace(path)
        return safe_open(name, **how)

    monkeypatch.setattr("generation.engine.lora_weights.safe_open", late)
    with pytest.raises(EngineError, match="lora_changed"):
        paint(painter, use)
    assert paint(painter).tobytes() == bare
