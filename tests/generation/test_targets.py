"""The table of sizes, and that a new size is one more row of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageDraw

from generation.engine import load_profile
from generation.engine.enlarge import enlarge
from generation.prompt_form import Material, write
from generation.targets import TARGETS, Target

if TYPE_CHECKING:
    from pathlib import Path

BANNER = Target("banner", 2204, 864, safe=(1200, 400), max_bytes=5_000_000, for_what="channel")


def test_the_sizes_are_those_that_platforms_ask_for() -> None:
    sizes = {key: (target.width, target.height) for key, target in TARGETS.items()}
    assert sizes == {"thumbnail": (1280, 720), "avatar": (800, 800), "cover": (2560, 1440)}
    assert TARGETS["cover"].safe == (1546, 423)
    assert TARGETS["thumbnail"].max_bytes == 2_000_000
    assert [key for key, target in TARGETS.items() if target.for_what == "video"] == ["thumbnail"]


def test_rows_stand_under_their_own_key() -> None:
    assert all(target.key == key for key, target in TARGETS.items())


def test_safe_areas_lie_inside_their_pictures() -> None:
    for target in (*TARGETS.values(), BANNER):
        width, height = target.safe or (1, 1)
        assert 0 < width <= target.width
        assert 0 < height <= target.height


@pytest.mark.parametrize("target", [*TARGETS.values(), BANNER], ids=lambda target: target.key)
def test_any_row_is_painted_at_a_size_of_the_model_and_brought_to_exact_pixels_unsqueezed(
    target: Target, tmp_path: Path
) -> None:
    profile = load_profile("preview", models_dir=tmp_path)
    width, height = profile.size_for(target.width, target.height)
    assert width % profile.multiple == height % profile.multiple == 0

    painted = Image.new("RGB", (width, height), "white")
    radius = min(width, height) // 4
    ImageDraw.Draw(painted).ellipse(
        (width // 2 - radius, height // 2 - radius, width // 2 + radius, height // 2 + radius), fill="black"
    )
    finished = enlarge(painted, (target.width, target.height))
    assert finished.size == (target.width, target.height)
    box = finished.convert("L").point(lambda value: 255 if value < 128 else 0).getbbox()
    assert box is not None
    assert (box[2] - box[0]) / (box[3] - box[1]) == pytest.approx(1, abs=0.03)  # the circle is still one


def test_the_form_writes_for_a_row_it_has_no_words_for() -> None:
    assert write(Material("Lighthouse", "", BANNER.key), None).prompt.startswith("Lighthouse, ")
