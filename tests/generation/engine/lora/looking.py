"""Files that are looked at: how a refusal is checked, and names that several tests need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generation.engine import EngineError
from generation.engine.lora_file import inspect
from imagecreator.errors import ERRORS, explain

if TYPE_CHECKING:
    from pathlib import Path

ONE = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}

RESNET = "lora_unet_down_blocks_0_resnets_0_conv1"


def refused(path: Path) -> EngineError:
    """Why it is; the sentences for people can be filled, and are one line."""
    with pytest.raises(EngineError) as caught:
        inspect(path)
    error = caught.value
    assert error.code in ERRORS
    problem = explain(error.code, error.values)
    assert problem.code == error.code
    assert "\n" not in str(problem)
    assert len(str(problem)) < 400
    return error
