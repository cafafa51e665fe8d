"""Marking a part of a picture: masks that are taken, masks that are refused, and what stands in the form then."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from generation.models import GenerationRequest, Reference
from tests.generation.asking import address, ask
from tests.look import page, words
from tests.rows import a_draft, a_mask_for, a_start

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

    from channels_app.models import Video

WIDE = (1280, 720)
TYPED = {"prompt": "my precious words", "negative": "fog", "style": "", "count": "2", "mode": "fast", "seed": "77"}


@pytest.fixture
def start(video: Video) -> Reference:
    a_draft(video)
    return a_start(video.owner)


def marking(video: Video, start: Reference) -> str:
    return reverse("mark_part_thumbnail", args=[video.pk, start.pk])


def upload(mask: Image.Image) -> SimpleUploadedFile:
    content = BytesIO()
    mask.save(content, "PNG")
    return SimpleUploadedFile("mask.png", content.getvalue(), "image/png")


def a_box(mode: str, size: tuple[int, int] = WIDE, *, ground: object = 0, ink: object = 255) -> Image.Image:
    mask = Image.new(mode, size, ground)  # type: ignore[arg-type]
    mask.paste(ink, (100, 100, 300, 200))  # type: ignore[call-overload]
    return mask


def shown(answer: Answer) -> dict[str, str]:
    return page(answer).form(having="prompt").fields


@pytest.mark.parametrize(
    "mask",
    [
        a_box("L"),
        a_box("1", ink=1),
        a_box("RGB", ground=(0, 0, 0), ink=(255, 255, 255)),
        a_box("RGBA", ground=(255, 255, 255, 0), ink=(255, 255, 255, 255)),
        a_box("LA", ground=(255, 0), ink=(255, 255)),
    ],
    ids=["grey", "one bit", "colour", "alpha", "grey with alpha"],
)
def test_masks_of_any_tool_mark_the_same(mask: Image.Image, alices: Client, video: Video, start: Reference) -> None:
    fields = shown(alices.post(marking(video, start), {"mask": upload(mask)}, follow=True))
    kept = Reference.objects.get(pk=fields["mask"])
    assert kept.open().tobytes() == a_box("L").tobytes()
    assert (kept.source, kept.base) == ("upload", start)
    assert fields["start"] == str(start.pk)
    assert [fields[name] for name in ("strength", "feather", "grow", "padding")] == ["1", "16", "0", "32"]


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (a_box("L", (640, 360)), "The mask has 640×360 pixels, but its picture has 1280×720."),
        (Image.new("L", WIDE), "The mask marks nothing that could be painted."),
        (Image.new("L", WIDE, 127), "The mask marks nothing that could be painted."),
        (Image.new("RGBA", WIDE, (255, 255, 255, 0)), "The mask marks nothing that could be painted."),
        (None, "Mark the part that shall be painted, or choose a file."),
    ],
    ids=["another size", "empty", "nearly half", "all transparent", "none"],
)
def test_a_mask_that_is_none_is_refused(
    mask: Image.Image | None, said: str, alices: Client, video: Video, start: Reference
) -> None:
    answer = alices.post(marking(video, start), {"mask": upload(mask)} if mask else {})
    assert answer.status_code == 200
    assert said in words(answer)
    assert not Reference.objects.filter(kind="mask").exists()


def test_a_mask_of_everything_paints_everything_and_inverted_nothing(
    alices: Client, video: Video, start: Reference
) -> None:
    full = shown(alices.post(marking(video, start), {"mask": upload(Image.new("L", WIDE, 255))}, follow=True))["mask"]
    answer = ask(alices, video, start=start.pk, mask=full, invert="on")
    assert "All of the picture is marked" in words(answer)
    assert not GenerationRequest.objects.exists()
    assert ask(alices, video, start=start.pk, mask=full).status_code == 302


def test_the_way_there_and_back_keeps_what_was_typed_and_the_mask_to_be_changed(
    alices: Client, video: Video, start: Reference
) -> None:
    mask = a_mask_for(start)
    sent = TYPED | {"do": "leave", "start": start.pk, "mask": mask.pk, "strength": "0.3", "feather": "40"}
    where = alices.post(marking(video, start), sent)["Location"]
    assert where.endswith(f"&mask={mask.pk}")
    html = alices.get(where).content.decode()
    assert f'data-before="{reverse("reference_file", args=[mask.pk])}"' in html
    fields = shown(alices.post(where, {"mask": upload(a_box("L")), "drawn": "on"}, follow=True))
    assert {name: fields[name] for name in TYPED} == TYPED
    assert fields["mask"] != str(mask.pk)
    assert (fields["strength"], fields["feather"]) == ("1", "40")
    assert Reference.objects.get(pk=fields["mask"]).source == "drawn"


def test_the_request_has_what_the_form_had(alices: Client, video: Video, start: Reference) -> None:
    mask = a_mask_for(start)
    sent = {"strength": "0.45", "feather": "9", "grow": "-3", "padding": "50", "only_masked": "on"}
    assert ask(alices, video, start=start.pk, mask=mask.pk, **sent).status_code == 302
    row = GenerationRequest.objects.get()
    assert (row.start, row.mask, row.strength) == (start, mask, 0.45)
    options = {"feather": 9, "grow": -3, "padding": 50, "only_masked": True, "invert": False}
    assert row.mask_options == options
    fields = shown(alices.get(address(video), {"from": str(row.pk)}))
    assert (fields["start"], fields["mask"], fields["strength"]) == (str(start.pk), str(mask.pk), "0.45")
    assert {name: fields.get(name) for name in sent} == {**sent, "strength": "0.45"}


def test_a_mask_goes_with_its_own_picture_alone(alices: Client, bob: User, video: Video, start: Reference) -> None:
    for base in (a_start(video.owner), a_start(bob)):
        answer = ask(alices, video, start=start.pk, mask=a_mask_for(base).pk)
        assert "The mask does not belong to this picture." in words(answer)
    assert not GenerationRequest.objects.exists()


@pytest.mark.parametrize("wrong", [{"strength": "0"}, {"strength": "1.1"}, {"feather": "513"}, {"grow": "-513"}])
def test_numbers_out_of_range_are_said(wrong: dict[str, str], alices: Client, video: Video, start: Reference) -> None:
    answer = ask(alices, video, start=start.pk, mask=a_mask_for(start).pk, **wrong)
    assert answer.status_code == 200
    assert "Ensure this value is" in words(answer)


def test_begin_without_and_paint_all_take_away_what_they_say(alices: Client, video: Video, start: Reference) -> None:
    mask = a_mask_for(start)
    sent = TYPED | {"start": start.pk, "mask": mask.pk, "strength": "0.3", "feather": "3", "grow": "", "padding": ""}
    fields = shown(alices.post(address(video), sent | {"do": "without_mask"}))
    assert (fields["start"], fields["mask"], fields["strength"]) == (str(start.pk), "", "0.6")
    fields = shown(alices.post(address(video), sent | {"do": "without_start"}))
    assert (fields["start"], fields["mask"], fields["prompt"]) == ("", "", "my precious words")
    assert "strength" not in fields


def test_the_page_is_for_pictures_of_the_right_size_alone(alices: Client, video: Video, start: Reference) -> None:
    other = a_start(video.owner, Image.new("RGB", (800, 800)))
    for row in (other, a_mask_for(start)):
        assert alices.get(marking(video, row)).status_code == 404
