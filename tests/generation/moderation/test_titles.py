"""A title that a rule refuses: no prompt is written from it, its owner can object, and a moderator can allow it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from generation import moderation
from generation.models import Flag, PromptDraft
from imagecreator.queue.states import State
from tests.generation.walking import work
from tests.look import words
from tests.rows import a_channel, a_rule, a_user, a_video

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client

    from channels_app.models import Video

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def refused(video: Video) -> PromptDraft:
    """A draft for "A walk by the lake", where lakes are refused."""
    a_rule("lake", action="refuse")
    return work(PromptDraft.objects.create(owner=video.owner, video=video, target="thumbnail"))


def test_it_is_said_and_can_be_objected_to(refused: PromptDraft, alices: Client, video: Video) -> None:
    assert (refused.state, refused.error, refused.error_values) == (State.REFUSED, "banned", {"term": "lake"})
    flag = Flag.objects.get()
    assert (flag.kind, flag.state, flag.what, flag.field) == ("text", "rejected", "A walk by the lake", "title")
    page = alices.get(reverse("generate_thumbnail", args=[video.pk]))
    assert "object to it" in words(page)
    assert f'href="{reverse("held")}"' in page.content.decode()
    assert "A walk by the lake" in words(alices.get(reverse("held")))


def test_the_same_title_is_one_flag(refused: PromptDraft, video: Video) -> None:
    work(PromptDraft.objects.create(owner=video.owner, video=video, target="thumbnail"))
    assert Flag.objects.count() == 1


def test_once_it_is_allowed_a_prompt_is_written_from_it_for_its_owner_alone(
    refused: PromptDraft, video: Video, mo: User, alices: Client
) -> None:
    flag = Flag.objects.get()
    moderation.appeal(flag, video.owner, "It is only water.")
    moderation.decide_appeal(flag, mo, grant=True)
    assert alices.post(reverse("draft_rewrite", args=[refused.pk])).status_code == 302
    written = work(PromptDraft.objects.get(state=State.QUEUED))
    assert (written.state, "lake" in written.prompt) == (State.DONE, True)
    other = a_video(a_channel(a_user("carol")))
    draft = work(PromptDraft.objects.create(owner=other.owner, video=other, target="thumbnail"))
    assert draft.state == State.REFUSED


def test_another_rule_that_finds_something_in_it_counts(refused: PromptDraft, video: Video, mo: User) -> None:
    flag = Flag.objects.get()
    moderation.appeal(flag, video.owner, "It is only water.")
    moderation.decide_appeal(flag, mo, grant=True)
    a_rule("walk", key="walks", action="refuse")
    draft = work(PromptDraft.objects.create(owner=video.owner, video=video, target="thumbnail"))
    assert (draft.state, draft.error_values) == (State.REFUSED, {"term": "walk"})
