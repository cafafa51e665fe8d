"""What this app tells the world, without knowing who listens."""

from __future__ import annotations

from django.dispatch import Signal

# thing=<Picture, Reference or Video>: an upload, or a video with new frames, has just been written, in the transaction
# in hand; content=<bytes of its file>, of a video none. Who listens may hide it, in the database and in the instance.
brought = Signal()
video_ready = Signal()  # sender=Video, video=<Video>: its facts and candidate frames are in the database
