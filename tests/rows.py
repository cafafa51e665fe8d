"""Rows for tests: small functions that make one thing and what it needs, with real files."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import Any

from django.contrib.auth.models import Group, User
from django.core.files.base import ContentFile
from django.utils import timezone
from django.utils.text import slugify
from PIL import Image

from channels_app.models import Channel, Frame, Picture, Video
from channels_app.models.picture import put_in_place
from channels_app.models.sight import Sight
from generation.models import (
    GeneratedImage,
    GenerationRequest,
    Guide,
    GuideUse,
    Lora,
    LoraImport,
    Modifier,
    PromptDraft,
    Reference,
    Rule,
    Style,
)
from generation.models.reference import keep_reference
from generation.targets import TARGETS
from imagecreator.queue.states import State

PASSWORD = "correct horse battery"


def a_user(name: str, *groups: str, **fields: Any) -> User:
    """Make an account, in groups such as ``moderator``."""
    user = User.objects.create_user(name, f"{name}@example.org", PASSWORD, **fields)
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def a_channel(owner: User, **fields: Any) -> Channel:
    """Make a channel."""
    return Channel.objects.create(owner=owner, **{"name": "Walks", "description": "Walks in the hills"} | fields)


def picture_bytes(size: tuple[int, int] = (64, 36), colour: str = "teal", kind: str = "PNG") -> bytes:
    """Draw a picture of one colour and encode it."""
    content = BytesIO()
    Image.new("RGB", size, colour).save(content, kind)
    return content.getvalue()


def a_video(channel: Channel, *, content: bytes = b"0123456789", **fields: Any) -> Video:
    """Make a video that is ready, unless ``state`` says otherwise. Its file holds ``content``."""
    values = {
        "title": "A walk by the lake",
        "description": "Sunrise over the hills",
        "state": State.DONE,
        "size": len(content),
        "duration": 12.0,
        "container": "mp4",
        "measures": {"motion": 0.2, "cuts_per_minute": 5.0, "scenes": 3},
    } | fields
    video = Video(channel=channel, **values)
    video.file.save("", ContentFile(content), save=False)
    video.save()
    return video


def a_frame(video: Video, *, rank: int = 0, colour: str = "navy", **fields: Any) -> Frame:
    """Make a candidate frame."""
    values = {"time": 1.0 + rank, "rank": rank, "width": 64, "height": 36} | fields
    frame = Frame(video=video, sharpness=0.5, exposure=0.5, colourfulness=0.5, **values)
    frame.file.save("", ContentFile(picture_bytes(colour=colour, kind="JPEG")), save=False)
    frame.save()
    return frame


def a_picture(place: Any, kind: str, colour: str = "teal") -> Picture:
    """Put a picture in its place."""
    target = TARGETS[kind]
    return put_in_place(place, kind, Image.new("RGB", (target.width, target.height), colour), Picture.Source.UPLOAD)


def a_draft(video: Video, **fields: Any) -> PromptDraft:
    """Make a written draft."""
    values = {"target": "thumbnail", "prompt": "a lake at sunrise", "negative": "blurry", "state": State.DONE} | fields
    return PromptDraft.objects.create(owner=video.owner, video=video, **values)


def a_request(video: Video, **fields: Any) -> GenerationRequest:
    """Make a request; it waits in the queue unless ``state`` says otherwise."""
    values = {"target": "thumbnail", "prompt": "a lake at sunrise", "count": 1, "seed": 7} | fields
    return GenerationRequest.objects.create(owner=video.owner, video=video, **values)


def an_image(request: GenerationRequest, **fields: Any) -> GeneratedImage:
    """Make a painted picture of a request."""
    values = {"index": 0, "seed": 7, "width": request.size.width, "height": request.size.height} | fields
    image = GeneratedImage(request=request, **values)
    content = picture_bytes((request.size.width, request.size.height), "crimson")
    image.file.save("", ContentFile(content), save=False)
    image.save()
    return image


def a_start(owner: User, image: Image.Image | None = None) -> Reference:
    """Keep a picture to begin with, which fits a thumbnail unless ``image`` is another."""
    start = keep_reference(owner, image or Image.new("RGB", (1280, 720), "olive"), Reference.Source.UPLOAD)
    Reference.objects.filter(pk=start.pk).update(sight=Sight.SHOWN)  # the checker, where there is one, let it pass
    start.sight = Sight.SHOWN
    return start


def a_mask_for(base: Reference, box: tuple[int, int, int, int] = (320, 180, 640, 540)) -> Reference:
    """Keep a mask which marks a box of ``base``, its right and lower end excluded."""
    mask = Image.new("L", base.size)
    mask.paste(255, box)
    return keep_reference(base.owner, mask, Reference.Source.DRAWN, kind=Reference.Kind.MASK, base=base)


def a_guide(owner: User, kind: str = "pose", **fields: Any) -> Guide:
    """Make a guide that was found: one person of two joints, or a face with its drawing."""
    person = [[0.5, 0.2], [0.5, 0.4], *[None] * 16]
    found: dict[str, Any] = {"poses": [person], "found": [person]}
    if kind == "face":
        drawing = keep_reference(owner, Image.new("RGB", (910, 512), "white"), Reference.Source.FOUND)
        found = {"boxes": [[0.25, 0.25, 0.75, 0.75]], "drawing": drawing}
    picture = fields.pop("picture", None) or a_start(owner)
    values = {"state": State.DONE, **found} | fields
    return Guide.objects.create(owner=owner, guide_kind=kind, picture=picture, **values)


def follow(request: GenerationRequest, *guides: Guide, **fields: Any) -> GenerationRequest:
    """Let a request follow guides."""
    request.follow([GuideUse(guide=guide, poses=guide.poses, **fields) for guide in guides])
    return request


def a_style(key: str = "lake", **fields: Any) -> Style:
    """Make a style of the operator's own; its preview is a picture where ``preview`` names a colour."""
    colour = fields.pop("preview", "")
    values = {"name_en": "Lake", "name_ru": "Озеро", "template": "lake drawing of {prompt}, wet paper"} | fields
    style = Style.objects.create(key=key, **values)
    if colour:
        style.keep_preview(picture_bytes((480, 270), colour, "JPEG"), colour)
        style.refresh_from_db()
    return style


def a_modifier(key: str = "lakeside", **fields: Any) -> Modifier:
    """Make a modifier of the operator's own."""
    values = {"name_en": "Lakeside", "name_ru": "У озера", "group": "light", "words": "lakeside glow"} | fields
    return Modifier.objects.create(key=key, **values)


def a_rule(terms: str, key: str = "ours", **fields: Any) -> Rule:
    """Make a moderator's own rule, which refuses unless ``action`` says otherwise."""
    values = {"name_en": "Ours", "name_ru": "Наше", "category": "other", "action": "refuse"} | fields
    return Rule.objects.create(key=key, terms=terms, **values)


def a_lora_row(name: str = "Ink", content: bytes = b"ink", **fields: Any) -> Lora:
    """Make a LoRA for the preview model, approved unless ``approved_at`` says otherwise; ``content`` is its file."""
    sha256 = hashlib.sha256(content).hexdigest()
    values = {
        "name_en": name,
        "key": f"{slugify(name)}-{sha256[:8]}",
        "sha256": sha256,
        "short_hash": sha256[:12],
        "size": len(content),
        "family": "Preview",
        "width": 192,
        "parts": ["unet"],
        "ranks": [4],
        "trigger_words": ["ink", "wet paper"],
        "licence": "CC0-1.0",
        "source": "https://example.org/ink",
        "approved_at": timezone.now(),
    } | fields
    lora = Lora(**values)
    lora.file.save("", ContentFile(content), save=False)
    lora.save()
    return lora


def a_lora_import(owner: User, content: bytes = b"", **fields: Any) -> LoraImport:
    """Make an import, which waits unless ``state`` says otherwise: of an upload where there is ``content``."""
    row = LoraImport(owner=owner, **{"address": "" if content else "https://civitai.com/models/1"} | fields)
    if content:
        row.file.save("", ContentFile(content), save=False)
    row.save()
    return row
