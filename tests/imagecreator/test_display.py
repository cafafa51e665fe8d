"""Values in words."""

from __future__ import annotations

import pytest

from imagecreator.display import clock, stage_label


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, ""), (0, "0:00"), (7.4, "0:07"), (59.6, "1:00"), (247, "4:07"), (3723, "1:02:03")],
)
def test_times_read_as_on_a_player(seconds: float | None, shown: str) -> None:
    assert clock(seconds) == shown


def test_stages_have_names() -> None:
    assert stage_label("paint") == "Painting"
    assert stage_label("unknown") == "unknown"
