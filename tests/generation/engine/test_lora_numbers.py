"""Every number of a LoRA is looked at, in each format that trainers write, without torch."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import torch
from safetensors.torch import save_file

from generation.engine import EngineError
from generation.engine import lora_numbers as numbers
from generation.engine.lora_numbers import check_numbers
from tests.generation.engine.lora_files import attention

if TYPE_CHECKING:
    from pathlib import Path

FORMATS = {
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F32": torch.float32,
    "F64": torch.float64,
    "F8_E4M3": torch.float8_e4m3fn,
    "F8_E5M2": torch.float8_e5m2,
}
DOWN, UP, ALPHA = attention(192)


def a_file(path: Path, dtype: torch.dtype, **changed: object) -> Path:
    """One module of small numbers of both signs; ``down``, ``up`` or ``alpha`` may be given."""
    chance = torch.Generator().manual_seed(1)
    down = torch.randn((4, 192), generator=chance).to(dtype)
    up = torch.randn((320, 4), generator=chance).to(dtype)
    state = {DOWN: changed.get("down", down), UP: changed.get("up", up)}
    if "alpha" in changed:
        state[ALPHA] = changed["alpha"]
    save_file({name: value.to(dtype) if name != ALPHA else value for name, value in state.items()}, path)  # type: ignore[attr-defined]
    return path


def refused(path: Path) -> str:
    with pytest.raises(EngineError) as caught:
        check_numbers(path, lambda done, total: None)
    return caught.value.code


@pytest.mark.parametrize("dtype", FORMATS.values(), ids=FORMATS)
def test_finite_numbers_pass_up_to_the_largest(dtype: torch.dtype, tmp_path: Path) -> None:
    up = torch.full((320, 4), torch.finfo(dtype).max, dtype=dtype)
    up[0, 0] = torch.finfo(dtype).min
    check_numbers(a_file(tmp_path / "a.safetensors", dtype, up=up), lambda done, total: None)


@pytest.mark.parametrize("dtype", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("wrong", [float("nan"), float("-nan"), float("inf"), float("-inf")])
def test_one_number_that_is_none_is_found(dtype: torch.dtype, wrong: float, tmp_path: Path) -> None:
    up = torch.ones((320, 4), dtype=dtype)
    up[319, 3] = wrong
    path = a_file(tmp_path / "a.safetensors", dtype, up=up)
    if bool(torch.isfinite(up.float()).all()):  # a format without infinity: what was meant is its largest number
        check_numbers(path, lambda done, total: None)
    else:
        assert refused(path) == "lora_not_numbers"


@pytest.mark.parametrize("dtype", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("piece", ["down", "up"])
@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_a_matrix_of_zeros_changes_nothing(dtype: torch.dtype, piece: str, zero: float, tmp_path: Path) -> None:
    shape = (4, 192) if piece == "down" else (320, 4)
    zeros = torch.full(shape, zero).to(dtype)
    assert refused(a_file(tmp_path / "a.safetensors", dtype, **{piece: zeros})) == "lora_no_effect"


@pytest.mark.parametrize("kind", [torch.float16, torch.float32, torch.int64])
def test_an_alpha_of_zero_changes_nothing(kind: torch.dtype, tmp_path: Path) -> None:
    a_file(tmp_path / "a.safetensors", torch.float16, alpha=torch.tensor(3, dtype=kind))
    check_numbers(tmp_path / "a.safetensors", lambda done, total: None)
    assert refused(a_file(tmp_path / "b.safetensors", torch.float16, alpha=torch.tensor(0, dtype=kind))) == (
        "lora_no_effect"
    )


def test_the_last_number_of_the_last_piece_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers, "CHUNK", 64)
    up = torch.zeros((320, 4))
    up[319, 3] = 1.0
    heard: list[tuple[int, int | None]] = []
    path = a_file(tmp_path / "a.safetensors", torch.float32, up=up)
    check_numbers(path, lambda done, total: heard.append((done, total)))
    everything = (4 * 192 + 320 * 4) * 4
    assert len(heard) == everything // 64
    assert heard[-1] == (everything, everything)
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    up[319, 3] = float("nan")
    assert refused(a_file(path, torch.float32, up=up)) == "lora_not_numbers"


def test_it_needs_no_torch() -> None:
    code = "import sys, generation.engine.lora_numbers; print('torch' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "False"
