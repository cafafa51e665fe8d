"""Fills an empty database with people and waiting requests, in bulk."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from channels_app.models import Channel
from generation.models import GenerationRequest
from imagecreator.queue.models import Turn

if TYPE_CHECKING:
    from collections.abc import Sequence

CHUNK = 5000
KEYS = [("preview", f"text preview {size} {steps}") for size in ("160x96", "128x128") for steps in (20, 40)]
KEYS += [("sdxl", f"text sdxl 1344x768 {steps}") for steps in (8, 30)]


def people(number: int) -> list[Channel]:
    """So many accounts, each with a channel."""
    users = User.objects.bulk_create([User(username=f"person{one}") for one in range(number)], CHUNK)
    return Channel.objects.bulk_create([Channel(owner=user, name="Walks") for user in users], CHUNK)


def queue_up(channels: Sequence[Channel], rows: int, seed: int = 0) -> None:
    """So many requests, shared out among the people; each was asked within the last hour, each person served once.

    ``bulk_create`` goes round ``Job.save``, so the turns are written here.
    """
    chance, now = random.Random(seed), timezone.now()
    made = []
    for number in range(rows):
        channel = channels[number % len(channels)]
        profile, key = chance.choice(KEYS)
        made.append(
            GenerationRequest(
                owner_id=channel.owner_id, channel=channel, target="avatar", prompt="a lake at sunrise",
                count=chance.randint(1, 4), profile=profile, batch_key=key,
                queued_at=now - timedelta(seconds=chance.uniform(0, 3600)),
            )
        )  # fmt: skip
    GenerationRequest.objects.bulk_create(made, CHUNK)
    kind = GenerationRequest.kind()
    turns = [
        Turn(kind=kind, person_id=channel.owner_id, served_at=now - timedelta(seconds=chance.uniform(3600, 7200)))
        for channel in channels
    ]
    Turn.objects.bulk_create(turns, CHUNK)


def analyze() -> None:
    """Let PostgreSQL look at what it holds, as it does by itself from time to time."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
