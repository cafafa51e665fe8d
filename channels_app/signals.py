"""What this app tells the world, without knowing who listens."""

from __future__ import annotations

from django.dispatch import Signal

video_ready = Signal()  # sender=Video, video=<Video>: its facts and candidate frames are in the database
