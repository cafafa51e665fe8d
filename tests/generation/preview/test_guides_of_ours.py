"""The guides that ship: what lies there, and that painted people do what they say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from safetensors.torch import load_file

from generation.engine import load_profile, role
from generation.engine.controlnet import ControlNet
from generation.preview.evaluate import WEIGHTS
from generation.preview.evaluate_guides import GUIDES, evaluate_face, evaluate_pose, table
from generation.preview.figures import CARD, FIGURES
from generation.preview.painting import engine_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generation.engine import Engine

NAMES = ("pose", "face")
PREVIEW = load_profile("preview", models_dir=Path("nowhere"))
ALL_WEIGHTS = 80_000_000  # bytes: the most that all of the preview model may weigh


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """The site's engine on the preview model, as the profile has it."""
    engine = engine_on(WEIGHTS)
    yield engine
    engine.close()


@pytest.mark.parametrize("name", NAMES)
def test_the_profile_names_it_and_its_folder_is_small_and_whole(name: Any) -> None:
    found = role(PREVIEW, name)
    assert found.folder == GUIDES / name and found.shipped and found.licence == "Apache-2.0"
    net: Any = ControlNet.from_pretrained(found.folder, local_files_only=True, use_safetensors=True)
    tensors = load_file(found.folder / "diffusion_pytorch_model.safetensors")
    assert tensors.keys() == net.state_dict().keys()
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float16}
    assert all(torch.isfinite(tensor).all() for tensor in tensors.values())
    assert sum(path.stat().st_size for path in WEIGHTS.parent.rglob("*.safetensors")) <= ALL_WEIGHTS


@pytest.mark.parametrize("name", NAMES)
def test_the_card_shows_the_figures_that_were_kept(name: str) -> None:
    figures = json.loads((GUIDES / name / FIGURES).read_text(encoding="utf-8"))
    assert table(figures) in (GUIDES / CARD).read_text(encoding="utf-8")


def test_painted_figures_stand_as_their_skeletons_do(engine: Engine) -> None:
    """Of a few."""
    figures = evaluate_pose(engine, 10)
    assert figures["joints"] <= 0.06
    assert figures["joints"] < figures["joints without"] / 3
    assert figures["nearer"] >= 0.9


def test_lips_apart_in_the_guide_are_lips_apart_in_the_picture(engine: Engine) -> None:
    figures = evaluate_face(engine, 8)
    assert figures["open when apart"] >= figures["open when closed"] + 0.5
    assert figures["eyes, nose, chin"] <= 0.06
    assert figures["eyes, nose, chin"] < figures["eyes, nose, chin without"]
