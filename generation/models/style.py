"""A style: a template around a person's own words, what it does not want, and a picture that shows what it does."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from generation.models.request import GenerationRequest
from generation.models.rule import allowed_words
from generation.models.wording import MOST_WORDS, Wording
from generation.styles import StyleWords, template_fault
from imagecreator.files.keep import kept_with_rows, let_go

if TYPE_CHECKING:
    from channels_app.models import Channel

LATEST = 40  # requests of a channel that say which styles it likes
BLANKS = 8  # looks of a card without a picture
FAULTS = {
    "no_place": _("The template needs {prompt}: the place of a person's own words."),
    "two_places": _("The template has {prompt} more than once."),
    "braces": _("The template has a brace that does not belong to {prompt}."),
}


def valid_template(text: str) -> None:
    """Raise ``ValidationError`` unless ``text`` has ``{prompt}`` exactly once and no other brace."""
    if fault := template_fault(text):
        raise ValidationError(FAULTS[fault], code=fault)


class StyleQuerySet(models.QuerySet["Style"]):
    """Styles, in the operator's order."""

    def offered(self, channel: Channel | None = None) -> list[Style]:
        """Those that people may choose. What ``channel`` used most in its latest requests is marked and comes first."""
        favourites = _favourites(channel) if channel else []
        styles = list(self.filter(active=True))
        for style in styles:
            style.is_favourite = style.key in favourites
        return sorted(styles, key=lambda one: favourites.index(one.key) if one.is_favourite else len(favourites))


class Style(Wording):
    """One style that an operator offers."""

    template = models.CharField(
        _("template"),
        max_length=MOST_WORDS,
        validators=[valid_template, allowed_words],
        help_text=_("In English, with {prompt} where the person's own words stand."),
    )
    negative = models.CharField(_("negative prompt"), max_length=MOST_WORDS, blank=True)
    effort = models.PositiveSmallIntegerField(
        _("steps, in percent"),
        default=100,
        validators=[MinValueValidator(20), MaxValueValidator(300)],
        help_text=_("Of the steps that the modes Standard and Best take; Fast keeps its own."),
    )
    file = models.FileField(_("preview"), blank=True, editable=False)
    painted_as = models.CharField(max_length=64, blank=True, editable=False)  # digest of what its preview was made of

    is_favourite = False  # of the channel that ``offered`` was asked for

    objects = StyleQuerySet.as_manager()

    class Meta:
        verbose_name = _("style")
        verbose_name_plural = _("styles")
        ordering = ("order", "id")

    @property
    def style_words(self) -> StyleWords:
        """What it does to a prompt."""
        return StyleWords(self.template, self.negative)

    @property
    def blank(self) -> int:
        """Which look its card has while there is no picture."""
        return int(self.pk) % BLANKS

    def steps_of(self, steps: int) -> int:
        """How many steps it takes where the model's own are ``steps``."""
        return max(1, round(steps * self.effort / 100))

    def keep_preview(self, content: bytes, painted_as: str) -> None:
        """Put a preview (JPEG) in the place of the former one. Raises ``Style.DoesNotExist`` where the row is gone."""
        new = Style(pk=self.pk, file=f"styles/{uuid.uuid4()}.jpg")
        with kept_with_rows([new]):
            new.file.storage.save(new.file.name, ContentFile(content))
            with transaction.atomic():
                former = Style.objects.select_for_update().get(pk=self.pk)
                Style.objects.filter(pk=self.pk).update(file=new.file.name, painted_as=painted_as)
                if former.file:
                    let_go(former)


def _favourites(channel: Channel) -> list[str]:
    """Keys of the styles that were asked for, the most frequent first; of those used alike, the latest."""
    asked = GenerationRequest.objects.filter(owner=channel.owner_id).exclude(style_key="")
    of_channel = asked.filter(models.Q(channel=channel) | models.Q(video__channel=channel))
    latest = of_channel.order_by("-queued_at").values_list("style_key", flat=True)[:LATEST]
    return [key for key, _times in Counter(latest).most_common()]
