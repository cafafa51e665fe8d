"""From a decoded frame to RGB pixels as a person would see them: upright, in square pixels, right colours, no alpha."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation
from PIL import Image

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

Pixels = npt.NDArray[np.uint8]  # (height, width, 3), RGB

HD_LINES = 720  # from here on, players read an unnamed colour space as BT.709, below as BT.601
UNNAMED = 2
HDR_CURVES = (16, 18)  # AVCOL_TRC_SMPTE2084 (PQ) and ARIB_STD_B67 (HLG)
PAPER = 255  # what shows behind transparent pixels
ODD_ASPECTS = (Fraction(1, 4), Fraction(4))  # a sample aspect ratio beyond these is a mistake in the file
SQUARE_ENOUGH = Fraction(1, 100)


def upright_size(frame: VideoFrame, sample_aspect: Fraction | None) -> tuple[int, int]:
    """(width, height) in square pixels after rotation; anamorphic pixels are stretched, never shrunk."""
    width, height = frame.width, frame.height
    aspect = _aspect(sample_aspect)
    if aspect > 1:
        width = round(width * aspect)
    elif aspect < 1:
        height = round(height / aspect)
    return (height, width) if frame.rotation % 180 else (width, height)


def to_pixels(frame: VideoFrame, sample_aspect: Fraction | None, *, longest: int | None = None) -> Pixels:
    """RGB pixels of a frame, upright; scaled down so that the longer side is at most `longest`."""
    width, height = upright_size(frame, sample_aspect)
    scale = min(1.0, longest / max(width, height)) if longest else 1.0
    width, height = max(2, round(width * scale)), max(2, round(height * scale))
    if frame.rotation % 180:
        width, height = height, width
    alpha = any(component.is_alpha for component in frame.format.components)
    rgb = _convert(frame, width, height, "rgba" if alpha else "rgb24")
    if alpha:
        rgb = _on_paper(rgb)
    return np.ascontiguousarray(np.rot90(rgb, k=frame.rotation // 90 % 4))


def to_image(pixels: Pixels) -> Image.Image:
    """The same pixels as a Pillow picture."""
    return Image.fromarray(pixels, "RGB")


def _convert(frame: VideoFrame, width: int, height: int, pixel_format: str) -> Pixels:
    hdr = frame.color_trc in HDR_CURVES
    converted = frame.reformat(
        width=width,
        height=height,
        format=pixel_format,
        src_colorspace=_colorspace(frame),
        dst_color_range=ColorRange.JPEG,
        dst_color_trc=ColorTrc.BT709 if hdr else None,
        dst_color_primaries=ColorPrimaries.BT709 if hdr else None,
        interpolation=Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT,
    )
    array = converted.to_ndarray()
    assert array.dtype == np.uint8
    return array.astype(np.uint8, copy=False)


def _colorspace(frame: VideoFrame) -> int | None:
    if frame.colorspace == UNNAMED and frame.height >= HD_LINES:
        return int(Colorspace.ITU709)
    return None


def _on_paper(rgba: Pixels) -> Pixels:
    alpha = rgba[..., 3:].astype(np.uint16)
    mixed = rgba[..., :3] * alpha + np.uint16(PAPER) * (255 - alpha)
    return ((mixed + 127) // 255).astype(np.uint8)


def _aspect(sample_aspect: Fraction | None) -> Fraction:
    if not sample_aspect or not ODD_ASPECTS[0] <= sample_aspect <= ODD_ASPECTS[1]:
        return Fraction(1)
    return Fraction(1) if abs(sample_aspect - 1) < SQUARE_ENOUGH else sample_aspect
