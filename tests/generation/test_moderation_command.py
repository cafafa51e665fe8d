"""``manage.py moderation``: verdicts as lines and as JSON, and figures on a labelled list."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from tests.rows import a_rule

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db

HEAD = "label\tlanguage\tcategory\tdisguise\ttext\n"


def said(*arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command("moderation", *arguments, stdout=out, **options)
    return out.getvalue()


def test_a_text_gets_a_verdict_with_rule_and_span() -> None:
    answer = json.loads(said("check", "see a n.u.d.e woman", "--json"))
    assert answer == {"verdict": "refuse", "rule": "nudity", "category": "sexual", "term": "n.u.d.e", "span": [6, 13]}
    nothing = {"verdict": "allow", "rule": None, "category": None, "term": None, "span": None}
    assert json.loads(said("check", "a nude lipstick", "--json")) == nothing
    assert said("check", "a nude woman") == "refuse: “nude” at 2–6 (nudity)\n"


@pytest.mark.parametrize("action", ["note", "hold", "refuse"])
def test_each_action_has_its_verdict(action: str) -> None:
    a_rule("green lake", action=action)
    assert json.loads(said("check", "A green lake", "--json"))["verdict"] == action


def test_negative_prompts_are_asked_about_as_such() -> None:
    assert said("check", "nudity", "--negative") == "allow\n"


def test_a_line_of_the_input_is_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a lake\n\nпорно\r\nGore-Tex"))
    answers = [json.loads(line)["verdict"] for line in said("check", "-", "--json").splitlines()]
    assert answers == ["allow", "allow", "refuse", "allow"]


def test_the_score_is_recall_and_false_alarms(tmp_path: Path) -> None:
    path = tmp_path / "list.tsv"
    rows = [
        "banned\ten\tsexual\t-\ta naked woman", "banned\tru\tsexual\tdots\tг.о.л.а.я женщина",
        "banned\ten\tgore\t-\ta lake", "harmless\ten\tbeauty\t-\tnude lipstick", "harmless\ten\tgames\t-\tporn",
    ]  # fmt: skip
    path.write_text(HEAD + "\n".join(rows))
    figures = json.loads(said("score", str(path), "--json"))
    assert (figures["banned"], figures["harmless"]) == (3, 2)
    assert (figures["recall"], figures["false_alarms"]) == (0.6667, 0.5)
    assert figures["recall_of"] == {
        "en": 0.5, "ru": 1.0, "sexual": 1.0, "gore": 0.0, "in disguise": 1.0, "undisguised": 0.5
    }  # fmt: skip
    shown = said("score", str(path), "--show")
    assert "missed\ta lake" in shown
    assert "sex: porn\tporn" in shown
    assert "66.7%  of 3 banned" in shown


@pytest.mark.parametrize("content", ["", "a\tb\n", HEAD + "good\ten\tx\t-\ttext\n", HEAD + "banned\ten\n"])
def test_what_is_no_list_is_one_sentence(tmp_path: Path, content: str) -> None:
    path = tmp_path / "list.tsv"
    path.write_text(content)
    with pytest.raises(CommandError, match="line"):
        said("score", str(path))
    with pytest.raises(CommandError, match="No such file"):
        said("score", str(tmp_path / "none.tsv"))
