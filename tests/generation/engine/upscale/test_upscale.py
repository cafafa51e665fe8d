"""Any picture at any size, exactly, through a model; the same for the same seed; and who leaves is gone at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from generation.engine import Engine, EngineError, Profile
from generation.engine.enlarge import enlarge
from generation.engine.upscale import kept
from generation.engine.upscale.upscaler import own_colours
from tests.generation.engine.begun import scene
from tests.generation.engine.pictures import a_job, greatest_difference, levels

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL = (40, 24)


def a_picture(size: tuple[int, int] = SMALL, mode: str = "RGB") -> Image.Image:
    """A drawn scene, of any size."""
    return scene().resize(size).convert(mode)


@pytest.mark.parametrize(
    ("picture", "size"),
    [
        ((40, 24), (160, 96)),  # what the model makes, exactly
        ((40, 24), (200, 113)),  # more, and of another shape
        ((37, 29), (131, 77)),
        ((60, 40), (90, 90)),  # more than half is there
        ((9, 8), (64, 36)),
        ((900, 11), (96, 54)),  # a panorama
        ((11, 900), (96, 54)),
    ],
)
def test_it_has_the_size_asked_for(painter: Engine, picture: tuple[int, int], size: tuple[int, int]) -> None:
    made = painter.upscale(a_picture(picture), size, "a red house")
    assert (made.size, made.mode) == (size, "RGB")
    assert painter._upscaler._upscaler is not None, "through the model"


def test_a_seed_is_a_picture(painter: Engine) -> None:
    first, again, other = (painter.upscale(a_picture(), (160, 96), "a red house", seed=seed) for seed in (5, 5, 6))
    assert greatest_difference(first, again) == 0
    assert greatest_difference(first, other) > 0


def test_the_prompt_is_read(painter: Engine) -> None:
    one, other, weighted = (
        painter.upscale(a_picture(), (160, 96), prompt) for prompt in ("a red house", "a boat", "a (red:1.6) house")
    )
    assert greatest_difference(one, other) > 0 < greatest_difference(one, weighted)


def test_the_model_sees_the_picture_and_keeps_its_colours(painter: Engine) -> None:
    """Whatever a random network makes of them: what is wide is the picture's own."""
    for colour in ((150, 110, 100), (90, 120, 150)):
        made = painter.upscale(Image.new("RGB", SMALL, colour), (160, 96))
        assert np.abs(levels(made).mean(axis=(0, 1)) - colour).max() < 4


def test_a_bright_picture_is_no_darker_to_the_model(painter: Engine) -> None:
    """diffusers takes numbers that are all above 0 for a picture in 0 … 1, and stretches them."""
    seen: list[float] = []
    pipe = painter._upscaler.get().pipe
    hook = pipe.unet.register_forward_pre_hook(lambda _unet, given: seen.append(float(given[0][:, 4:].mean())))
    for level in (128, 200, 255):
        painter.upscale(Image.new("RGB", SMALL, (level,) * 3), (160, 96))
    hook.remove()
    assert seen[::3] == pytest.approx([0.004, 0.569, 1.0], abs=0.05), "but for the noise"


def test_own_colours_leave_what_is_fine() -> None:
    import torch

    small = torch.zeros(1, 3, 16, 16)
    large = torch.zeros(1, 3, 64, 64) + 0.4
    large[..., ::2] += 0.1
    kept_fine = own_colours(large, small)
    assert float(kept_fine.mean().abs()) < 1e-3
    assert torch.allclose(kept_fine.diff(dim=3), large.diff(dim=3), atol=1e-5)


def test_alpha_is_white_and_grey_is_rgb(painter: Engine) -> None:
    hidden = a_picture(mode="RGBA")
    hidden.putalpha(0)
    white = painter.upscale(Image.new("RGB", SMALL, "white"), (160, 96), seed=3)
    assert greatest_difference(painter.upscale(hidden, (160, 96), seed=3), white) == 0
    grey = painter.upscale(a_picture(mode="L"), (160, 96))
    assert grey.mode == "RGB"


def test_lanczos_needs_no_model(painter: Engine) -> None:
    made = painter.upscale(a_picture(), (160, 96), way="lanczos")
    assert greatest_difference(made, enlarge(a_picture(), (160, 96))) == 0
    assert painter.upscale(Image.new("RGBA", (1, 1)), (64, 36), way="lanczos").getpixel((5, 5)) == (255, 255, 255)
    assert painter._upscaler._upscaler is None


def test_what_is_large_enough_is_only_resized(painter: Engine) -> None:
    large = a_picture((150, 90))
    assert greatest_difference(painter.upscale(large, (160, 96)), enlarge(large, (160, 96))) == 0
    assert painter._upscaler._upscaler is None


@pytest.mark.parametrize(
    ("picture", "code"),
    [((1, 1), "picture_too_small"), ((7, 500), "picture_too_small"), ((20_000, 2_001), "image_too_large")],
)
def test_what_cannot_be_upscaled_is_refused_before_a_model_is_loaded(
    painter: Engine, picture: tuple[int, int], code: str
) -> None:
    with pytest.raises(EngineError) as caught:
        painter.upscale(Image.new("RGB", picture), (1280, 720))
    assert caught.value.code == code
    assert painter._upscaler._upscaler is None


def test_a_profile_without_an_upscaler_says_so(engine: Engine) -> None:
    with pytest.raises(EngineError) as caught:
        engine.upscale(a_picture(), (160, 96))
    assert caught.value.code == "no_upscaler"
    assert engine.upscale(a_picture(), (160, 96), way="lanczos").size == (160, 96)


def test_an_empty_size_is_a_mistake(painter: Engine) -> None:
    with pytest.raises(ValueError, match="at least one pixel"):
        painter.upscale(a_picture(), (0, 5))


def test_steps_are_told_and_decoding_is_the_last(painter: Engine) -> None:
    told: list[tuple[int, int]] = []
    painter.upscale(a_picture(), (160, 96), on_step=lambda step, steps: told.append((step, steps)))
    assert {steps for _, steps in told} == {4}  # three of the sampler
    assert [step for step, _ in told] == sorted(step for step, _ in told)
    assert set(told) == {(1, 4), (2, 4), (3, 4), (4, 4)}
    assert told[-1] == (4, 4) != told[-2]


def test_who_leaves_is_gone_within_a_step(painter: Engine) -> None:
    before = painter.upscale(a_picture(), (160, 96), seed=1)
    unet, calls = painter._upscaler.get().pipe.unet, []
    hook = unet.register_forward_hook(lambda *_: calls.append(1))

    def leave(step: int, steps: int) -> None:
        if step == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        painter.upscale(a_picture(), (160, 96), seed=1, on_step=leave)
    hook.remove()
    assert len(calls) == 2, "of three steps"
    assert greatest_difference(painter.upscale(a_picture(), (160, 96), seed=1), before) == 0


def test_it_is_kept_while_it_is_used(
    painter: Engine, no_step: Callable[[int, int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "KEPT_FOR", 2)
    painter.upscale(a_picture(), (160, 96))
    first = painter._upscaler.get()
    painter.paint([a_job(steps=1)], no_step)
    assert painter._upscaler.get() is first
    for _ in range(2):
        painter.paint([a_job(steps=1)], no_step)
    assert painter._upscaler._upscaler is None, "passed over twice"
    painter.upscale(a_picture(), (160, 96))
    painter.close()
    assert painter._upscaler._upscaler is None


def test_it_has_the_profiles_number_format(profile_with: Profile, painter: Engine) -> None:
    import torch

    pipe = painter._upscaler.get().pipe
    assert {pipe.unet.dtype, pipe.vae.dtype, pipe.text_encoder.dtype} == {torch.float32}
    assert profile_with.dtype == "float32"
