"""Training the network for styles, a few steps of it: the folder opens, and its filters are balanced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from generation.engine.restyle.files import open_network
from generation.engine.restyle.network import STYLE
from generation.preview.training.grain import GRAINS, grained
from generation.preview.training.run import Amount
from generation.preview.training.style_network import ASKED, Learning, balanced_on, train_style_network

if TYPE_CHECKING:
    from pathlib import Path


def test_two_trainings_of_one_seed_give_the_same_network(tmp_path: Path) -> None:
    lines: list[str] = []
    made = [
        train_style_network(Amount(steps=2), 60, seed=3, say=lines.append, folder=tmp_path / name)
        for name in ("one", "two")
    ]
    one, two = (network.state_dict() for network in made)
    assert all(torch.equal(tensor, two[name]) for name, tensor in one.items())
    assert any("step 2" in line for line in lines)
    opened = open_network(tmp_path / "one")
    assert opened.content == "conv2_2"
    means = torch.stack([opened(picture, ["conv1_1"])["conv1_1"].mean(dim=(0, 2, 3)) for picture in balanced_on(64)])
    assert float(means.mean(dim=0).max()) == pytest.approx(1, abs=0.02)


def test_folding_keeps_what_the_network_says() -> None:
    """What was normalised while it learnt is a convolution alone afterwards, with the same answers."""
    torch.manual_seed(1)
    learning = Learning()
    with torch.no_grad():
        learning.train()(torch.rand(6, 3, 32, 48))
    learning.eval()
    picture = torch.rand(1, 3, 32, 48)
    heard: dict[str, torch.Tensor] = {}
    for name in STYLE:
        learning.norms[name].register_forward_hook(lambda _m, _i, out, name=name: heard.update({name: F.relu(out)}))
    with torch.no_grad():
        learning(picture)
    seen = learning.folded()(picture, STYLE)
    assert all(torch.allclose(seen[name], heard[name], atol=1e-4) for name in STYLE)


def test_grain_differs_from_kind_to_kind_and_is_named() -> None:
    grey = torch.full((90, 3, 72, 128), 0.5)
    pictures, kinds = grained(grey, np.random.default_rng(2))
    assert pictures.shape == grey.shape and float(pictures.min()) >= 0 and float(pictures.max()) <= 1
    assert set(kinds.tolist()) == set(range(len(GRAINS)))
    for picture, kind in zip(pictures, kinds, strict=True):
        assert (float(picture.std()) == 0) == (GRAINS[kind] == "none")
    flat = pictures[kinds == GRAINS.index("flat lines")]
    assert flat.diff(dim=2).abs().mean() > 2 * flat.diff(dim=3).abs().mean()
    assert {"kind", "time", "look", "who", "colour", "grain"} == set(ASKED)
