"""Template filters that put values into words: ``{% load display %}``."""

from __future__ import annotations

import math

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from imagecreator.queue.states import STAGES

register = template.Library()


@register.filter
def clock(seconds: float | None) -> str:
    """Seconds as on a player: ``0:07``, ``4:07``, ``1:02:03``; empty where there is none."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@register.filter
def roughly(seconds: float | None) -> str:
    """A time nobody can know exactly, in words, rounded up: ``5 s``, ``45 s``, ``3 min``, ``2 h``."""
    if seconds is None:
        return ""
    if seconds <= 60:
        return _("%(number)d s") % {"number": max(5, 5 * math.ceil(seconds / 5))}
    if seconds <= 90 * 60:
        return _("%(number)d min") % {"number": math.ceil(seconds / 60)}
    return _("%(number)d h") % {"number": math.ceil(seconds / 3600)}


@register.filter
def shortly(number: float) -> str:
    """A number with no more decimals than it has, as the language writes it: ``1``, ``0.35``."""
    return number_format(f"{number:g}", use_l10n=True)


@register.filter
def stage_label(stage: str) -> str:
    """A stage's key in words."""
    return str(STAGES.get(stage, stage))
