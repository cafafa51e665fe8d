"""Uploaded pictures made safe, and pictures made into files of a limited size. Knows no model and no storage."""

from __future__ import annotations

import os
import struct
import zlib
from contextlib import contextmanager, suppress
from hashlib import sha256
from io import BytesIO
from typing import IO, TYPE_CHECKING

from PIL import Image, ImageCms, ImageOps

from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from collections.abc import Iterator

MEGA = 1_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
BEST_JPEG_QUALITY = 95
FULL_CHROMA_FROM = 90  # at this JPEG quality and above colour is kept at full resolution

# What Pillow's decoders are known to raise on broken files, besides its own UnidentifiedImageError (an OSError).
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    struct.error,
    zlib.error,
)
_MODE_OF_ICC_SPACE = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}


def read_mask(file: IO[bytes], *, max_bytes: int, max_pixels: int) -> Image.Image:
    """Decode an uploaded mask to mode L, as ``read_picture`` does; transparent parts are black, which marks nothing."""
    return read_picture(file, max_bytes=max_bytes, max_pixels=max_pixels, behind="black").convert("L")


def read_picture(file: IO[bytes], *, max_bytes: int, max_pixels: int, behind: str = "white") -> Image.Image:
    """Decode an uploaded JPEG, PNG, WebP or GIF to a plain RGB image in sRGB.

    The image is upright, transparent parts have the colour ``behind``, of an animation it is the first frame, and
    nothing of the file's metadata is left. Sizes are judged before anything is decoded.

    Raises ``ExpectedError``: ``empty_file``, ``image_too_many_bytes``, ``image_too_large``, ``not_an_image``.
    """
    length = file.seek(0, os.SEEK_END)
    if length == 0:
        raise ExpectedError("empty_file")
    if length > max_bytes:
        raise ExpectedError("image_too_many_bytes", limit_mb=_in_millions(max_bytes))
    file.seek(0)
    with _refusals(max_pixels), Image.open(file, formats=FORMATS) as image:
        if image.width * image.height > max_pixels:
            raise ExpectedError("image_too_large", limit_mp=_in_millions(max_pixels))
        image.load()
        with suppress(*_BROKEN):  # broken EXIF is no reason to refuse a picture that can be seen
            ImageOps.exif_transpose(image, in_place=True)
        return _plain(image, behind)


def encode(image: Image.Image, max_bytes: int) -> tuple[bytes, str]:
    """Write an RGB image as PNG if that fits into ``max_bytes``, else as the best JPEG that does.

    Returns the file's content and its extension (``png`` or ``jpg``). Raises ``ExpectedError("image_will_not_fit")``.
    """
    content = _written(image, "PNG")
    if len(content) <= max_bytes:
        return content, "png"
    best = None
    low, high = 1, BEST_JPEG_QUALITY
    while low <= high:
        quality = (low + high) // 2
        content = _jpeg(image, quality)
        if len(content) <= max_bytes:
            best, low = content, quality + 1
        else:
            high = quality - 1
    if best is None:
        raise ExpectedError("image_will_not_fit", limit_mb=_in_millions(max_bytes))
    return best, "jpg"


def digest_of(image: Image.Image, mode: str = "RGB") -> str:
    """The SHA-256 of its pixels in that mode, row by row. Not of its file: the same picture may come in many."""
    return sha256(image.convert(mode).tobytes()).hexdigest()


@contextmanager
def _refusals(max_pixels: int) -> Iterator[None]:
    """Turn what Pillow raises into an error people can read."""
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ExpectedError("image_too_large", limit_mp=_in_millions(max_pixels)) from error
    except _BROKEN as error:
        raise ExpectedError("not_an_image") from error


def _plain(image: Image.Image, behind: str) -> Image.Image:
    alpha = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
    # A new image, not a converted one: conversions carry `info` along, and `save` would write its profile and comment.
    plain = Image.new("RGB", image.size, behind)
    plain.paste(_in_srgb(_opaque(image), image.info.get("icc_profile")), mask=alpha)
    return plain


def _opaque(image: Image.Image) -> Image.Image:
    """Without alpha or palette, 8 bits per channel: mode L, RGB or CMYK."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if image.mode in ("1", "L", "LA"):
        return image.convert("L")
    if image.mode in ("P", "PA"):
        image = image.convert("RGBA")  # straight to RGB, Pillow warns about palettes with transparency
    return image if image.mode in ("RGB", "CMYK") else image.convert("RGB")


def _in_srgb(image: Image.Image, icc: bytes | None) -> Image.Image:
    if icc:
        with suppress(ImageCms.PyCMSError, *_BROKEN):  # a broken profile: the colours are taken for sRGB
            profile = ImageCms.ImageCmsProfile(BytesIO(icc))
            if _MODE_OF_ICC_SPACE.get(profile.profile.xcolor_space.strip()) == image.mode:
                converted = ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
                if converted is not None:
                    return converted
    return image if image.mode == "RGB" else image.convert("RGB")


def _jpeg(image: Image.Image, quality: int) -> bytes:
    # Not optimize=True: Pillow then needs a buffer for the whole file and breaks off on noisy pictures.
    return _written(image, "JPEG", quality=quality, subsampling=0 if quality >= FULL_CHROMA_FROM else 2)


def _written(image: Image.Image, kind: str, **options: int) -> bytes:
    content = BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def _in_millions(count: int) -> float:
    return count // MEGA if count % MEGA == 0 else round(count / MEGA, 1)
