"""The rows of this app, one file per aggregate."""

from __future__ import annotations

from channels_app.models.channel import Channel
from channels_app.models.notice import Notice
from channels_app.models.picture import Picture
from channels_app.models.profile import Profile
from channels_app.models.video import Frame, Video

__all__ = ["Channel", "Frame", "Notice", "Picture", "Profile", "Video"]
