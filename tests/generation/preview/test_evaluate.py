"""The figures: each can be missed, and what they measure is what they say. On drawings, since no painter is needed."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from generation.preview import captions, evaluate, scenes
from generation.preview.evaluate import WANTED, palette_distance
from generation.preview.figures import CARD, FIGURES, digest, missed, table

if TYPE_CHECKING:
    from pathlib import Path

BOUNDS = {name: bound for name, (_, _, bound) in WANTED.items()}


def test_figures_at_their_bounds_are_met_and_each_can_be_missed() -> None:
    assert missed(BOUNDS, WANTED) == []
    for name, (_, sign, bound) in WANTED.items():
        worse = bound - 0.01 if sign == ">=" else bound + 0.01
        (sentence,) = missed(BOUNDS | {name: worse}, WANTED)
        assert sentence.startswith(name)


def test_the_table_has_a_row_for_each_figure() -> None:
    rows = table(BOUNDS, WANTED).splitlines()
    assert len(rows) == 2 + len(WANTED)
    assert "| 28.000 |" in rows[2 + list(WANTED).index("psnr")]


def test_a_palette_is_closest_to_the_picture_it_was_measured_in() -> None:
    rng = np.random.default_rng(3)
    drawn = [scenes.draw(scenes.imagine(rng, people=0, grey=0)) for _ in range(12)]
    facts = [captions.facts_of(picture) for picture in drawn]
    pairs = [(a, b) for a in range(12) for b in range(12) if set(facts[a].palette).isdisjoint(facts[b].palette)]
    coloured = [(a, b) for a, b in pairs if facts[a].palette and facts[b].palette]
    assert len(coloured) > 10
    own = [palette_distance(facts[a].palette_hex, drawn[a]) for a, _ in coloured]
    other = [palette_distance(facts[a].palette_hex, drawn[b]) for a, b in coloured]
    assert np.mean(np.array(own) < np.array(other)) > 0.95


def test_brightness_alone_brings_no_palette_closer() -> None:
    """Of grey pictures none is closer than another, however bright they are."""
    dark, bright = (Image.new("RGB", scenes.WIDE, (tone,) * 3) for tone in (30, 220))
    assert palette_distance(["#c03020"], dark) == pytest.approx(palette_distance(["#c03020"], bright), abs=1e-3)


def test_what_is_asked_for_was_never_trained_on_in_any_order_of_colours() -> None:
    rng = np.random.default_rng(8)
    asked = [evaluate._asked(rng, colours) for colours in (None, 2) for _ in range(30)]
    for scene in asked:
        assert all(scenes.is_held_out(replace(scene, colours=order)) for order in permutations(scene.colours))
        assert scene.who is None and not scene.black_and_white
    assert {len(scene.colours) for scene in asked[30:]} == {2}


@pytest.mark.parametrize(
    ("options", "card"),
    [
        (["--quick"], "<!-- figures -->\n<!-- /figures -->\n"),
        (["--steps", "4"], "<!-- figures -->\n<!-- /figures -->\n"),
        ([], "no place for the table"),
    ],
    ids=["quick", "steps", "card"],
)
def test_only_whole_evaluations_are_kept(
    options: list[str], card: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refused before anything is painted, and so is a folder whose card has no place for the table."""
    (tmp_path / "README.md").write_text(card)
    with pytest.raises(SystemExit):
        evaluate.main([str(tmp_path), "--keep", *options])
    assert "--keep is for all the pictures" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


def test_without_a_card_nothing_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As in a folder that training has just made."""
    with pytest.raises(SystemExit):
        evaluate.main([str(tmp_path), "--keep"])
    assert "--keep is for all the pictures" in capsys.readouterr().err


def test_the_figures_in_the_card_are_of_the_weights_that_ship_and_meet_their_bounds() -> None:
    kept = json.loads((evaluate.WEIGHTS / FIGURES).read_text(encoding="utf-8"))
    assert kept["weights"] == digest(evaluate.WEIGHTS)
    card = (evaluate.WEIGHTS / CARD).read_text(encoding="utf-8")
    assert f"<!-- figures -->\n{table(kept['figures'], WANTED)}\n<!-- /figures -->" in card
    assert missed(kept["figures"], WANTED) == []


def test_the_model_that_ships_is_as_good_as_it_has_been() -> None:
    """A shortened evaluation, two minutes: the bounds of the whole one. Of the dozen in one colour, 2 may miss."""
    figures = evaluate.evaluate(evaluate.WEIGHTS, evaluate.QUICK)
    floors = {"colour": 0.8, "colours": 0.85, "kind": 0.85, "time": 0.85, "psnr": 28.0, "palette": 0.85}
    assert {name: figures[name] for name, floor in floors.items() if figures[name] < floor} == {}
    ceilings = {"shuffled_kind": 0.2, "shuffled_time": 0.2, "likeness": 0.85}
    assert {name: figures[name] for name, ceiling in ceilings.items() if figures[name] > ceiling} == {}
