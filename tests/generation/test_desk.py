"""The moderators' desk: who sees it, what is on it, and that it decides, one by one and several at once."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from generation import moderation
from generation.models import Flag, GeneratedImage, GenerationRequest, ModerationAct
from imagecreator.errors import ExpectedError
from imagecreator.queue.changes import cancel
from imagecreator.queue.states import State
from tests.generation.asking import RUSSIAN
from tests.look import words
from tests.rows import a_channel, a_picture, a_request, a_rule, a_user, a_video, an_image

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User
    from django.test import Client

    from channels_app.models import Video

DESK, DECIDE = reverse("admin:generation_flag_desk"), reverse("admin:generation_flag_decide")
JSON = {"HTTP_X_DESK": "1"}


@pytest.fixture
def desk(db: None, as_user: Callable[[User], Client]) -> Client:
    """The browser of a moderator who may enter the admin."""
    return as_user(a_user("mara", "moderator", is_staff=True))


def flagged(video: Video, **more: object) -> Flag:
    image = an_image(a_request(video, state=State.HELD, prompt="a lake"), status=GeneratedImage.Status.HELD)
    detail = {"prompt": "a lake", "profile": "tiny", "loras": [{"name": "Ink", "weight": 0.8}], "seed": 7}
    return moderation.raise_flag(
        image, Flag.Kind.PICTURE, video.owner, Flag.Reason.FLAGGED, scores={"concept_1": 0.25}, detail=detail, **more
    )


def held_words(video: Video, alices: Client) -> Flag:
    a_rule("green lake", action="hold", category="hate")
    moderation.queue_or_hold(a_request(video, prompt="a green lake <b>bold</b>"))
    return Flag.objects.get(kind=Flag.Kind.TEXT)


def test_it_is_for_moderators_alone(
    desk: Client, alices: Client, as_user: Callable[[User], Client], client: Client, video: Video
) -> None:
    flag = flagged(video)
    operator = as_user(a_user("olga", "operator", is_staff=True))
    outside = as_user(a_user("nina", "moderator"))  # who moderates, but is no staff
    for other in (alices, operator, client, outside):
        assert other.get(DESK).status_code in (302, 403)
        assert other.post(DECIDE, {"act": "approve", "flag": str(flag.pk)}).status_code in (302, 403)
    flag.refresh_from_db()
    assert flag.state == "open"
    assert desk.get(DESK).status_code == 200
    assert operator.get(reverse("admin:generation_flag_changelist")).status_code == 200


def test_the_way_to_it_is_shown_to_moderators_alone(
    desk: Client, alices: Client, as_user: Callable[[User], Client]
) -> None:
    operator = as_user(a_user("olga", "operator", is_staff=True))
    outside = as_user(a_user("nina", "moderator"))
    numbers, flags = reverse("admin:generation_flag_numbers"), reverse("admin:generation_flag_changelist")
    for address in ("/", numbers, flags):
        assert f'href="{DESK}"' in desk.get(address).content.decode(), address
        assert f'href="{DESK}"' not in operator.get(address).content.decode(), address
    assert f'href="{DESK}"' not in outside.get("/").content.decode()
    assert f'href="{DESK}"' not in alices.get("/").content.decode()
    assert "Your account does not have the right to do this." in words(operator.get(DESK))


def test_a_card_says_all_that_one_needs(desk: Client, video: Video) -> None:
    flag = flagged(video)
    answer = desk.get(DESK)
    said = words(answer)
    for part in (
        "Painted picture",
        "The safety checker",
        "alice",
        "a lake",
        "tiny",
        "Ink 0.8",
        "Seed 7",
        "concept_1 0.25",
    ):
        assert part in said
    image = GeneratedImage.objects.get()
    assert f'src="{reverse("image_file", args=[image.pk])}"' in answer.content.decode()
    assert f'id="flag-{flag.pk}"' in answer.content.decode()
    assert desk.get(reverse("image_file", args=[image.pk])).status_code == 200


def test_held_words_come_with_rule_and_term_and_a_way_to_a_new_rule(desk: Client, video: Video, alices: Client) -> None:
    held_words(video, alices)
    answer = desk.get(DESK)
    page = answer.content.decode()
    assert "A rule: Ours" in words(answer)
    assert "<mark>green lake</mark>" in page
    assert "<b>bold</b>" not in page
    assert f"{reverse('admin:generation_rule_add')}?terms=" in page
    assert "category=hate" in page
    assert "Правило: Наше" in words(desk.get(DESK, **RUSSIAN))


def test_texts_are_named_in_the_moderators_language(desk: Client, video: Video, alices: Client) -> None:
    held_words(video, alices)
    assert "Prompt a green lake" in words(desk.get(DESK))
    assert "Промпт a green lake" in words(desk.get(DESK, **RUSSIAN))


def test_what_a_rule_refused_is_not_counted_as_rejected_by_somebody(desk: Client, video: Video, mo: User) -> None:
    a_rule("red lake")
    with pytest.raises(ExpectedError, match="banned"):
        moderation.queue_or_hold(a_request(video, prompt="a red lake"))
    moderation.reject(flagged(video), mo)
    flagged(video)
    assert "approved 0, rejected 1, refused by rules 1" in words(desk.get(DESK))


def test_who_objects_to_a_rule_or_to_somebody_is_shown_with_it(desk: Client, video: Video, mo: User) -> None:
    a_rule("red lake")
    with pytest.raises(ExpectedError, match="banned"):
        moderation.queue_or_hold(a_request(video, prompt="a red lake"))
    moderation.appeal(Flag.objects.get(), video.owner, "a lake of wine")
    assert "a lake of wine Refused by the rule. Owner" in words(desk.get(DESK))
    flag = flagged(video)
    moderation.reject(flag, mo)
    moderation.appeal(flag, video.owner, "it is blue")
    assert "it is blue Rejected by mo, without a reason." in words(desk.get(DESK))


def test_of_two_contexts_the_owner_and_the_moderator_see_both(desk: Client, video: Video, alices: Client) -> None:
    a_rule("child", together="wine", action="hold")
    moderation.queue_or_hold(a_request(video, prompt="wine for a child"))
    assert "“wine … child”" in words(alices.get(GenerationRequest.objects.get().get_absolute_url()))
    assert "wine … child" in words(alices.get(reverse("held_one", args=[Flag.objects.get().pk])))
    assert "terms=wine&amp;together=child" in desk.get(DESK).content.decode()


def test_a_rule_made_from_a_negative_prompt_is_for_negative_prompts(desk: Client, video: Video) -> None:
    a_rule("clothes", action="hold", negative=True)
    moderation.queue_or_hold(a_request(video, prompt="a woman", negative="clothes"))
    address = re.search(r'href="([^"]+terms=clothes[^"]*)"', desk.get(DESK).content.decode())
    assert address is not None
    form = desk.get(address[1].replace("&amp;", "&")).context["adminform"].form
    assert form.get_initial_for_field(form.fields["negative"], "negative")


def test_a_card_says_where_nothing_comes_of_a_decision(desk: Client, video: Video, alices: Client) -> None:
    held_words(video, alices)
    assert "whatever you decide" not in words(desk.get(DESK))
    cancel(GenerationRequest.objects.get())
    assert "Its owner cancelled it: it is not painted whatever you decide." in words(desk.get(DESK))
    GenerationRequest.objects.get().delete()
    assert "It was deleted: your decision changes nothing but what is remembered." in words(desk.get(DESK))


def test_the_oldest_comes_first_and_what_is_decided_is_not_there(desk: Client, video: Video, mo: User) -> None:
    first, second, third = (flagged(video) for _ in range(3))
    moderation.approve(second, mo)
    page = desk.get(DESK).content.decode()
    assert page.index(str(first.pk)) < page.index(str(third.pk))
    assert f"flag-{second.pk}" not in page
    assert f"flag-{second.pk}" in desk.get(DESK, {"flag": str(second.pk)}).content.decode()
    assert "Nothing waits" in words(desk.get(DESK, {"flag": "no key"}))


def test_it_is_filtered_by_kind_rule_and_owner(desk: Client, video: Video, alices: Client, bob: User) -> None:
    text, picture = held_words(video, alices), flagged(video)
    other = flagged(a_video(a_channel(bob)))
    keys = {flag.pk for flag in (text, picture, other)}
    for query, left in (
        ({"kind": "text"}, {text.pk}),
        ({"rule": "ours"}, {text.pk}),
        ({"category": "hate"}, {text.pk}),
        ({"owner": "bob"}, {other.pk}),
        ({"owner": "alice", "kind": "picture"}, {picture.pk}),
        ({}, keys),
    ):
        page = desk.get(DESK, query).content.decode()
        assert {key for key in keys if f"flag-{key}" in page} == left, query


def test_several_are_decided_at_once_with_a_reason(desk: Client, video: Video) -> None:
    flags = [flagged(video) for _ in range(3)]
    form = {"act": "reject", "flag": [str(flag.pk) for flag in flags[:2]], "words": "no lakes", "back": "kind=picture"}
    answer = desk.post(DECIDE, form, follow=True)
    assert "2 decided." in words(answer)
    assert answer.redirect_chain[0][0].endswith("?kind=picture")
    assert sorted(Flag.objects.values_list("state", "words")) == [("open", ""), *[("rejected", "no lakes")] * 2]
    assert ModerationAct.objects.filter(act="rejected", by="mara", words="no lakes").count() == 2


def test_one_is_decided_by_its_own_button(desk: Client, video: Video) -> None:
    first, second = flagged(video), flagged(video)
    desk.post(DECIDE, {"act": f"approve:{first.pk}", "flag": [str(second.pk)]})
    assert dict(Flag.objects.values_list("pk", "state")) == {first.pk: "approved", second.pk: "open"}


def test_the_script_is_told_what_was_done(desk: Client, video: Video, mo: User) -> None:
    flag = flagged(video)
    form = {"act": "approve", "flag": str(flag.pk)}
    assert desk.post(DECIDE, form, **JSON).json() == {"done": 1, "message": "1 decided."}
    late = desk.post(DECIDE, form, **JSON).json()
    assert (late["late"], "quicker" in late["message"]) == (1, True)
    assert desk.post(DECIDE, form | {"act": "undo"}, **JSON).json()["done"] == 1
    flag.refresh_from_db()
    assert flag.state == "open"


@pytest.mark.parametrize(
    "form", [{}, {"act": "approve"}, {"act": "burn", "flag": str(uuid.uuid4())}, {"act": "approve", "flag": "x"}]
)
def test_what_says_nothing_is_told(form: dict[str, str], desk: Client) -> None:
    assert desk.post(DECIDE, form).status_code == 400
    assert desk.get(DECIDE).status_code == 400


def test_an_appeal_waits_for_another_moderator(
    desk: Client, video: Video, mo: User, as_user: Callable[[User], Client]
) -> None:
    flag = flagged(video)
    desk.post(DECIDE, {"act": f"reject:{flag.pk}", "words": "no"})
    flag.refresh_from_db()
    moderation.appeal(flag, video.owner, "It is a statue.")
    own = desk.get(DESK)
    assert "It is a statue." in words(own)
    assert "Somebody else must decide this" in words(own)
    assert 'data-act="approve"' not in own.content.decode()
    other = as_user(a_user("nina", "moderator", is_staff=True))
    assert "Rejected by mara: no" in words(other.get(DESK))
    assert other.post(DECIDE, {"act": "approve", "flag": str(flag.pk)}, **JSON).json()["done"] == 1
    flag.refresh_from_db()
    assert (flag.appeal, flag.state) == ("granted", "approved")


def test_suspending_the_owner_goes_with_the_rejection(desk: Client, video: Video, alices: Client) -> None:
    flag = flagged(video)
    desk.post(DECIDE, {"act": "suspend", "flag": str(flag.pk), "words": "enough"})
    flag.refresh_from_db()
    assert flag.state == "rejected"
    assert alices.get(video.get_absolute_url()).status_code in (302, 404)
    assert ModerationAct.objects.get(act="suspended").owner == "alice"


def test_nobody_changes_flags_or_the_log_in_the_admin(video: Video, as_user: Callable[[User], Client]) -> None:
    boss = as_user(a_user("boss", is_staff=True, is_superuser=True))
    flag = flagged(video)
    for row in (flag, ModerationAct.objects.get()):
        name = row._meta.model_name
        pages = [reverse(f"admin:generation_{name}_{act}", args=[row.pk]) for act in ("change", "delete")]
        assert boss.get(pages[0]).status_code == 200
        assert 'name="_save"' not in boss.get(pages[0]).content.decode()
        assert boss.post(pages[0], {"words": "x"}).status_code == 403
        assert boss.post(pages[1], {"post": "yes"}).status_code == 403
        assert boss.get(reverse(f"admin:generation_{name}_add")).status_code == 403
        listing = reverse(f"admin:generation_{name}_changelist")
        boss.post(listing, {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"})
        assert type(row).objects.filter(pk=row.pk).exists()


def test_many_flags_cost_as_many_queries_as_few(desk: Client, video: Video, alice: User) -> None:
    counts = []
    for number in (1, 8):
        for _ in range(number):
            flagged(video)
            moderation.raise_flag(a_picture(a_channel(alice), "avatar"), "report", alice, "reported")
        with CaptureQueriesContext(connection) as asked:
            assert desk.get(DESK).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_card_counts_the_other_flags_of_its_owner(desk: Client, video: Video, mo: User) -> None:
    first = flagged(video)
    moderation.reject(first, mo)
    moderation.appeal(first, video.owner, "It is a lake.")
    assert "approved 0, rejected 0" in words(desk.get(DESK))
    moderation.approve(flagged(video), mo)
    assert "approved 1, rejected 0" in words(desk.get(DESK))
