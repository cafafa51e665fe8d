"""What a LoRA does to a picture: by its weight, beside others, in batches, in half precision."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from generation.engine import Engine, LoraUse, Profile
from generation.engine.lora_file import inspect
from tests.generation.engine.lora.wearing import Change, paint, wearing
from tests.generation.engine.lora_files import changed
from tests.generation.engine.pictures import a_job, greatest_difference

if TYPE_CHECKING:
    from pathlib import Path


def test_a_weight_is_how_much_and_may_be_negative(painter: Engine, bare: bytes, one: Path) -> None:
    pictures = {weight: paint(painter, (one, weight)) for weight in (-2, -1, 0.1, 1, 2)}
    assert len({picture.tobytes() for picture in pictures.values()} | {bare}) == 6
    base = paint(painter)

    def far(weight: float) -> float:
        return sum(abs(a - b) for a, b in zip(pictures[weight].tobytes(), base.tobytes(), strict=True))

    assert 0 < far(0.1) < far(1)


def test_weight_zero_is_none_at_all(painter: Engine, bare: bytes, one: Path, tmp_path: Path) -> None:
    held = painter._models().loras.held
    assert paint(painter, (one, 0)).tobytes() == bare
    nowhere = LoraUse(tmp_path / "nowhere", "0" * 64, 0)
    assert paint(painter, nowhere).tobytes() == bare
    assert painter._models().loras.held == held


def test_two_at_once_are_not_either_alone_and_come_in_any_order(painter: Engine, one: Path, other: Path) -> None:
    both, turned = paint(painter, (one, 1), (other, 0.5)), paint(painter, (other, 0.5), (one, 1))
    assert both.tobytes() == turned.tobytes()
    alone = {paint(painter, (one, 1)).tobytes(), paint(painter, (other, 0.5)).tobytes(), paint(painter).tobytes()}
    assert len(alone | {both.tobytes()}) == 4


def test_the_text_encoders_part_counts(painter: Engine, bare: bytes, one: Path, tmp_path: Path) -> None:
    def only(part: str) -> Change:
        return lambda name, tensor: tensor if name.startswith(f"{part}.") else None

    text = changed(tmp_path / "a.safetensors", one, only("text_encoder"))
    unet = changed(tmp_path / "b.safetensors", one, only("unet"))
    pictures = [paint(painter, (file, 1)).tobytes() for file in (text, unet, one)]
    assert len({*pictures, bare}) == 4
    assert inspect(text).parts == ("text_encoder",)


def test_neighbours_with_the_same_loras_share_a_batch(painter: Engine, one: Path, other: Path) -> None:
    jobs = [wearing((one, 1), (other, 0.5), seed=seed) for seed in range(3)]
    jobs[1] = replace(jobs[1], loras=tuple(reversed(jobs[1].loras)))
    together = painter.paint(jobs, lambda *step: None)
    alone = [painter.paint([job], lambda *step: None)[0] for job in jobs]
    assert all(greatest_difference(a, b) <= 1 for a, b in zip(together, alone, strict=True))


def test_company_is_the_same_set_of_contents_and_weights(one: Path, other: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(one.read_bytes())
    job = wearing((one, 1), (other, 0.5))
    assert job.company == wearing((other, 0.5), (copy, 1)).company
    assert a_job().company == wearing((one, 0)).company
    for different in (wearing((one, 1)), wearing((one, 1), (other, 0.6)), a_job()):
        assert different.company != job.company
    with pytest.raises(ValueError, match="each LoRA once"):
        wearing((one, 1), (copy, 0.5))


def test_jobs_with_other_loras_are_not_painted_together(painter: Engine, one: Path) -> None:
    with pytest.raises(ValueError, match="LoRAs"):
        painter.paint([a_job(), wearing((one, 1))], lambda *step: None)


def test_looks_are_shown_as_without(painter: Engine, one: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generation.engine.look.LOOK_EVERY", 0)
    shown: list[int] = []
    job = wearing((one, 1))
    [image] = painter.paint([job], lambda *step: None, lambda number, look: shown.append(number))
    assert shown == [0, 0]
    assert image.tobytes() == paint(painter, *job.loras).tobytes()


def test_a_pipeline_in_half_precision_wears_them_too(profile: Profile, one: Path, tmp_path: Path) -> None:
    fresh = Engine(profile)
    fresh._models().pipe.to(torch.bfloat16)
    before = paint(fresh).tobytes()
    half = changed(tmp_path / "a.safetensors", one, lambda name, tensor: tensor.half())
    for file in (one, half):
        assert paint(fresh, (file, 1)).tobytes() != before
    assert {weight.dtype for layer in fresh._models().loras._layers() for weight in layer.lora_A.parameters()} == {
        torch.bfloat16
    }
    assert paint(fresh).tobytes() == before
    fresh.close()
