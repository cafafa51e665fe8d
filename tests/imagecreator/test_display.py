"""Values in words."""

from __future__ import annotations

import pytest
from django.utils import translation

from imagecreator.display import clock, shortly, stage_label


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, ""), (0, "0:00"), (7.4, "0:07"), (59.6, "1:00"), (247, "4:07"), (3723, "1:02:03")],
)
def test_times_read_as_on_a_player(seconds: float | None, shown: str) -> None:
    assert clock(seconds) == shown


@pytest.mark.parametrize(
    ("number", "english", "russian"), [(1.0, "1", "1"), (-0.35, "-0.35", "-0,35"), (0.0, "0", "0")]
)
def test_numbers_have_no_more_decimals_than_they_need(number: float, english: str, russian: str) -> None:
    assert shortly(number) == english
    with translation.override("ru"):
        assert shortly(number) == russian


def test_stages_have_names() -> None:
    assert stage_label("paint") == "Painting"
    assert stage_label("unknown") == "unknown"
