"""A part of a picture painted anew: the part is another, the rest is the same to the last bit, and no seam shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from generation.engine import Engine, Mask, PaintJob, Profile, load_profile
from generation.engine.inpaint import area
from generation.engine.mask import alpha
from tests.generation.engine.begun import a_mask, from_scene, mean_distance, scene
from tests.generation.engine.pictures import levels

Listener = Callable[[int, int], None]

PREVIEW = load_profile("preview", models_dir=Path("nowhere"))
BIG = (1280, 720)
MASKS: dict[str, Mask] = {
    "feathered": Mask(a_mask()),
    "hard": Mask(a_mask(), feather=0),
    "grown": Mask(a_mask(), grow=12, feather=24),
    "inverted": Mask(a_mask(), invert=True),
    "only masked": Mask(a_mask(), only_masked=True),
    "at the corner": Mask(a_mask(box=(300, 160, 320, 180)), only_masked=True, padding=0, feather=3),
    "one pixel": Mask(a_mask(box=(5, 5, 6, 6)), only_masked=True),
    "two far apart": Mask(Image.fromarray(levels(a_mask(box=(0, 0, 9, 9))).astype(np.uint8) |
                                          levels(a_mask(box=(310, 170, 320, 180))).astype(np.uint8))),
}  # fmt: skip


@pytest.fixture(scope="module")
def preview() -> Iterator[Engine]:
    """The painter that ships."""
    engine = Engine(PREVIEW)
    yield engine
    engine.close()


def preview_job(start: Image.Image, mask: Mask, prompt: str = "orange desert, sunrise", seed: int = 7) -> PaintJob:
    usual = PREVIEW.standard
    size = PREVIEW.size_for(*area(start, mask))
    settings: dict[str, Any] = {"start": start, "mask": mask, "scheduler": usual.scheduler}
    return PaintJob(prompt, "", seed, *size, usual.steps, usual.guidance, usual.eta, **settings)


@pytest.mark.parametrize("strength", [0.5, 1])
@pytest.mark.parametrize("mask", MASKS.values(), ids=list(MASKS))
def test_what_is_not_painted_stays_bit_for_bit(engine: Engine, no_step: Listener, mask: Mask, strength: float) -> None:
    base = scene()
    [image] = engine.paint([from_scene(start=base, mask=mask, strength=strength)], no_step)
    assert (image.size, image.mode) == (base.size, "RGB")
    painted = alpha(mask) > 0
    assert (levels(image)[~painted] == levels(base)[~painted]).all()
    assert (levels(image)[painted] != levels(base)[painted]).any()
    if mask.grow == 0:  # the edge fades inwards
        marked = (np.asarray(mask.picture) >= 128) != mask.invert
        assert (levels(image)[~marked] == levels(base)[~marked]).all()


def test_a_full_mask_keeps_nothing(engine: Engine, no_step: Listener) -> None:
    mask = Mask(Image.new("L", (320, 180), 255))
    [image] = engine.paint([from_scene(mask=mask, strength=1)], no_step)
    assert image.size == (320, 180)
    assert (levels(image) != levels(scene())).any(axis=2).mean() > 0.9


def test_every_picture_of_a_batch_has_its_own_base_and_mask(engine: Engine, no_step: Listener) -> None:
    small = scene((100, 80), seed=2)
    jobs = [
        from_scene(mask=Mask(a_mask())),
        from_scene(start=small, mask=Mask(a_mask((100, 80), (10, 10, 50, 50)), only_masked=True)),
        from_scene(start=small, mask=Mask(a_mask((100, 80), (60, 40, 90, 70)), feather=2)),
    ]
    images = engine.paint(jobs, no_step)
    for job, image in zip(jobs, images, strict=True):
        assert job.start is not None
        assert job.mask is not None
        assert image.size == job.start.size
        kept = alpha(job.mask) == 0
        assert (levels(image)[kept] == levels(job.start)[kept]).all()
        assert (levels(image)[~kept] != levels(job.start)[~kept]).any()


@pytest.mark.parametrize("only_masked", [False, True])
def test_the_part_follows_the_words(preview: Engine, no_step: Listener, only_masked: bool) -> None:
    base = scene(BIG)
    mask = Mask(a_mask(BIG, (400, 100, 900, 600)), only_masked=only_masked)
    inside = alpha(mask) == 255
    orange, blue = (
        levels(preview.paint([preview_job(base, mask, prompt)], no_step)[0])[inside].mean(axis=0)
        for prompt in ("orange desert, sunrise", "blue mountains, blue sky")
    )
    assert (orange - blue)[0] > 20
    assert (blue - orange)[2] > 10


def test_only_masked_paints_finer(preview: Engine, no_step: Listener) -> None:
    """A small part has all the model's pixels: neighbours differ more than where it had a few."""
    base = Image.new("RGB", BIG, (90, 120, 160))
    place = (560, 300, 720, 420)
    grain = []
    for only_masked in (False, True):
        mask = Mask(a_mask(BIG, place), only_masked=only_masked, padding=8)
        [image] = preview.paint([preview_job(base, mask, "stars, purple and orange space")], no_step)
        grain.append(np.abs(np.diff(levels(image.crop(place)).astype(float), axis=1)).mean())
    assert grain[1] > 1.3 * grain[0]


@pytest.mark.parametrize("only_masked", [False, True])
@pytest.mark.parametrize(
    ("colour", "prompt"), [((96, 150, 214), "blue sky, clouds"), ((206, 120, 60), "orange desert, sunrise")]
)
def test_no_seam_shows_on_a_flat_base(
    preview: Engine, no_step: Listener, colour: tuple[int, int, int], prompt: str, only_masked: bool
) -> None:
    """Across the edge, with the usual feather, the mean colour steps by less than 2/255 from a pixel to the next."""
    base = Image.new("RGB", BIG, colour)
    picture = Image.new("L", BIG)
    ImageDraw.Draw(picture).ellipse((440, 160, 840, 560), fill=255)
    hard, soft = (
        preview.paint([preview_job(base, mask, prompt)], no_step)[0]
        for mask in (Mask(picture, feather=0, only_masked=only_masked), Mask(picture, only_masked=only_masked))
    )
    assert mean_distance(soft, base) > 1
    assert max(edge_steps(hard, picture)) > 5
    assert max(edge_steps(soft, picture)) < 2


def edge_steps(image: Image.Image, picture: Image.Image) -> list[float]:
    """The mean colour of one ring after another, from outside the mask inwards: how much it steps, in 1/255."""
    rings = [levels(image)[ring].mean(axis=0) for ring in rings_of(picture)]
    return [float(np.abs(inner - outer).max()) for outer, inner in pairwise(rings)]


def rings_of(picture: Image.Image) -> list[np.ndarray]:
    """The pixels just outside the mask, then those 1, 2 and 3 pixels inside."""
    outside = np.asarray(picture) == 0
    masks = [Mask(picture, feather=0, grow=grow) for grow in (1, 0, -1, -2, -3)]
    depths = [alpha(mask) > 0 for mask in masks]
    assert (depths[1] == ~outside).all()
    return [outer & ~inner for outer, inner in pairwise(depths)]


def test_broken_numbers_are_not_hidden_in_the_base(profile: Profile, no_step: Listener) -> None:
    """They decode to black; put back into the base, nobody would see that the model is broken."""
    broken = Engine(profile)
    broken._models().pipe.vae.decoder.conv_out.bias.data.fill_(float("nan"))
    [image] = broken.paint([from_scene(mask=Mask(a_mask()))], no_step)
    broken.close()
    lowest, highest = image.convert("L").getextrema()
    assert lowest == highest


def test_another_mask_is_another_picture_and_the_seed_counts(engine: Engine, no_step: Listener) -> None:
    job = from_scene(mask=Mask(a_mask()), strength=1)
    others = [job, replace(job, seed=8), replace(job, mask=Mask(a_mask(), grow=8)), replace(job, prompt="boats")]
    assert len({engine.paint([one], no_step)[0].tobytes() for one in others}) == 4
