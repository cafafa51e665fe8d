"""Following a pose or a face through the site: choosing, looking, dragging, asking, and whose may be followed."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from generation.engine.guides.skeleton import to_json
from generation.forms.guides import LONGEST
from generation.models import GenerationRequest, Guide, GuideUse
from imagecreator.queue.states import State
from tests.generation.asking import HTMX, RUSSIAN, address, ask, form
from tests.generation.engine.guides.people import STANDING, moved
from tests.rows import a_frame, a_guide, a_request, a_video, an_image, follow, picture_bytes

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client

    from channels_app.models import Channel, Video

POSES = json.loads(to_json([STANDING]))
OTHER = json.loads(to_json([moved(STANDING, 0.1)]))
pytestmark = pytest.mark.usefixtures("written")


@pytest.fixture
def guide(alice: User) -> Guide:
    """Somebody standing."""
    return a_guide(alice, poses=POSES, found=POSES)


def choose(video: Video, kind: str = "pose") -> str:
    return reverse("choose_guide_thumbnail", args=[video.pk, kind])


def page(video: Video, guide: Guide) -> str:
    return reverse("guide_thumbnail", args=[video.pk, guide.pk])


def followed() -> list[GuideUse]:
    return list(GenerationRequest.objects.get().guides.order_by("guide__guide_kind"))


@pytest.mark.parametrize(
    ("size", "kept"),
    [((3000, 2000), (2048, 1365)), ((4000, 500), (4000, 500)), ((10_000, 1250), (7680, 960)), ((20, 9000), (17, 7680))],
)
def test_a_panorama_keeps_all_the_pixels_in_which_people_are_looked_for(
    size: tuple[int, int], kept: tuple[int, int], alices: Client, video: Video
) -> None:
    alices.post(choose(video), {"picture": SimpleUploadedFile("wide.png", picture_bytes(size), "image/png")})
    picture = Guide.objects.get().picture
    assert picture.size == kept


def test_a_file_is_kept_in_its_own_shape_and_looked_at(alices: Client, video: Video, alice: User) -> None:
    picture = SimpleUploadedFile("tall.png", picture_bytes((2000, 4000)), "image/png")
    answer = alices.post(choose(video), {"picture": picture})
    row = Guide.objects.get()
    assert answer["Location"] == page(video, row)
    assert (row.owner, row.guide_kind, row.state) == (alice, "pose", State.QUEUED)
    assert row.picture.size == (LONGEST // 2, LONGEST)
    shown = alices.get(page(video, row)).content.decode()
    assert 'data-job="guide"' in shown
    assert reverse("reference_file", args=[row.picture.pk]) in shown
    assert "Use it" not in shown


def test_frames_and_painted_pictures_can_be_followed(alices: Client, video: Video) -> None:
    frame, image = a_frame(video), an_image(a_request(video, state=State.DONE))
    for field, row, source, size in (
        ("frame", frame, "frame", (64, 36)),
        ("image", image, "painted", (1280, 720)),
    ):
        assert str(row.pk) in alices.get(choose(video, "face")).content.decode()
        alices.post(choose(video, "face"), {field: row.pk})
        made = Guide.objects.latest("created_at")
        assert (made.guide_kind, made.picture.source, made.picture.size) == ("face", source, size)


def test_nothing_somebody_elses_and_no_picture_are_refused(alices: Client, bobs: Client, video: Video) -> None:
    assert "Choose a frame" in alices.post(choose(video)).content.decode()
    assert alices.post(choose(video), {"frame": uuid.uuid4()}).status_code == 200
    text = SimpleUploadedFile("a.png", b"no picture", "image/png")
    assert "not a picture" in alices.post(choose(video), {"picture": text}).content.decode()
    tiny = SimpleUploadedFile("a.png", picture_bytes((1, 1)), "image/png")
    assert alices.post(choose(video), {"picture": tiny}).status_code == 200
    assert alices.get(choose(video, "hand")).status_code == 404
    assert bobs.post(choose(video), {"picture": text}).status_code == 404
    assert not Guide.objects.exists()


def test_the_search_is_followed_cancelled_and_tried_again(alices: Client, video: Video, guide: Guide) -> None:
    Guide.objects.update(state=State.QUEUED, poses=[], found=[])
    here = page(video, guide) + "?kept=abc"
    status = reverse("guide_status", args=[guide.pk]) + f"?next={quote(here, safe='')}"
    part = alices.get(status, **HTMX).content.decode()
    assert 'data-state="queued"' in part
    cancel_url = reverse("guide_cancel", args=[guide.pk]) + f"?next={quote(here, safe='')}"
    assert cancel_url in part
    assert alices.post(cancel_url)["Location"] == here
    guide.refresh_from_db()
    assert guide.state == State.CANCELLED
    assert alices.get(status, **HTMX)["HX-Refresh"] == "true"
    assert "Try again" in alices.get(page(video, guide)).content.decode()
    retry_url = reverse("guide_retry", args=[guide.pk])
    assert alices.post(f"{retry_url}?next={quote('https://evil.example/', safe='')}")["Location"] == "/"
    guide.refresh_from_db()
    assert guide.state == State.QUEUED


def test_that_nobody_was_found_is_said_with_the_picture(alices: Client, video: Video, guide: Guide) -> None:
    Guide.objects.update(state=State.FAILED, error="nobody_found", poses=[], found=[])
    shown = alices.get(page(video, guide)).content.decode()
    assert "Nobody was found in the picture." in shown
    assert reverse("reference_file", args=[guide.picture.pk]) in shown
    assert "Use it" not in shown
    assert "Try again" not in shown
    assert choose(video) in shown
    answer = alices.post(page(video, guide), {"poses": json.dumps(POSES)})
    assert answer.status_code == 200
    guide.refresh_from_db()
    assert guide.poses == []


def test_it_is_said_how_many_of_those_found_are_followed(alices: Client, video: Video, guide: Guide) -> None:
    said = "hidden>\n          Followed: 1 of 1."
    assert said in alices.get(page(video, guide)).content.decode(), "shown by the script, where somebody is removed"
    Guide.objects.update(found=[*POSES, *OTHER])
    shown = alices.get(page(video, guide)).content.decode()
    assert "2 people were found" in shown
    assert "Followed: 1 of 2." in shown
    assert said.replace("1 of 1", "1 of 2") not in shown


def test_dragged_joints_are_stored_and_taken_to_the_form(alices: Client, video: Video, guide: Guide) -> None:
    shown = alices.get(page(video, guide)).content.decode()
    assert "1 person was found" in shown
    assert "Person 1: left wrist" in shown
    answer = alices.post(page(video, guide) + "?kept=abc", {"poses": json.dumps(OTHER)})
    assert answer["Location"] == f"{address(video)}?kept=abc&pose={guide.pk}#guides"
    guide.refresh_from_db()
    assert (guide.poses, guide.found) == (OTHER, POSES)


@pytest.mark.parametrize(
    "sent",
    [
        "", "null", "{}", "[]", "[[]]", "not json", "[" * 100_000, "[" * 900 + "]" * 900,
        json.dumps([[None] * 18]), json.dumps([[[0.5, 0.5]] * 17]), json.dumps([[[0.5]] * 18]),
        json.dumps([[["0.5", 0.5]] * 18]), json.dumps([[[True, 0.5]] * 18]), json.dumps([[[9.0, 0.5]] * 18]),
        json.dumps([[[1e999, 0.5]] * 18]), '[[[NaN,0.5]' + ",null" * 17 + "]]", json.dumps(POSES * 21),
        json.dumps(POSES) + " " * 50_000,
    ],
)  # fmt: skip
def test_what_is_no_pose_is_refused(sent: str, alices: Client, video: Video, guide: Guide) -> None:
    answer = alices.post(page(video, guide), {"poses": sent})
    assert answer.status_code == 200
    assert 'class="errorlist' in answer.content.decode()
    guide.refresh_from_db()
    assert guide.poses == POSES


def test_the_page_survives_what_was_refused(alices: Client, video: Video, guide: Guide) -> None:
    shown = alices.post(page(video, guide), {"poses": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in shown
    assert "1 to 20 people" in shown


def test_a_face_and_a_drawn_skeleton_are_taken_as_they_are(alices: Client, video: Video, alice: User) -> None:
    face, drawn = a_guide(alice, "face"), a_guide(alice, poses=[], found=[])
    Guide.objects.filter(pk=drawn.pk).update(drawing=drawn.picture)
    for row, words in ((face, "1 face was found"), (drawn, "a skeleton already")):
        assert words in alices.get(page(video, row)).content.decode()
        answer = alices.post(page(video, row), {"poses": json.dumps(OTHER)})
        assert answer["Location"] == f"{address(video)}?{row.guide_kind}={row.pk}#guides"
        row.refresh_from_db()
        assert row.poses == []


def test_what_was_typed_comes_back_with_the_guide(alices: Client, video: Video, guide: Guide) -> None:
    left = alices.post(choose(video), form(do="leave", prompt="my own words", pose="", pose_strength=""))
    kept = left["Location"].partition("?")[2]
    frame = a_frame(video)
    there = alices.post(left["Location"], {"frame": frame.pk})["Location"]
    assert there.endswith(f"?{kept}")
    made = Guide.objects.exclude(pk=guide.pk).get()
    Guide.objects.filter(pk=made.pk).update(state=State.DONE, poses=POSES, found=POSES)
    back = alices.post(there, {"poses": json.dumps(POSES)})["Location"]
    shown = alices.get(back.partition("#")[0]).content.decode()
    assert "my own words" in shown
    assert f'name="pose" value="{made.pk}"' in shown

    typed = form(do="leave", prompt="other words", pose=made.pk, pose_strength="0.4", pose_end="0.7")
    again = alices.post(page(video, made), typed)["Location"]
    shown = alices.get(alices.post(again, {"poses": json.dumps(OTHER)})["Location"].partition("#")[0]).content.decode()
    assert "other words" in shown
    assert 'name="pose_strength" value="0.4"' in shown
    assert 'name="pose_end" value="0.7"' in shown


def test_both_guides_are_followed_with_their_settings(alices: Client, video: Video, alice: User, guide: Guide) -> None:
    face = a_guide(alice, "face")
    ask(alices, video, pose=guide.pk, pose_strength="0.8", pose_end="0.6", face=face.pk, face_begin="0.2")
    asked = GenerationRequest.objects.get()
    uses = [(use.guide, use.poses, use.strength, use.begin, use.end) for use in followed()]
    assert uses == [(face, [], 1.0, 0.2, 1.0), (guide, POSES, 0.8, 0.0, 0.6)]
    assert "text face pose" in asked.pace_key
    ask(alices, video, pose=guide.pk, pose_strength="0.4", face=face.pk)
    other = GenerationRequest.objects.exclude(pk=asked.pk).get()
    assert other.pace_key == asked.pace_key, "how strongly takes no time"
    assert other.batch_key != asked.batch_key
    shown = alices.get(asked.get_absolute_url()).content.decode()
    assert "Follows the pose" in shown
    assert "Follows the face" in shown
    assert "strength 0.8, steps from 0 to 0.6" in shown
    assert "strength 0.4, in all steps" in alices.get(other.get_absolute_url()).content.decode()
    image = an_image(asked)
    assert "Follows the pose" in alices.get(reverse("image", args=[image.pk])).content.decode()


def test_a_form_that_is_sent_twice_asks_once_and_for_another_guide_again(
    alices: Client, video: Video, alice: User, guide: Guide
) -> None:
    key = uuid.uuid4()
    ask(alices, video, id=key, pose=guide.pk)
    ask(alices, video, id=key, pose=guide.pk)
    assert GenerationRequest.objects.count() == 1
    ask(alices, video, id=key, pose=guide.pk, pose_strength="0.5")
    ask(alices, video, id=key)
    assert GenerationRequest.objects.count() == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"pose_strength": "2.5"}, {"pose_strength": "-1"}, {"pose_strength": "nan"}, {"pose_end": "inf"},
        {"pose_begin": "0.8", "pose_end": "0.2"}, {"pose_begin": "x"},
    ],
)  # fmt: skip
def test_numbers_that_cannot_be_are_refused(wrong: dict[str, str], alices: Client, video: Video, guide: Guide) -> None:
    answer = ask(alices, video, pose=guide.pk, **wrong)
    assert answer.status_code == 200
    assert not GenerationRequest.objects.exists()
    assert 'class="errorlist' in answer.content.decode()
    assert alices.post(address(video), form(pose=guide.pk, do="show", **wrong), **HTMX).status_code == 200


def test_only_ones_own_guide_that_is_done_and_of_that_kind_is_followed(
    alices: Client, video: Video, alice: User, bob: User
) -> None:
    of_bob, face, live = a_guide(bob), a_guide(alice, "face"), a_guide(alice, state=State.RUNNING)
    for row in (of_bob.pk, face.pk, live.pk, uuid.uuid4(), "nonsense"):
        answer = ask(alices, video, pose=row)
        assert "cannot be used any more" in answer.content.decode() or row == "nonsense"
        assert answer.status_code == 200
        assert "cannot be used any more" in alices.get(f"{address(video)}?pose={row}").content.decode()
    assert not GenerationRequest.objects.exists()


def test_strangers_and_moderators_do_not_touch_a_guide(
    alices: Client, bobs: Client, mos: Client, video: Video, channel: Channel, bob: User, guide: Guide
) -> None:
    sent = {"poses": json.dumps(OTHER)}
    assert bobs.post(page(video, guide), sent).status_code == 404
    assert mos.post(page(video, guide), sent).status_code == 403
    theirs = a_guide(bob)
    assert alices.post(page(video, theirs), sent).status_code == 404
    for name in ("guide_cancel", "guide_retry"):
        assert bobs.post(reverse(name, args=[guide.pk])).status_code == 404
        assert mos.post(reverse(name, args=[guide.pk])).status_code == 403
    guide.refresh_from_db()
    assert guide.poses == POSES


def test_a_model_without_a_face_guide_offers_none_and_says_so(
    alices: Client, video: Video, alice: User, settings: object
) -> None:
    settings.PROFILE = "sdxl"  # type: ignore[attr-defined]
    face = a_guide(alice, "face")
    shown = alices.get(address(video)).content.decode()
    assert "cannot follow a face" in shown
    assert choose(video, "face") not in shown
    assert "cannot follow a face" in alices.get(choose(video, "face")).content.decode()
    alices.post(choose(video, "face"), {"picture": SimpleUploadedFile("a.png", picture_bytes(), "image/png")})
    assert Guide.objects.count() == 1
    assert "cannot follow a face" in ask(alices, video, face=face.pk).content.decode()
    assert not GenerationRequest.objects.exists()
    assert "is left out" in alices.get(f"{address(video)}?face={face.pk}").content.decode()


def test_a_guide_that_is_not_installed_is_said_without_a_path_of_the_machine(
    alices: Client, video: Video, settings: object
) -> None:
    settings.PROFILE = "sd15"  # type: ignore[attr-defined]
    for address_of in (address(video), choose(video, "face")):
        shown = alices.get(address_of).content.decode()
        assert "The model for this is not installed." in shown
        assert str(settings.MODELS_DIR) not in shown  # type: ignore[attr-defined]


def test_an_earlier_request_brings_its_guides_back(alices: Client, video: Video, alice: User, guide: Guide) -> None:
    asked = follow(a_request(video, state=State.DONE), guide, a_guide(alice, "face"), strength=0.5, end=0.9)
    image = an_image(asked)
    for query in (f"from={asked.pk}", f"again={image.pk}", f"vary={image.pk}"):
        shown = alices.get(f"{address(video)}?{query}").content.decode()
        assert f'name="pose" value="{guide.pk}"' in shown
        assert 'name="pose_strength" value="0.5"' in shown
        assert 'name="face_end" value="0.9"' in shown


def test_following_nobody_keeps_the_rest(alices: Client, video: Video, alice: User, guide: Guide) -> None:
    face = a_guide(alice, "face")
    sent = form(pose=guide.pk, pose_strength="0.5", face=face.pk, face_strength="0.4", do="without_pose", prompt="mine")
    shown = alices.post(address(video), sent).content.decode()
    assert "mine" in shown
    assert 'name="pose" value=""' in shown
    assert f'name="face" value="{face.pk}"' in shown
    assert 'name="face_strength" value="0.4"' in shown


def test_a_channels_picture_follows_too(alices: Client, channel: Channel, guide: Guide) -> None:
    here = reverse("guide_channel", args=[channel.pk, "avatar", guide.pk])
    back = alices.post(here, {"poses": json.dumps(OTHER)})["Location"]
    assert back.startswith(reverse("generate_channel", args=[channel.pk, "avatar"]))
    assert alices.get(reverse("choose_guide_channel", args=[channel.pk, "cover", "face"])).status_code == 200
    assert alices.get(reverse("choose_guide_channel", args=[channel.pk, "poster", "face"])).status_code == 404


def test_pages_speak_russian_and_numbers_stay_numbers(alices: Client, video: Video, alice: User) -> None:
    guide = a_guide(alice, poses=POSES, found=POSES)
    shown = alices.get(page(video, guide), **RUSSIAN).content.decode()
    assert "Человек 1: левое запястье" in shown
    assert "0,28" not in shown
    assert 'd="M640.00 201.60h0"' in shown
    form_page = alices.get(f"{address(video)}?pose={guide.pk}", **RUSSIAN).content.decode()
    assert 'step="0.05"' in form_page
    assert 'max="2"' in form_page


def test_another_video_has_no_say(alices: Client, channel: Channel, guide: Guide) -> None:
    """A guide is its owner's, not a video's: it may be followed for another one."""
    other = a_video(channel)
    assert alices.get(page(other, guide)).status_code == 200


def test_a_guide_that_is_swept_while_its_joints_are_saved_is_not_found(
    alices: Client, video: Video, guide: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    corrected = Guide.with_poses

    def after_the_sweep(row: Guide, poses: list[object]) -> Guide:
        Guide.objects.filter(pk=row.pk).delete()
        return corrected(row, poses)

    monkeypatch.setattr(Guide, "with_poses", after_the_sweep)
    assert alices.post(page(video, guide), {"poses": json.dumps(OTHER)}).status_code == 404
