"""The figures of painting inside masks: each can be missed, and an edge is measured where the mask has its own."""

from __future__ import annotations

import pytest
from PIL import Image

from generation.preview.evaluate_inpaint import COLUMNS, ROWS, Figures, border, missed, table

GOOD: Figures = {
    "whole": {"drawn": 1.0, "masked": 0.9, "pasted": 0.9, "grey": 0.7},
    "part": {"drawn": 0.4, "masked": 0.3, "pasted": 0.3, "grey": 0.1},
    "colour": {"drawn": 0.0, "masked": 0.04, "pasted": 0.06, "grey": 0.2},
    "border": {"drawn": 14.0, "masked": 30.0, "pasted": 40.0, "grey": 70.0},
}


@pytest.mark.parametrize(("row", "worse"), [("whole", 0.6), ("part", 0.2), ("colour", 0.06), ("border", 41.0)])
def test_each_figure_can_be_missed(row: str, worse: float) -> None:
    assert missed(GOOD) == []
    assert len(missed(GOOD | {row: GOOD[row] | {"masked": worse}})) == 1


def test_the_table_has_all_figures() -> None:
    lines = table(GOOD, 60).splitlines()
    assert len(lines) == 2 + len(ROWS)
    assert all(line.count("|") == 2 + len(COLUMNS) for line in lines)


def test_an_edge_counts_by_its_step_and_only_where_it_is() -> None:
    box = (128, 128, 544, 416)
    plain = Image.new("RGB", (1024, 576), (100, 100, 100))
    assert border(plain, box) == 0
    stepped = plain.copy()
    stepped.paste((130, 130, 130), box)
    assert border(stepped, box) == 30
    elsewhere = plain.copy()
    elsewhere.paste((130, 130, 130), (640, 0, 1024, 576))
    assert border(elsewhere, box) == 0
