"""Flags: who may decide, once; what becomes of the thing; and a log that stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.core.management import call_command

from channels_app.models import Picture
from generation import moderation
from generation.models import Flag, GeneratedImage, GenerationRequest, ModerationAct
from generation.models.act import AppendOnly
from generation.moderation import TooLate
from imagecreator.queue.states import State
from tests.rows import a_request, a_user, an_image

if TYPE_CHECKING:
    from channels_app.models import Video

Status = GeneratedImage.Status


@pytest.fixture
def image(video: Video) -> GeneratedImage:
    return an_image(a_request(video, state=State.HELD), status=Status.HELD)


@pytest.fixture
def flag(image: GeneratedImage) -> Flag:
    detail = {"prompt": "a lake", "seed": 7}
    return moderation.raise_flag(
        image, Flag.Kind.PICTURE, image.request.owner, Flag.Reason.FLAGGED, scores={"concept_1": 0.1}, detail=detail
    )


@pytest.fixture
def mara(db: None) -> User:
    return a_user("mara", "moderator")


def acts() -> list[str]:
    return list(ModerationAct.objects.order_by("id").values_list("act", flat=True))


def states(flag: Flag, image: GeneratedImage) -> tuple[str, str, str]:
    flag.refresh_from_db()
    image.refresh_from_db()
    return flag.state, image.status, GenerationRequest.objects.get(pk=image.request_id).state


def test_an_approved_picture_is_its_owners_and_the_request_is_done(flag: Flag, image: GeneratedImage, mo: User) -> None:
    moderation.approve(flag, mo, "fine")
    assert states(flag, image) == ("approved", Status.OK, State.DONE)
    assert (flag.decided_by, flag.words) == (mo, "fine")
    assert flag.decided_at is not None
    assert acts() == ["flagged", "approved"]


def test_a_rejected_picture_stays_away(flag: Flag, image: GeneratedImage, mo: User, alice: User) -> None:
    moderation.reject(flag, mo)
    assert states(flag, image) == ("rejected", Status.REJECTED, State.DONE)
    assert not GeneratedImage.objects.visible_to(alice).exists()
    with pytest.raises(ValueError, match="passed the check"):
        image.apply()


def test_two_moderators_decide_once(flag: Flag, image: GeneratedImage, mo: User, mara: User) -> None:
    theirs = Flag.objects.get(pk=flag.pk)
    moderation.approve(flag, mo)
    with pytest.raises(TooLate):
        moderation.reject(theirs, mara)
    assert states(flag, image)[1] == Status.OK
    assert acts() == ["flagged", "approved"]


def test_nobody_else_decides_and_no_moderator_of_what_is_theirs(flag: Flag, alice: User, bob: User) -> None:
    for person in (alice, bob):
        for act in (moderation.approve, moderation.reject, moderation.take_back):
            with pytest.raises(PermissionDenied):
                act(flag, person)
    alice.groups.add(Group.objects.get(name="moderator"))
    with pytest.raises(PermissionDenied):
        moderation.approve(flag, User.objects.get(pk=alice.pk))
    User.objects.filter(pk=alice.pk).update(is_superuser=True)
    moderation.approve(flag, User.objects.get(pk=alice.pk))


def test_an_act_is_taken_back_by_whoever_did_it(flag: Flag, image: GeneratedImage, mo: User, mara: User) -> None:
    moderation.reject(flag, mo)
    with pytest.raises(TooLate):
        moderation.take_back(flag, mara)
    moderation.take_back(flag, mo)
    assert states(flag, image) == ("open", Status.HELD, State.HELD)
    assert flag.decided_by is None
    moderation.approve(flag, mara)
    assert states(flag, image) == ("approved", Status.OK, State.DONE)
    assert acts() == ["flagged", "rejected", "reopened", "approved"]


def test_what_has_gone_its_way_is_not_taken_back(flag: Flag, image: GeneratedImage, mo: User, alice: User) -> None:
    moderation.approve(flag, mo)
    image.refresh_from_db()
    image.apply()
    with pytest.raises(TooLate):
        moderation.take_back(flag, mo)
    assert states(flag, image)[:2] == ("approved", Status.OK)


def test_what_was_held_before_there_were_flags_comes_to_the_desk(image: GeneratedImage, video: Video) -> None:
    an_image(a_request(video, state=State.DONE))
    for _ in range(2):
        call_command("migrate", verbosity=0)
        flag = Flag.objects.get()
    assert (flag.thing, flag.state, flag.times) == (image, "open", 1)


def test_a_picture_that_was_decided_meanwhile_gets_no_other_flag(flag: Flag, image: GeneratedImage, mo: User) -> None:
    assert moderation.flag_of(image) == flag
    moderation.reject(flag, mo)
    with pytest.raises(TooLate):
        moderation.flag_of(image)  # as it was read before
    assert Flag.objects.count() == 1


def test_what_a_moderator_takes_back_while_its_owner_applies_it_is_not_applied(
    flag: Flag, image: GeneratedImage, mo: User
) -> None:
    moderation.approve(flag, mo)
    image.refresh_from_db()
    moderation.take_back(flag, mo)
    with pytest.raises(ValueError, match="passed the check"):
        image.apply()
    assert not Picture.objects.exists()


def test_an_owner_objects_once_and_another_moderator_decides(
    flag: Flag, image: GeneratedImage, mo: User, mara: User, alice: User, bob: User
) -> None:
    with pytest.raises(TooLate):
        moderation.appeal(flag, alice, "not decided yet")
    moderation.reject(flag, mo)
    with pytest.raises(PermissionDenied):
        moderation.appeal(flag, bob, "not his")
    moderation.appeal(flag, alice, "It is a statue.")
    with pytest.raises(TooLate):
        moderation.appeal(flag, alice, "again")
    for person in (mo, alice, bob):
        with pytest.raises(PermissionDenied):
            moderation.decide_appeal(flag, person, grant=True)
    with pytest.raises(TooLate):
        moderation.take_back(flag, mo)
    moderation.decide_appeal(flag, mara, "so it is", grant=True)
    assert states(flag, image)[:2] == ("approved", Status.OK)
    assert (flag.appeal, flag.appeal_words) == (Flag.Appeal.GRANTED, "so it is")
    with pytest.raises(TooLate):
        moderation.decide_appeal(flag, mara, grant=False)
    assert acts() == ["flagged", "rejected", "appealed", "granted"]


def test_an_appeal_that_is_turned_down_changes_nothing(
    flag: Flag, image: GeneratedImage, mo: User, mara: User, alice: User
) -> None:
    moderation.reject(flag, mo)
    moderation.appeal(flag, alice, "please")
    moderation.decide_appeal(flag, mara, grant=False)
    assert states(flag, image)[:2] == ("rejected", Status.REJECTED)
    assert not flag.can_be_appealed


def test_somebody_is_kept_out_with_all_that_waits(flag: Flag, video: Video, mo: User, alice: User) -> None:
    waiting = a_request(video)
    moderation.reject_and_suspend(flag, mo, "enough")
    alice.refresh_from_db()
    waiting.refresh_from_db()
    assert (alice.is_active, waiting.state) == (False, State.CANCELLED)
    assert acts()[-2:] == ["rejected", "suspended"]
    moderation.restore(alice, mo)
    alice.refresh_from_db()
    assert alice.is_active


def test_taking_it_back_lets_its_owner_in_again(flag: Flag, mo: User, alice: User) -> None:
    moderation.reject_and_suspend(flag, mo, "enough")
    moderation.take_back(flag, mo)
    alice.refresh_from_db()
    assert alice.is_active
    assert acts()[-2:] == ["reopened", "restored"]


def test_taking_it_back_lets_nobody_in_who_is_out_for_something_else(
    flag: Flag, mo: User, mara: User, alice: User
) -> None:
    moderation.reject_and_suspend(flag, mo)
    moderation.restore(User.objects.get(pk=alice.pk), mo)
    other = moderation.raise_flag(None, Flag.Kind.TEXT, alice, Flag.Reason.RULE)
    moderation.reject_and_suspend(Flag.objects.get(pk=other.pk), mara)
    moderation.take_back(Flag.objects.get(pk=flag.pk), mo)
    alice.refresh_from_db()
    assert not alice.is_active
    moderation.take_back(Flag.objects.get(pk=other.pk), mara)
    alice.refresh_from_db()
    assert alice.is_active


def test_what_was_flagged_again_since_is_not_taken_back(
    flag: Flag, image: GeneratedImage, mo: User, alice: User
) -> None:
    moderation.approve(flag, mo)
    moderation.raise_flag(image, Flag.Kind.PICTURE, alice, Flag.Reason.FLAGGED)
    with pytest.raises(TooLate):
        moderation.take_back(flag, mo)
    assert states(flag, image)[0] == "approved"


@pytest.mark.parametrize("fields", [{"is_staff": True}, {"is_superuser": True}])
def test_staff_is_not_suspended_and_then_nothing_is_rejected(
    fields: dict[str, bool], flag: Flag, image: GeneratedImage, mo: User, alice: User
) -> None:
    User.objects.filter(pk=alice.pk).update(**fields)
    with pytest.raises(PermissionDenied):
        moderation.reject_and_suspend(Flag.objects.get(pk=flag.pk), mo)
    assert states(flag, image)[:2] == ("open", Status.HELD)
    assert acts() == ["flagged"]


def test_a_thing_has_one_open_flag_of_a_kind(flag: Flag, image: GeneratedImage, mo: User, alice: User) -> None:
    again = moderation.raise_flag(image, Flag.Kind.PICTURE, alice, Flag.Reason.FLAGGED)
    assert (again.pk, again.times) == (flag.pk, 2)
    moderation.approve(flag, mo)
    assert moderation.raise_flag(image, Flag.Kind.PICTURE, alice, Flag.Reason.FLAGGED).pk != flag.pk


def test_flag_and_log_outlive_what_they_speak_of(flag: Flag, image: GeneratedImage, mo: User, alice: User) -> None:
    moderation.reject(flag, mo, "no")
    alice.delete()
    flag.refresh_from_db()
    assert (flag.owner, flag.owner_name, flag.thing) == (None, "alice", None)
    row = ModerationAct.objects.get(act="rejected")
    assert (row.owner, row.by, row.words, row.detail["prompt"]) == ("alice", "mo", "no", "a lake")
    mo.delete()
    assert ModerationAct.objects.filter(by="mo").exists()


def test_nobody_changes_the_log(flag: Flag) -> None:
    row = ModerationAct.objects.get()
    row.words = "never happened"
    for change in (
        row.save,
        row.delete,
        ModerationAct.objects.all().delete,
        lambda: ModerationAct.objects.update(words="x"),
        lambda: ModerationAct.objects.bulk_update([row], ["words"]),
    ):
        with pytest.raises(AppendOnly):
            change()
    assert ModerationAct.objects.get().words == ""
