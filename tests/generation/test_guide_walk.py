"""What a worker does for guides: it looks, says what it found or that nobody is there, and paints what follows them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image

from generation.engine import load_profile
from generation.engine.guides.skeleton import draw_poses, to_json
from generation.engine.profile import PROFILES_DIR
from generation.engine.tiny import build_tiny
from generation.models import GenerationRequest, Guide, GuideUse, Reference
from generation.models.guide import MOST_UNUSED
from generation.models.reference import UNUSED_FOR
from generation.serve import serve_guide, serve_requests
from generation.tasks import find_guide
from imagecreator.queue.changes import cancel, retry
from imagecreator.queue.claim import claim, claim_batch
from imagecreator.queue.lease import Lease, LeaseLost
from imagecreator.queue.models import Measured
from imagecreator.queue.states import State
from tests.generation.engine.guides.people import STANDING, moved
from tests.generation.engine.guides.photos import beside, photo
from tests.generation.walking import pixels, work
from tests.rows import a_channel, a_draft, a_guide, a_mask_for, a_request, a_start, a_video, follow

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from django.contrib.auth.models import User

    from channels_app.models import Channel, Video

SKELETON = draw_poses([STANDING], (320, 180))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("guided")
    build_tiny(folder / "tiny")
    return folder


@pytest.fixture
def controlled(folder: Path, models_in: Callable[..., Path]) -> None:
    """A model that follows poses and faces."""
    models_in(folder)


def waiting(owner: User, image: Image.Image, kind: str = "pose") -> Guide:
    return Guide.objects.create(owner=owner, guide_kind=kind, picture=a_start(owner, image))


def looked(owner: User, image: Image.Image, kind: str = "pose") -> Guide:
    """The guide after a worker's next job."""
    row = waiting(owner, image, kind)
    find_guide()
    row.refresh_from_db()
    return row


def stood(owner: User, right: float = 0.0) -> Guide:
    """Somebody standing, found in a picture."""
    poses = json.loads(to_json([moved(STANDING, right)]))
    return a_guide(owner, poses=poses, found=poses)


def test_people_are_found_and_kept_as_poses(alice: User) -> None:
    row = looked(alice, beside(photo("astronaut"), photo("camera")))
    assert (row.state, row.error, row.drawing) == (State.DONE, "", None)
    assert len(row.poses) == 2
    assert all(len(person) == 18 for person in row.poses)
    assert row.found == row.poses
    assert Measured.objects.filter(what="generation.guide pose").exists()


def test_a_face_is_found_and_drawn(alice: User) -> None:
    row = looked(alice, photo("astronaut"), "face")
    assert row.state == State.DONE
    assert row.poses == []
    [(left, top, right, bottom)] = row.boxes
    assert 0.2 < left < 0.44 < right < 0.7
    assert 0.05 < top < 0.24 < bottom < 0.5
    assert row.drawing is not None
    assert row.drawing.source == Reference.Source.FOUND
    drawn = row.drawing.open()
    assert drawn.size == (512, 512)
    assert drawn.getpixel((0, 0)) == (0, 0, 0)
    assert drawn.getbbox() is not None


def test_a_skeleton_is_followed_as_it_is(alice: User) -> None:
    row = looked(alice, SKELETON)
    assert row.state == State.DONE
    assert row.drawing == row.picture
    assert row.poses == []


@pytest.mark.parametrize(("kind", "code"), [("pose", "nobody_found"), ("face", "no_face_found")])
def test_that_nobody_is_there_is_said(kind: str, code: str, alice: User) -> None:
    row = looked(alice, photo("coffee"), kind)
    assert (row.state, row.error) == (State.FAILED, code)
    assert row.problem is not None
    assert row.problem.code == code
    assert "%" not in row.problem.what
    assert not row.can_be_retried


def test_a_picture_whose_file_is_gone_is_said(alice: User) -> None:
    row = waiting(alice, photo("coffee"))
    default_storage.delete(row.picture.file.name)
    find_guide()
    row.refresh_from_db()
    assert (row.state, row.error) == (State.FAILED, "reference_lost")
    assert retry(row)


def test_a_cancelled_search_looks_at_nothing(alice: User) -> None:
    row = waiting(alice, photo("astronaut"))
    assert cancel(row)
    find_guide()
    row.refresh_from_db()
    assert row.state == State.CANCELLED
    assert row.poses == []


def test_a_worker_that_lost_its_guide_leaves_no_drawing(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    row = waiting(alice, photo("astronaut"), "face")
    lease = claim(Guide, "worker")
    assert lease is not None
    end = Lease.end

    def too_late(self: Lease[Guide], *arguments: object, **fields: object) -> None:
        Guide.objects.filter(pk=row.pk).update(fence=99)
        end(self, *arguments, **fields)  # type: ignore[arg-type]

    monkeypatch.setattr(Lease, "end", too_late)
    with pytest.raises(LeaseLost):
        serve_guide(lease)
    assert [reference.pk for reference in Reference.objects.all()] == [row.picture.pk]


def test_what_follows_a_guide_is_painted_otherwise(controlled: None, video: Video, alice: User) -> None:
    left, right = stood(alice, -0.2), stood(alice, 0.2)
    face = looked(alice, photo("astronaut"), "face")
    drawn = looked(alice, SKELETON)
    asked = [
        a_request(video),
        follow(a_request(video), left),
        follow(a_request(video), right),
        follow(a_request(video), face),
        follow(a_request(video), left, face),
        follow(a_request(video), left, strength=0.3),
        follow(a_request(video), drawn),
    ]
    painted = [work(row) for row in asked]
    assert {row.state for row in painted} <= {State.DONE, State.HELD}
    assert len({pixels(row)[0] for row in painted}) == len(painted)
    recipe = painted[4].images.get().recipe()
    assert [(guide.kind, guide.strength) for guide in recipe.guides] == [("face", 1.0), ("pose", 1.0)]


def test_requests_share_a_batch_where_their_guides_are_as_strong(controlled: None, video: Video, alice: User) -> None:
    left, right = stood(alice, -0.2), stood(alice, 0.2)
    one, other = follow(a_request(video), left), follow(a_request(video), right)
    weak, short = follow(a_request(video), left, strength=0.5), follow(a_request(video), left, end=0.5)
    assert one.batch_key == other.batch_key
    assert len({row.batch_key for row in (a_request(video), one, weak, short)}) == 4


def test_a_guide_that_nothing_can_follow_ends_its_own_request_alone(
    controlled: None, video: Video, alice: User, bob: User
) -> None:
    black = a_guide(bob, poses=[], found=[], drawing=a_start(bob, Image.new("RGB", (64, 64))))
    rows = [
        follow(a_request(video, steps_asked=1), stood(alice)),
        follow(a_request(a_video(a_channel(bob)), steps_asked=1), black),
    ]
    assert rows[0].batch_key == rows[1].batch_key
    serve_requests(claim_batch(GenerationRequest, "worker", room=8))
    for row in rows:
        row.refresh_from_db()
    assert [row.state for row in rows] == [State.DONE, State.FAILED]
    assert [row.error for row in rows] == ["", "guide_empty"]


def test_the_oddest_numbers_have_room_in_the_columns_of_keys(
    video: Video, alice: User, models_in: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL refuses what is too long, and with it the whole page."""
    long = "a-name-of-forty-letters-for-one-profile"
    text = (PROFILES_DIR / "tiny.toml").read_text(encoding="utf-8")
    (tmp_path / f"{long}.toml").write_text(text, encoding="utf-8")
    monkeypatch.setitem(load_profile.__kwdefaults__, "profiles_dir", tmp_path)
    models_in(tmp_path, long)
    start, face, pose = a_start(alice), a_guide(alice, "face"), stood(alice)
    after = {"enlarge_by": "model", "style_picture": start, "restyle_options": {"iterations": 1000}}
    odd = {"strength": 0.0000123456789, "begin": 0.0000123456789, "end": 0.0000223456789}
    keys = set[str]()
    for end in (odd["end"], 0.0000323456789):
        row = a_request(video, start=start, mask=a_mask_for(start), strength=0.123456789, loras=[], **after)
        row.follow([GuideUse(guide=face, **odd), GuideUse(guide=pose, **odd | {"end": end})])
        keys.add(row.batch_key)
        for name in ("pace_key", "batch_key"):
            assert 0 < len(getattr(row, name)) <= (row._meta.get_field(name).max_length or 0)
        assert row.pace_key.endswith(" enlarge by model restyle 1000")
    assert len(keys) == 2


def test_a_request_that_is_tried_again_follows_what_it_followed(
    controlled: None, video: Video, alice: User, settings: object
) -> None:
    guide = stood(alice)
    first = work(follow(a_request(video), guide))
    before = pixels(first)
    row = follow(a_request(video, state=State.FAILED), guide)
    key = row.batch_key
    type(row).objects.filter(pk=row.pk).update(profile="preview", batch_key="old")  # the site has changed since
    guide.with_poses(json.loads(to_json([moved(STANDING, 0.3)])))  # and the guide was dragged on
    assert retry(row)
    row.refresh_from_db()
    assert (row.profile, row.batch_key) == ("tiny", key)
    assert pixels(work(row)) == before


def test_dragging_what_a_request_follows_makes_a_guide_of_its_own(video: Video, alice: User) -> None:
    guide = stood(alice)
    dragged = json.loads(to_json([moved(STANDING, 0.1)]))
    same = guide.with_poses(dragged)
    assert (same.pk, same.poses) == (guide.pk, dragged)
    follow(a_request(video), same)
    guide.refresh_from_db()
    other = guide.with_poses(guide.found)
    assert other.pk != guide.pk
    assert (other.state, other.found, other.picture) == (State.DONE, guide.found, guide.picture)
    guide.refresh_from_db()
    assert guide.poses == dragged
    assert GuideUse.objects.get().poses == dragged


def test_what_nobody_follows_goes_and_its_pictures_with_it(
    video: Video, alice: User, django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]]
) -> None:
    followed, idle = a_guide(alice, "face"), a_guide(alice, "face")
    follow(a_request(video), followed)
    old = timezone.now() - UNUSED_FOR - timedelta(hours=1)
    Reference.objects.update(created_at=old)
    assert Reference.objects.forget() == 0, "a guide needs them"
    assert Guide.objects.forget() == 0, "it may be followed yet"
    Guide.objects.update(created_at=old)
    names = [idle.picture.file.name, idle.drawing.file.name]
    assert Guide.objects.forget() == 1
    with django_capture_on_commit_callbacks(execute=True):
        assert Reference.objects.forget() == 2
    assert Guide.objects.get() == followed
    assert Reference.objects.count() == 2
    assert not any(map(default_storage.exists, names))


def test_of_what_nobody_follows_a_few_are_kept(video: Video, alice: User, bob: User) -> None:
    followed = follow(a_request(video), a_guide(alice)).guides.get().guide
    others = a_guide(bob)
    picture = a_start(alice)
    rows = [a_guide(alice, picture=picture) for _ in range(MOST_UNUSED + 3)]
    assert Guide.objects.keep_few_of(alice) == 3
    left = set(Guide.objects.values_list("pk", flat=True))
    assert left == {followed.pk, others.pk, *(row.pk for row in rows[3:])}


def test_a_channel_and_its_owner_can_be_deleted(video: Video, alice: User, channel: Channel) -> None:
    other = a_video(channel)
    a_draft(other)
    guide = a_guide(alice, "face")
    follow(a_request(video), guide, a_guide(alice))
    waiting(alice, photo("coffee"))
    channel.delete()
    assert GuideUse.objects.count() == 0
    assert Guide.objects.filter(pk=guide.pk).exists(), "the next channel may follow it"
    alice.delete()
    assert Guide.objects.count() == Reference.objects.count() == 0
