"""What this app hears: a video is ready (its prompt is drafted), a row is deleted, the database was migrated."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.apps import apps as every_app
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db.models.signals import post_migrate
from django.dispatch import receiver
from django.utils import timezone

from channels_app.signals import brought, video_ready
from generation.engine.lora_file import hashes, inspect
from generation.models import GeneratedImage, Lora, LoraImport, LoraStyle, PromptDraft, Reference, Style
from generation.moderation import TooLate, flag_of
from generation.shipped import LORA_FOLDER, shipped
from generation.uploads import look_first
from imagecreator.files.keep import delete_with_row

if TYPE_CHECKING:
    from channels_app.models import Video
    from generation.models.upload_check import Upload

for _model in (GeneratedImage, Lora, LoraImport, Reference, Style):
    delete_with_row(_model)

NOT_IN_ROW = {"file", "styles"}  # of what is said of a LoRA that ships

GROUPS: dict[str, tuple[str, ...]] = {
    "moderator": (
        "generation.moderate",
        "generation.view_generationrequest",
        "generation.view_generatedimage",
        "generation.view_promptdraft",
        "generation.view_style",
        "generation.view_modifier",
        "generation.view_flag",
        "generation.view_report",
        "generation.view_moderationact",
        "generation.view_rule",
        "generation.add_rule",
        "generation.change_rule",
        "generation.view_lora",
        "generation.change_lora",
        "generation.view_loraimport",
        "generation.view_lorastyle",
        "generation.view_reference",
        "generation.view_uploadcheck",
        "generation.view_guide",
        "channels_app.view_channel",
        "channels_app.view_video",
        "channels_app.view_frame",
        "channels_app.view_notice",
        "channels_app.view_picture",
        "channels_app.view_profile",
        "auth.view_user",
    ),
    "operator": (
        "generation.view_generationrequest",
        "generation.change_generationrequest",
        "generation.view_generatedimage",
        "generation.view_promptdraft",
        "generation.view_style",
        "generation.add_style",
        "generation.change_style",
        "generation.view_modifier",
        "generation.add_modifier",
        "generation.change_modifier",
        "generation.view_rule",
        "generation.view_flag",
        "generation.view_report",
        "generation.view_moderationact",
        "generation.view_lora",
        "generation.add_lora",
        "generation.change_lora",
        "generation.delete_lora",
        "generation.view_guide",
        "generation.change_guide",
        "generation.view_loraimport",
        "generation.change_loraimport",
        "generation.view_uploadcheck",
        "generation.change_uploadcheck",
        "generation.view_lorastyle",
        "generation.add_lorastyle",
        "generation.change_lorastyle",
        "generation.delete_lorastyle",
        "channels_app.view_channel",
        "channels_app.view_video",
        "channels_app.change_video",
        "queue.view_quota",
        "queue.add_quota",
        "queue.change_quota",
        "queue.delete_quota",
        "queue.view_worker",
        "auth.view_user",
    ),
}


@receiver(video_ready)
def draft_thumbnail(video: Video, **_: Any) -> None:
    """Write the prompt while the person still looks at the frames; one from before had no frames to look at.

    Where the frames are looked at first, that follows: see ``uploads``.
    """
    if not video.waits_for_check:
        PromptDraft.objects.for_subject(video, "thumbnail", again=True)


@receiver(brought)
def look_at_upload(thing: Upload, content: bytes = b"", **_: Any) -> None:
    """Let nobody see an upload before it was looked at."""
    look_first(thing, content)


@receiver(post_migrate)
def make_groups(app_config: Any, **_: Any) -> None:
    """Make the groups ``moderator`` and ``operator`` with their permissions; what is added to them stays."""
    if app_config.name != "generation":
        return
    for config in every_app.get_app_configs():
        create_permissions(config, verbosity=0)
    for name, permissions in GROUPS.items():
        group, _created = Group.objects.get_or_create(name=name)
        for permission in permissions:
            label, codename = permission.split(".")
            group.permissions.add(Permission.objects.get(content_type__app_label=label, codename=codename))


@receiver(post_migrate)
def flag_what_is_held(app_config: Any, apps: Any = every_app, **_: Any) -> None:
    """Bring pictures to the desk that were held before there were flags."""
    if app_config.name != "generation":
        return
    try:
        apps.get_model("generation", "flag")
    except LookupError:  # migrated back to before there were any
        return
    for image in GeneratedImage.objects.filter(status=GeneratedImage.Status.HELD).select_related("request__owner"):
        with suppress(TooLate):
            flag_of(image)


@receiver(post_migrate)
def bring_styles(app_config: Any, apps: Any = every_app, **_: Any) -> None:
    """Make rows of the styles, modifiers and rules that are new; what is there stays as an operator left it."""
    if app_config.name != "generation":
        return
    for kind in ("style", "modifier", "rule"):
        try:
            rows = apps.get_model("generation", kind).objects
        except LookupError:  # migrated back to before there were any
            return
        known = set(rows.values_list("key", flat=True))
        names = {field.name for field in rows.model._meta.fields}
        new = {key: fields for key, fields in shipped(kind).items() if key not in known}
        rows.bulk_create(
            rows.model(**{name: fields[name] for name in names & fields.keys()}) for fields in new.values()
        )


@receiver(post_migrate)
def bring_loras(app_config: Any, apps: Any = every_app, **_: Any) -> None:
    """Make rows of the LoRAs that came with this version, approved; of those that are there, note what is new.

    A file that somebody added before it came with the project stays theirs: one file is one LoRA.
    """
    if app_config.name != "generation":
        return
    try:
        apps.get_model("generation", "lora")
    except LookupError:  # migrated back to before there were any
        return
    for key, fields in shipped("lora").items():
        row = Lora.objects.filter(key=key).first()
        new = row is None
        if row is None:
            row = Lora(**{name: fields[name] for name in fields.keys() - NOT_IN_ROW}, approved_at=timezone.now())
        sha256, short_hash = hashes(LORA_FOLDER / fields["file"])
        if Lora.objects.filter(sha256=sha256).exclude(key=key).exists():
            continue
        if row.sha256 != sha256:
            row.learn(inspect(LORA_FOLDER / fields["file"]), sha256, short_hash)
            row.save()
        if new:  # an operator may take it off again
            for style in Style.objects.filter(key__in=fields["styles"]):
                LoraStyle.objects.create(style=style, lora=row, weight=fields["styles"][style.key])
