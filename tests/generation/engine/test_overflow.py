"""Numbers that break while painting: made again where that helps, never taken for a picture, and nobody else's loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch

from generation.engine import Engine, Mask, Profile
from generation.engine.overflow import guarded
from tests.generation.engine.begun import a_mask, from_scene, mean_distance
from tests.generation.engine.pictures import a_job, greatest_difference

Listener = Callable[[int, int], None]

JOBS = {"text": a_job(), "image": from_scene(), "inpaint": from_scene(mask=Mask(a_mask()))}
LOUDEST = 60_000.0  # half precision ends at 65,504


@pytest.fixture
def own(profile: Profile) -> Iterator[Engine]:
    """An engine that a test may change."""
    engine = Engine(profile)
    yield engine
    engine.close()


def is_flat(image: Any) -> bool:
    lowest, highest = image.convert("L").getextrema()
    return bool(lowest == highest)


def make_loud(layer: Any) -> None:
    """What is normalised afterwards shows nothing of it, as long as its numbers can be written down."""
    by = LOUDEST / max(one.abs().max().item() for one in layer.parameters())
    for one in layer.parameters():
        one.data *= by


def bits(model: Any) -> dict[str, tuple[torch.dtype, bytes]]:
    return {name: (one.dtype, one.numpy().tobytes()) for name, one in model.state_dict().items()}


@pytest.mark.parametrize("kind", JOBS)
def test_a_vae_that_overflows_in_half_precision_is_used_in_float32(own: Engine, no_step: Listener, kind: str) -> None:
    """Encoder and decoder: their first layers' answers are beyond half precision, and only there."""
    pipe = own._models().pipe
    make_loud(pipe.vae.decoder.conv_in)
    make_loud(pipe.vae.encoder.conv_in)
    wanted = own.paint([JOBS[kind]], no_step)[0]
    pipe.to(torch.float16)
    before = bits(pipe.vae)
    with torch.no_grad():
        assert not pipe.vae.decode(torch.randn(1, 4, 8, 8).half())[0].isfinite().all()
        assert not pipe.vae.encode(torch.randn(1, 3, 64, 64).half()).latent_dist.mean.isfinite().all()
    [image] = own.paint([JOBS[kind]], no_step)
    assert not is_flat(image)
    assert mean_distance(image, wanted) < 3
    assert bits(pipe.vae) == before
    assert {"decode", "encode"}.isdisjoint(vars(pipe.vae))


def test_only_the_picture_that_broke_takes_the_longer_way(own: Engine, no_step: Listener) -> None:
    vae = own._models().pipe.vae
    own._models().pipe.to(torch.bfloat16)
    jobs = [replace(a_job(), seed=seed) for seed in (7, 8, 9)]
    wanted = own.paint(jobs, no_step)
    real, seen = vae.decode, []

    def decode(latents: torch.Tensor, **values: Any) -> Any:
        seen.append((latents.dtype, len(latents)))
        made = real(latents, **values)
        if latents.dtype != torch.float32:
            made[0][1, 0, 5, 5] = torch.inf
        return made

    vae.decode = decode
    images = own.paint(jobs, no_step)
    assert seen == [(torch.bfloat16, 3), (torch.float32, 1)]
    assert [image.tobytes() for image in images[::2]] == [image.tobytes() for image in wanted[::2]]
    assert greatest_difference(images[1], wanted[1]) > 0
    assert mean_distance(images[1], wanted[1]) < 2
    assert vae.decode is decode


@pytest.mark.parametrize("kind", JOBS)
@pytest.mark.parametrize("heals", [True, False])
def test_a_sampler_that_breaks_is_asked_once_more(own: Engine, no_step: Listener, kind: str, heals: bool) -> None:
    """Alone, and for the one picture; where it breaks again, that picture is black and the others are theirs."""
    jobs = [replace(JOBS[kind], seed=seed) for seed in (7, 8, 9)]
    wanted = [own.paint([job], no_step)[0] for job in jobs]
    unet = own._models().pipe.unet
    real, batches = unet.forward, []

    def forward(sample: torch.Tensor, *args: Any, **values: Any) -> Any:
        batches.append(len(sample) // 2)
        made = real(sample, *args, **values)
        if batches[-1] == 3 or not heals:
            made[0][min(1, batches[-1] - 1) :: batches[-1]] = torch.nan
        return made

    unet.forward = forward
    told: list[tuple[int, int]] = []
    images = own.paint(jobs, lambda step, steps: told.append((step, steps)))
    steps = len(batches) // 2
    assert batches == [3] * steps + [1] * steps
    assert told[-1] == (2 * steps, 2 * steps)
    for place in (0, 2):
        assert greatest_difference(images[place], wanted[place]) <= 1
    assert is_flat(images[1]) is not heals
    if heals:
        assert images[1].tobytes() == wanted[1].tobytes()
    assert images[1].size == wanted[1].size


def test_a_picture_that_is_broken_in_one_place_is_not_handed_on(own: Engine, no_step: Listener) -> None:
    """A black patch is no more what was asked for than a black picture."""
    vae = own._models().pipe.vae
    real = vae.decode

    def decode(latents: torch.Tensor, **values: Any) -> Any:
        made = real(latents, **values)
        made[0][0, :, :16, :16] = torch.nan
        return made

    vae.decode = decode
    images = own.paint([a_job(), a_job(seed=8)], no_step)
    assert [is_flat(image) for image in images] == [True, False]


def test_one_flat_colour_is_as_good_as_broken(own: Engine) -> None:
    vae = own._models().pipe.vae
    vae.decode = lambda latents, **values: (torch.stack([torch.full((3, 8, 8), 7.0), torch.rand(3, 8, 8)]),)
    with guarded(vae) as guard:
        vae.decode(torch.zeros(2, 4, 1, 1), return_dict=False)
    assert (guard.broken, guard.lost) == ({0}, set())
