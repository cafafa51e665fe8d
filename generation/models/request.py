"""What a person asked to have painted. The row is the queue: see ``imagecreator.queue``."""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from channels_app.models.access import OwnedQuerySet
from generation.engine import EngineError, load_profile, modes
from generation.engine.upscale.options import NEARLY
from generation.models.draft import PromptDraft
from generation.models.guide import Guide
from generation.models.paces import afterwards, led, pace_key, painted_from, wardrobe
from generation.models.reference import Reference, hold
from generation.models.subject import ForSubject, one_subject
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generation.engine import Profile
    from generation.models.guide import GuideUse

WAITS = models.Q(state=State.QUEUED)
MAX_COUNT = 4
MAX_SEED = 2**32 - 1
LEAST_STRENGTH = 0.05
MAX_STEPS = 50  # that a person may bring; more cost much and change little
AT_ONCE = 100  # rows in one statement, each of which names its own keys
MAX_PROMPT = 2000  # characters; models read some 75 words of it


def random_seed() -> int:
    """A seed nobody chose."""
    return secrets.randbelow(MAX_SEED + 1)


class Tool(models.TextChoices):
    """What is done: pictures are painted, or one that is there is only enlarged and restyled."""

    PAINT = "paint", _("Paint")
    TOUCH_UP = "touch_up", _("Touch up")


class EnlargeBy(models.TextChoices):
    """How a picture comes to its exact pixels: see ``Engine.upscale``."""

    LANCZOS = "lanczos", _("Lanczos: at once, nothing is invented")
    MODEL = "model", _("The model's upscaler: slower, with finer detail")


class Mode(models.TextChoices):
    """The modes that profiles may offer, as people know them; what each does stands in the profile."""

    FAST = modes.FAST, _("Fast")
    STANDARD = modes.STANDARD, _("Standard")
    BEST = modes.BEST, _("Best")


class GenerationRequest(ForSubject):
    """A job of the gpu lane: screen, paint, enlarge, check, finish. Picture ``i`` has the seed ``seed + i``.

    ``prompt`` and ``negative`` are what the model is given: the person's own words in a style, with modifiers.

    ``loras`` are those it is painted with: ``own`` are those that the person chose, the others came with the style.

    ``start`` is what it begins with, already of the target's size, and ``strength`` how far it is left; with a
    ``mask``, only a part of it is painted, as ``mask_options`` say: see ``generation.engine.Mask``.

    ``enlarge_by`` says how what is painted comes to its exact pixels; with a ``style_picture``, it is then restyled, as
    ``restyle_options`` say: see ``generation.engine.Restyle``. With the tool "touch up" nothing is painted: ``start``,
    of any size, is enlarged and restyled.

    ``batch_key`` says what must be alike for two requests to be painted together; whoever asked makes no difference.
    ``pace_key`` says the same of the time that they take. ``steps_asked`` stands where it is another number than the
    mode's own.
    """

    lane = "gpu"
    BATCH_BY = "batch_key"
    PACE_BY = "pace_key"
    WARM_BY = "profile"
    WEIGHT = "count"
    HAS_QUOTA = True
    bell = "generation.tasks.paint_request"
    OWNER: ClassVar = "owner"
    PUBLIC: ClassVar = ()

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    draft = models.ForeignKey(
        PromptDraft, models.SET_NULL, null=True, blank=True, related_name="requests", verbose_name=_("draft")
    )
    prompt = models.TextField(_("prompt"), max_length=MAX_PROMPT)
    negative = models.TextField(_("negative prompt"), max_length=MAX_PROMPT, blank=True)
    own_prompt = models.TextField(_("own words"), blank=True)
    own_negative = models.TextField(_("own negative words"), blank=True)
    style_key = models.CharField(_("style"), max_length=40, blank=True)
    modifier_keys = models.JSONField(_("modifiers"), default=list, blank=True)
    loras = models.JSONField("LoRAs", default=list, blank=True)  # of {"key", "sha256", "weight", "own"}
    count = models.PositiveSmallIntegerField(
        _("pictures"), default=MAX_COUNT, validators=[MinValueValidator(1), MaxValueValidator(MAX_COUNT)]
    )
    seed = models.PositiveBigIntegerField(_("seed"), default=random_seed, validators=[MaxValueValidator(MAX_SEED)])
    start = models.ForeignKey(
        Reference, models.RESTRICT, null=True, blank=True, related_name="started", verbose_name=_("begins with")
    )
    strength = models.FloatField(
        _("strength"), default=1.0, validators=[MinValueValidator(LEAST_STRENGTH), MaxValueValidator(1.0)]
    )
    mask = models.ForeignKey(
        Reference, models.RESTRICT, null=True, blank=True, related_name="masked", verbose_name=_("mask")
    )
    mask_options = models.JSONField(_("mask settings"), default=dict, blank=True)
    tool = models.CharField(_("tool"), max_length=10, choices=Tool, default=Tool.PAINT)
    enlarge_by = models.CharField(_("enlarged by"), max_length=10, choices=EnlargeBy, default=EnlargeBy.LANCZOS)
    style_picture = models.ForeignKey(
        Reference, models.RESTRICT, null=True, blank=True, related_name="styled", verbose_name=_("restyled by")
    )
    restyle_options = models.JSONField(_("restyling settings"), default=dict, blank=True)
    profile = models.CharField(_("engine profile"), max_length=40, blank=True)
    batch_key = models.CharField(max_length=240, blank=True, editable=False)
    pace_key = models.CharField(max_length=160, blank=True, editable=False)
    mode = models.CharField(_("speed"), max_length=10, choices=Mode, default=Mode.STANDARD)
    steps_asked = models.PositiveSmallIntegerField(_("steps asked for"), null=True, blank=True)
    timings = models.JSONField(_("seconds per stage"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = OwnedQuerySet["GenerationRequest"].as_manager()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        ordering = ("-created_at",)
        constraints = (
            one_subject("request_has_one_subject"),
            models.CheckConstraint(
                name="request_masks_a_start", condition=models.Q(mask__isnull=True) | models.Q(start__isnull=False)
            ),
        )
        indexes = (
            models.Index(fields=("owner", "queued_at"), name="request_of_day"),
            models.Index(fields=("owner", "queued_at", "id"), name="request_next", condition=WAITS),
            models.Index(fields=("owner", "batch_key", "queued_at", "id"), name="request_alike", condition=WAITS),
        )
        default_related_name = "requests"
        permissions = (("moderate", _("Can moderate")),)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row; a new one is for the site's profile, unless it names another.

        ExpectedError("reference_lost") where a picture that a new one names was deleted a moment ago.
        """
        with transaction.atomic():
            if self._state.adding:
                self.profile = self.profile or settings.PROFILE
                self._find_keys(self.engine_profile)
                hold(Reference.objects, (self.start_id, self.mask_id, self.style_picture_id))
            super().save(*args, **kwargs)

    @classmethod
    def batch_room(cls) -> int:
        """How many pictures the site's profile paints in one batch; one where it cannot be read: painting says why."""
        try:
            return load_profile(settings.PROFILE, models_dir=settings.MODELS_DIR).max_batch
        except EngineError:
            return 1

    @classmethod
    def begin_anew(cls, rows: models.QuerySet[Any]) -> None:
        """What is tried again is painted with the profile that the site has now."""
        rows_of_old = rows.exclude(profile=settings.PROFILE).prefetch_related("guides__guide")
        found, profile = list(rows_of_old), _readable(settings.PROFILE)
        for row in found:
            row.profile = settings.PROFILE
            row._find_keys(profile)
        rows.bulk_update(found, ["profile", "batch_key", "pace_key"], batch_size=AT_ONCE)

    def _find_keys(self, profile: Profile | None) -> None:
        if profile is None:
            self.pace_key = self.batch_key = ""
            return
        way = EnlargeBy.LANCZOS if self._is_large else self.enlarge_by
        after = afterwards(way, self.restyle_options if self.style_picture_id else None)
        if self.tool == Tool.TOUCH_UP:
            self.pace_key = f"touch up {profile.name} {self.size.width}x{self.size.height}{after}"
            self.batch_key = f"{self.pace_key} {self.pk}"
            return
        uses = [] if self._state.adding else list(self.guides.all())
        kinds = [use.guide.guide_kind for use in uses]
        way = painted_from(self.start_id is not None, self.mask_id is not None, self.strength, kinds)
        self.pace_key = pace_key(profile, self.size, self.mode, self.steps_asked, way) + after
        # A part of a picture is painted at a size of its own, which only its worker knows.
        alone = f" {self.pk}" if self.mask_options.get("only_masked") else ""
        self.batch_key = self.pace_key + led([use.way for use in uses]) + wardrobe(self.loras) + alone

    @property
    def _is_large(self) -> bool:
        """Whether what is touched up has so many pixels that no model enlarges it: see ``needs_model``."""
        if self.tool != Tool.TOUCH_UP or self.start is None:
            return False
        size = self.size
        return min(self.start.width, self.start.height * size.width / size.height) >= NEARLY * size.width

    def follow(self, uses: Sequence[GuideUse]) -> None:
        """Let a request that was just made follow guides. Call it in the transaction that makes and queues it.

        ExpectedError("reference_lost") where one was deleted a moment ago.
        """
        with transaction.atomic():
            hold(Guide.objects, [use.guide_id for use in uses])
            for use in uses:
                use.request = self
            self.guides.bulk_create(uses)
            self._find_keys(self.engine_profile)
            self.save(update_fields=["batch_key", "pace_key"])

    @property
    def is_touched_up(self) -> bool:
        """Whether a picture that is there is only enlarged and restyled."""
        return self.tool == Tool.TOUCH_UP

    @property
    def is_closing(self) -> bool:
        """A model enlarges step by step, and restyling comes after any enlarging."""
        is_long = self.style_picture_id is not None or self.enlarge_by == EnlargeBy.MODEL
        return super().is_closing and not (self.stage == "enlarge" and is_long)

    @property
    def tells_pace(self) -> bool:
        """Not where one long stage comes after another."""
        stages = [not self.is_touched_up, self.enlarge_by == EnlargeBy.MODEL, self.style_picture_id is not None]
        return sum(stages) < 2  # two are one after another

    @property
    def has_chance(self) -> bool:
        """Whether another seed makes another picture."""
        return not self.is_touched_up or self.enlarge_by == EnlargeBy.MODEL or self.style_picture_id is not None

    @property
    def ask_url(self) -> str:
        """The page where it was asked for."""
        return self.touch_up_url if self.is_touched_up else self.generate_url

    @property
    def engine_profile(self) -> Profile | None:
        """Its profile as it is now; None where it cannot be read, and painting says why."""
        return _readable(self.profile)

    @property
    def own_words(self) -> tuple[str, str]:
        """Prompt and negative prompt as the person wrote them."""
        return (self.own_prompt, self.own_negative) if self.own_prompt else (self.prompt, self.negative)

    def __str__(self) -> str:
        return f"{self.target_label}: {self.subject}"

    def get_absolute_url(self) -> str:
        """The request's page."""
        return reverse("request", args=[self.pk])


def _readable(name: str) -> Profile | None:
    try:
        return load_profile(name, models_dir=settings.MODELS_DIR)
    except EngineError:
        return None
