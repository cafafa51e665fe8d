"""Pictures of another shape: which part is kept, or all of them with a mask of what is around."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from django.urls import reverse
from PIL import Image

from generation.forms.fitting import MOST_PARTS, OVERLAP, cropped, fits, is_too_long, reduced, surrounded
from generation.models import Reference
from tests.look import page, words
from tests.rows import a_draft, a_start

if TYPE_CHECKING:
    from django.test import Client

    from channels_app.models import Channel, Video

WIDE = (1280, 720)


def stripes(size: tuple[int, int] = (900, 300)) -> Image.Image:
    """Three colours beside each other."""
    picture = Image.new("RGB", size, "lime")
    third = size[0] // 3
    picture.paste("red", (0, 0, third, size[1]))
    picture.paste("blue", (2 * third, 0, *size))
    return picture


@pytest.mark.parametrize(("place", "colour"), [(0.0, "red"), (0.5, "lime"), (1.0, "blue")])
def test_the_part_that_is_kept_is_the_one_that_was_chosen(place: float, colour: str) -> None:
    part = cropped(stripes(), (300, 300), place)
    assert part.size == (300, 300)
    for x, y in ((20, 20), (150, 150), (280, 280)):
        assert part.getpixel((x, y)) == Image.new("RGB", (1, 1), colour).getpixel((0, 0))


@pytest.mark.parametrize(
    ("size", "does"),
    [
        ((640, 360), True),
        ((854, 480), True),
        ((426, 240), True),
        ((848, 480), True),
        ((1281, 720), True),
        ((1300, 720), False),
        ((1280, 960), False),
        ((8, 8), False),
    ],
)
def test_what_fits_is_not_asked_about(size: tuple[int, int], does: bool) -> None:
    assert fits(size, WIDE) is does


@pytest.mark.parametrize("place", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("size", [(800, 800), (300, 900), (3000, 300), (20_000, 300), (8, 5000)])
def test_all_of_a_picture_is_shown_and_all_around_it_is_marked(size: tuple[int, int], place: float) -> None:
    canvas, mask = surrounded(Image.new("RGB", size, "teal"), WIDE, place)
    assert canvas.size == mask.size == WIDE
    marked = np.asarray(mask)
    assert set(np.unique(marked)) == {0, 255}
    share = min(WIDE[0] / size[0], WIDE[1] / size[1])
    inside = np.argwhere(marked == 0)
    (top, left), (bottom, right) = inside.min(axis=0), inside.max(axis=0) + 1
    for kept, whole, all_of_it, at_end in (
        (right - left, size[0] * share, WIDE[0], place in (0.0, 1.0)),
        (bottom - top, size[1] * share, WIDE[1], place in (0.0, 1.0)),
    ):
        borders = 0 if whole >= all_of_it - 1 else 1 if at_end else 2
        assert kept == pytest.approx(max(2, whole - borders * OVERLAP), abs=2.0)


def test_what_is_kept_of_a_picture_shown_whole_is_the_picture() -> None:
    canvas, mask = surrounded(stripes((720, 720)), WIDE, 0.0)
    kept = np.asarray(canvas)[np.asarray(mask) == 0]
    assert (kept == np.asarray(stripes((720, 720)))[:, : 720 - OVERLAP].reshape(-1, 3)).all()


def test_a_source_is_made_smaller_never_larger_and_stays_large_enough() -> None:
    assert reduced(Image.new("RGB", (100, 50)), WIDE).size == (100, 50)
    assert reduced(Image.new("RGB", (6001, 4001)), WIDE).size == (1280, 853)
    assert reduced(Image.new("RGB", (6001, 4001)), WIDE, 2).size == (2560, 1707)


@pytest.mark.parametrize("room", [1, 2])
@pytest.mark.parametrize("size", [(20_000, 1000), (1000, 20_000), (30_000, 300), (300_000, 100), (39_000, 1000)])
def test_no_panorama_is_kept_larger_than_eight_pictures(size: tuple[int, int], room: int) -> None:
    kept = reduced(Image.new("RGB", size), WIDE, room).size
    assert kept[0] * kept[1] <= MOST_PARTS * WIDE[0] * WIDE[1]
    assert kept[0] / kept[1] == pytest.approx(size[0] / size[1], rel=0.02)
    assert is_too_long(size, WIDE)


@pytest.mark.parametrize("size", [(14_000, 1000), (20_000, 300), (1000, 4500), (6000, 6000), (8, 8)])
def test_a_panorama_that_is_not_too_long_is_cropped_as_sharp_as_the_picture_itself(size: tuple[int, int]) -> None:
    kept = reduced(Image.new("RGB", size), WIDE).size
    assert not is_too_long(size, WIDE)
    assert kept == size or (kept[0] >= WIDE[0] and kept[1] >= WIDE[1])


def fitting(video: Video, source: Reference) -> str:
    return reverse("fit_start_thumbnail", args=[video.pk, source.pk])


def test_the_page_cuts_where_it_is_told(alices: Client, video: Video) -> None:
    a_draft(video)
    source = a_start(video.owner, stripes((3840, 720)))
    answer = alices.post(fitting(video, source), {"way": "crop", "place": "100"}, follow=True)
    start = Reference.objects.get(pk=page(answer).form(having="prompt").fields["start"])
    assert start.size == WIDE
    assert start.open().getpixel((5, 5)) == (0, 0, 255)


def test_shown_whole_it_comes_with_the_mask_of_what_is_around_it(alices: Client, video: Video) -> None:
    a_draft(video)
    source = a_start(video.owner, stripes((720, 720)))
    answer = alices.post(fitting(video, source), {"way": "whole", "place": "50"}, follow=True)
    fields = page(answer).form(having="prompt").fields
    mask = Reference.objects.get(pk=fields["mask"])
    assert (str(mask.base_id), mask.kind, mask.size) == (fields["start"], "mask", WIDE)
    assert [mask.open().getpixel((x, 360)) for x in (5, 640, 1275)] == [255, 0, 255]
    assert fields["strength"] == "1"


@pytest.mark.parametrize("place", ["", "-1", "101", "left"])
def test_a_place_that_is_none_is_said(place: str, alices: Client, video: Video) -> None:
    source = a_start(video.owner, stripes())
    answer = alices.post(fitting(video, source), {"way": "crop", "place": place})
    assert answer.status_code == 200
    assert Reference.objects.count() == 1


def test_an_avatar_becomes_a_cover(alices: Client, channel: Channel) -> None:
    avatar = a_start(channel.owner, Image.new("RGB", (800, 800), "orange"))
    where = reverse("fit_start_channel", args=[channel.pk, "cover", avatar.pk])
    answer = alices.post(where, {"way": "whole", "place": "0"})
    start, mask = Reference.objects.get(base=None, width=2560), Reference.objects.get(kind="mask")
    assert answer["Location"].endswith(f"?start={start.pk}&mask={mask.pk}#begin")
    assert start.size == mask.size == (2560, 1440)


def test_a_source_whose_file_is_gone_is_said_and_a_mask_is_none(alices: Client, video: Video) -> None:
    source = a_start(video.owner, stripes())
    source.file.storage.delete(source.file.name)
    answer = alices.post(fitting(video, source), {"way": "crop", "place": "50"})
    assert "The picture to begin with is no longer here." in words(answer)
    Reference.objects.update(kind="mask")
    assert alices.get(fitting(video, source)).status_code == 404
