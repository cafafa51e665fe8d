"""Words that are held, with real processes: no worker takes them, a moderator allows them, they are painted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.live.house import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.live.house import House
    from tests.live.servers import Servers

pytestmark = pytest.mark.xdist_group("live")

ASK = """
from generation import moderation
from tests.rows import *
a_user("mara", "moderator")
video = a_video(a_channel(a_user("alice")))
a_rule("green lake", action="hold")
for prompt in ("a green lake", "a red lake"):
    moderation.queue_or_hold(a_request(video, prompt=prompt, steps_asked=1))
"""
ALLOW = """
from django.contrib.auth.models import User
from generation import moderation
from generation.models import Flag
moderation.approve(Flag.objects.get(), User.objects.get(username="mara"), "a real lake")
"""
STATE = "SELECT state FROM generation_generationrequest WHERE prompt = ?"


def test_held_words_wait_for_a_moderator_and_their_owner_is_mailed(
    build_house: Callable[..., House], either: Servers | None
) -> None:
    house = build_house(either, REAP_SECONDS="2", EMAIL_FROM="site@example.org")
    house.manage("shell", "--verbosity", "0", "-c", ASK)
    house.start_worker()
    until(lambda: house.value(STATE, "a red lake") == "done", "what is not held is painted")
    assert house.value(STATE, "a green lake") == "held"
    until(lambda: "A moderator looks at this first: a green lake" in house.log("worker"), "the owner is mailed")
    house.manage("shell", "--verbosity", "0", "-c", ALLOW)
    until(lambda: house.value(STATE, "a green lake") == "done", "what was allowed is painted")
    until(lambda: "A moderator allowed this: a green lake" in house.log("worker"), "the owner is mailed again")
    assert house.log("worker").count("To: alice@example.org") == 2
    acts = [act for (act,) in house.rows("SELECT act FROM generation_moderationact ORDER BY id")]
    assert acts == ["flagged", "approved"]
