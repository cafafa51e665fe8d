"""Settings for a worker in whose first process that paints something goes wrong: what ``BREAKING`` names."""

from __future__ import annotations

import ctypes
import os
from typing import Any

from celery.signals import task_prerun

from imagecreator.settings import *  # noqa: F403
from imagecreator.settings import DATA_DIR

ILLEGAL = "CUDA error: an illegal memory access was encountered"


@task_prerun.connect
def break_once(**_: Any) -> None:
    """Let the model break, for as long as this process lives."""
    if (DATA_DIR / "broken").exists():
        return
    from diffusers import UNet2DConditionModel

    UNet2DConditionModel.forward = _break


def _break(*_: Any, **__: Any) -> None:
    import torch

    (DATA_DIR / "broken").touch()
    match os.environ["BREAKING"]:
        case "card":
            raise torch.AcceleratorError(ILLEGAL)
        case "hang":
            ctypes.CDLL(None).pause()
        case "hang with Python's lock":
            ctypes.PyDLL(None).pause()
