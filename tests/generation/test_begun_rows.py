"""Requests that begin with pictures, as the worker paints them: rows in, pictures out, by the preview model itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from django.urls import reverse

from generation.models import GeneratedImage, GenerationRequest
from generation.serve import serve_requests
from imagecreator.queue.changes import retry
from imagecreator.queue.claim import claim_batch
from imagecreator.queue.states import State
from tests.generation.engine.begun import mean_distance, scene
from tests.generation.engine.pictures import levels
from tests.generation.walking import opened, work
from tests.look import page, words
from tests.rows import a_channel, a_draft, a_mask_for, a_request, a_start, a_user, a_video

if TYPE_CHECKING:
    from django.test import Client
    from PIL import Image

    from channels_app.models import Video

pytestmark = pytest.mark.django_db(transaction=True)

SIZE, BOX = (1280, 720), (320, 180, 640, 540)


def painted(request: GenerationRequest) -> Image.Image:
    """The one picture of a request."""
    done = work(request)
    assert done.state == State.DONE, done.error
    return opened(done.images.get())


def test_the_less_strength_the_nearer_to_the_picture(video: Video) -> None:
    start = a_start(video.owner, scene(SIZE))
    far = [
        mean_distance(painted(a_request(video, start=start, strength=strength)), start.open())
        for strength in (0.15, 0.5, 1.0)
    ]
    assert far[0] < far[1] < far[2], far


def test_only_the_part_is_painted_at_the_exact_pixels(video: Video) -> None:
    start = a_start(video.owner, scene(SIZE))
    for options in ({}, {"only_masked": True, "padding": 40}):
        picture = painted(a_request(video, start=start, mask=a_mask_for(start, BOX), mask_options=options))
        assert picture.size == SIZE
        outside = np.asarray(a_mask_for(start, BOX).open()) == 0
        same = (levels(picture) == levels(start.open())).all(axis=2)
        assert same[outside].all(), "bit for bit"
        assert same[~outside].mean() < 0.5, "and something was painted"


def test_an_inverted_part_is_the_one_that_stays(video: Video) -> None:
    start = a_start(video.owner, scene(SIZE))
    mask = a_mask_for(start, BOX)
    picture = painted(a_request(video, start=start, mask=mask, mask_options={"invert": True}))
    inside = np.asarray(mask.open()) == 255
    same = (levels(picture) == levels(start.open())).all(axis=2)
    assert same[inside].all()
    assert not same[~inside].all()


def test_two_peoples_pictures_are_painted_together_and_each_stays_near_its_own(video: Video) -> None:
    other = a_video(a_channel(a_user("ben")))
    rows = [
        a_request(video, start=a_start(video.owner, scene(SIZE)), strength=0.2),
        a_request(other, start=a_start(other.owner, scene(SIZE).rotate(180)), strength=0.2),
    ]
    leases = claim_batch(GenerationRequest, "worker", room=4)
    assert {lease.pk for lease in leases} == {row.pk for row in rows}
    serve_requests(leases)
    pictures = [opened(GeneratedImage.objects.get(request=row)) for row in rows]
    starts = [row.start.open() for row in rows if row.start]
    for mine, theirs in ((0, 1), (1, 0)):
        assert mean_distance(pictures[mine], starts[mine]) < mean_distance(pictures[mine], starts[theirs])


def test_a_reference_whose_file_is_gone_ends_its_own_request_alone_and_trying_again_helps(
    video: Video, alices: Client
) -> None:
    start = a_start(video.owner, scene(SIZE))
    content = start.file.read()
    start.file.close()
    start.file.storage.delete(start.file.name)
    lost = a_request(video, start=start, strength=0.3)
    fine = a_request(video, start=a_start(video.owner, scene(SIZE)), strength=0.3)
    leases = claim_batch(GenerationRequest, "worker", room=4)
    assert len(leases) == 2
    serve_requests(leases)
    lost.refresh_from_db()
    fine.refresh_from_db()
    assert (lost.state, lost.error) == (State.FAILED, "reference_lost")
    assert fine.state == State.DONE
    said = words(alices.get(reverse("request", args=[lost.pk])))
    assert "The picture to begin with is no longer here." in said
    with start.file.storage.open(start.file.name, "wb") as file:
        file.write(content)
    retry(lost)
    lost.refresh_from_db()
    assert mean_distance(painted(lost), start.open()) < 30


def test_what_a_picture_was_begun_with_comes_back_with_again_vary_and_from(video: Video, alices: Client) -> None:
    a_draft(video)
    start = a_start(video.owner, scene(SIZE))
    mask = a_mask_for(start, BOX)
    options = {"feather": 5, "grow": 2, "padding": 60, "invert": True, "only_masked": True}
    row = a_request(video, start=start, mask=mask, strength=0.45, mask_options=options, count=1, mode="fast")
    first = painted(row)
    image = row.images.get()
    where = reverse("generate_thumbnail", args=[video.pk])
    for query in ({"again": image.pk}, {"vary": image.pk}, {"from": row.pk}):
        answer = alices.get(where, {name: str(key) for name, key in query.items()})
        fields = page(answer).form(having="prompt").fields
        brought = {"start": str(start.pk), "mask": str(mask.pk), "strength": "0.45", "feather": "5", "grow": "2"}
        brought |= {"padding": "60", "invert": "on", "only_masked": "on"}
        assert {name: fields.get(name) for name in brought} == brought, query
        assert "was painted in" not in words(answer), "a part has a size of its own"
    fields = page(alices.get(where, {"again": str(image.pk)})).form(having="prompt").fields
    assert alices.post(where, fields).status_code == 302
    second = GenerationRequest.objects.exclude(pk=row.pk).get()
    assert (levels(painted(second)) == levels(first)).all(), "the same picture again"
    for where in (reverse("request", args=[second.pk]), reverse("image", args=[image.pk])):
        shown = alices.get(where).content.decode()
        assert reverse("reference_file", args=[start.pk]) in shown
        assert "marked--inverted" in shown
