"""LoRAs worn by an engine: jobs, pictures, refusals, and what is in the layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch

from generation.engine import Engine, EngineError, LoraUse, PaintJob
from generation.engine import loras as wardrobe
from generation.engine.lora_file import lora_use
from imagecreator.errors import ERRORS, explain
from tests.generation.engine.pictures import a_job

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image


Change = Callable[[str, torch.Tensor], torch.Tensor | None]


def wearing(*loras: tuple[Path, float] | LoraUse, **job: Any) -> PaintJob:
    """A small job with these files at these weights."""
    uses = tuple(use if isinstance(use, LoraUse) else lora_use(*use) for use in loras)
    return replace(a_job(**job), loras=uses)


def paint(engine: Engine, *loras: tuple[Path, float] | LoraUse) -> Image.Image:
    return engine.paint([wearing(*loras)], lambda *step: None)[0]


def base_state(engine: Engine) -> dict[str, torch.Tensor]:
    pipe = engine._models().pipe
    return {
        f"{part}.{name}": tensor
        for part in wardrobe.PARTS
        if hasattr(pipe, part)
        for name, tensor in getattr(pipe, part).state_dict().items()
    }


def adapters(engine: Engine) -> set[str]:
    """All that peft's layers hold, whatever anybody else believes."""
    return {name for layer in engine._models().loras._layers() for name in (*layer.lora_A, *layer.scaling)}


def refusal(engine: Engine, path: Path) -> EngineError:
    """Why it is refused; nothing of it may stay, and it must be one sentence."""
    before = adapters(engine)
    with pytest.raises(EngineError) as caught:
        paint(engine, (path, 1))
    error = caught.value
    assert error.code in ERRORS
    assert "\n" not in str(explain(error.code, error.values))
    assert len(str(explain(error.code, error.values))) < 400
    assert adapters(engine) == before
    return error
