"""The part of the generate form that says whom to follow: a pose, a face, or both, how strictly and for how long."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_args

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from channels_app.models.sight import Sight
from generation.engine import EngineError, role
from generation.engine.jobs import MOST_GUIDANCE, GuideKind
from generation.forms.beginning import BeginningForm
from generation.models import Guide, GuideUse
from imagecreator.errors import explain
from imagecreator.fields import NumberField
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from django.forms import BoundField
    from django_stubs_ext import StrOrPromise

    from generation.engine import Profile
    from imagecreator.errors import Problem

KINDS: tuple[GuideKind, ...] = get_args(GuideKind)
SETTINGS = {"strength": 1, "begin": 0, "end": 1}  # as they usually are
OF_GUIDE = {kind: (kind, *(f"{kind}_{name}" for name in SETTINGS)) for kind in KINDS}
OF_GUIDES = tuple(name for names in OF_GUIDE.values() for name in names)
STEP = "0.05"
LOST = _("The guide that was chosen cannot be used any more. Choose a picture again, or go on without.")


def why_not(profile: Profile | None, kind: GuideKind) -> Problem | None:
    """Why the model in use cannot follow such a guide; None where it can, or where the profile cannot be read."""
    if profile is None:  # painting says why
        return None
    try:
        role(profile, kind)
    except EngineError as problem:
        return explain(problem.code, problem.values)
    return None


def _number(label: StrOrPromise, usual: int, most: int, help_text: StrOrPromise = "") -> NumberField:
    return NumberField(
        label=label,
        min_value=0,
        max_value=most,
        initial=usual,
        required=False,
        widget=forms.NumberInput(attrs={"step": STEP}),
        help_text=help_text,
    )


def _strength() -> NumberField:
    help_text = _("At 1 as the model learned it; less leaves it freer, 0 is as if it were not there.")
    return _number(_("Strength"), SETTINGS["strength"], int(MOST_GUIDANCE), help_text)


def _begin() -> NumberField:
    return _number(_("Counts from"), SETTINGS["begin"], 1, _("0 is the first step."))


def _end() -> NumberField:
    return _number(_("Counts until"), SETTINGS["end"], 1, _("1 is the last step; less leaves the details freer."))


@dataclass(frozen=True)
class Lead:
    """A kind of guide as it stands in the form. ``why_not``: what keeps the model in use from following such a one."""

    kind: GuideKind
    guide: Guide | None
    is_lost: bool
    why_not: Problem | None
    key: BoundField
    strength: BoundField
    begin: BoundField
    end: BoundField


class GuidingForm(BeginningForm):
    """Fields ``pose`` and ``face``, the keys of guides, and for each its strength and for which part of the steps.

    Guides must be the channel owner's own, and done.
    """

    pose = forms.UUIDField(required=False, widget=forms.HiddenInput)
    pose_strength, pose_begin, pose_end = _strength(), _begin(), _end()
    face = forms.UUIDField(required=False, widget=forms.HiddenInput)
    face_strength, face_begin, face_end = _strength(), _begin(), _end()

    @cached_property
    def leads(self) -> list[Lead]:
        """Every kind of guide, as the form stands now."""
        return [self._lead(kind) for kind in KINDS]

    @property
    def is_led(self) -> bool:
        """Whether a guide is chosen, be it one that cannot be used."""
        return any(lead.guide or lead.is_lost for lead in self.leads)

    @property
    def uses(self) -> list[GuideUse]:
        """What a request would follow."""
        return [self._use(lead.guide, lead.kind) for lead in self.leads if lead.guide]

    @property
    def way(self) -> str:
        """With the guides, which take time as well."""
        return " ".join([super().way, *sorted(use.guide.guide_kind for use in self.uses)])

    def clean(self) -> dict[str, Any]:
        """What was chosen and is gone, or cannot be followed, is said, not passed over."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        for lead in self.leads:
            if lead.is_lost:
                text = lead.why_not.what if lead.why_not else LOST
                self.add_error(None, ValidationError(text, code="guide_lost"))
            elif lead.guide and not self._setting(lead.kind, "begin") <= self._setting(lead.kind, "end"):
                late = _("It ends before it begins: the first number is the smaller one.")
                self.add_error(f"{lead.kind}_end", ValidationError(late, code="guide_range"))
        return values

    def follows_the_same(self, before: list[GuideUse]) -> bool:
        """Whether an earlier request followed just this."""
        return _told(before) == _told(self.uses)

    def _lead(self, kind: GuideKind) -> Lead:
        problem = why_not(self.profile, kind)
        given = self[kind].value()
        guide = None if problem else self._guide(kind, given)
        settings = {name: self[f"{kind}_{name}"] for name in SETTINGS}
        return Lead(kind, guide, bool(given) and guide is None, problem, self[kind], **settings)

    def _guide(self, kind: GuideKind, given: object) -> Guide | None:
        try:
            key = uuid.UUID(str(given or ""))
        except ValueError:
            return None
        mine = Guide.objects.filter(owner=self._owner, guide_kind=kind, state=State.DONE, picture__sight=Sight.SHOWN)
        return mine.select_related("picture", "drawing").filter(pk=key).first()

    def _use(self, guide: Guide, kind: GuideKind) -> GuideUse:
        return GuideUse(guide=guide, poses=guide.poses, **{name: self._setting(kind, name) for name in SETTINGS})

    def _setting(self, kind: GuideKind, name: str) -> float:
        """The number that stands there; the usual one where none does, or one that cannot be used."""
        field = self.fields[f"{kind}_{name}"]
        try:
            given = field.clean(self[f"{kind}_{name}"].value())
        except ValidationError:
            given = None
        return float(SETTINGS[name] if given is None else given)


def _told(uses: list[GuideUse]) -> set[tuple[object, ...]]:
    return {(use.guide_id, use.way, str(use.poses)) for use in uses}
