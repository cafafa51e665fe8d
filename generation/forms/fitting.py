"""Pictures brought to a size of another shape: a part of them, or all of them with room around. Knows no rows."""

from __future__ import annotations

import math

from PIL import Image, ImageChops, ImageFilter, ImageOps

OVERLAP = 8  # pixels by which the part that is painted reaches into a picture that is shown whole
BLUR = 40  # pixels, of what surrounds it
MOST_PARTS = 8  # of the size that is wanted: a panorama of so many beside each other is sharp wherever it is cropped
SLACK = 0.01  # of a side, that nobody misses

Size = tuple[int, int]


def fits(size: Size, wanted: Size) -> bool:
    """Whether nothing worth asking about of a picture of ``size`` would be cut off, or be left around it.

    426×240 and 848×480 are 16:9 to whoever films with them, though not by the pixel.
    """
    return all(abs(one - other) <= other * SLACK for one, other in zip(_inside(size, wanted), wanted, strict=True))


def cropped(image: Image.Image, size: Size, place: float = 0.5) -> Image.Image:
    """As much of it as fills ``size``; of what does not fit, ``place`` says what is kept: 0 one end … 1 the other."""
    return ImageOps.fit(image, size, Image.Resampling.LANCZOS, centering=(place, place))


def part(image: Image.Image, size: Size, place: float = 0.5) -> Image.Image:
    """What ``cropped`` keeps, in its own pixels: of the shape of ``size``, but for less than a pixel."""
    share = min(image.width / size[0], image.height / size[1])
    width, height = (max(1, round(side * share)) for side in size)
    left, top = round((image.width - width) * place), round((image.height - height) * place)
    return image.crop((left, top, left + width, top + height))


def reduced(image: Image.Image, size: Size, room: int = 1) -> Image.Image:
    """No larger than ``cropped`` has a use for, in its own shape; ``room`` times as large each way.

    Of a long panorama less: it never has more pixels than ``MOST_PARTS`` pictures of ``size``.
    """
    filling, most = room * _filling(image.size, size), _most(image.size, size)
    if min(filling, most) >= 1:
        return image
    if most < filling:
        smaller = max(1, int(image.width * most)), max(1, int(image.height * most))
    else:
        smaller = max(room * size[0], round(image.width * filling)), max(room * size[1], round(image.height * filling))
    return image.resize(smaller, Image.Resampling.LANCZOS)


def is_too_long(of: Size, size: Size) -> bool:
    """Whether a panorama of that size loses by ``reduced`` what a part of it, cropped, would have shown."""
    return _most(of, size) < min(1.0, _filling(of, size))


def _filling(of: Size, size: Size) -> float:
    """By how much it is made smaller to fill ``size``; above 1, larger."""
    return max(size[0] / of[0], size[1] / of[1])


def _most(of: Size, size: Size) -> float:
    return math.sqrt(MOST_PARTS * size[0] * size[1] / (of[0] * of[1]))


def surrounded(image: Image.Image, size: Size, place: float = 0.5) -> tuple[Image.Image, Image.Image]:
    """The whole picture in ``size``, over itself blurred; and the mask of all around it (outpainting).

    ``place`` says where it stands: 0 at one end … 1 at the other. The mask reaches a little into the picture, so that
    no edge is left to be seen.
    """
    inside = image.resize(_inside(image.size, size), Image.Resampling.LANCZOS)
    left, top = round((size[0] - inside.width) * place), round((size[1] - inside.height) * place)
    right, bottom = left + inside.width, top + inside.height
    canvas = cropped(image, size).filter(ImageFilter.GaussianBlur(BLUR))
    canvas.paste(inside, (left, top))
    kept = Image.new("L", size, 0)
    box = (
        _edge(left, right),
        _edge(top, bottom),
        size[0] - _edge(size[0] - right, size[0] - left),
        size[1] - _edge(size[1] - bottom, size[1] - top),
    )
    kept.paste(255, box)
    return canvas, ImageChops.invert(kept)


def _edge(edge: int, other: int) -> int:
    """Where what is kept begins: a little further in than the picture, unless nothing is painted beyond it."""
    return min(edge + OVERLAP, (edge + other) // 2) if edge else 0


def _inside(size: Size, wanted: Size) -> Size:
    """The largest size of the same shape within ``wanted``, in whole pixels."""
    share = min(wanted[0] / size[0], wanted[1] / size[1])
    return (
        min(wanted[0], max(1, round(size[0] * share))),
        min(wanted[1], max(1, round(size[1] * share))),
    )
