"""The page for touching up, and the pages where its pictures are chosen: what is asked for, and what is refused."""

from __future__ import annotations

import uuid
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from generation.engine import load_profile
from generation.forms.pictures import LONGEST_STYLE
from generation.models import GenerationRequest, Reference
from generation.models.request import Tool
from imagecreator.errors import explain
from imagecreator.queue.models import Quota
from tests.generation.engine.begun import scene
from tests.generation.finishing import a_profile_with, a_small_picture, a_style_picture, a_touch_up
from tests.look import page, words
from tests.rows import a_channel, a_frame, a_mask_for, a_request, a_start, a_video, an_image

if TYPE_CHECKING:
    from pathlib import Path

    from django.contrib.auth.models import User
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

    from channels_app.models import Channel, Video

pytestmark = pytest.mark.django_db


@pytest.fixture
def no_upscaler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The preview profile has no upscaler."""
    a_profile_with("", tmp_path / "profiles")
    monkeypatch.setitem(load_profile.__kwdefaults__, "profiles_dir", tmp_path / "profiles")


def of(video: Video, name: str = "touch_up") -> str:
    return reverse(f"{name}_thumbnail", args=[video.pk])


def send(client: Client, video: Video, **fields: object) -> Answer:
    values = {"id": uuid.uuid4(), "start": a_small_picture(video.owner).pk, "seed": "7"} | fields
    return client.post(of(video), values)


def asked() -> GenerationRequest:
    return GenerationRequest.objects.get()


def upload(client: Client, url: str, picture: Image.Image) -> Answer:
    content = BytesIO()
    picture.save(content, "PNG")
    return client.post(url, {"picture": SimpleUploadedFile("a.png", content.getvalue())})


def test_without_a_picture_one_is_chosen_first(alices: Client, video: Video) -> None:
    answer = alices.get(of(video))
    assert (answer.status_code, answer["Location"]) == (302, of(video, "choose_touch_up"))
    a_frame(video)
    shown = page(alices.get(answer["Location"]))
    assert "Frames" in words(alices.get(answer["Location"])), shown


def test_a_frame_a_painted_picture_or_a_file_is_taken_in_its_own_size(alices: Client, video: Video) -> None:
    choose = of(video, "choose_touch_up")
    image = an_image(a_request(video))
    answers = [
        alices.post(choose, {"frame": a_frame(video).pk}),
        alices.post(choose, {"image": image.pk}),
        upload(alices, choose, scene((300, 500))),
    ]
    sizes = []
    for answer in answers:
        assert answer["Location"].startswith(f"{of(video)}?start=")
        sizes.append(Reference.objects.get(pk=answer["Location"].rpartition("=")[2]).size)
        shown = words(alices.get(answer["Location"]))
        assert f"{sizes[-1][0]}×{sizes[-1][1]}" in shown
    assert sizes == [(64, 36), (1280, 720), (300, 500)]
    big = upload(alices, choose, Image.new("RGB", (9000, 3000)))
    width, height = Reference.objects.get(pk=big["Location"].rpartition("=")[2]).size
    assert (width, height) == (4320, 1440), "it still covers twice the target"
    assert "more than 40 megapixels" in words(upload(alices, choose, Image.new("1", (9000, 5000))))
    assert "smaller than 8 pixels" in words(upload(alices, choose, Image.new("RGB", (5, 900))))


def test_a_style_picture_is_kept_small_and_what_was_typed_stays(alices: Client, video: Video) -> None:
    start = a_small_picture(video.owner)
    left = alices.post(of(video, "style_touch_up"), {"do": "leave", "start": start.pk, "seed": "41"})
    assert left.status_code == 302
    chosen = upload(alices, left["Location"], scene((3000, 1500)))
    assert chosen["Location"].endswith("#afterwards")
    form = page(alices.get(chosen["Location"].partition("#")[0])).form(having="style_picture")
    assert Reference.objects.get(pk=form.fields["style_picture"]).size == (LONGEST_STYLE, LONGEST_STYLE // 2)
    assert (form.fields["start"], form.fields["seed"]) == (str(start.pk), "41")
    assert form.fields["effort"] == "normal"
    without = alices.post(of(video), form.fields | {"do": "without_style"})
    again = page(without).form(having="start")
    assert (again.fields["style_picture"], again.fields["start"]) == ("", str(start.pk))
    assert not GenerationRequest.objects.exists()


@pytest.mark.parametrize("target", ["avatar", "cover"])
def test_a_channels_pictures_are_touched_up_as_well(alices: Client, channel: Channel, target: str) -> None:
    page_url = reverse("touch_up_channel", args=[channel.pk, target])
    choose = reverse("choose_touch_up_channel", args=[channel.pk, target])
    answer = upload(alices, choose, scene((200, 100)))
    assert answer["Location"].startswith(page_url)
    form = page(alices.get(answer["Location"])).form(having="start")
    assert alices.post(page_url, form.fields).status_code == 302
    assert (asked().target, asked().channel, asked().tool) == (target, channel, Tool.TOUCH_UP)
    assert alices.get(reverse("touch_up_channel", args=[channel.pk, "thumbnail"])).status_code == 404


def test_what_is_asked_for_stands_in_the_row_and_once(alices: Client, video: Video) -> None:
    style = a_style_picture(video.owner)
    form = {
        "id": uuid.uuid4(),
        "start": a_small_picture(video.owner).pk,
        "seed": "7",
        "style_picture": style.pk,
        "style_weight": "4.5",
        "keep_colours": "on",
        "effort": "fine",
    }
    for _ in range(2):
        answer = alices.post(of(video), form)
        assert (answer.status_code, answer["Location"]) == (302, asked().get_absolute_url())
    row = asked()
    assert (row.tool, row.count, row.seed, row.prompt, row.enlarge_by) == (Tool.TOUCH_UP, 1, 7, "", "lanczos")
    assert row.style_picture == style
    assert row.restyle_options == {"style_weight": 4.5, "iterations": 500, "keep_colours": True}
    assert row.pace_key == "touch up preview 1280x720 restyle 500"
    alices.post(of(video), form | {"effort": "quick"})
    assert GenerationRequest.objects.count() == 2, "other values are another request"


@pytest.mark.usefixtures("no_upscaler")
def test_an_upscaler_is_offered_only_where_there_is_one(alices: Client, video: Video) -> None:
    start = a_small_picture(video.owner)
    shown = alices.get(f"{of(video)}?start={start.pk}")
    assert "The model in use, Preview, has no upscaler of its own." in words(shown)
    assert "enlarge_by" not in page(shown).form(having="start").fields
    refused = send(alices, video, enlarge_by="model")
    assert "The model in use, Preview, has no upscaler of its own." in words(refused)
    assert not GenerationRequest.objects.exists()


def test_the_upscaler_reads_words_which_are_screened(alices: Client, video: Video) -> None:
    start = a_small_picture(video.owner)
    assert "has no upscaler" not in words(alices.get(f"{of(video)}?start={start.pk}"))
    refused = send(alices, video, enlarge_by="model", prompt="child porn")
    assert "prompt" in page(refused).form(having="prompt").fields
    assert not GenerationRequest.objects.exists()
    assert send(alices, video, enlarge_by="model", prompt="a lake", negative="fog").status_code == 302
    assert (asked().enlarge_by, asked().prompt, asked().negative) == ("model", "a lake", "fog")
    large = a_start(video.owner)
    assert "Lanczos is used either way" in words(alices.get(f"{of(video)}?start={large.pk}"))


def test_nothing_to_do_is_said(alices: Client, video: Video) -> None:
    fits = a_start(video.owner)
    assert "has exactly these pixels already" in words(send(alices, video, start=fits.pk))
    assert send(alices, video, start=fits.pk, style_picture=a_style_picture(video.owner).pk).status_code == 302


def test_strangers_pictures_are_none(alices: Client, bob: User, video: Video) -> None:
    theirs = a_small_picture(bob)
    assert "cannot be used any more" in words(send(alices, video, start=theirs.pk))
    assert "cannot be used any more" in words(send(alices, video, style_picture=theirs.pk))
    shown = alices.get(f"{of(video)}?start={theirs.pk}")
    assert str(reverse("reference_file", args=[theirs.pk])) not in shown.content.decode()
    bobs_video = a_video(a_channel(bob))
    for field, row in (("frame", a_frame(bobs_video)), ("image", an_image(a_request(bobs_video)))):
        refused = alices.post(of(video, "choose_touch_up"), {field: row.pk})
        assert "no longer here" in words(refused)
    assert not GenerationRequest.objects.filter(owner=video.owner).exists()


def test_one_more_than_the_quota_is_refused(alices: Client, video: Video) -> None:
    Quota.objects.create(person=video.owner, daily=1)
    assert send(alices, video).status_code == 302
    refused = send(alices, video)
    assert refused.status_code == 200
    assert page(refused).trouble()
    assert GenerationRequest.objects.count() == 1


def test_again_and_more_lead_back_here_filled_in(alices: Client, video: Video) -> None:
    style = a_style_picture(video.owner)
    options = {"style_weight": 4.0, "iterations": 60, "keep_colours": True}
    row = a_touch_up(video, style_picture=style, restyle_options=options, state="done")
    image = an_image(row)
    generate = reverse("generate_thumbnail", args=[video.pk])
    for query, seed in ((f"from={row.pk}", "7"), (f"again={image.pk}", "7"), (f"vary={image.pk}", None)):
        answer = alices.get(f"{generate}?{query}")
        assert answer["Location"] == f"{of(video)}?{query}", "the form for prompts has nothing to ask"
        fields = page(alices.get(answer["Location"])).form(having="start").fields
        assert (fields["start"], fields["style_picture"]) == (str(row.start_id), str(style.pk))
        assert (fields["effort"], fields["style_weight"], fields["keep_colours"]) == ("quick", "4", "on")
        assert fields["seed"] == seed or (seed is None and fields["seed"] not in ("", "7"))
    shown = alices.get(reverse("image", args=[image.pk])).content.decode()
    assert f"{of(video)}?again={image.pk}" in shown
    assert f"{of(video)}?vary={image.pk}" in shown
    plain = an_image(a_touch_up(video, state="done"))
    assert f"?vary={plain.pk}" not in alices.get(reverse("image", args=[plain.pk])).content.decode()


def test_where_the_file_says_nothing_the_row_tells_of_no_steps(video: Video) -> None:
    recipe = an_image(a_touch_up(video, state="done")).recipe()
    assert (recipe.steps, recipe.sampler, recipe.model) == (None, "", "")


def test_only_the_last_stages_are_short(video: Video) -> None:
    """So the bar of the request's page does not stand at its end while a model enlarges or a style is sought."""
    style = a_style_picture(video.owner)
    plain, by_model, restyled = (
        a_touch_up(video, state="running", stage="enlarge", step=1, steps=4, **fields)
        for fields in ({}, {"enlarge_by": "model"}, {"style_picture": style})
    )
    assert [row.percent for row in (plain, by_model, restyled)] == [100, 25, 25]
    assert [row.tells_pace for row in (plain, by_model, restyled)] == [True, True, True]
    painted = a_request(video, style_picture=style)
    assert not painted.tells_pace, "painting is not all"
    assert a_request(video).tells_pace


def test_every_place_leads_here(alices: Client, video: Video, channel: Channel) -> None:
    image = an_image(a_request(video))
    for url in (video.get_absolute_url(), reverse("generate_thumbnail", args=[video.pk])):
        assert of(video) in alices.get(url).content.decode()
    assert of(video, "choose_touch_up") in alices.get(reverse("image", args=[image.pk])).content.decode()
    shown = alices.get(channel.get_absolute_url()).content.decode()
    assert reverse("touch_up_channel", args=[channel.pk, "avatar"]) in shown


def test_whoever_leaves_to_choose_and_comes_back_without_a_choice_loses_nothing(alices: Client, video: Video) -> None:
    sent = {"start": str(a_small_picture(video.owner).pk), "style_picture": str(a_style_picture(video.owner).pk)}
    sent |= {"seed": "41", "style_weight": "2.5", "effort": "quick"}
    for name in ("choose_touch_up", "style_touch_up"):
        left = alices.post(of(video, name), sent | {"do": "leave"})["Location"]
        back = f"{of(video)}?{left.partition('?')[2]}"
        assert f'href="{back}"' in alices.get(left).content.decode()
        fields = page(alices.get(back)).form(having="start").fields
        assert {field: fields[field] for field in sent} == sent


def test_another_choice_takes_the_place_of_what_was_kept(alices: Client, video: Video) -> None:
    sent = {"start": str(a_small_picture(video.owner).pk), "style_picture": str(a_style_picture(video.owner).pk)}
    for name, field in (("choose_touch_up", "start"), ("style_touch_up", "style_picture")):
        left = alices.post(of(video, name), sent | {"do": "leave"})["Location"]
        chosen = upload(alices, left, scene((300, 200)))["Location"].partition("#")[0]
        fields = page(alices.get(chosen)).form(having="start").fields
        assert fields[field] not in ("", sent[field])
        assert {other: fields[other] for other in sent if other != field} == {
            other: sent[other] for other in sent if other != field
        }


def test_a_form_that_is_sent_from_the_address_of_a_touched_up_picture_is_answered(alices: Client, video: Video) -> None:
    image = an_image(a_touch_up(video, state="done"))
    generate = reverse("generate_thumbnail", args=[video.pk])
    answer = alices.post(f"{generate}?again={image.pk}", {"id": uuid.uuid4(), "prompt": "a lake", "count": "1"})
    assert GenerationRequest.objects.filter(prompt="a lake").exists()
    assert answer.status_code == 302


def stripes() -> Image.Image:
    """A panorama of three thumbnails' width: red, lime and blue."""
    picture = Image.new("RGB", (2400, 450), "lime")
    picture.paste("red", (0, 0, 800, 450))
    picture.paste("blue", (1600, 0, 2400, 450))
    return picture


@pytest.mark.parametrize(("place", "colour"), [(0, (255, 0, 0)), (50, (0, 255, 0)), (100, (0, 0, 255))])
def test_the_part_that_is_touched_up_can_be_chosen_and_keeps_its_own_pixels(
    place: int, colour: tuple[int, int, int], alices: Client, video: Video
) -> None:
    whole = a_start(video.owner, stripes())
    sent = {"start": str(whole.pk), "seed": "41"}
    where = reverse("fit_touch_up_thumbnail", args=[video.pk, whole.pk])
    assert where in alices.get(f"{of(video)}?start={whole.pk}").content.decode()
    left = alices.post(where, sent | {"do": "leave"})["Location"]
    assert page(alices.get(left)).form(having="place").fields["place"] == "50"
    answer = alices.get(alices.post(left, {"place": place})["Location"])
    fields = page(answer).form(having="start").fields
    part = Reference.objects.get(pk=fields["start"])
    assert part.size == (800, 450)
    assert {part.open().getpixel((x, 200)) for x in (5, 400, 795)} == {colour}
    assert (fields["whole"], fields["seed"]) == (str(whole.pk), "41")
    assert "and nothing of it is cut off" in words(answer)
    assert where in answer.content.decode(), "another part can be chosen"
    assert alices.post(of(video), fields).status_code == 302
    assert asked().start == part


def test_a_part_of_just_the_size_is_something_to_do(alices: Client, video: Video) -> None:
    whole = a_start(video.owner, Image.new("RGB", (3840, 720)))
    part = alices.post(reverse("fit_touch_up_thumbnail", args=[video.pk, whole.pk]), {"place": "0"})["Location"]
    assert alices.post(of(video), page(alices.get(part)).form(having="start").fields).status_code == 302
    assert asked().start is not None
    assert asked().start.size == (1280, 720)


def test_another_picture_is_no_part_of_the_one_before(alices: Client, video: Video) -> None:
    whole = a_start(video.owner, stripes())
    sent = {"start": str(a_start(video.owner).pk), "whole": str(whole.pk)}
    left = alices.post(of(video, "choose_touch_up"), sent | {"do": "leave"})["Location"]
    chosen = upload(alices, left, scene((300, 200)))["Location"]
    assert page(alices.get(chosen)).form(having="start").fields["whole"] == ""


@pytest.mark.parametrize("place", ["", "-1", "101", "left"])
def test_a_place_that_is_none_is_said(place: str, alices: Client, video: Video) -> None:
    whole = a_start(video.owner, stripes())
    answer = alices.post(reverse("fit_touch_up_thumbnail", args=[video.pk, whole.pk]), {"place": place})
    assert page(answer).problems
    assert Reference.objects.count() == 1


def test_a_strip_too_thin_to_choose_from_is_refused(alices: Client, video: Video) -> None:
    whole = a_start(video.owner, Image.new("RGB", (8, 5000)))
    answer = alices.post(reverse("fit_touch_up_thumbnail", args=[video.pk, whole.pk]), {"place": "50"})
    assert page(answer).problems == [str(explain("start_too_small", {"least": 8}))]


def test_a_strangers_picture_or_a_mask_has_no_part(alices: Client, bob: User, video: Video) -> None:
    mask = a_mask_for(a_start(video.owner))
    for row in (a_start(bob, stripes()), mask):
        where = reverse("fit_touch_up_thumbnail", args=[video.pk, row.pk])
        assert {alices.get(where).status_code, alices.post(where, {"place": "0"}).status_code} == {404}
