"""Accounts, as Django's admin has them, with what moderators do to them: keeping somebody out, and letting them in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from channels_app.models.access import is_moderator
from generation import moderation
from generation.moderation import TooLate

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.http import HttpRequest

admin.site.unregister(User)


@admin.register(User)
class AccountAdmin(UserAdmin[User]):
    """Both acts stand in the log, and the person is told."""

    actions = ("suspend_chosen", "restore_chosen")

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        """Whether the actions are there."""
        return isinstance(request.user, User) and is_moderator(request.user)

    @admin.action(description=_("Suspend the chosen accounts"), permissions=["moderate"])
    def suspend_chosen(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Keep them out, and stop what of theirs waits."""
        done = self._each(request, chosen, moderation.suspend)
        if done:
            text = ngettext("%(n)d account was suspended.", "%(n)d accounts were suspended.", done)
            self.message_user(request, text % {"n": done}, messages.SUCCESS)

    @admin.action(description=_("Let the chosen accounts in again"), permissions=["moderate"])
    def restore_chosen(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """End their suspension."""
        done = self._each(request, chosen, moderation.restore)
        if done:
            text = ngettext("%(n)d account is open again.", "%(n)d accounts are open again.", done)
            self.message_user(request, text % {"n": done}, messages.SUCCESS)

    def _each(self, request: HttpRequest, chosen: QuerySet[User], act: Callable[[User, User], None]) -> int:
        """Do it to each; how many it was done to. Of whom it cannot be done to, it is said; the rest is so already."""
        assert isinstance(request.user, User)
        done = 0
        for user in chosen:
            try:
                act(user, request.user)
                done += 1
            except TooLate:
                pass
            except PermissionDenied:
                text = _("“%(name)s” works here, is you, or was closed by an administrator: leave it to one.")
                self.message_user(request, text % {"name": user.get_username()}, messages.WARNING)
        return done
