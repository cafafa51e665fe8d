"""Style transfer from one picture to another, coarse to fine, within the memory there is."""

from __future__ import annotations

import logging
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from generation.engine.errors import EngineError
from generation.engine.look import LONGEST, LOOK_EVERY
from generation.engine.memory import SHORTAGES, free, is_about_memory
from generation.engine.restyle.aim import Aim
from generation.engine.restyle.light import light_of, matched, relit
from generation.engine.restyle.palette import in_palette
from generation.engine.restyle.pyramid import alike, levels
from generation.engine.restyle.search import search
from generation.engine.start import MOST_PIXELS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from generation.engine.restyle.network import Network
    from generation.engine.restyle.options import Restyle
    from generation.engine.restyle.pyramid import Level

MOST_WORKED = {"cuda": 2560 * 1440, "cpu": 1280 * 720}  # pixels; larger pictures are restyled smaller, and enlarged
LEAST_WORKED = 128 * 128  # pixels: where not even these fit, memory has run out
NOISE = 0.05  # of the first picture's range, on which the seed acts

logger = logging.getLogger(__name__)


def restyle(
    network: Network,
    content: Image.Image,
    style: Image.Image,
    options: Restyle,
    on_step: Callable[[int, int], None],
    on_look: Callable[[Image.Image], None] | None = None,
) -> Image.Image:
    """The content in the style: RGB, of the content's size. See `Engine.restyle`."""
    for picture in (content, style):
        if picture.width * picture.height > MOST_PIXELS:
            raise EngineError("image_too_large", limit_mp=MOST_PIXELS // 1_000_000)
    device = network.mean.device
    pixels = MOST_WORKED.get(device.type, MOST_WORKED["cpu"])
    left = False

    def told(step: int, steps: int) -> None:
        nonlocal left
        left = True
        on_step(step, steps)
        left = False

    while True:
        plan = levels(content.size, pixels, options.iterations)
        try:
            return transfer(network, content, style, options, plan, told, on_look)
        except ArithmeticError as error:
            if left:
                raise
            raise EngineError("restyle_failed") from error
        except SHORTAGES as error:
            if left or not is_about_memory(error):
                raise
            pixels = plan[-1].width * plan[-1].height // 2
            if pixels < LEAST_WORKED:
                raise EngineError("out_of_memory") from error
        free(device)
        logger.warning("Out of memory while restyling at %dx%d: going on with half of it.", *plan[-1].size)


def transfer(
    network: Network,
    content: Image.Image,
    style: Image.Image,
    options: Restyle,
    plan: Sequence[Level],
    on_step: Callable[[int, int], None],
    on_look: Callable[[Image.Image], None] | None = None,
) -> Image.Image:
    """Restyle at the sizes of the plan, one after the other; each begins with what the one before it found."""
    content, style = opaque(content), opaque(style)
    if options.keep_colours:
        style = matched(style, content)
    worked = plan[-1].size
    dyed = content if options.keep_colours else in_palette(_small(content, worked), _small(style, worked))
    device, steps = network.mean.device, sum(level.iterations for level in plan)
    looks = _Looks(content if options.keep_colours else None, on_look)
    made, before, done = None, None, 0
    with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True):
        for level in plan:
            wanted = as_numbers(content, level.size, device, grey=options.keep_colours)
            example_size = alike(style.size, level.width * level.height)
            example = as_numbers(style, example_size, device, grey=options.keep_colours)
            ground = as_numbers(dyed, level.size, device, grey=options.keep_colours)
            if made is None or before is None:
                start = _noisy(ground, options.seed)
            else:  # what the smaller copy could not hold comes from the content
                start = _resized(made, level.size) + ground - _resized(before, level.size)

            def watch(number: int, picture: torch.Tensor, done: int = done) -> None:
                looks.show(picture)
                on_step(done + number, steps)

            made, before = search(Aim(network, wanted, example, options).loss, start, level.iterations, watch), ground
            done += level.iterations
    assert made is not None
    finished = _picture(made).resize(content.size, Image.Resampling.LANCZOS)
    return relit(content, finished) if options.keep_colours else finished.convert("RGB")


def opaque(picture: Image.Image) -> Image.Image:
    """RGB; what is transparent shows white."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    behind = Image.new("RGBA", picture.size, "white")
    behind.alpha_composite(picture.convert("RGBA"))
    return behind.convert("RGB")


def _small(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """With no more pixels than that size has: a palette is no other for more of them, and each takes 100 bytes."""
    if picture.width * picture.height <= size[0] * size[1]:
        return picture
    return picture.resize(alike(picture.size, size[0] * size[1]), Image.Resampling.LANCZOS)


class _Looks:
    """Shows the picture as it is by now, small, at most every LOOK_EVERY seconds."""

    def __init__(self, colours: Image.Image | None, on_look: Callable[[Image.Image], None] | None) -> None:
        self._colours = colours
        self._on_look = on_look
        self._shown = -LOOK_EVERY

    def show(self, picture: torch.Tensor) -> None:
        if self._on_look is None or monotonic() - self._shown < LOOK_EVERY:
            return
        self._shown = monotonic()
        image = _picture(picture)
        image.thumbnail((LONGEST, LONGEST))
        if self._colours is not None:
            image = relit(self._colours.resize(image.size), image)
        self._on_look(image.convert("RGB"))


def as_numbers(image: Image.Image, size: tuple[int, int], device: torch.device, *, grey: bool = False) -> torch.Tensor:
    """(1, 3, height, width) in 0 … 1, or (1, 1, height, width) of its light alone."""
    small = image.resize(size, Image.Resampling.LANCZOS)
    pixels = light_of(small)[..., None] if grey else np.asarray(small, np.float32) / 255
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None].to(device)


def _picture(numbers: torch.Tensor) -> Image.Image:
    """In mode RGB, or L where there is one channel."""
    pixels = (numbers[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy()
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def _noisy(picture: torch.Tensor, seed: int) -> torch.Tensor:
    """On the CPU whatever the device: the same seed gives the same noise everywhere."""
    noise = torch.randn((1, 1, *picture.shape[2:]), generator=torch.Generator("cpu").manual_seed(seed))
    return picture + NOISE * noise.to(picture.device)


def _resized(picture: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    return F.interpolate(picture, size=(size[1], size[0]), mode="bicubic", align_corners=False)
