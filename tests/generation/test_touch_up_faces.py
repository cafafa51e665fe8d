"""What is touched up keeps its faces when it is cut to another shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generation.engine.enlarge import enlarge
from generation.stages.faces import keep_faces
from imagecreator.people import find_faces
from imagecreator.queue.states import State
from tests.generation.engine.begun import scene
from tests.generation.engine.guides.photos import beside, photo
from tests.generation.finishing import a_touch_up
from tests.generation.walking import opened, work
from tests.rows import a_start

if TYPE_CHECKING:
    from channels_app.models import Video


@pytest.mark.django_db(transaction=True)
def test_a_portrait_that_becomes_a_thumbnail_keeps_its_face(video: Video) -> None:
    portrait = photo("astronaut")
    assert not find_faces(enlarge(portrait, (1280, 720))), "most detail is elsewhere"
    start = a_start(video.owner, portrait)
    request = work(a_touch_up(video, start=start))
    assert (request.state, request.error) == (State.DONE, "")
    made = opened(request.images.get())
    assert made.size == (1280, 720)
    assert len(find_faces(made)) == 1


def test_where_not_all_faces_fit_one_is_kept_whole() -> None:
    pair = beside(photo("astronaut"), scene((700, 512)), photo("astronaut"))
    assert len(find_faces(pair)) == 2
    kept = keep_faces(pair, 1.0)
    assert abs(kept.width - kept.height) <= 1
    assert len(find_faces(kept)) == 1


def test_nothing_changes_without_a_face_or_a_cut() -> None:
    lake, portrait = scene((640, 640)), photo("astronaut")
    assert keep_faces(lake, 16 / 9) is lake
    assert keep_faces(portrait, 1.0) is portrait
