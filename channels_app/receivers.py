"""What happens beside a row's own change: a new account gets a profile, a deleted row takes its file along."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db.models.signals import post_save
from django.dispatch import receiver

from channels_app.models import Frame, Picture, Profile, Video
from imagecreator.files.keep import delete_with_row

for _model in (Video, Frame, Picture):
    delete_with_row(_model)


@receiver(post_save, sender=User)
def make_profile(instance: User, created: bool, raw: bool = False, **_: Any) -> None:
    """Give a new user an empty profile, however the account was made; fixtures bring their own."""
    if created and not raw:
        Profile.objects.create(user=instance, display_name=(instance.get_full_name() or instance.get_username())[:100])
