"""How long references stay: unused ones go, used ones stay, and they keep nobody from deleting what is theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import RestrictedError
from django.utils import timezone
from PIL import Image

from generation.models import GenerationRequest, Guide, Reference
from generation.models import reference as references
from generation.models.reference import MOST_UNUSED, UNUSED_FOR
from imagecreator.errors import ExpectedError
from imagecreator.queue.states import State
from tests.rows import a_guide, a_mask_for, a_request, a_start, a_user, follow

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from channels_app.models import Video

# Deleting a file waits for the commit; and a constraint that is deferred would show at the end alone.
pytestmark = pytest.mark.django_db(transaction=True)


def used(video: Video) -> GenerationRequest:
    """A request that begins with a picture and has a mask."""
    start = a_start(video.owner)
    return a_request(video, start=start, mask=a_mask_for(start), state=State.DONE)


def is_stored(reference: Reference) -> bool:
    return bool(reference.file.storage.exists(reference.file.name))


def grow_old(*rows: Reference) -> None:
    old = timezone.now() - UNUSED_FOR - timedelta(minutes=1)
    Reference.objects.filter(pk__in=[row.pk for row in rows]).update(created_at=old)


def test_what_waited_in_vain_goes_with_its_file_and_what_is_used_or_new_stays(alice: User, video: Video) -> None:
    request, new, old = used(video), a_start(alice), a_start(alice)
    mask = a_mask_for(old)
    assert request.start and request.mask
    grow_old(request.start, request.mask, old, mask)
    assert Reference.objects.forget() == 2
    assert set(Reference.objects.all()) == {request.start, request.mask, new}
    assert [is_stored(row) for row in (request.start, request.mask, new, old, mask)] == [True] * 3 + [False] * 2
    assert Reference.objects.forget() == 0


def test_once_the_request_is_gone_the_reference_is_unused(video: Video) -> None:
    request = used(video)
    assert request.start and request.mask
    start, mask = request.start, request.mask
    request.delete()
    grow_old(start, mask)
    assert Reference.objects.forget() == 2
    assert not is_stored(start)


def test_of_many_that_nobody_used_the_oldest_goes_and_other_peoples_stay(
    alice: User, video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_UNUSED == 40
    monkeypatch.setattr(references, "MOST_UNUSED", 3)
    request, bobs = used(video), a_start(a_user("bobby"))
    small = Image.new("RGB", (8, 8))
    rows = [a_start(alice, small) for _ in range(4)]
    assert set(Reference.objects.all()) == {request.start, request.mask, bobs, *rows[1:]}
    assert [is_stored(row) for row in rows] == [False, True, True, True]


@pytest.mark.parametrize("what", ["video", "channel", "owner"])
def test_what_has_requests_that_begin_with_pictures_can_be_deleted(what: str, video: Video) -> None:
    request = used(video)
    start = request.start
    assert start is not None
    {"video": video, "channel": video.channel, "owner": video.owner}[what].delete()
    connection.check_constraints()
    assert not GenerationRequest.objects.exists()
    assert Reference.objects.filter(pk=start.pk).exists() is (what != "owner")
    assert is_stored(start) is (what != "owner")


def test_a_reference_in_use_cannot_be_deleted(video: Video) -> None:
    request = used(video)
    for row in (request.mask, request.start):
        assert row is not None
        with pytest.raises(RestrictedError):
            row.delete()
        assert is_stored(row)


def test_a_request_that_takes_one_at_the_last_moment_keeps_all(
    alice: User, video: Video, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = a_start(alice)
    a_request(video, start=start)
    grow_old(start)
    monkeypatch.setattr(references.ReferenceQuerySet, "unused", lambda rows: rows.all())  # as it was a moment ago
    assert Reference.objects.forget() == 0
    assert is_stored(start)


def test_a_request_whose_picture_or_guide_went_a_moment_ago_is_none_and_its_owner_is_told(
    video: Video, alice: User
) -> None:
    for name in ("start", "style_picture"):
        gone = a_start(alice)
        Reference.objects.filter(pk=gone.pk).delete()
        with pytest.raises(ExpectedError, match="reference_lost"):
            a_request(video, **{name: gone})
    guide = a_guide(alice)
    Guide.objects.filter(pk=guide.pk).delete()
    with pytest.raises(ExpectedError, match="reference_lost"), transaction.atomic():
        follow(a_request(video), guide)
    assert not GenerationRequest.objects.exists()


def test_a_mask_without_a_picture_is_no_request(video: Video) -> None:
    with pytest.raises(IntegrityError):
        a_request(video, mask=a_mask_for(a_start(video.owner)))


def test_ways_and_strengths_are_timed_and_painted_apart(video: Video) -> None:
    start = a_start(video.owner)
    mask = a_mask_for(start)
    plain, near, far, all_new, part = (
        a_request(video, **fields)
        for fields in (
            {},
            {"start": start, "strength": 0.3},
            {"start": start, "strength": 0.8},
            {"start": start, "strength": 1.0},
            {"start": start, "mask": mask, "strength": 0.8},
        )
    )
    assert len({row.pace_key for row in (plain, near, far, part)}) == 4
    assert len({row.batch_key for row in (plain, near, far, part)}) == 4
    assert all_new.pace_key == plain.pace_key, "at 1, nothing is left of it"
    other = a_request(video, start=a_start(video.owner), strength=0.3)
    assert other.batch_key == near.batch_key, "each its own picture, painted together"
    alone = [a_request(video, start=start, mask=mask, mask_options={"only_masked": True}) for _ in range(2)]
    assert alone[0].batch_key != alone[1].batch_key
    assert alone[0].pace_key == alone[1].pace_key
