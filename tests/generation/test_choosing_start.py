"""Choosing a picture to begin with, on the way from the generate page and back, with all that was typed."""

from __future__ import annotations

from html import unescape
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from generation.models import GenerationRequest, Reference
from imagecreator.queue.states import State
from tests.generation.asking import address
from tests.look import page, words
from tests.rows import (
    a_channel,
    a_draft,
    a_frame,
    a_mask_for,
    a_request,
    a_start,
    a_style,
    a_video,
    an_image,
    picture_bytes,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer
    from pytest_django import Settings

    from channels_app.models import Channel, Video

TYPED = {"prompt": "my precious words", "negative": "fog", "style": "lake", "count": "2", "mode": "fast", "seed": "77"}


def choosing(video: Video) -> str:
    return reverse("choose_start_thumbnail", args=[video.pk])


def file(size: tuple[int, int] = (1280, 720), kind: str = "PNG") -> SimpleUploadedFile:
    return SimpleUploadedFile(f"a.{kind.lower()}", picture_bytes(size, kind=kind), f"image/{kind.lower()}")


def leave(client: Client, video: Video, **fields: object) -> str:
    """Go from the form to the page where a picture is chosen, as its button does; the address."""
    return client.post(choosing(video), TYPED | fields | {"do": "leave"})["Location"]


def shown(answer: Answer) -> dict[str, str]:
    return page(answer).form(having="prompt").fields


def pixels(reference: Reference) -> Image.Image:
    return reference.open()


def test_the_form_leads_there_and_back_with_everything_typed_and_without_a_script(alices: Client, video: Video) -> None:
    a_draft(video)
    a_style("lake")
    frame = a_frame(video, colour="navy")
    html = alices.get(address(video)).content.decode()
    assert f'name="do" value="leave" formaction="{choosing(video)}"' in " ".join(html.split())
    where = leave(alices, video)
    assert where.startswith(f"{choosing(video)}?kept=")
    answer = alices.post(where, {"frame": frame.pk}, follow=True)
    fields = shown(answer)
    assert {name: fields[name] for name in TYPED} == TYPED
    start = Reference.objects.get()
    assert fields["start"] == str(start.pk)
    assert fields["strength"] == "0.6"
    assert (start.size, start.kind, start.source) == ((1280, 720), "picture", "frame")
    assert pixels(start).getpixel((640, 360))[2] > 100  # type: ignore[index]  # navy
    assert answer.redirect_chain[-1][0].endswith("#begin"), "the page is there where the picture is"


def test_whoever_goes_back_without_a_choice_loses_nothing(alices: Client, video: Video) -> None:
    a_draft(video)
    a_style("lake")
    start = a_start(video.owner)
    begun = {"start": str(start.pk), "mask": str(a_mask_for(start).pk), "strength": "0.4"}
    marking = reverse("mark_part_thumbnail", args=[video.pk, start.pk])
    for page_left in (choosing(video), marking, reverse("choose_style_thumbnail", args=[video.pk])):
        where = alices.post(page_left, TYPED | begun | {"do": "leave"})["Location"]
        named = where.partition("?")[2]
        back = reverse("generate_thumbnail", args=[video.pk]) + "?" + named.partition("&")[0]
        back += f"&start={start.pk}&mask={begun['mask']}" if page_left == marking else ""
        assert back in unescape(alices.get(where).content.decode())
        fields = shown(alices.get(back))
        assert {name: fields[name] for name in TYPED | begun} == TYPED | begun


def test_another_picture_begins_with_the_usual_strength(alices: Client, video: Video) -> None:
    a_draft(video)
    where = leave(alices, video, start=a_start(video.owner).pk, strength="0.25")
    fields = shown(alices.post(where, {"picture": file()}, follow=True))
    assert fields["strength"] == "0.6"
    assert fields["prompt"] == "my precious words"


def test_a_painted_picture_is_begun_with_from_its_own_page_bit_for_bit(alices: Client, video: Video) -> None:
    a_draft(video)
    image = an_image(a_request(video, state="done"))
    shown_page = page(alices.get(reverse("image", args=[image.pk])))
    assert any(form.action.endswith(choosing(video)) for form in shown_page.forms)
    fields = shown(alices.post(choosing(video), {"image": image.pk}, follow=True))
    start = Reference.objects.get(pk=fields["start"])
    with image.file.open() as stored, Image.open(stored) as painted:
        assert pixels(start).tobytes() == painted.convert("RGB").tobytes()


def test_begun_with_from_its_own_page_it_brings_its_words_but_not_what_it_began_with(
    alices: Client, video: Video
) -> None:
    a_draft(video)
    before = a_start(video.owner)
    row = a_request(
        video, state="done", prompt="a boat", start=before, mask=a_mask_for(before), strength=0.2, seed=99, count=2
    )
    fields = shown(alices.post(choosing(video), {"image": an_image(row).pk}, follow=True))
    assert (fields["prompt"], fields["count"], fields["seed"]) == ("a boat", "2", "")
    assert (fields["strength"], fields["mask"]) == ("0.6", "")
    assert fields["start"] != str(before.pk)
    kept = shown(alices.post(leave(alices, video), {"image": row.images.get().pk}, follow=True))
    assert kept["prompt"] == "my precious words", "what was typed comes first"


@pytest.mark.parametrize(
    ("upload", "said"),
    [
        (file((1, 1)), "The picture to begin with is smaller than 8 pixels on a side."),
        (SimpleUploadedFile("a.png", b"no picture", "image/png"), "This file is not a picture"),
        (SimpleUploadedFile("a.png", b"", "image/png"), "The file is empty"),
        (None, "Choose a frame, a painted picture or a file."),
    ],
    ids=["1 pixel", "not a picture", "empty", "nothing"],
)
def test_what_cannot_be_begun_with_is_refused_with_a_reason(
    upload: SimpleUploadedFile | None, said: str, alices: Client, video: Video
) -> None:
    a_draft(video)
    if upload:
        upload.seek(0)
    answer = alices.post(choosing(video), {"picture": upload} if upload else {})
    assert answer.status_code == 200
    assert said.casefold() in words(answer).casefold()
    assert not Reference.objects.exists()


def test_more_pixels_than_allowed_are_refused_before_they_are_decoded(
    alices: Client, video: Video, settings: Settings
) -> None:
    settings.PICTURE_MAX_MEGAPIXELS = 1
    content = BytesIO()
    Image.new("1", (1001, 1000)).save(content, "PNG")
    answer = alices.post(choosing(video), {"picture": SimpleUploadedFile("a.png", content.getvalue(), "image/png")})
    assert "1 megapixel" in words(answer)
    assert not Reference.objects.exists()


@pytest.mark.parametrize("side", [1300, 2300], ids=["read", "cut off"])
def test_more_bytes_than_allowed_are_said_and_nothing_else(
    side: int, alices: Client, video: Video, settings: Settings
) -> None:
    settings.PICTURE_MAX_MB = 1
    content = BytesIO()
    Image.effect_noise((side, side), 90).save(content, "PNG")
    for where, field in (
        (choosing(video), "picture"),
        (reverse("mark_part_thumbnail", args=[video.pk, a_start(video.owner).pk]), "mask"),
        (reverse("choose_guide_thumbnail", args=[video.pk, "pose"]), "picture"),
        (reverse("choose_touch_up_thumbnail", args=[video.pk]), "picture"),
    ):
        upload = SimpleUploadedFile("a.png", content.getvalue(), "image/png")
        assert page(alices.post(where, {field: upload})).problems == [
            "The picture file is larger than 1 MB. Make it smaller and choose it again."
        ]


def test_a_long_panorama_is_kept_for_the_next_step_and_a_huge_picture_no_larger_than_needed(
    alices: Client, video: Video
) -> None:
    for size, kept in (((20_000, 300), (20_000, 300)), ((6000, 6000), (1280, 1280))):
        where = alices.post(choosing(video), {"picture": file(size)})["Location"]
        source = Reference.objects.latest("created_at")
        assert source.size == kept
        assert where == reverse("fit_start_thumbnail", args=[video.pk, source.pk])
        assert "so long" not in words(alices.get(where))


def test_of_a_panorama_that_is_too_long_less_is_kept_and_that_is_said(alices: Client, video: Video) -> None:
    for where in (choosing(video), reverse("choose_touch_up_thumbnail", args=[video.pk])):
        answer = alices.post(where, {"picture": file((30_000, 500))}, follow=True)
        assert Reference.objects.latest("created_at").size == (21_032, 350)
        assert "so long that it was kept at 21032×350 pixels" in words(answer)


def test_a_frame_or_picture_of_somebody_else_is_not_to_be_had(alices: Client, bob: User, video: Video) -> None:
    other = a_video(a_channel(bob))
    strangers = {"frame": a_frame(other).pk, "image": an_image(a_request(other)).pk}
    for name, key in strangers.items():
        answer = alices.post(choosing(video), {name: key})
        assert "This picture is no longer here." in words(answer)
    held = an_image(a_request(video), status="held")
    assert "This picture is no longer here." in words(alices.post(choosing(video), {"image": held.pk}))
    assert not Reference.objects.exists()


def test_a_frame_whose_file_is_gone_is_said(alices: Client, video: Video) -> None:
    frame = a_frame(video)
    frame.file.storage.delete(frame.file.name)
    assert "no longer here" in words(alices.post(choosing(video), {"frame": frame.pk}))


def test_a_channel_chooses_among_what_was_painted_for_it_and_the_frames_of_its_videos(
    alices: Client, channel: Channel, video: Video
) -> None:
    frame, image = a_frame(video), an_image(a_request(video, state="done"))
    html = alices.get(reverse("choose_start_channel", args=[channel.pk, "cover"])).content.decode()
    assert f'name="frame" value="{frame.pk}"' in html
    assert f'name="image" value="{image.pk}"' in html
    empty = alices.get(choosing(a_video(channel)))
    assert "as soon as there are any" in words(empty)


def test_a_reference_of_a_stranger_works_neither_in_the_address_nor_in_the_form(
    alices: Client, bob: User, video: Video
) -> None:
    a_draft(video)
    theirs = a_start(bob)
    answer = alices.get(f"{address(video)}?start={theirs.pk}")
    assert "The picture that was chosen cannot be used any more." in words(answer)
    assert reverse("reference_file", args=[theirs.pk]) not in answer.content.decode()
    sent = TYPED | {"id": "0" * 32, "style": "", "start": theirs.pk, "strength": "0.5"}
    answer = alices.post(address(video), sent)
    assert "The picture to begin with cannot be used any more." in words(answer)
    assert not GenerationRequest.objects.exists()
    again = alices.post(address(video), shown(answer) | {"style": ""})
    assert again.status_code == 302, "whoever sends it once more goes on without"
    assert GenerationRequest.objects.get().start is None


@pytest.mark.parametrize("key", ["nonsense", "00000000-0000-4000-8000-000000000000", "1" * 5000])
def test_a_start_that_is_nothing_is_said(key: str, alices: Client, video: Video) -> None:
    a_draft(video)
    assert "cannot be used any more" in words(alices.get(address(video), {"start": key}))


@pytest.mark.parametrize(
    ("options", "said", "unsaid"),
    [
        ({"feather": 8, "grow": 0, "padding": 32, "invert": False}, "what was marked soft edge of 8 px", "alone"),
        ({"invert": True, "grow": -3}, "what was not marked shrunk by 3 px", "soft edge"),
        ({"only_masked": True, "padding": 40}, "the model saw it alone, with 40 px around it", "grown"),
    ],
)
def test_a_request_says_how_its_part_was_painted(
    options: dict[str, object], said: str, unsaid: str, alices: Client, video: Video
) -> None:
    start = a_start(video.owner)
    request = a_request(video, start=start, mask=a_mask_for(start), mask_options=options, state=State.DONE)
    page = words(alices.get(request.get_absolute_url()))
    assert said in page
    assert unsaid not in page.partition("Painted part")[2].partition("Seed")[0]
