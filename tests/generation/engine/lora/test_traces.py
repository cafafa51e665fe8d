"""A LoRA leaves no trace: not in the next picture, not in the base, not after a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from generation.engine import Engine, Profile
from generation.engine import loras as wardrobe
from generation.engine.lora_file import lora_use
from generation.engine.loras import Loras
from generation.engine.quiet import quiet
from tests.generation.engine.lora.wearing import adapters, base_state, paint, wearing
from tests.generation.engine.lora_files import changed

if TYPE_CHECKING:
    from pathlib import Path


def test_jobs_between_are_painted_as_if_there_had_never_been_a_lora(
    painter: Engine, bare: bytes, one: Path, other: Path
) -> None:
    first = paint(painter, (one, 1)).tobytes()
    for _ in range(3):
        assert paint(painter).tobytes() == bare
        assert paint(painter, (other, 1)).tobytes() != first
        assert paint(painter, (one, 1)).tobytes() == first
        assert paint(painter).tobytes() == bare


def test_a_picture_does_not_depend_on_what_else_is_warm(
    profile: Profile, painter: Engine, one: Path, other: Path
) -> None:
    """Neither what was loaded before, nor what is loaded after."""
    paint(painter, (other, 1))
    fresh = Engine(profile)
    alone = paint(fresh, (one, 0.8)).tobytes()
    assert paint(painter, (one, 0.8)).tobytes() == alone
    paint(fresh, (other, 1))
    assert paint(fresh, (one, 0.8)).tobytes() == alone
    fresh.close()


def test_after_unloading_weights_and_pictures_are_the_same_bits(
    profile: Profile, bare: bytes, one: Path, other: Path
) -> None:
    fresh = Engine(profile)
    before = {name: tensor.clone() for name, tensor in base_state(fresh).items()}
    modules = [type(module) for module in fresh._models().pipe.unet.modules()]
    paint(fresh, (one, 1), (other, -2))
    with quiet():
        fresh._models().loras.drop()
    after = base_state(fresh)
    assert list(after) == list(before)
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    assert [type(module) for module in fresh._models().pipe.unet.modules()] == modules
    assert fresh._models().pipe.get_list_adapters() == {}
    assert paint(fresh).tobytes() == bare
    fresh.close()


def test_the_base_is_never_loaded_anew(painter: Engine, one: Path, other: Path) -> None:
    loaded = painter._models()
    weights = loaded.pipe.unet.conv_norm_out.weight.data_ptr()
    for file in (one, other, one):
        paint(painter, (file, 1))
    assert painter._models() is loaded
    assert loaded.pipe.unet.conv_norm_out.weight.data_ptr() == weights


def test_a_file_is_read_once(painter: Engine, one: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(one.read_bytes())
    use = lora_use(copy)
    picture = paint(painter, use).tobytes()
    copy.unlink()
    assert paint(painter, use).tobytes() == picture


def test_a_file_that_is_written_to_changes_nothing_that_is_loaded(painter: Engine, one: Path, tmp_path: Path) -> None:
    """torch maps files into memory; one that is cut off would even kill the process."""
    mine = changed(tmp_path / "a.safetensors", one, lambda name, tensor: tensor * 0.9)
    use = lora_use(mine)
    picture = paint(painter, use).tobytes()
    content = mine.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    with mine.open("r+b") as file:
        file.seek(start)
        file.write(bytes(len(content) - start))
    assert paint(painter, use).tobytes() == picture


@pytest.mark.parametrize("stage", ["unet", "text_encoder", "settle"])
@pytest.mark.parametrize("warm", [False, True], ids=["", "beside others"])
def test_a_load_that_breaks_off_leaves_nothing_behind(
    profile: Profile, bare: bytes, one: Path, other: Path, monkeypatch: pytest.MonkeyPatch, stage: str, warm: bool
) -> None:
    fresh = Engine(profile)
    pipe = fresh._models().pipe
    expected = paint(fresh, (other, 1)).tobytes()
    if not warm:
        with quiet():
            fresh._models().loras.drop()

    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the power went out")

    with monkeypatch.context() as patch:
        if stage == "settle":
            patch.setattr(Loras, "_settle", fail)
        elif stage == "unet":
            patch.setattr("peft.set_peft_model_state_dict", fail)
        else:
            patch.setattr(type(pipe.text_encoder), "load_adapter", fail)
        with pytest.raises(RuntimeError, match="power"):
            paint(fresh, (other, 1), (one, 1)) if warm else paint(fresh, (one, 1))
    assert lora_use(one).name not in adapters(fresh)
    assert paint(fresh).tobytes() == bare
    assert paint(fresh, (other, 1)).tobytes() == expected
    assert paint(fresh, (one, 1)).tobytes() not in (bare, expected)
    fresh.close()


class Stop(Exception):
    """Raised by a listener."""


def test_cancelling_in_the_middle_leaves_nothing_to_the_next(
    painter: Engine, bare: bytes, one: Path, other: Path
) -> None:
    first = paint(painter, (one, 1)).tobytes()

    def stop(step: int, steps: int) -> None:
        if step == 2:
            raise Stop

    for loras in ([(one, 1.0), (other, 1.0)], [(other, -1.0)]):
        with pytest.raises(Stop):
            painter.paint([wearing(*loras)], stop)
        assert paint(painter).tobytes() == bare
        assert paint(painter, (one, 1)).tobytes() == first


def test_wearing_is_silent(
    profile: Profile,
    one: Path,
    other: Path,
    capfd: pytest.CaptureFixture[str],
    recwarn: pytest.WarningsRecorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wardrobe, "MOST_WARM", 1)
    fresh = Engine(profile)
    capfd.readouterr()
    for loras in ([(one, 1.0)], [(other, 1.0)], [], [(one, 1.0), (other, 1.0)]):
        paint(fresh, *loras)
    fresh.close()
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list
