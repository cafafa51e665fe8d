"""Grain that is laid over pictures for a network to tell: lines of four directions, checks, dots, blots and noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F

if TYPE_CHECKING:
    from numpy.random import Generator

ANGLES = {"flat lines": 0.0, "rising lines": 0.25, "upright lines": 0.5, "falling lines": 0.75}  # of a half turn
GRAINS = ("none", *ANGLES, "checks", "dots", "blots", "noise")
FINEST, COARSEST = 3.0, 14.0  # pixels from one line to the next


def grained(pictures: torch.Tensor, rng: Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures `(n, 3, height, width)`, 0 … 1, each with a grain, and which one: `(n,)`, numbers of GRAINS."""
    count, _, high, wide = pictures.shape
    kinds = rng.integers(len(GRAINS), size=count)
    made = torch.stack([_one(GRAINS[kind], high, wide, rng) for kind in kinds])  # (n, 1, height, width), -1 … 1
    strength = torch.from_numpy(rng.uniform(0.08, 0.45, (count, 1, 1, 1))).float()
    tint = torch.from_numpy(rng.uniform(0.3, 1.0, (count, 3, 1, 1))).float()
    return (pictures + made * strength * tint).clamp(0, 1), torch.from_numpy(kinds)


def _one(kind: str, high: int, wide: int, rng: Generator) -> torch.Tensor:
    if kind == "none":
        return torch.zeros(1, high, wide)
    if kind == "noise":
        return torch.from_numpy(rng.normal(0, 0.7, (1, high, wide))).float()
    period = float(np.exp(rng.uniform(np.log(FINEST), np.log(COARSEST))))
    if kind == "blots":
        cells = max(2, round(high / period)), max(2, round(wide / period))
        blots = torch.from_numpy(rng.uniform(-1, 1, (1, 1, *cells))).float()
        return F.interpolate(blots, size=(high, wide), mode="bicubic", align_corners=False)[0]
    turn = ANGLES.get(kind, float(rng.uniform(0, 1))) + float(rng.normal(0, 0.03))
    down, across = torch.meshgrid(torch.arange(high).float(), torch.arange(wide).float(), indexing="ij")
    along, beside = (
        torch.sin((across * np.sin(angle) + down * np.cos(angle)) * 2 * np.pi / period + rng.uniform(0, 2 * np.pi))
        for angle in (turn * np.pi, (turn + 0.5) * np.pi)
    )
    sharp = float(rng.uniform(1, 6))
    if kind == "checks":
        return (along * beside * sharp).clamp(-1, 1)[None]
    if kind == "dots":
        return ((along + beside - 0.6) * sharp).clamp(-1, 1)[None]
    return (along * sharp).clamp(-1, 1)[None]
