"""What happens beside a row: an account gets a profile and a language, a deleted row takes its file along."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import translation

from channels_app.models import Frame, Picture, Profile, Video
from imagecreator.files.keep import delete_with_row

for _model in (Video, Frame, Picture):
    delete_with_row(_model)


@receiver(post_save, sender=User)
def make_profile(instance: User, created: bool, raw: bool = False, **_: Any) -> None:
    """Give a new user an empty profile, however the account was made; fixtures bring their own."""
    if created and not raw:
        Profile.objects.create(user=instance, display_name=(instance.get_full_name() or instance.get_username())[:100])


@receiver(user_logged_in)
def remember_language(user: User, **_: Any) -> None:
    """Mail somebody in the language that the site speaks to them, until they choose another."""
    speaks = translation.get_language() or settings.LANGUAGE_CODE
    Profile.objects.filter(user=user, language="").update(language=speaks)
