"""Moderators, owners and workers at once, each with a connection of its own: one act is done, the others are told.

``tests/live`` runs the same on PostgreSQL, where they truly meet; SQLite lets them in one after the other.
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from channels_app.models import Picture
from generation import moderation
from generation.models import Flag, GeneratedImage, GenerationRequest, ModerationAct
from generation.moderation import TooLate
from imagecreator.queue.changes import cancel
from imagecreator.queue.claim import claim
from imagecreator.queue.states import State
from tests.rows import a_request, a_rule, a_user, an_image

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User

    from channels_app.models import Video

pytestmark = pytest.mark.django_db(transaction=True)

Status = GeneratedImage.Status
ROUNDS = 4  # chance decides who comes first


@pytest.fixture
def mara(db: None) -> User:
    """Another moderator."""
    return a_user("mara", "moderator")


def together(*jobs: Callable[[], object]) -> Counter[str]:
    """Run the jobs at once. How they ended: "done", or the name of what they raised."""
    ends: list[str] = []
    start = threading.Barrier(len(jobs))

    def run(job: Callable[[], object]) -> None:
        start.wait(30)
        try:
            job()
            ends.append("done")
        except Exception as problem:  # noqa: BLE001 - the test says what may be raised
            ends.append(type(problem).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(ends) == len(jobs), "somebody waits for ever"
    return Counter(ends)


def a_held_picture(video: Video, request: GenerationRequest | None = None, index: int = 0) -> Flag:
    request = request or a_request(video, state=State.HELD)
    image = an_image(request, status=Status.HELD, index=index)
    return moderation.raise_flag(image, Flag.Kind.PICTURE, video.owner, Flag.Reason.FLAGGED)


def acts(flag: Flag) -> list[str]:
    return list(ModerationAct.objects.filter(flag_id=flag.pk).order_by("id").values_list("act", flat=True))


def test_what_is_flagged_by_many_at_once_has_one_flag_that_counts_them(video: Video) -> None:
    image = an_image(a_request(video, state=State.HELD), status=Status.HELD)

    def raise_it() -> None:
        moderation.raise_flag(image, Flag.Kind.REPORT, video.owner, Flag.Reason.REPORTED)

    assert together(*[raise_it] * 6) == {"done": 6}
    flag = Flag.objects.get()
    assert (flag.times, acts(flag)) == (6, ["flagged"])


def test_of_two_decisions_one_is_done_and_logged_and_the_other_is_told(video: Video, mo: User, mara: User) -> None:
    for _ in range(ROUNDS):
        flag = a_held_picture(video)
        ends = together(
            lambda flag=flag: moderation.approve(Flag.objects.get(pk=flag.pk), mo, "fine"),  # type: ignore[misc]
            lambda flag=flag: moderation.reject(Flag.objects.get(pk=flag.pk), mara, "no"),  # type: ignore[misc]
        )
        assert ends == {"done": 1, "TooLate": 1}
        flag.refresh_from_db()
        image = GeneratedImage.objects.get(pk=flag.object_id)
        assert (flag.state, image.status, flag.words, acts(flag)) in (
            ("approved", Status.OK, "fine", ["flagged", "approved"]),
            ("rejected", Status.REJECTED, "no", ["flagged", "rejected"]),
        )


def test_two_pictures_of_one_request_decided_at_once_end_it(video: Video, mo: User, mara: User) -> None:
    for _ in range(ROUNDS):
        request = a_request(video, state=State.HELD, count=2)
        one, two = (a_held_picture(video, request, index) for index in range(2))
        ends = together(
            lambda flag=one: moderation.approve(flag, mo),  # type: ignore[misc]
            lambda flag=two: moderation.reject(flag, mara),  # type: ignore[misc]
        )
        assert ends == {"done": 2}
        request.refresh_from_db()
        assert request.state == State.DONE


def test_an_owner_who_clicks_twice_objects_once(video: Video, mo: User) -> None:
    flag = a_held_picture(video)
    moderation.reject(flag, mo)
    ends = together(*[lambda: moderation.appeal(Flag.objects.get(pk=flag.pk), video.owner, "please")] * 4)
    assert ends == {"done": 1, "TooLate": 3}
    assert acts(flag) == ["flagged", "rejected", "appealed"]


def test_a_picture_is_applied_or_taken_back_and_never_both(video: Video, mo: User) -> None:
    for _ in range(ROUNDS):
        flag = a_held_picture(video)
        moderation.approve(flag, mo)
        image = GeneratedImage.objects.get(pk=flag.object_id)
        ends = together(
            lambda image=image: GeneratedImage.objects.get(pk=image.pk).apply(),  # type: ignore[misc]
            lambda flag=flag: moderation.take_back(Flag.objects.get(pk=flag.pk), mo),  # type: ignore[misc]
        )
        image.refresh_from_db()
        assert (ends, image.status, image.applied is not None) in (
            ({"done": 1, "TooLate": 1}, Status.OK, True),
            ({"done": 1, "ValueError": 1}, Status.HELD, False),
        )
        assert Picture.objects.count() == GeneratedImage.objects.exclude(applied=None).count()


def test_an_owner_who_clicks_twice_applies_once(video: Video) -> None:
    image = an_image(a_request(video, state=State.DONE))
    assert together(*[lambda: GeneratedImage.objects.get(pk=image.pk).apply()] * 4) == {"done": 4}
    assert Picture.objects.count() == 1


def test_an_appeal_is_decided_once(video: Video, mo: User, mara: User) -> None:
    for name in ("nina", "nora"):
        other = a_user(name, "moderator")
        flag = a_held_picture(video)
        moderation.reject(flag, mo)
        moderation.appeal(flag, video.owner, "please")
        ends = together(
            lambda flag=flag: moderation.decide_appeal(Flag.objects.get(pk=flag.pk), mara, grant=True),  # type: ignore[misc]
            lambda flag=flag, other=other: moderation.decide_appeal(  # type: ignore[misc]
                Flag.objects.get(pk=flag.pk), other, grant=False
            ),
        )
        assert ends == {"done": 1, "TooLate": 1}
        flag.refresh_from_db()
        status = GeneratedImage.objects.get(pk=flag.object_id).status
        assert (flag.appeal, flag.state, status) in (
            ("granted", "approved", Status.OK),
            ("upheld", "rejected", Status.REJECTED),
        )
        assert len(acts(flag)) == 4


def test_either_the_owner_objects_or_the_rejection_is_taken_back(video: Video, mo: User) -> None:
    for _ in range(ROUNDS):
        flag = a_held_picture(video)
        moderation.reject(flag, mo)
        ends = together(
            lambda flag=flag: moderation.appeal(Flag.objects.get(pk=flag.pk), video.owner, "please"),  # type: ignore[misc]
            lambda flag=flag: moderation.take_back(Flag.objects.get(pk=flag.pk), mo),  # type: ignore[misc]
        )
        assert ends == {"done": 1, "TooLate": 1}
        flag.refresh_from_db()
        assert (flag.state, flag.appeal, acts(flag)[-1]) in (
            ("rejected", "open", "appealed"),
            ("open", "", "reopened"),
        )


def test_words_that_are_allowed_while_their_owner_cancels_are_painted_or_not_asked_for(video: Video, mo: User) -> None:
    a_rule("green lake", action="hold")
    for number in range(ROUNDS):
        request = a_request(video, prompt=f"a green lake {number}")
        moderation.queue_or_hold(request)
        flag = Flag.objects.get(object_id=str(request.pk))
        ends = together(
            lambda flag=flag: moderation.approve(flag, mo),  # type: ignore[misc]
            lambda request=request: cancel(request),  # type: ignore[misc]
        )
        assert ends == {"done": 2}
        request.refresh_from_db()
        assert request.state == State.CANCELLED, "an owner who cancels is heard, whoever comes first"
        assert request.error == ""
        assert acts(flag) == ["flagged", "approved"]


def test_what_a_worker_takes_is_not_taken_back_and_what_is_taken_back_no_worker_gets(video: Video, mo: User) -> None:
    a_rule("green lake", action="hold")
    for number in range(ROUNDS):
        request = a_request(video, prompt=f"a green lake {number}")
        moderation.queue_or_hold(request)
        flag = Flag.objects.get(object_id=str(request.pk))
        moderation.approve(flag, mo)
        taken: list[object] = []
        ends = together(
            lambda flag=flag: moderation.take_back(Flag.objects.get(pk=flag.pk), mo),  # type: ignore[misc]
            lambda number=number, taken=taken: taken.append(claim(GenerationRequest, f"w{number}")),  # type: ignore[misc]
        )
        request.refresh_from_db()
        flag.refresh_from_db()
        if taken != [None]:
            assert (ends, request.state, flag.state) == ({"done": 1, "TooLate": 1}, State.RUNNING, "approved")
        else:
            assert (ends, request.state, flag.state) == ({"done": 2}, State.HELD, "open")
        GenerationRequest.objects.filter(pk=request.pk).update(state=State.DONE, finished_at=request.queued_at)


def test_somebody_is_suspended_once_whoever_does_it(video: Video, mo: User, mara: User) -> None:
    one, two = a_held_picture(video), a_held_picture(video)
    ends = together(lambda: moderation.suspend(video.owner, mo), lambda: moderation.suspend(video.owner, mara))
    assert ends == {"done": 1, "TooLate": 1}
    for flag, by in ((one, mo), (two, mara)):
        moderation.reject_and_suspend(flag, by)  # who is out already stays so, and the rejection counts
    assert ModerationAct.objects.filter(act="suspended").count() == 1
    assert ModerationAct.objects.filter(act="rejected").count() == 2


def test_who_comes_too_late_changes_neither_thing_nor_log(video: Video, mo: User, mara: User) -> None:
    flag = a_held_picture(video)
    stale = Flag.objects.get(pk=flag.pk)
    moderation.approve(flag, mo)
    moderation.take_back(flag, mo)
    moderation.reject(flag, mo)
    before = acts(flag)
    with pytest.raises(TooLate):
        moderation.approve(stale, mara)
    assert acts(flag) == before == ["flagged", "approved", "reopened", "rejected"]
    assert GeneratedImage.objects.get(pk=flag.object_id).status == Status.REJECTED
