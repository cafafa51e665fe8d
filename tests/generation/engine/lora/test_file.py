"""What a LoRA file is for, told from its header."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from generation.engine import EngineError, LoraUse
from generation.engine.lora_file import fits, hashes, inspect, lora_use
from tests.generation.engine.lora.looking import RESNET
from tests.generation.engine.lora_files import attention, changed, kohya, old_diffusers, shaped

if TYPE_CHECKING:
    from generation.engine import Profile


def test_each_layout_is_known(whole: Path, tmp_path: Path) -> None:
    found = {
        "today": inspect(whole),
        "older": inspect(old_diffusers(tmp_path / "a.safetensors", whole)),
        "kohya": inspect(kohya(tmp_path / "b.safetensors", whole)),
        "sgm": inspect(kohya(tmp_path / "c.safetensors", whole, sgm=True)),
    }
    assert {name: lora.layout for name, lora in found.items()} == {
        "today": "diffusers",
        "older": "diffusers",
        "kohya": "kohya",
        "sgm": "kohya-sgm",
    }
    for lora in found.values():
        assert (lora.width, lora.text_width, lora.ranks) == (32, 32, (4,))
        assert lora.parts == ("unet", "text_encoder")
        assert lora.touches_text
        assert lora.bytes == lora.path.stat().st_size


@pytest.mark.parametrize(
    ("width", "family"),
    [
        (768, "Stable Diffusion 1.x"),
        (1024, "Stable Diffusion 2.x"),
        (2048, "SDXL"),
        (640, "cross-attention 640"),
    ],
)
def test_the_family_follows_from_the_shapes(tmp_path: Path, width: int, family: str) -> None:
    lora = inspect(shaped(tmp_path / "a.safetensors", attention(width)))
    assert (lora.family, lora.width, lora.touches_text) == (family, width, False)


def test_a_second_text_encoder_means_sdxl(tmp_path: Path) -> None:
    base = "lora_te2_text_model_encoder_layers_0_mlp_fc1"
    lora = inspect(
        shaped(tmp_path / "a.safetensors", {f"{base}.lora_down.weight": (2, 8), f"{base}.lora_up.weight": (8, 2)})
    )
    assert (lora.family, lora.parts, lora.layout) == ("SDXL", ("text_encoder_2",), "kohya")


def test_several_ranks_are_told_in_order(tmp_path: Path) -> None:
    convolution = {f"{RESNET}.lora_down.weight": (2, 320, 3, 3), f"{RESNET}.lora_up.weight": (320, 2, 1, 1)}
    assert inspect(shaped(tmp_path / "a.safetensors", attention(768, 16) | convolution)).ranks == (2, 16)


def test_hashes_are_the_files_and_its_tensors(whole: Path, tmp_path: Path) -> None:
    content = whole.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    sha256, short = hashes(whole)
    assert sha256 == hashlib.sha256(content).hexdigest()
    assert short == hashlib.sha256(content[start:]).hexdigest()[:12]
    noted = changed(tmp_path / "a.safetensors", whole, lambda name, tensor: tensor, {"note": "edited"})
    assert (hashes(noted)[0] != sha256, hashes(noted)[1]) == (True, short)


def test_a_use_is_named_by_its_content_not_by_its_file(whole: Path, tmp_path: Path) -> None:
    copy = tmp_path / "other name.safetensors"
    copy.write_bytes(whole.read_bytes())
    one, other = lora_use(whole, 0.5), lora_use(copy)
    assert one.name == other.name
    assert (one.title, other.title, one.weight, other.weight) == ("whole", "other name", 0.5, 1)


@pytest.mark.parametrize("weight", [2.01, -3, float("nan"), float("inf")])
def test_other_weights_are_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="weight is -2 to 2"):
        LoraUse(Path("a"), "0" * 64, weight)


def test_it_fits_the_model_whose_text_it_reads(profile: Profile, whole: Path, tmp_path: Path) -> None:
    fits(inspect(whole), profile)
    convolution = {f"{RESNET}.lora_down.weight": (2, 32, 3, 3), f"{RESNET}.lora_up.weight": (32, 2, 1, 1)}
    fits(inspect(shaped(tmp_path / "a.safetensors", convolution)), profile)
    for width, made_for in ((768, "Stable Diffusion 1.x"), (2048, "SDXL"), (33, "cross-attention 33")):
        lora = inspect(shaped(tmp_path / "b.safetensors", attention(width)))
        with pytest.raises(EngineError) as caught:
            fits(lora, profile)
        assert caught.value.code == "lora_does_not_fit"
        assert caught.value.values == {"made_for": made_for, "base": "cross-attention 32"}
    base = "lora_te_text_model_encoder_layers_0_self_attn_q_proj"
    text = shaped(
        tmp_path / "c.safetensors", {f"{base}.lora_down.weight": (2, 768), f"{base}.lora_up.weight": (768, 2)}
    )
    with pytest.raises(EngineError, match="lora_does_not_fit"):
        fits(inspect(text), profile)


def test_a_model_that_is_not_there_is_said_to_be_missing(profile: Profile, whole: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="model_missing"):
        fits(inspect(whole), replace(profile, folder=tmp_path / "nowhere"))
    with pytest.raises(EngineError, match="model_wrong"):
        fits(inspect(whole), replace(profile, folder=tmp_path))


def test_looking_needs_nothing_heavy() -> None:
    code = (
        "import sys, generation.engine.lora_file;"
        "print([name for name in ('torch', 'numpy', 'safetensors', 'diffusers', 'django') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
