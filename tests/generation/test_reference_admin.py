"""References in the admin: moderators look at them, nobody edits them, and they keep no account from being deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from generation.models import GenerationRequest, Reference
from imagecreator.queue.states import State
from tests.look import words
from tests.rows import a_mask_for, a_request, a_start, a_user

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from channels_app.models import Video


@pytest.fixture
def row(video: Video) -> GenerationRequest:
    """A request that begins with a picture and has a mask."""
    start = a_start(video.owner)
    return a_request(video, start=start, mask=a_mask_for(start), strength=0.4, state=State.DONE)


def test_a_moderator_looks_at_them_and_changes_nothing(row: GenerationRequest, mos: Client) -> None:
    listing = reverse("admin:generation_reference_changelist")
    html = mos.get(listing).content.decode()
    for reference in (row.start, row.mask):
        assert reference is not None
        assert f'src="{reverse("reference_file", args=[reference.pk])}"' in html
        assert mos.get(reverse("reference_file", args=[reference.pk])).status_code == 200
        page = reverse("admin:generation_reference_change", args=[reference.pk])
        assert mos.get(page).status_code == 200
        assert mos.post(page, {"kind": "mask"}).status_code == 403
        assert mos.post(reverse("admin:generation_reference_delete", args=[reference.pk])).status_code == 403
    assert mos.get(reverse("admin:generation_reference_add")).status_code == 403


def test_a_moderator_sees_on_the_page_what_a_request_begins_with(row: GenerationRequest, mos: Client) -> None:
    answer = mos.get(reverse("request", args=[row.pk]))
    assert row.start is not None
    assert reverse("reference_file", args=[row.start.pk]) in answer.content.decode()
    assert "Strength 0.4" in words(answer)


def test_an_account_with_references_in_use_can_be_deleted(
    row: GenerationRequest, as_user: Callable[[User], Client]
) -> None:
    boss = as_user(a_user("boss", is_staff=True, is_superuser=True))
    assert row.start is not None
    refused = boss.get(reverse("admin:generation_reference_delete", args=[row.start.pk]))
    assert "would require deleting the following protected related objects" in words(refused)
    assert boss.post(reverse("admin:auth_user_delete", args=[row.owner.pk]), {"post": "yes"}).status_code == 302
    assert not User.objects.filter(pk=row.owner.pk).exists()
    assert not Reference.objects.exists()
