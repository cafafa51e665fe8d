"""``manage.py write_prompt``: the site's own writing from the shell, without rows."""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from tests.generation.told_clip import draw_told_clip, names_what_is_shown

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.django_db  # where the rules are


def write(**options: object) -> str:
    said = StringIO()
    call_command("write_prompt", stdout=said, **options)
    return said.getvalue()


def test_a_video_and_its_title_give_everything_as_json(tmp_path: Path) -> None:
    clip = draw_told_clip(tmp_path / "walk.mp4")
    report = json.loads(write(video=clip, title="A walk by the lake, 散歩", json=True))
    assert report["prompt"].startswith("A walk by the lake, ")
    assert report["prompt"] == report["variations"]["literal"]
    assert list(report["variations"]) == ["literal", "dramatic", "minimal"]
    assert 0 < report["tokens"] <= 75
    assert report["facts"]["palette"]
    assert names_what_is_shown(report["captions"]), report["captions"]
    assert report["captioner"] == "captioner"
    assert (report["source"], report["unknown_words"]) == ("form", ["散歩"])
    assert "blurry" in report["negative"]


def test_a_title_alone_is_enough_for_every_target() -> None:
    said = write(title="Garden of the old castle", target="cover", verbosity=0)
    assert "Literal: Garden of the old castle, wide banner" in said
    assert "Minimal: " in said
    assert "Left out" not in said


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"title": "A naked woman"}, "“naked”"),
        ({"title": "A walk", "profile": "nobodys"}, "nobodys"),
    ],
)
def test_what_cannot_be_written_is_one_sentence(options: dict[str, str], sentence: str) -> None:
    with pytest.raises(CommandError) as caught:
        write(**options)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_video_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no video file .*none\.mp4"):
        write(video=tmp_path / "none.mp4", title="A walk")
