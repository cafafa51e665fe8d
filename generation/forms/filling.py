"""What of a recipe goes into the form, and a line for each thing that cannot: nothing is dropped silently."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from generation.forms.dressing import dress
from generation.forms.generate import FINE, QUICK, SAME
from generation.models import Style
from generation.models.request import MAX_PROMPT, MAX_SEED, MAX_STEPS, random_seed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.auth.models import User

    from generation.engine import Profile
    from generation.forms.dressing import Dressed
    from generation.models import GenerationRequest
    from generation.recipe import Recipe
    from generation.targets import Target

TOOLS = {
    "imagecreator": "Image Creator",
    "a1111": "Stable Diffusion WebUI",
    "comfyui": "ComfyUI",
    "invokeai": "InvokeAI",
}


@dataclass(frozen=True)
class Filling:
    """The form's values to begin with, and what the page says about them; without a title it says nothing."""

    initial: dict[str, object]
    title: str = ""
    lines: list[str] = field(default_factory=list)


def of_request(asked: GenerationRequest, profile: Profile | None) -> Filling:
    """All that an earlier request asked for."""
    prompt, negative = asked.own_words
    words = {
        "prompt": prompt,
        "negative": negative,
        "style": asked.style_key,
        "modifiers": asked.modifier_keys,
        "loras": {note["key"]: note["weight"] for note in asked.loras if note["own"]},  # the style puts on the others
        "count": asked.count,
        "seed": asked.seed,
    }
    style = Style.objects.filter(key=asked.style_key).first()
    if style and profile and asked.steps_asked == style.steps_of(profile.steps):  # the style says so once more
        return Filling(words | {"quality": FINE})
    return Filling(words | _quality(asked.steps_asked, profile))


def of_recipe(recipe: Recipe, profile: Profile | None, target: Target, user: User) -> Filling:
    """What a picture's file says; ``profile`` paints, None where it cannot be read, and ``user`` asks."""
    title = _("Filled in from a picture by %(tool)s") % {"tool": TOOLS[recipe.source]}
    dressed = dress(recipe, profile, user)
    lines = [_taken(recipe, dressed), *_lines(recipe, profile, target), *dressed.lines]
    return Filling(_initial(recipe, profile) | dressed.initial, title, lines)


def again(recipe: Recipe, profile: Profile | None, target: Target, user: User) -> Filling:
    """The same picture once more, as far as the profile in use and the LoRAs that are offered allow."""
    dressed = dress(recipe, profile, user)
    lines = [*_lines(recipe, profile, target), *dressed.lines]
    same = _("Prompt, seed and settings are those of the picture.")
    return Filling(_initial(recipe, profile) | dressed.initial, _("The same picture again"), lines or [same])


def vary(recipe: Recipe, profile: Profile | None, target: Target, user: User, count: int) -> Filling:
    """The same but for the seed, as many as were asked for."""
    dressed = dress(recipe, profile, user)
    lines = [_("The seed is new; all the rest is as it was."), *_lines(recipe, profile, target), *dressed.lines]
    initial = _initial(recipe, profile) | dressed.initial | {"seed": random_seed(), "count": count}
    return Filling(initial, _("A variation of the picture"), lines)


def _initial(recipe: Recipe, profile: Profile | None) -> dict[str, object]:
    seed = recipe.seed if recipe.seed is not None and recipe.seed <= MAX_SEED else None
    words = {"prompt": recipe.prompt[:MAX_PROMPT], "negative": recipe.negative[:MAX_PROMPT]}
    return {**words, "seed": seed, "count": 1} | _quality(recipe.steps, profile)


def _quality(steps: int | None, profile: Profile | None) -> dict[str, object]:
    """The choice that stands for a number of steps."""
    if steps is None or (profile and steps == profile.steps):
        return {"quality": FINE}
    if profile and steps == profile.quick_steps:
        return {"quality": QUICK}
    return {"quality": SAME, "steps": min(steps, MAX_STEPS)}


def _taken(recipe: Recipe, dressed: Dressed) -> str:
    names = [
        *([_("prompt")] if recipe.prompt else []),
        *([_("negative prompt")] if recipe.negative else []),
        *([_("seed")] if recipe.seed is not None and recipe.seed <= MAX_SEED else []),
        *([_("steps")] if recipe.steps else []),
        *([_("LoRAs")] if dressed.weights else []),
    ]
    return _("Taken over: %(names)s.") % {"names": ", ".join(names)}


def _lines(recipe: Recipe, profile: Profile | None, target: Target) -> Iterator[str]:
    """One for each thing that cannot be as it was."""
    if not recipe.prompt:
        yield _("The file names no prompt: write one.")
    if len(recipe.prompt) > MAX_PROMPT or len(recipe.negative) > MAX_PROMPT:
        yield _("The text was cut after %(most)s characters.") % {"most": MAX_PROMPT}
    if recipe.seed is None:
        yield _("The file names no seed: a new one is drawn.")
    elif recipe.seed > MAX_SEED:
        yield _("The seed %(seed)s is larger than seeds are here: a new one is drawn.") % {"seed": recipe.seed}
    if recipe.steps and recipe.steps > MAX_STEPS and not (profile and recipe.steps == profile.steps):
        yield _("Steps: %(most)s, the most there are here, instead of %(steps)s.") % {
            "most": MAX_STEPS,
            "steps": recipe.steps,
        }
    if recipe.sampler:
        yield _("The sampler is the profile's own, not %(sampler)s.") % {"sampler": recipe.sampler}
    if profile:
        yield from _against(profile, recipe, target)


def _against(profile: Profile, recipe: Recipe, target: Target) -> Iterator[str]:
    if recipe.model and recipe.model != profile.name:
        yield _("The model %(model)s is not in use here: “%(profile)s” paints.") % {
            "model": recipe.model,
            "profile": profile.title,
        }
    if recipe.guidance is not None and recipe.guidance != profile.guidance:
        yield _("Guidance is the profile's %(ours)s, not %(theirs)s.") % {
            "ours": f"{profile.guidance:g}",
            "theirs": f"{recipe.guidance:g}",
        }
    if recipe.eta is not None and recipe.eta != profile.eta:
        yield _("New noise (eta) is the profile's %(ours)s, not %(theirs)s.") % {
            "ours": f"{profile.eta:g}",
            "theirs": f"{recipe.eta:g}",
        }
    painted = recipe.width, recipe.height
    if None not in painted and painted != profile.size_for(target.width, target.height):
        yield _("The size is %(width)s×%(height)s; the picture was painted in %(was_width)s×%(was_height)s.") % {
            "width": target.width,
            "height": target.height,
            "was_width": recipe.width,
            "was_height": recipe.height,
        }
