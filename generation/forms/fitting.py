"""Pictures brought to a size of another shape: a part of them, or all of them with room around. Knows no rows."""

from __future__ import annotations

from PIL import Image, ImageChops, ImageFilter, ImageOps

OVERLAP = 8  # pixels by which the part that is painted reaches into a picture that is shown whole
BLUR = 40  # pixels, of what surrounds it
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


def reduced(image: Image.Image, size: Size) -> Image.Image:
    """No larger than ``cropped`` has a use for, in its own shape."""
    share = max(size[0] / image.width, size[1] / image.height)
    if share >= 1:
        return image
    smaller = max(size[0], round(image.width * share)), max(size[1], round(image.height * share))
    return image.resize(smaller, Image.Resampling.LANCZOS)


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
