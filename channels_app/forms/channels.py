"""Making and editing a channel."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from channels_app.models import Channel, Picture
from channels_app.models.picture import put_in_place
from imagecreator.fields import LineField, PictureField, TextField


class ChannelForm(forms.ModelForm[Channel]):
    """Name, description, and pictures for those who have their own."""

    name = LineField(label=_("Name"), max_length=100)
    description = TextField(label=_("Description"), max_length=5000, required=False)
    new_avatar = PictureField(label=_("Avatar"), help_text=_("A square works best; it is cut to 800×800."))
    new_cover = PictureField(label=_("Cover"), help_text=_("16:9 works best; it is cut to 2560×1440."))

    class Meta:
        model = Channel
        fields = ("name", "description")

    def save(self, commit: bool = True) -> Channel:
        """Store the words and the pictures that were chosen."""
        channel = super().save(commit=False)
        channel.save(update_fields=None if channel._state.adding else self.Meta.fields)  # what changed meanwhile stays
        for kind in Channel.PLACES:
            if image := self.cleaned_data[f"new_{kind}"]:
                put_in_place(channel, kind, image, Picture.Source.UPLOAD)
        return channel
