"""Do pictures, masks and guides use the models that are there? What lies in memory after each kind of painting.

`python -m tests.bench.shared`. A tiny model in bfloat16, in which a cast shows. Exit status 1 where a second UNet or
VAE is in memory, where weights were cast, copied or moved, or where anything stays there but the guide's ControlNet
and, with a checkpoint for masks, its one UNet.
"""

from __future__ import annotations

import gc
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.lora import resident
from tests.bench.site import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from generation.engine import Engine, PaintJob

MODELS = ("unet", "vae", "text_encoder")
Place = tuple[int, "torch.dtype", "torch.device"]


def all_models() -> list[Any]:
    """Every model that anything in this process still holds."""
    from torch import nn

    gc.collect()
    return [one for one in gc.get_objects() if isinstance(one, nn.Module)]


def count(models: Sequence[Any], *names: str) -> int:
    """How many of them are of a class with one of these names."""
    return sum(type(model).__name__ in names for model in models)


def weight_bytes(models: Sequence[Any]) -> int:
    """What all their weights take, those in one place counted once."""
    stores = {
        tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes()
        for model in models
        for tensor in (*model.parameters(recurse=False), *model.buffers(recurse=False))
    }
    return sum(stores.values())


def places(pipe: Any) -> dict[str, Place]:
    """Where every weight of the pipeline lies, and as what."""
    return {
        f"{part}.{name}": (tensor.data_ptr(), tensor.dtype, tensor.device)
        for part in MODELS
        for name, tensor in getattr(pipe, part).state_dict().items()
    }


def measure(engine: Engine, jobs: dict[str, PaintJob], more: dict[str, tuple[int, int]]) -> bool:
    """Paint each job; `more` says how many UNets and bytes one adds for good. Whether all is as it should be."""
    import torch

    models = engine._models()
    models.pipe.to(torch.bfloat16)
    before, unets, taken = places(models.pipe), 1, weight_bytes(all_models())
    good = True
    for name, job in jobs.items():
        engine.paint([job], lambda step, steps: None)
        added = more.get(name, (0, 0))
        unets, taken = unets + added[0], taken + added[1]
        alive = all_models()
        seen = count(alive, "UNet2DConditionModel"), count(alive, "AutoencoderKL", "AutoencoderTiny")
        found = weight_bytes(alive)
        same = places(models.pipe) == before
        fine = same and seen == (unets, 1) and found == taken
        good &= fine
        words = [
            f"{name:24} {found / 1e6:7.3f} MB of weights",
            f"{seen[0]} UNet, {seen[1]} VAE",
            f"{resident() / 1e6:.0f} MB resident",
            *([] if same else ["WEIGHTS WERE CAST OR MOVED"]),
            *([] if fine else [f"WRONG: {unets} UNet, 1 VAE and {taken / 1e6:.3f} MB were due"]),
        ]
        say(", ".join(words))
    return good


def size_of(model: Any) -> int:
    """In bfloat16."""
    return 2 * sum(tensor.numel() for tensor in model.state_dict().values())


def main() -> int:
    """Measure and print, with four channels and with nine."""
    from diffusers import ControlNetModel, UNet2DConditionModel

    from generation.engine import Engine, Guide, Mask, load_profile
    from generation.engine.guides.skeleton import draw_poses
    from generation.engine.quiet import quiet
    from generation.engine.tiny import build_tiny
    from tests.generation.engine.begun import a_mask, from_scene
    from tests.generation.engine.guides.people import STANDING
    from tests.generation.engine.nine import a_nine, with_nine
    from tests.generation.engine.pictures import a_job

    guide = Guide("pose", draw_poses([STANDING], (64, 64)))
    masked = from_scene(mask=Mask(a_mask()))
    jobs = {
        "from words": a_job(),
        "inside a mask": masked,
        "from a picture": from_scene(),
        "with a guide": replace(a_job(), guides=(guide,)),
        "with a guide and a mask": replace(masked, guides=(guide,)),
        "from words again": a_job(),
    }
    with tempfile.TemporaryDirectory() as place, quiet():
        build_tiny(Path(place) / "tiny")
        profile = load_profile("tiny", models_dir=Path(place))
        nine = a_nine(Path(place) / "nine", profile.folder)
        net = size_of(ControlNetModel.from_pretrained(profile.roles["pose"].folder))
        unet = size_of(UNet2DConditionModel.from_pretrained(nine))
        good = True
        for title, chosen, more in (
            ("4 channels", profile, {}),
            ("9 channels for masks", with_nine(profile, nine), {"inside a mask": (1, unet)}),
        ):
            say(title)
            engine = Engine(chosen)
            good &= measure(engine, jobs, {"with a guide": (0, net), **more})
            engine.close()
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
