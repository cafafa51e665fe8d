"""What is asked of a guide: skeletons and faces that no training saw, and how near a painted picture comes to them.

In scenes without a look, for in neon there is little to follow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from generation.engine import Guide
from generation.engine.guides.skeleton import draw_poses
from generation.preview import captions, scenes
from generation.preview.casts import imagine_cast
from generation.preview.drawing.features import MESH_HEIGHT, draw_features, features
from generation.preview.drawing.skeletons import skeleton
from generation.preview.scenes import Portrait

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from generation.engine.guides.skeleton import Pose
    from generation.preview.drawing.paper import Point
    from generation.preview.finder import Found
    from generation.preview.scenes import Scene

SEED = 20_261_128
HEAD_TOP = 0.06  # of the picture's height above the nose: nearly where a figure's skeleton ends and its hair goes on
RATIO = scenes.WIDE[0] / scenes.WIDE[1]


@dataclass(frozen=True)
class Asked:
    """A scene in colours that no training saw, what to ask for, the drawing, where everything is, and the guide."""

    scene: Scene
    prompt: str
    drawing: Image.Image
    places: dict[str, Point]
    guide: Guide


def asked_figures(count: int, seed: int = SEED) -> list[Asked]:
    """So many scenes with one figure each, and prompts that say a word of its pose or none."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        scene = imagine_cast(rng, "figures", count=1, size=scenes.WIDE, held_out=True, plain=1)
        drawing, (places,) = scenes.draw_with_places(scene)
        pose = pose_of(places)
        guide = Guide("pose", draw_poses([pose], scenes.WIDE), poses=(pose,))
        found.append(Asked(scene, captions.request(scene, rng), drawing, places, guide))
    return found


def asked_faces(count: int, seed: int = SEED) -> list[tuple[Asked, Asked]]:
    """So many portraits, each with its lips closed and apart; the prompt is the same, and says nothing of the mouth."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        scene = imagine_cast(rng, "portrait", size=scenes.WIDE, held_out=True, plain=1)
        assert isinstance(scene.who, Portrait)
        prompt = f"portrait of a person, {captions.request(replace(scene, who=None), rng)}"
        both = []
        for expression in ("calm", "open mouth"):
            with_mood = replace(scene, who=replace(scene.who, expression=expression))
            drawing, (places,) = scenes.draw_with_places(with_mood)
            guide = Guide("face", draw_features([features(places)], (MESH_HEIGHT * 16 // 9, MESH_HEIGHT)))
            both.append(Asked(with_mood, prompt, drawing, places, guide))
        found.append((both[0], both[1]))
    return found


def pose_of(places: dict[str, Point]) -> Pose:
    """The skeleton of a figure in a picture of WIDE's shape."""
    return skeleton(places, RATIO)


def joint_errors(places: dict[str, Point], found: Found) -> list[float]:
    """How far every joint that is in the picture is from where it should be, in heights of the picture."""
    pairs = zip(pose_of(places).points, found.joints, strict=True)
    return [float(np.hypot(p[0] * RATIO - at[0], p[1] - at[1])) for p, at in pairs if p is not None]


def figure_height(places: dict[str, Point]) -> float:
    """How high a figure is, from the hair to the lowest joint, in heights of the picture."""
    rows = [y for _, y in places.values()]
    return max(rows) - min(rows) + HEAD_TOP


def feature_errors(places: dict[str, Point], found: Found, names: Sequence[str]) -> list[float]:
    """How far features are from where they should be, in heights of the picture."""
    pairs = [(places[name], found.features[name]) for name in names]
    return [float(np.hypot(x - at[0], y - at[1])) for (x, y), at in pairs]


def gape(found: Found) -> float:
    """How far the lips' outer edges are apart, in heights of the picture."""
    return found.features["lip_bottom"][1] - found.features["lip_top"][1]
