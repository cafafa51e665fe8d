"""Signing up, and what a person shows of themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, UserCreationForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from channels_app.models import Picture, Profile
from channels_app.models.picture import put_in_place
from imagecreator.fields import LineField, PictureField, TextField


class SignUpForm(UserCreationForm[User]):
    """User name and password; everything else can wait."""

    class Meta(UserCreationForm.Meta):
        model = User
        fields = ("username",)


class LogInForm(AuthenticationForm):
    """Says to somebody who was suspended that they were, instead of doubting their password."""

    def get_invalid_login_error(self) -> ValidationError:
        """Who does not know the password learns nothing of it."""
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        person = User.objects.filter(username=name, is_active=False).first()
        if person is not None and person.check_password(password or ""):
            return ValidationError(
                _("This account was suspended. You can log in once it is open again."), code="inactive"
            )
        return super().get_invalid_login_error()


class ProfileForm(forms.ModelForm[Profile]):
    """The profile, with its avatar and where notices are sent."""

    field_order = ("display_name", "about", "email", "wants_mail", "new_avatar")

    display_name = LineField(label=_("Display name"), max_length=100)
    about = TextField(label=_("About"), max_length=2000, required=False)
    email = forms.EmailField(
        label=_("E-mail"), required=False, help_text=_("For notices of the site. Nobody else sees it.")
    )
    wants_mail = forms.BooleanField(label=_("Send me my notices by e-mail"), required=False)
    new_avatar = PictureField(label=_("Avatar"), help_text=_("A square works best; it is cut to 800×800."))

    class Meta:
        model = Profile
        fields = ("display_name", "about", "wants_mail")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].initial = self.instance.user.email

    def save(self, commit: bool = True) -> Profile:
        """Store the words and, where one was chosen, the picture."""
        profile = super().save(commit=False)
        profile.save(update_fields=None if profile._state.adding else self.Meta.fields)  # what changed meanwhile stays
        User.objects.filter(pk=profile.user_id).update(email=self.cleaned_data["email"])
        if image := self.cleaned_data["new_avatar"]:
            put_in_place(profile, "avatar", image, Picture.Source.UPLOAD)
        return profile
