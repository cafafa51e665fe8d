"""A picture in another's palette: its colours' mean and covariance, none turned around, no grain made colour."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from generation.engine.restyle.palette import in_palette
from tests.generation.engine.pictures import levels


def soft(seed: int) -> Image.Image:
    """Colours about the middle, with room on all sides."""
    chance = np.random.default_rng(seed)
    mixing = 20 * np.eye(3) + chance.normal(0, 7, (3, 3))
    mixed = chance.normal(0, 1, (60, 80, 3)) @ mixing + chance.uniform(110, 150, 3)
    return Image.fromarray(mixed.clip(0, 255).round().astype(np.uint8))


def test_colours_have_the_mean_and_the_covariance_of_the_styles() -> None:
    content, style = soft(1), soft(2)
    made, wanted = (levels(each).reshape(-1, 3).astype(float) for each in (in_palette(content, style), style))
    assert np.abs(made.mean(axis=0) - wanted.mean(axis=0)).max() < 2
    assert np.allclose(np.cov(made.T), np.cov(wanted.T), atol=0.1 * np.cov(wanted.T).max())


def test_a_palette_of_its_own_changes_next_to_nothing() -> None:
    assert np.abs(levels(in_palette(soft(1), soft(1))) - levels(soft(1))).max() <= 12


def test_no_colour_is_turned_around() -> None:
    """What was above the mean in a direction of colour is above the new mean in it."""
    content, style = soft(1), soft(3)
    made, before = (levels(each).reshape(-1, 3).astype(float) for each in (in_palette(content, style), content))
    along = ((made - made.mean(axis=0)) * (before - before.mean(axis=0))).sum(axis=1)
    assert along.min() > -20, "but for rounding"


@pytest.mark.parametrize("colour", ["black", "white", "#c83c28"])
def test_one_colour_becomes_the_styles_mean_and_as_a_style_is_everywhere(colour: str) -> None:
    plain = Image.new("RGB", (80, 60), colour)
    made = levels(in_palette(plain, soft(2))).reshape(-1, 3)
    assert np.abs(made - levels(soft(2)).reshape(-1, 3).mean(axis=0)).max() <= 1
    assert np.abs(levels(in_palette(soft(2), plain)) - levels(plain)).max() <= 1


def test_grain_too_fine_to_see_is_not_made_colour() -> None:
    chance = np.random.default_rng(4)
    grey = Image.fromarray((128 + chance.integers(-1, 2, (60, 80, 3))).astype(np.uint8))
    assert levels(in_palette(grey, soft(2))).reshape(-1, 3).std(axis=0).max() < 12


def test_one_pixel_has_a_palette_too() -> None:
    one = Image.new("RGB", (1, 1), (200, 30, 40))
    assert in_palette(one, soft(2)).size == (1, 1)
    assert in_palette(soft(2), one).size == soft(2).size
