"""A clip of drawn scenes that the captioner of the preview model can name, so that a test can say what it must say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.preview.scenes import Scene, draw
from tests.clips import show_pictures

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Scenes that no training saw, by what the captioner calls their kind, and the colour of most of it.
SCENES = {
    "mountains": Scene("mountains", seed=28, colours=("blue", "teal"), time="day"),
    "sunburst": Scene("sunburst", seed=6, colours=("teal", "navy")),
    "desert": Scene("desert", seed=7, colours=("pink", "purple"), time="night"),
    "stage": Scene("stage", seed=0, colours=("purple",)),
}


def draw_told_clip(path: Path) -> Path:
    """Two seconds of each scene; returns `path`."""
    return show_pictures(path, [draw(scene, 4) for scene in SCENES.values()])


def names_what_is_shown(captions: Sequence[str]) -> bool:
    """Whether at least three of the scenes are named, each with its colour, and nothing else is."""
    told = [
        next((kind for kind, scene in SCENES.items() if kind in line and f"in {scene.colours[0]} colours" in line), "")
        for line in captions
    ]
    return all(told) and len(set(told)) >= len(SCENES) - 1
