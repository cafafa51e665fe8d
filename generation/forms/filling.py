"""What of a recipe goes into the form, and a line for each thing that cannot: nothing is dropped silently."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from generation.forms.dressing import dress
from generation.forms.finishing import finished_of, finishing_of, lost_with
from generation.forms.generate import SAME
from generation.models import Style
from generation.models.request import MAX_PROMPT, MAX_SEED, MAX_STEPS, Mode, random_seed
from imagecreator.display import shortly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.auth.models import User

    from generation.engine import Profile
    from generation.engine.modes import Mode as Values
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
    return Filling(words | begun_of(asked) | followed_by(asked) | finished_of(asked) | _mode_of_request(asked, profile))


def begun_of(asked: GenerationRequest) -> dict[str, object]:
    """What a request began with, for the form."""
    if asked.start is None:
        return {}
    begun: dict[str, object] = {"start": asked.start.pk, "strength": asked.strength}
    return begun | {"mask": asked.mask.pk if asked.mask else None, **asked.mask_options}


def followed_by(asked: GenerationRequest) -> dict[str, object]:
    """What a request followed, for the form."""
    values: dict[str, object] = {}
    for use in asked.guides.select_related("guide"):
        kind = use.guide.guide_kind
        values |= {kind: use.guide.pk, f"{kind}_strength": use.strength, f"{kind}_begin": use.begin}
        values[f"{kind}_end"] = use.end
    return values


def of_recipe(recipe: Recipe, profile: Profile | None, target: Target, user: User) -> Filling:
    """What a picture's file says; ``profile`` paints, None where it cannot be read, and ``user`` asks."""
    title = _("Filled in from a picture by %(tool)s") % {"tool": TOOLS[recipe.source]}
    dressed = _dressed(recipe, profile, user)
    lines = [*_taken(recipe, dressed), *_start(recipe), *_guides(recipe), *_lines(recipe, profile, target)]
    lines += [*dressed.lines, *lost_with(recipe, profile)]
    return Filling(_initial(recipe, profile) | dressed.initial | finishing_of(recipe), title, lines)


def again(recipe: Recipe, profile: Profile | None, target: Target, user: User) -> Filling:
    """The same picture once more, as far as the profile in use and the LoRAs that are offered allow."""
    dressed = _dressed(recipe, profile, user)
    lines = [*_lines(recipe, profile, target), *dressed.lines]
    title = _("The picture again, as far as it goes") if lines else _("The same picture again")
    same = _("Prompt, seed and settings are those of the picture.")
    return Filling(_initial(recipe, profile) | dressed.initial, title, lines or [same])


def vary(recipe: Recipe, profile: Profile | None, target: Target, user: User, count: int) -> Filling:
    """The same but for the seed, as many as were asked for."""
    dressed = _dressed(recipe, profile, user)
    lines = [_("The seed is new; all the rest is as it was."), *_lines(recipe, profile, target), *dressed.lines]
    initial = _initial(recipe, profile) | dressed.initial | {"seed": random_seed(), "count": count}
    return Filling(initial, _("A variation of the picture"), lines)


def _initial(recipe: Recipe, profile: Profile | None) -> dict[str, object]:
    seed = recipe.seed if recipe.seed is not None and recipe.seed <= MAX_SEED else None
    words = {"prompt": recipe.prompt[:MAX_PROMPT], "negative": recipe.negative[:MAX_PROMPT]}
    return {**words, "seed": seed, "count": 1} | _mode_of_recipe(recipe, profile)


def _dressed(recipe: Recipe, profile: Profile | None, user: User) -> Dressed:
    """The LoRAs of a recipe but for the one that its mode puts on by itself."""
    mode = profile.modes[like(recipe, profile)] if profile else None
    of_mode = mode.lora.file.stem if mode and mode.lora else None
    chosen = tuple(lora for lora in recipe.loras if lora.name != of_mode)
    return dress(replace(recipe, loras=chosen), profile, user)


def _mode_of_request(asked: GenerationRequest, profile: Profile | None) -> dict[str, object]:
    if profile is None:
        return _choice(asked.mode, asked.steps_asked)
    name, mode = profile.mode(asked.mode if asked.mode in profile.offered else Mode.STANDARD)
    style = Style.objects.filter(key=asked.style_key).first()
    of_style = style.steps_of(mode.steps) if style and name != Mode.FAST else None
    return _choice(name, None if asked.steps_asked in (mode.steps, of_style) else asked.steps_asked)


def like(recipe: Recipe, profile: Profile) -> str:
    """The name of the mode that a recipe is most like: one that agrees with all it says, else the standard one."""
    alike = [name for name in (Mode.STANDARD, *profile.offered) if _agrees(recipe, profile.modes[name])]
    for name in alike:
        if recipe.steps in (None, profile.modes[name].steps):
            return name
    return alike[0] if alike else Mode.STANDARD


def _agrees(recipe: Recipe, mode: Values) -> bool:
    """But for the steps."""
    worn = {one.name: one.weight for one in recipe.loras}
    return (
        recipe.sampler.casefold() in ("", mode.scheduler.title.casefold())
        and recipe.guidance in (None, mode.guidance)
        and recipe.eta in (None, mode.eta)
        and (mode.lora is None or worn.get(mode.lora.file.stem, 0) in (None, mode.lora.weight))
    )


def _mode_of_recipe(recipe: Recipe, profile: Profile | None) -> dict[str, object]:
    if profile is None:
        return _choice(Mode.STANDARD, recipe.steps)
    name = like(recipe, profile)
    return _choice(name, None if recipe.steps == profile.modes[name].steps else recipe.steps)


def _choice(mode: str, steps: int | None) -> dict[str, object]:
    """The form's values for a mode, or for another number of steps in it."""
    if steps is None:
        return {"mode": mode}
    return {"mode": SAME, "steps": min(steps, MAX_STEPS), "steps_mode": mode}


def _taken(recipe: Recipe, dressed: Dressed) -> Iterator[str]:
    names = [
        *([_("prompt")] if recipe.prompt else []),
        *([_("negative prompt")] if recipe.negative else []),
        *([_("seed")] if recipe.seed is not None and recipe.seed <= MAX_SEED else []),
        *([_("steps")] if recipe.steps else []),
        *([_("LoRAs")] if dressed.weights else []),
    ]
    if names:
        yield _("Taken over: %(names)s.") % {"names": ", ".join(names)}


def _start(recipe: Recipe) -> Iterator[str]:
    """A file names the picture that its own began with, but does not hold it."""
    if recipe.start and recipe.mask:
        yield _("Only a part of another picture was painted, which the file does not hold: begin with it below.")
    elif recipe.start and not recipe.is_touched_up:
        yield _("The picture began with another one, which the file does not hold: choose it below.")


def _guides(recipe: Recipe) -> Iterator[str]:
    """A file names what its people followed, but does not hold it either."""
    kinds = {guide.kind for guide in recipe.guides}
    if "pose" in kinds:
        yield _("People were painted after a pose, which the file does not hold: choose it below.")
    if "face" in kinds:
        yield _("People were painted after a face, which the file does not hold: choose it below.")


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
    mode = profile.modes[like(recipe, profile)] if profile else None
    if recipe.steps and recipe.steps > MAX_STEPS and not (mode and recipe.steps == mode.steps):
        yield _("Steps: %(most)s, the most there are here, instead of %(steps)s.") % {
            "most": MAX_STEPS,
            "steps": recipe.steps,
        }
    if profile and mode:
        yield from _against(profile, mode, recipe, target)


def _against(profile: Profile, mode: Values, recipe: Recipe, target: Target) -> Iterator[str]:
    if recipe.model and recipe.model != profile.name:
        yield _("The model %(model)s is not in use here: “%(profile)s” paints.") % {
            "model": recipe.model,
            "profile": profile.title,
        }
    if recipe.sampler.casefold() not in ("", mode.scheduler.title.casefold()):
        yield _("The sampler is %(ours)s here, not %(theirs)s.") % {
            "ours": mode.scheduler.title,
            "theirs": recipe.sampler,
        }
    if recipe.guidance is not None and recipe.guidance != mode.guidance:
        yield _("Guidance is the profile's %(ours)s, not %(theirs)s.") % {
            "ours": shortly(mode.guidance),
            "theirs": shortly(recipe.guidance),
        }
    if recipe.eta is not None and recipe.eta != mode.eta:
        yield _("New noise (eta) is the profile's %(ours)s, not %(theirs)s.") % {
            "ours": shortly(mode.eta),
            "theirs": shortly(recipe.eta),
        }
    painted = recipe.width, recipe.height
    # A part is painted in a size of its own.
    if recipe.mask is None and None not in painted and painted != profile.size_for(target.width, target.height):
        yield _("The size is %(width)s×%(height)s; the picture was painted in %(was_width)s×%(was_height)s.") % {
            "width": target.width,
            "height": target.height,
            "was_width": recipe.width,
            "was_height": recipe.height,
        }
