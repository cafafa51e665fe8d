"""Who is next, in three ways: the site's own queue, and plain first come, first served without and with batches."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol
from unittest.mock import patch
from uuid import UUID

from tests.bench.day import PEOPLE, ROOM

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tests.bench.day import Asked

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


class Policy(Protocol):
    """What the simulation asks of a queue."""

    def ask(self, requests: Sequence[Asked]) -> None:
        """These requests wait from now on."""

    def claim(self, warm: Collection[str], now: float) -> list[int]:
        """The numbers of the requests that a worker with these models paints next; empty where there are none."""

    def end(self, numbers: Sequence[int], now: float) -> None:
        """These are painted."""

    def cancel(self, number: int, now: float) -> bool:
        """Cancel one that waits; False where it is worked on or has ended."""


class FirstCome:
    """The oldest request first; with ``room``, together with the next oldest that are alike."""

    def __init__(self, room: int = 1) -> None:
        self.room = room
        self.waiting: dict[str, deque[Asked]] = {}
        self.gone: set[int] = set()

    def ask(self, requests: Sequence[Asked]) -> None:
        for request in requests:
            self.waiting.setdefault(request.paint.key, deque()).append(request)

    def claim(self, warm: Collection[str], now: float) -> list[int]:
        for alike in self.waiting.values():
            while alike and alike[0].number in self.gone:
                alike.popleft()
        oldest = min(
            (alike for alike in self.waiting.values() if alike), key=lambda alike: alike[0].number, default=None
        )
        if oldest is None:
            return []
        taken = [oldest.popleft()]
        while oldest and sum(one.count for one in taken) + oldest[0].count <= self.room:
            if (one := oldest.popleft()).number not in self.gone:
                taken.append(one)
        self.gone.update(one.number for one in taken)
        return [one.number for one in taken]

    def end(self, numbers: Sequence[int], now: float) -> None:
        pass

    def cancel(self, number: int, now: float) -> bool:
        waits = number not in self.gone
        self.gone.add(number)
        return waits


class OurQueue:
    """The site's own tables and ``claim_batch``, in an empty SQLite database; the clock is the simulation's."""

    def __init__(self) -> None:
        from tests.bench.crowd import people

        self.channels = people(PEOPLE)

    def ask(self, requests: Sequence[Asked]) -> None:
        from generation.models import GenerationRequest
        from imagecreator.queue.models import Turn

        made = []
        for one in requests:
            channel = self.channels[one.person]
            made.append(
                GenerationRequest(
                    id=UUID(int=one.number), owner_id=channel.owner_id, channel=channel, target="avatar", prompt="",
                    count=one.count, profile=one.paint.profile, batch_key=one.paint.key,
                    queued_at=BEGIN + timedelta(seconds=one.at),
                )
            )  # fmt: skip
        GenerationRequest.objects.bulk_create(made, 500)
        Turn.objects.wait(GenerationRequest.kind(), {row.owner_id for row in made})

    def claim(self, warm: Collection[str], now: float) -> list[int]:
        from generation.models import GenerationRequest
        from imagecreator.queue.claim import claim_batch

        with patch("django.utils.timezone.now", lambda: BEGIN + timedelta(seconds=now)):
            return [lease.pk.int for lease in claim_batch(GenerationRequest, "worker", warm=warm, room=ROOM)]

    def end(self, numbers: Sequence[int], now: float) -> None:
        from generation.models import GenerationRequest
        from imagecreator.queue.states import State

        GenerationRequest.objects.filter(pk__in=[UUID(int=number) for number in numbers]).update(state=State.DONE)

    def cancel(self, number: int, now: float) -> bool:
        from generation.models import GenerationRequest
        from imagecreator.queue.changes import cancel
        from imagecreator.queue.states import State

        row = GenerationRequest(id=UUID(int=number))
        with patch("django.utils.timezone.now", lambda: BEGIN + timedelta(seconds=now)):
            cancel(row)
        return GenerationRequest.objects.filter(pk=row.pk, state=State.CANCELLED).exists()
