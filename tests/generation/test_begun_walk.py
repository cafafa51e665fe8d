"""The walk of works that begin with pictures: together where they are alike, each refused alone, no break hidden."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from generation.engine import Engine, Mask, load_profile
from generation.targets import TARGETS
from generation.walk import begin, complete, paint_together, paint_walk
from generation.work import Work
from imagecreator.errors import ExpectedError
from tests.generation.engine.begun import a_mask, mean_distance, scene
from tests.generation.engine.pictures import levels

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db  # where the rules are

SIZE = (640, 360)
MASK = Mask(a_mask(SIZE, (200, 100, 400, 300)))


@pytest.fixture
def painter() -> Iterator[Engine]:
    engine = Engine(load_profile("preview", models_dir=Path("nowhere")))
    yield engine
    engine.close()


def a_work(**fields: object) -> Work:
    values = {"target": TARGETS["thumbnail"], "prompt": "green hills", "negative": "", "count": 2, "seed": 7}
    return Work(**values | {"mode": "fast", "start": scene(SIZE)} | fields)  # type: ignore[arg-type]


def say_nothing(stage: str, step: int, steps: int) -> None:
    """Nobody listens."""


def test_works_with_different_starts_are_painted_together_and_each_near_its_own(painter: Engine) -> None:
    one = a_work(strength=0.25)
    other = a_work(strength=0.25, start=scene(SIZE).rotate(180), prompt="clouds")
    told: list[tuple[int, int]] = []
    paint_together([one, other], painter, lambda stage, step, steps: told.append((step, steps)))
    assert told[-1] == (1, 1)  # four pictures, of four steps one
    for work, stranger in ((one, other), (other, one)):
        assert [picture.job.seed for picture in work.pictures] == [7, 8]
        complete(work, painter, say_nothing)
        for picture in work.pictures:
            assert picture.image.size == (1280, 720)
            near, far = (mean_distance(picture.image, each.start.resize((1280, 720))) for each in (work, stranger))  # type: ignore[union-attr]
            assert near < far


def test_a_part_is_painted_in_the_size_of_its_base(painter: Engine) -> None:
    work = a_work(mask=MASK)
    paint_walk(work, painter, say_nothing)
    outside = np.asarray(MASK.picture) == 0
    for picture in work.pictures:
        assert picture.image.size == SIZE
        assert (levels(picture.image)[outside] == levels(scene(SIZE))[outside]).all()


def test_a_bad_picture_is_refused_before_it_could_spoil_a_batch(painter: Engine) -> None:
    with pytest.raises(ExpectedError) as caught:
        begin(a_work(start=scene((4, 4))), say_nothing)
    assert caught.value.code == "start_too_small"
    with pytest.raises(ExpectedError) as caught:
        begin(a_work(mask=Mask(a_mask((8, 8), (0, 0, 4, 4)))), say_nothing)
    assert caught.value.code == "mask_other_size"
    assert not painter.loaded


def test_a_broken_picture_ends_its_own_work_before_anything_is_made_of_it(painter: Engine) -> None:
    unet = painter._models().pipe.unet
    real = unet.forward

    def forward(sample: torch.Tensor, *args: Any, **values: Any) -> Any:
        made = real(sample, *args, **values)
        last = 3 if len(sample) == 8 else 0
        made[0][last :: len(sample) // 2] = torch.nan
        return made

    unet.forward = forward
    whole, broken = a_work(strength=0.5), a_work(strength=0.5, start=scene(SIZE).rotate(180))
    paint_together([whole, broken], painter, say_nothing)
    complete(whole, painter, say_nothing)
    assert [picture.image.size for picture in whole.pictures] == [(1280, 720)] * 2
    told: list[str] = []
    with pytest.raises(ExpectedError) as caught:
        complete(broken, painter, lambda stage, step, steps: told.append(stage))
    assert (caught.value.code, told) == ("bad_picture", [])


@pytest.mark.parametrize("mask", [None, MASK], ids=["whole", "part"])
def test_a_model_that_paints_broken_numbers_is_found_out(painter: Engine, mask: Mask | None) -> None:
    list(painter._models().pipe.vae.decoder.parameters())[-1].data.fill_(float("nan"))
    with pytest.raises(ExpectedError) as caught:
        paint_walk(a_work(mask=mask, strength=0.5), painter, say_nothing)
    assert caught.value.code == "bad_picture"
