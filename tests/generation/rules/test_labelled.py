"""The labelled list: how many banned texts the rules that ship find, and how many harmless ones they stop.

Nobody has read ``unseen.tsv`` to tune the rules; where this fails, its figures may be looked at, its texts may not.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from generation.management.commands.moderation import BANNED, HARMLESS, read_list
from generation.rules import Action, Ruleset

FOLDER = Path(__file__).parents[1] / "moderation"
RECALL, FALSE_ALARMS = 0.98, 0.01


@pytest.mark.parametrize("half", ["seen", "unseen", "tried"])
def test_nearly_all_banned_texts_are_found_and_hardly_any_other(half: str, ruleset: Ruleset) -> None:
    found: Counter[str] = Counter()
    rows = read_list(FOLDER / f"{half}.tsv")
    labels = Counter(row["label"] for row in rows)
    for row in rows:
        found[row["label"]] += ruleset.judge(row["text"]).action >= Action.HOLD
    assert found[BANNED] / labels[BANNED] >= RECALL
    assert found[HARMLESS] / labels[HARMLESS] <= FALSE_ALARMS


def test_the_list_is_what_it_says() -> None:
    rows = {half: read_list(FOLDER / f"{half}.tsv") for half in ("seen", "unseen")}
    for half in rows.values():
        assert Counter(row["label"] for row in half) == {HARMLESS: 200, BANNED: 100}
        assert Counter(row["language"] for row in half) == {"en": 150, "ru": 150}
    banned = [row for half in rows.values() for row in half if row["label"] == BANNED]
    assert sum(row["disguise"] != "-" for row in banned) / len(banned) > 0.33
    assert len({row["text"] for half in rows.values() for row in half}) == 600
