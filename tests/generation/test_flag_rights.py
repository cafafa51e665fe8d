"""Who may do what to a flag, verb by verb; whoever may not changes neither the flag, nor the thing, nor the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.core.exceptions import PermissionDenied

from generation import moderation
from generation.models import Flag, GeneratedImage, GenerationRequest, ModerationAct, Ruling
from generation.moderation import TooLate
from imagecreator.queue.changes import cancel
from imagecreator.queue.claim import claim
from imagecreator.queue.states import State
from tests.rows import a_request, a_rule, a_user, an_image

if TYPE_CHECKING:
    from collections.abc import Callable

    from channels_app.models import Video

Status = GeneratedImage.Status
VERBS: dict[str, Callable[[Flag, User], None]] = {
    "approve": moderation.approve,
    "reject": moderation.reject,
    "take back": moderation.take_back,
    "settle": lambda flag, by: moderation.settle(flag, by, allow=True),
    "decide appeal": lambda flag, by: moderation.decide_appeal(flag, by, grant=True),
    "reject and suspend": moderation.reject_and_suspend,
    "suspend": lambda flag, by: moderation.suspend(flag.owner, by),  # type: ignore[arg-type]
    "restore": lambda flag, by: moderation.restore(flag.owner, by),  # type: ignore[arg-type]
}


@pytest.fixture
def flag(video: Video) -> Flag:
    """Of a held picture of Alice's."""
    image = an_image(a_request(video, state=State.HELD), status=Status.HELD)
    return moderation.raise_flag(image, Flag.Kind.PICTURE, video.owner, Flag.Reason.FLAGGED)


@pytest.fixture
def words(video: Video) -> Flag:
    """Of held words of Alice's."""
    a_rule("green lake", action="hold")
    moderation.queue_or_hold(a_request(video, prompt="a green lake"))
    return Flag.objects.get(kind=Flag.Kind.TEXT)


def everything(flag: Flag) -> tuple[object, ...]:
    return (
        Flag.objects.values().get(pk=flag.pk),
        GeneratedImage.objects.get(pk=flag.object_id).status,
        list(User.objects.order_by("pk").values_list("username", "is_active")),
        ModerationAct.objects.count(),
    )


def outsiders() -> list[User]:
    """People who may not decide: a stranger, an operator, staff, and moderators who were let go."""
    gone = a_user("gone", "moderator", is_active=False)
    former = a_user("former", "moderator")
    former.groups.clear()
    return [
        a_user("stranger"),
        a_user("olga", "operator", is_staff=True),
        a_user("clerk", is_staff=True),
        *User.objects.filter(pk__in=[gone.pk, former.pk]),
    ]


@pytest.mark.parametrize("verb", VERBS)
def test_nobody_but_a_moderator_does_anything(verb: str, flag: Flag) -> None:
    people = outsiders()
    before = everything(flag)
    for person in [*people, flag.owner]:
        assert person is not None
        with pytest.raises(PermissionDenied):
            VERBS[verb](flag, person)
        assert everything(flag) == before, person
    with pytest.raises(PermissionDenied):
        VERBS[verb](flag, AnonymousUser())  # type: ignore[arg-type]


def test_the_permission_makes_a_moderator_whatever_group_it_came_by(flag: Flag) -> None:
    nina = a_user("nina")
    nina.user_permissions.add(Permission.objects.get(codename="moderate"))
    moderation.approve(flag, User.objects.get(pk=nina.pk))
    assert ModerationAct.objects.get(act="approved").by == "nina"


def test_a_moderator_decides_nothing_of_their_own(flag: Flag, words: Flag, mo: User) -> None:
    flag.owner.groups.add(Group.objects.get(name="moderator"))  # type: ignore[union-attr]
    alice = User.objects.get(username="alice")
    before = everything(flag)
    for mine in (flag, words):
        for act in (moderation.approve, moderation.reject, moderation.reject_and_suspend):
            with pytest.raises(PermissionDenied):
                act(mine, alice)
    assert everything(flag) == before
    moderation.reject(flag, mo)
    moderation.appeal(flag, alice, "please")
    for grant in (True, False):
        with pytest.raises(PermissionDenied):
            moderation.decide_appeal(flag, alice, grant=grant)
        with pytest.raises(PermissionDenied):
            moderation.settle(flag, alice, allow=grant)


@pytest.mark.parametrize("reach", ["themselves", "staff", "superuser"])
def test_nobody_suspends_themselves_staff_or_a_superuser(reach: str, mo: User) -> None:
    person = {
        "themselves": mo,
        "staff": a_user("clerk", is_staff=True),
        "superuser": a_user("boss", is_superuser=True),
    }[reach]
    with pytest.raises(PermissionDenied):
        moderation.suspend(person, mo)
    person.refresh_from_db()
    assert person.is_active
    assert not ModerationAct.objects.exists()


def test_the_same_person_is_neither_suspended_nor_restored_twice(alice: User, mo: User) -> None:
    with pytest.raises(TooLate):
        moderation.restore(alice, mo)
    for do in (moderation.suspend, moderation.restore):
        do(alice, mo, "because")
        alice.refresh_from_db()
        with pytest.raises(TooLate):
            do(alice, mo)
    rows = ModerationAct.objects.order_by("id").values_list("act", "owner", "by", "words")
    assert list(rows) == [(act, "alice", "mo", "because") for act in ("suspended", "restored")]


def test_only_what_was_rejected_is_objected_to(flag: Flag, mo: User, alice: User) -> None:
    moderation.approve(flag, mo)
    noted = moderation.raise_flag(None, Flag.Kind.TEXT, alice, Flag.Reason.RULE, state=Flag.State.NOTED)
    for one in (flag, noted):
        with pytest.raises(TooLate):
            moderation.appeal(one, alice, "please")
    assert not ModerationAct.objects.filter(act="appealed").exists()


def test_what_was_noted_needs_no_decision_and_gets_none(alice: User, mo: User) -> None:
    noted = moderation.raise_flag(None, Flag.Kind.TEXT, alice, Flag.Reason.RULE, state=Flag.State.NOTED)
    for act in (moderation.approve, moderation.reject, moderation.take_back):
        with pytest.raises(TooLate):
            act(noted, mo)
    assert not noted.is_waiting
    assert list(ModerationAct.objects.values_list("act", flat=True)) == ["noted"]


@pytest.mark.parametrize("allow", [True, False])
def test_what_is_gone_can_still_be_decided(allow: bool, flag: Flag, mo: User) -> None:
    GenerationRequest.objects.all().delete()
    moderation.settle(Flag.objects.get(pk=flag.pk), mo, "gone anyway", allow=allow)
    flag.refresh_from_db()
    assert (flag.thing, flag.state) == (None, "approved" if allow else "rejected")


def test_of_somebody_who_is_gone_the_picture_is_rejected_and_nobody_suspended(
    flag: Flag, mo: User, alice: User
) -> None:
    alice.delete()
    moderation.reject_and_suspend(Flag.objects.get(pk=flag.pk), mo)
    assert list(ModerationAct.objects.order_by("id").values_list("act", flat=True)) == ["flagged", "rejected"]


def test_words_that_were_allowed_are_held_again_when_that_is_taken_back(words: Flag, mo: User) -> None:
    request = GenerationRequest.objects.get()
    moderation.approve(words, mo)
    assert Ruling.objects.filter(owner=request.owner, allowed=True).exists()
    moderation.take_back(words, mo)
    request.refresh_from_db()
    assert (request.state, request.error) == (State.HELD, "held_words")
    assert not Ruling.objects.exists()
    assert claim(GenerationRequest, "worker") is None
    moderation.approve(words, mo)
    assert claim(GenerationRequest, "worker") is not None


def test_words_that_were_refused_wait_again_when_that_is_taken_back(words: Flag, mo: User) -> None:
    request = GenerationRequest.objects.get()
    moderation.reject(words, mo)
    moderation.take_back(words, mo)
    request.refresh_from_db()
    assert (request.state, request.error) == (State.HELD, "held_words")
    assert cancel(request), "its owner may still cancel it"


def test_what_a_worker_has_is_not_taken_back(words: Flag, mo: User) -> None:
    moderation.approve(words, mo)
    assert claim(GenerationRequest, "worker") is not None
    with pytest.raises(TooLate):
        moderation.take_back(words, mo)
    words.refresh_from_db()
    assert (words.state, Ruling.objects.exists()) == ("approved", True)
    assert ModerationAct.objects.latest("id").act == "approved"


def test_what_its_owner_cancelled_is_not_painted_whatever_is_decided(words: Flag, mo: User) -> None:
    request = GenerationRequest.objects.get()
    cancel(request)
    moderation.approve(words, mo)
    request.refresh_from_db()
    assert request.state == State.CANCELLED


def test_an_appeal_that_is_granted_ends_in_the_queue_and_one_turned_down_does_not(words: Flag, mo: User) -> None:
    request, mara = GenerationRequest.objects.get(), a_user("mara", "moderator")
    moderation.reject(words, mo)
    moderation.appeal(words, request.owner, "a real lake")
    moderation.settle(words, mara, "so it is", allow=True)
    request.refresh_from_db()
    assert request.state == State.QUEUED
    other = a_request(request.video, prompt="another green lake")  # type: ignore[arg-type]
    moderation.queue_or_hold(other)
    flag = Flag.objects.get(object_id=str(other.pk))
    moderation.reject(flag, mo)
    moderation.appeal(flag, request.owner, "this one too")
    moderation.settle(flag, mara, "no", allow=False)
    other.refresh_from_db()
    assert other.state == State.REFUSED
