"""The LoRAs of a recipe, found among those that a person may use; and a line for each that is not as it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from generation.engine.jobs import MOST_WEIGHT
from generation.forms.lora_matching import by_hash, by_name
from generation.forms.wearing import MOST_LORAS
from generation.loras.worn import sorted_out
from generation.models import Lora
from imagecreator.display import shortly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.auth.models import User

    from generation.engine import Profile
    from generation.recipe import Recipe, RecipeLora


@dataclass
class Dressed:
    """Weights by key, and what there is to say."""

    weights: dict[str, float] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    @property
    def initial(self) -> dict[str, object]:
        """The form's values."""
        return {"loras": self.weights}


def dress(recipe: Recipe, profile: Profile | None, user: User) -> Dressed:
    """Find each LoRA by its hashes, or by its name where that is the only one."""
    dressed = Dressed()
    wearable, unfit = sorted_out(Lora.objects.offered(user), profile)
    others = [lora for lora, _refusal in unfit]
    for asked in recipe.loras:
        lora = by_hash(asked, wearable) or by_name(asked, wearable)
        if lora is None:
            is_here = by_hash(asked, others) or by_name(asked, others)
            said = (
                _("The LoRA “%(name)s” is left out: it is made for another model than the one that paints here.")
                if is_here
                else _("The LoRA “%(name)s” is left out: it is not among those that you may use here.")
            )
            dressed.lines.append(said % {"name": asked.name})
        elif lora.key not in dressed.weights:
            _put_on(dressed, lora, asked)
    return dressed


def _put_on(dressed: Dressed, lora: Lora, asked: RecipeLora) -> None:
    if len(dressed.weights) == MOST_LORAS:
        line = _("The LoRA “%(name)s” is left out: at most %(most)s can be used at once.")
        dressed.lines.append(line % {"name": asked.name, "most": MOST_LORAS})
        return
    theirs = lora.weight if asked.weight is None else asked.weight
    ours = min(max(theirs, -MOST_WEIGHT), MOST_WEIGHT)
    dressed.weights[lora.key] = ours
    dressed.lines += _changes(lora, asked, ours, theirs)


def _changes(lora: Lora, asked: RecipeLora, ours: float, theirs: float) -> Iterator[str]:
    if (asked.digest or asked.short_hash) and not by_hash(asked, [lora]):
        yield _("The LoRA “%(name)s” was found by its name; its file is not the one of the picture.") % {
            "name": lora.name
        }
    if asked.weight is None:
        yield _("The file names no weight of the LoRA “%(name)s”: it is %(ours)s, as usual.") % {
            "name": lora.name,
            "ours": shortly(ours),
        }
    elif ours != theirs:
        yield _("The weight of the LoRA “%(name)s” is %(ours)s, not %(theirs)s.") % {
            "name": lora.name,
            "ours": shortly(ours),
            "theirs": shortly(theirs),
        }
