"""Uploads and the safety checker: what it passes is shown; where it flags, breaks, stalls or is gone, it is held."""

from __future__ import annotations

import shutil
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from channels_app.models import Picture, Video
from channels_app.models.sight import Sight
from generation import uploads
from generation.engine import Engine
from generation.models import Flag, UploadCheck
from generation.uploads import hold_forgotten
from imagecreator.queue.claim import claim
from imagecreator.queue.reaper import MAX_ATTEMPTS, reap
from imagecreator.queue.states import State
from tests.generation.moderation.uploads import (
    a_reference,
    bring_avatar,
    brought,
    flag_on,
    gets,
    let_look,
    sight,
)
from tests.look import words

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.test import Client
    from pytest_django import SettingsWrapper as Settings

    from channels_app.models import Channel

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_checker_that_flags_nothing_lets_it_into_its_place(kind: None, alices: Client, channel: Channel) -> None:
    picture = bring_avatar(alices, channel)
    page = alices.get(channel.get_absolute_url())
    assert (sight(picture), channel.avatar) == (Sight.WAITS, None)
    assert "is being looked at" in words(page)
    assert gets(alices, "picture_file", picture) == {404}
    asked_again = alices.get(channel.get_absolute_url(), headers={"hx-request": "true"})
    assert "HX-Refresh" not in asked_again
    check = let_look()
    channel.refresh_from_db()
    assert (check.state, sight(picture), channel.avatar) == (State.DONE, Sight.SHOWN, picture)
    assert set(check.scores[0]) >= {"concept_0", "special_care_0"}
    assert not Flag.objects.exists()
    assert alices.get(channel.get_absolute_url(), headers={"hx-request": "true"})["HX-Refresh"] == "true"


def test_the_checker_that_flags_everything_holds_it_with_its_scores(
    strict: None, alices: Client, channel: Channel
) -> None:
    picture = bring_avatar(alices, channel)
    let_look()
    channel.refresh_from_db()
    flag = flag_on(picture)
    assert (sight(picture), channel.avatar, flag.reason, flag.hidden) == (Sight.HELD, None, "flagged", True)
    assert max(flag.scores.values()) > 0
    assert flag.detail["upload"] == "avatar"


def breaks(self: Engine, *_: object) -> None:
    raise RuntimeError("the checker is broken")


def stalls(self: Engine, *_: object) -> None:
    time.sleep(1.5)


@pytest.mark.parametrize(("fault", "reason"), [(breaks, "checker_failed"), (stalls, "checker_timeout")])
def test_a_checker_that_raises_or_stalls_holds(
    fault: Callable[..., None],
    reason: str,
    kind: None,
    alices: Client,
    channel: Channel,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.SAFETY_SECONDS = 0.2 if fault is stalls else 60
    monkeypatch.setattr(Engine, "_checking", fault)
    picture = bring_avatar(alices, channel)
    let_look()
    assert (sight(picture), flag_on(picture).reason) == (Sight.HELD, reason)
    if fault is stalls:
        time.sleep(1.5)  # let it end: the next one is not asked before


def test_a_checker_that_is_missing_or_a_profile_that_is_nowhere_holds(
    tmp_path: Path, kind_models: Path, models_in: Callable[..., Path], alices: Client, channel: Channel
) -> None:
    shutil.copytree(kind_models, tmp_path / "models")
    models_in(tmp_path / "models")
    shutil.rmtree(tmp_path / "models" / "tiny" / "safety_checker")
    pictures = [bring_avatar(alices, channel, "crimson")]
    let_look()
    models_in(tmp_path, "nobody")
    pictures.append(bring_avatar(alices, channel, "navy"))
    let_look()
    for picture in pictures:
        assert (sight(picture), flag_on(picture).reason) == (Sight.HELD, "checker_failed")


def test_what_waits_for_a_look_that_never_ends_is_held(kind: None, alices: Client, channel: Channel) -> None:
    picture, start = bring_avatar(alices, channel), a_reference(alices, channel)
    past = timezone.now() - timedelta(hours=1)
    for _ in range(MAX_ATTEMPTS):
        assert claim(UploadCheck, "worker") and claim(UploadCheck, "worker")
        assert hold_forgotten() == 0
        UploadCheck.objects.update(lease_until=past)
        reap(UploadCheck)
    assert hold_forgotten() == 2
    assert [flag_on(thing).reason for thing in (picture, start)] == ["checker_failed"] * 2
    assert (sight(picture), sight(start)) == (Sight.HELD, Sight.HELD)
    assert hold_forgotten() == 0


def test_a_file_that_cannot_be_read_keeps_no_other_from_being_held(
    kind: None, alices: Client, channel: Channel
) -> None:
    unreadable, other = bring_avatar(alices, channel), a_reference(alices, channel)
    path = Path(unreadable.file.path)
    path.unlink()
    path.mkdir()
    let_look()
    UploadCheck.objects.update(state=State.FAILED)
    assert hold_forgotten() == 2
    assert (sight(unreadable), sight(other)) == (Sight.HELD, Sight.HELD)


def test_what_waits_for_a_look_that_is_gone_is_held(kind: None, alices: Client, channel: Channel, video: Video) -> None:
    picture, frames = bring_avatar(alices, channel), brought(video)
    assert hold_forgotten() == 0
    UploadCheck.objects.all().delete()
    assert hold_forgotten() == 2
    assert {sight(thing) for thing in (picture, *frames)} == {Sight.HELD}
    assert flag_on(video).detail["frames"] == [str(frame.pk) for frame in frames]


def test_what_was_decided_before_the_look_ended_stays_decided(
    strict: None, alices: Client, channel: Channel, mo: User
) -> None:
    picture = bring_avatar(alices, channel)
    lease = claim(UploadCheck, "worker")
    assert lease is not None
    Picture.objects.filter(pk=picture.pk).update(sight=Sight.DOWN)
    uploads.serve_check(lease)
    assert sight(picture) == Sight.DOWN
    assert not Flag.objects.exists()


def test_an_upload_that_is_deleted_while_it_waits_leaves_nothing(kind: None, alices: Client, channel: Channel) -> None:
    bring_avatar(alices, channel)
    channel.delete()
    assert not UploadCheck.objects.exists()
    assert claim(UploadCheck, "worker") is None
