"""What becomes of painted pictures, as the page for new pictures asks it: enlarged by a model, restyled, or neither."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from generation.models import GenerationRequest
from generation.models.paces import afterwards, pace_key
from generation.recipe import Recipe, write
from imagecreator.queue.models import Measured
from imagecreator.queue.states import State
from tests.generation.asking import HTMX, address, ask, form
from tests.generation.engine.begun import scene
from tests.generation.finishing import a_style_picture, a_touch_up
from tests.generation.recipe.files import png
from tests.generation.test_touch_up_page import upload
from tests.look import page, words
from tests.rows import a_mask_for, a_request, a_start, an_image

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client

    from channels_app.models import Video

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("written")]
STYLE = {"style_weight": "3", "effort": "quick"}


def test_a_style_is_chosen_on_a_page_of_its_own_and_taken_away_again(alices: Client, video: Video) -> None:
    choose = reverse("choose_style_thumbnail", args=[video.pk])
    assert choose in alices.get(address(video)).content.decode()
    left = alices.post(choose, form(prompt="a castle", do="leave"))
    chosen = upload(alices, left["Location"], scene((300, 200)))
    filled = page(alices.get(chosen["Location"].partition("#")[0])).form(having="prompt")
    assert (filled.fields["prompt"], filled.fields["effort"]) == ("a castle", "normal")
    assert filled.fields["style_weight"]
    assert alices.post(address(video), filled.fields).status_code == 302
    row = GenerationRequest.objects.get()
    assert str(row.style_picture_id) == filled.fields["style_picture"]
    assert row.restyle_options["iterations"] == 200
    bare = page(alices.post(address(video), filled.fields | {"do": "without_style"})).form(having="prompt")
    assert (bare.fields["style_picture"], bare.fields["prompt"]) == ("", "a castle")
    more = page(alices.get(f"{address(video)}?from={row.pk}")).form(having="prompt")
    assert more.fields["style_picture"] == str(row.style_picture_id)
    again = page(alices.get(f"{address(video)}?again={an_image(row).pk}")).form(having="prompt")
    assert again.fields["style_picture"] == str(row.style_picture_id)


def test_a_style_and_a_mask_exclude_each_other_and_the_page_says_so(alices: Client, video: Video) -> None:
    start = a_start(video.owner)
    masked = {"start": start.pk, "mask": a_mask_for(start).pk, "strength": "1"}
    style = a_style_picture(video.owner)
    refused = ask(alices, video, **masked, **STYLE, style_picture=style.pk)
    assert "cannot be painted over in a style" in words(refused)
    shown = alices.get(address(video), {"start": start.pk, "mask": masked["mask"]})
    assert "neither enlarged nor painted over" in words(shown)
    assert reverse("choose_style_thumbnail", args=[video.pk]) not in shown.content.decode()
    assert not GenerationRequest.objects.exists()
    assert ask(alices, video, **masked).status_code == 302


def test_somebody_elses_style_picture_is_none(alices: Client, bob: User, video: Video) -> None:
    refused = ask(alices, video, style_picture=a_style_picture(bob).pk, **STYLE)
    assert "The picture whose style was chosen cannot be used any more." in words(refused)
    refused = ask(alices, video, style_picture="nonsense", **STYLE)
    assert refused.status_code == 200
    assert not GenerationRequest.objects.exists()


def test_a_model_without_a_network_for_styles_says_so(
    alices: Client, video: Video, settings: object, flagging_models: object
) -> None:
    settings.PROFILE, settings.MODELS_DIR = "tiny", flagging_models  # type: ignore[attr-defined]
    assert "has no network for styles. So nothing can be" in words(alices.get(address(video)))
    refused = ask(alices, video, style_picture=a_style_picture(video.owner).pk, **STYLE)
    assert "has no network for styles." in words(refused)
    assert not GenerationRequest.objects.exists()


def test_numbers_stand_there_with_no_more_decimals_than_they_have(alices: Client, video: Video) -> None:
    row = a_touch_up(video, style_picture=a_style_picture(video.owner), restyle_options={"style_weight": 2.0})
    for weight, shown in ((2.0, "2"), (2.5, "2.5")):
        row.restyle_options = {"style_weight": weight, "iterations": 60, "keep_colours": False}
        row.save()
        answer = alices.get(f"{reverse('touch_up_thumbnail', args=[video.pk])}?from={row.pk}")
        assert page(answer).form(having="start").fields["style_weight"] == shown
    asked = a_request(video, strength=1.0, start=a_start(video.owner))
    fields = page(alices.get(f"{address(video)}?from={asked.pk}")).form(having="prompt").fields
    assert fields["strength"] == "1"


@pytest.mark.parametrize("way", ["lanczos", "model"])
def test_a_picture_and_its_request_say_alike_what_enlarged_it(way: str, alices: Client, video: Video) -> None:
    row = a_touch_up(video, enlarge_by=way, state=State.DONE)
    image = an_image(row)
    recipe = Recipe("imagecreator", seed=7, start="0" * 64, upscaler="x4" if way == "model" else "")
    image.file.save("", ContentFile(png(**write(recipe, "0.1.0")).getvalue()))
    said = {"lanczos": "Увеличено фильтром Ланцоша", "model": "Увеличено увеличителем модели"}[way]
    for url in (reverse("image", args=[image.pk]), row.get_absolute_url()):
        assert said in words(alices.get(url, headers={"accept-language": "ru"}))


@pytest.mark.parametrize("weight", ["0", "11", "nan", "much"])
def test_a_weight_out_of_range_is_refused(alices: Client, video: Video, weight: str) -> None:
    style = a_style_picture(video.owner)
    assert ask(alices, video, style_picture=style.pk, style_weight=weight, effort="quick").status_code == 200
    assert not GenerationRequest.objects.exists()


def test_the_models_upscaler_is_asked_for_and_remembered(alices: Client, video: Video) -> None:
    assert ask(alices, video, enlarge_by="model").status_code == 302
    row = GenerationRequest.objects.get()
    assert row.enlarge_by == "model"
    assert row.pace_key.endswith(" enlarge by model")
    more = page(alices.get(f"{address(video)}?from={row.pk}")).form(having="prompt")
    assert more.fields["enlarge_by"] == "model"
    assert "the model's upscaler" in words(alices.get(row.get_absolute_url()))


def test_times_are_told_with_what_comes_afterwards(alices: Client, video: Video) -> None:
    style = a_style_picture(video.owner)
    row = a_request(video, style_picture=style, restyle_options={"iterations": 60}, mode="fast")
    assert row.engine_profile is not None
    key = pace_key(row.engine_profile, row.size, "fast", None) + afterwards("lanczos", {"iterations": 60})
    assert row.pace_key == key
    Measured.objects.note(f"{row.kind()} {key}", 1, 77.0)
    fields = form(style_picture=style.pk, do="show", **STYLE)
    assert "Painted in about: Fast" in words(alices.post(address(video), fields, **HTMX))
    assert "Painted in about: Fast" not in words(alices.post(address(video), form(do="show"), **HTMX))
