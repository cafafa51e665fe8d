"""Keys of times and batches: who has the same may be painted together."""

from __future__ import annotations

import pytest

from generation.models import Guide, GuideUse
from generation.models.paces import painted_from


@pytest.mark.parametrize("mask", [False, True])
def test_strengths_that_differ_at_all_are_not_painted_together(mask: bool) -> None:
    one, other, same = (painted_from(True, mask, strength) for strength in (0.6, 0.60000004, 0.6))
    assert one == same != other


def test_guides_that_differ_at_all_are_not_followed_together() -> None:
    guide = Guide(guide_kind=Guide.Kind.POSE)
    one, other = (GuideUse(guide=guide, strength=strength).way for strength in (0.6, 0.60000004))
    assert one != other
    assert GuideUse(guide=guide, strength=1, begin=0, end=1).way == GuideUse(guide=guide).way
