"""People by OpenPose's own network, through controlnet_aux, where the operator has brought its weights.

The weights are for academic, non-commercial use only (CMU's licence). They are published as a pickle, which is opened
once, with nothing in it executed, and kept as safetensors.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from generation.engine.errors import EngineError
from generation.engine.guides.skeleton import LEAST, MOST, Pose

if TYPE_CHECKING:
    from PIL import Image

FILE = "body_pose_model.safetensors"
LICENCE = "academic, non-commercial use only (OpenPose's licence of Carnegie Mellon University)"
SIDE = 512  # pixels of the shorter side that the network is shown: controlnet_aux's own


def openpose_people(picture: Image.Image, weights: Path | None) -> list[Pose]:
    """Everybody found, with points as shares of the picture. EngineError: detector_missing(folder)."""
    import numpy as np
    from controlnet_aux.open_pose import OpenposeDetector

    scale = min(1.0, SIDE / min(picture.size))
    small = picture.convert("RGB").resize((round(picture.width * scale), round(picture.height * scale)))
    found = OpenposeDetector(_body(weights)).detect_poses(np.array(small))
    people = [
        tuple(None if key is None else (float(key.x), float(key.y)) for key in one.body.keypoints) for one in found
    ]
    return [Pose(points) for points in people if any(points) and all(map(_may_be, points))]


def convert_openpose(source: Path, folder: Path) -> Path:
    """Write the weights of `body_pose_model.pth` to `folder` as safetensors; the path of the new file.

    ValueError for another file, OSErrors where it cannot be read or written.
    """
    import torch
    from controlnet_aux.open_pose.model import bodypose_model
    from controlnet_aux.open_pose.util import transfer
    from safetensors.torch import save_file

    try:
        values = torch.load(source, map_location="cpu", weights_only=True)
        model = bodypose_model()
        model.load_state_dict(transfer(model, values))
    except OSError:
        raise
    except Exception as error:  # unpickling has no end of ways to fail
        raise ValueError("These are not the weights of OpenPose's body model.") from error
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{FILE}.part"
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, part)
    part.chmod(0o644)
    return part.replace(folder / FILE)


def _body(weights: Path | None) -> Any:
    from controlnet_aux.open_pose.body import Body
    from controlnet_aux.open_pose.model import bodypose_model
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    folder = weights or Path("openpose")
    if not (folder / FILE).is_file():
        raise EngineError("detector_missing", folder=str(folder))
    body = Body.__new__(Body)  # its __init__ unpickles whatever it is given
    body.model = bodypose_model()
    try:
        body.model.load_state_dict(load_file(folder / FILE))
    except (SafetensorError, RuntimeError, OSError) as error:
        raise EngineError("guide_wrong", folder=str(folder), reason="the weights do not fit") from error
    body.model.eval()
    return body


def _may_be(point: tuple[float, float] | None) -> bool:
    return point is None or all(LEAST <= share <= MOST for share in point)
