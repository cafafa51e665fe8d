"""The safety checker as a step of its own: it says what it saw and changes no pixel.

The checker's own `forward` paints flagged pictures black, and a moderator could then only look at black ones. Here are
its scores (CompVis/stable-diffusion-safety-checker, as in diffusers' `safety_checker.py`) without that. And it sees
squares: of a longer picture the original looks at the middle alone, this at all of it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.functional import normalize

from generation.engine.jobs import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PIL import Image

FINE = 896  # pixels of the shorter side, four times what the checker sees
MOST_SQUARES = 9  # of one picture; odd, so that one is the middle
STRICTER = 0.01  # added to every score of a picture that comes near a "special care" concept, as in the original


@torch.no_grad()
def check(
    checker: Any, feature_extractor: Any, images: Sequence[Image.Image], bounds: Mapping[str, float]
) -> list[Verdict]:
    """One verdict per picture; a picture is flagged when one of its concept scores is above that concept's bound.

    Each score is the highest of those of the picture's squares.

    ``bounds`` are by the names of the scores, ``concept_0`` … and ``special_care_0`` …, and 0 where there is none. A
    picture whose special-care score is above its bound is judged ``STRICTER`` by all concepts.

    ArithmeticError where a score is not a number: broken weights must not pass for a clean picture.
    """
    if not images:
        return []
    squares = [_squares(image.convert("RGB")) for image in images]
    pixels = feature_extractor([square for some in squares for square in some], return_tensors="pt").pixel_values
    seen = checker.vision_model(pixels.to(checker.device, checker.dtype)).pooler_output
    embeds = checker.visual_projection(seen)  # (batch, projection_dim)
    special = _scores(embeds, checker.special_care_embeds, checker.special_care_embeds_weights)
    concepts = _scores(embeds, checker.concept_embeds, checker.concept_embeds_weights)
    limits = torch.tensor([bounds.get(f"special_care_{index}", 0.0) for index in range(special.shape[1])])
    concepts += STRICTER * (special > limits).any(dim=1, keepdim=True)
    each = [len(some) for some in squares]
    worst = ([part.amax(dim=0).tolist() for part in scores.split(each)] for scores in (concepts, special))
    return [_verdict(concept, care, bounds) for concept, care in zip(*worst, strict=True)]


def _squares(image: Image.Image) -> list[Image.Image]:
    """The squares that a picture is looked at in: its middle, and as many to both sides as it takes to see its ends.

    They lie over each other rather than leave anything out. One that is longer than ``MOST_SQUARES`` can cover is seen
    in squares that it does not fill. What is much finer than the checker sees is made smaller first.
    """
    if (finer := min(image.size) // FINE) > 1:
        image = image.reduce(finer)
    longer, shorter = max(image.size), min(image.size)
    side = max(shorter, math.ceil(longer / MOST_SQUARES))
    count = math.ceil(longer / side) // 2 * 2 + 1
    found = []
    for number in range(count):
        along = round((longer - side) * number / max(1, count - 1))
        left, top = (along, (shorter - side) // 2) if image.width == longer else ((shorter - side) // 2, along)
        found.append(image.crop((left, top, left + side, top + side)))
    return found


def _scores(embeds: torch.Tensor, concepts: torch.Tensor, thresholds: torch.Tensor) -> torch.Tensor:
    """(batch, concepts): cosine similarity minus threshold, in float32 on the CPU."""
    similarity = normalize(embeds.float().cpu()) @ normalize(concepts.float().cpu()).T
    return similarity - thresholds.float().cpu()


def _verdict(concepts: list[float], special: list[float], bounds: Mapping[str, float]) -> Verdict:
    if not all(map(math.isfinite, [*concepts, *special])):
        raise ArithmeticError("The safety checker's scores are not numbers.")
    named = {f"concept_{index}": round(score, 3) for index, score in enumerate(concepts)}
    flagged = any(score > bounds.get(name, 0.0) for name, score in named.items())
    return Verdict(flagged, named | {f"special_care_{index}": round(score, 3) for index, score in enumerate(special)})
