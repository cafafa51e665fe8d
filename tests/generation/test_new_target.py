"""A target of any other size is one more row of the table: the site offers, paints and shows it without more code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from PIL import Image

from generation.models import GeneratedImage, GenerationRequest
from generation.serve import serve_requests
from generation.targets import TARGETS, Target
from imagecreator.queue.claim import claim
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from django.test import Client

    from channels_app.models import Channel


@pytest.mark.django_db(transaction=True)
def test_a_banner_of_2204_by_864_is_asked_for_painted_and_downloaded(
    alices: Client, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    banner = Target("banner", 2204, 864, safe=None, max_bytes=6_000_000, for_what="channel")
    monkeypatch.setitem(TARGETS, "banner", banner)
    page = reverse("generate_channel", args=[channel.pk, "banner"])
    assert "2204×864" in alices.get(page).content.decode()
    form = {"id": "11111111-1111-4111-8111-111111111111", "prompt": "a wide lake", "count": "1", "seed": "7"}
    followed = alices.post(page, form)["Location"]

    lease = claim(GenerationRequest, "test")
    assert lease is not None
    serve_requests([lease])
    request = GenerationRequest.objects.get()
    assert request.state == State.DONE, request.problem
    with GeneratedImage.objects.get().file.open("rb") as file:
        assert Image.open(file).size == (2204, 864)
    shown = alices.get(followed).content.decode()
    assert reverse("image_file", args=[request.images.get().pk]) in shown
    assert reverse("image_use", args=[request.images.get().pk]) not in shown, "a banner has no place on the site"
    assert alices.post(reverse("image_use", args=[request.images.get().pk])).status_code == 403
