"""The LoRAs of a request: their files for the worker who paints, their names for whoever looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from generation.engine import EngineError, LoraUse, load_profile
from generation.engine.lora_file import fits
from generation.loras.files import on_disk
from generation.loras.fit import kind_of
from generation.models import Lora
from generation.stages.engine_door import expected
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from generation.engine import Profile
    from generation.models import GenerationRequest, LoraStyle, Style


@dataclass(frozen=True)
class Named:
    """A LoRA of a request as people know it; ``own`` is the person's choice, not the style's."""

    name: str
    weight: float
    own: bool


def sorted_out(loras: Iterable[Lora], profile: Profile | None) -> tuple[list[Lora], list[tuple[Lora, EngineError]]]:
    """Those that fit the profile's model, and the others, each with why not.

    Where the model cannot be read, all of them seem to fit: painting says what is wrong with it.
    """
    wearable, unfit = [], []
    refusals: dict[tuple[object, ...], EngineError | None] = {}
    for lora in loras:
        kind = kind_of(lora)
        if kind not in refusals:
            refusals[kind] = _refusal(lora, profile) if profile else None
        if refusal := refusals[kind]:
            unfit.append((lora, refusal))
        else:
            wearable.append(lora)
    return wearable, unfit


def _refusal(lora: Lora, profile: Profile) -> EngineError | None:
    try:
        fits(lora, profile)
    except EngineError as refusal:
        return refusal if refusal.code == "lora_does_not_fit" else None
    return None


def worn_by(request: GenerationRequest) -> tuple[LoraUse, ...]:
    """The LoRAs that a request is painted with, as they were when it was asked for.

    Whether they may be used is asked anew. ExpectedError: lora_gone(name), lora_does_not_fit, model_missing,
    model_wrong, and those of ``on_disk``. Another file than was asked for is found out when it is loaded: lora_changed.
    """
    asked = [note for note in request.loras if note["weight"]]
    if not asked:
        return ()
    offered = {lora.key: lora for lora in Lora.objects.offered(request.owner).filter(key__in=_keys(asked))}
    uses = []
    with expected():
        profile = load_profile(request.profile, models_dir=settings.MODELS_DIR)
        for note in asked:
            lora = offered.get(note["key"])
            if lora is None:
                raise ExpectedError("lora_gone", name=_names(asked).get(note["key"], note["key"]))
            fits(lora, profile)
            uses.append(LoraUse(on_disk(lora), note["sha256"], note["weight"], lora.name_en, lora.short_hash))
    return tuple(uses)


def put_on_by(style: Style, profile: Profile) -> list[LoraStyle]:
    """What a style puts on, of that which everybody may use and which fits the profile."""
    everybodys = Lora.objects.filter(approved_at__isnull=False, active=True)
    rows = style.loras.filter(lora__in=everybodys).select_related("lora").order_by("lora__order", "pk")
    wearable, _unfit = sorted_out([row.lora for row in rows], profile)
    return [row for row in rows if row.lora in wearable]


def use_of(row: LoraStyle) -> LoraUse:
    """A LoRA of a style, ready to be painted with. ExpectedError: those of ``on_disk``."""
    lora = row.lora
    return LoraUse(on_disk(lora), lora.sha256, row.weight, lora.name_en, lora.short_hash)


def name_loras(requests: Iterable[GenerationRequest]) -> dict[object, list[Named]]:
    """The LoRAs of each request, by its key; what has been deleted goes by its own key."""
    rows = list(requests)
    names = _names([note for row in rows for note in row.loras])
    return {
        row.pk: [Named(names.get(note["key"], note["key"]), note["weight"], note["own"]) for note in row.loras]
        for row in rows
    }


def _names(notes: Iterable[dict[str, str]]) -> dict[str, str]:
    keys = _keys(notes)
    return {lora.key: lora.name for lora in Lora.objects.filter(key__in=keys)} if keys else {}


def _keys(notes: Iterable[dict[str, str]]) -> set[str]:
    return {note["key"] for note in notes}
