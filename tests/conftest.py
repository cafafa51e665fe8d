"""Alice owns things, Bob is a stranger, Mo moderates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.utils import translation

from tests.catalogues import compile_catalogues
from tests.rows import a_channel, a_user, a_video

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import User

    from channels_app.models import Channel, Video


@pytest.fixture(scope="session", autouse=True)
def catalogues() -> None:
    """The texts in all languages, as they stand in the sources now."""
    compile_catalogues()


@pytest.fixture(autouse=True)
def english() -> None:
    """What an earlier test looked at in Russian leaves its language behind."""
    translation.activate("en")


@pytest.fixture
def alice(db: None) -> User:
    """The owner."""
    return a_user("alice")


@pytest.fixture
def bob(db: None) -> User:
    """A stranger with an account."""
    return a_user("bob")


@pytest.fixture
def mo(db: None) -> User:
    """A moderator."""
    return a_user("mo", "moderator", is_staff=True)


@pytest.fixture
def as_user() -> Callable[[User], Client]:
    """A browser in which somebody is logged in."""

    def log_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return log_in


@pytest.fixture
def alices(alice: User, as_user: Callable[[User], Client]) -> Client:
    """Alice's browser."""
    return as_user(alice)


@pytest.fixture
def bobs(bob: User, as_user: Callable[[User], Client]) -> Client:
    """Bob's browser."""
    return as_user(bob)


@pytest.fixture
def mos(mo: User, as_user: Callable[[User], Client]) -> Client:
    """Mo's browser."""
    return as_user(mo)


@pytest.fixture
def channel(alice: User) -> Channel:
    """Alice's channel, private."""
    return a_channel(alice)


@pytest.fixture
def video(channel: Channel) -> Video:
    """Alice's video, ready and private."""
    return a_video(channel)
