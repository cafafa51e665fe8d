"""The page where pictures are asked for: the written prompt, to be edited, for a thumbnail, an avatar or a cover."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh, trigger_client_event

from channels_app.models import Channel, Video
from channels_app.models.sight import Sight
from channels_app.views.lookup import get_own
from generation.forms.beginning import OF_MASK, OF_START, OPTIONS
from generation.forms.finishing import OF_STYLE
from generation.forms.generate import GenerateForm
from generation.forms.guiding import KINDS, OF_GUIDE, OF_GUIDES
from generation.forms.recipe import RecipeForm
from generation.forms.writing import OF_WRITING
from generation.models import PromptDraft
from generation.models.profiles import profile_in_use
from generation.models.subject import subject_field
from generation.moderation import note_refusal
from generation.quota import left_today
from generation.targets import TARGETS
from generation.views.guides import leading
from generation.views.ids import id_in
from generation.views.kept import keep, kept
from generation.views.recipes import filled
from generation.views.subjects import about, address
from generation.views.touch_up import asked_there
from generation.work import BEST
from imagecreator.errors import ExpectedError
from imagecreator.queue.states import State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from django.http import HttpResponse

    from channels_app.views.lookup import SignedInRequest
    from generation.forms.filling import Filling
    from generation.models import GenerationRequest

# They begin as the page has them, unless they were kept.
STARTING = ("id", "prompt", "negative", *OF_START, *OPTIONS, *OF_GUIDES, *OF_STYLE)
WISHES: dict[str | None, Callable[[GenerateForm], dict[str, Any]]] = {  # of the form's buttons that ask for no picture
    "show": lambda form: form.typed(),
    "merge": lambda form: form.merged(),
    "vary": lambda form: form.typed() | form.varied(),
    "without_start": lambda form: form.without(*OF_START, *OPTIONS),
    "without_mask": lambda form: form.without(*OF_MASK, *OPTIONS),
    "without_pose": lambda form: form.without(*OF_GUIDE["pose"]),
    "without_face": lambda form: form.without(*OF_GUIDE["face"]),
    "without_style": lambda form: form.without(*OF_STYLE),
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def generate_thumbnail(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Ask for a video's thumbnail."""
    video = get_own(Video, request, pk, "channel__owner", "thumbnail")
    if video.is_live:
        messages.info(request, _("The frames are still being chosen; the prompt is written right after."))
        return redirect(video)
    return _generate(request, video, "thumbnail")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def generate_channel(request: SignedInRequest, pk: UUID, target: str) -> HttpResponse:
    """Ask for a channel's avatar or cover."""
    if target not in TARGETS or TARGETS[target].for_what != "channel":
        raise Http404
    return _generate(request, get_own(Channel, request, pk, "owner", "avatar", "cover"), target)


def _generate(request: SignedInRequest, subject: Video | Channel, target: str) -> HttpResponse:
    if request.method != "POST" and (page := asked_there(request, subject, target)):
        return redirect(page)
    draft = _version(request, subject, target) or PromptDraft.objects.for_subject(subject, target)
    profile = profile_in_use()
    given: dict[str, Any] = {
        "profile": profile,
        "target": TARGETS[target],
        "channel": subject.channel if isinstance(subject, Video) else subject,
        "draft": draft,
    }
    wish = request.POST.get("do")
    if request.htmx and (part := _part(request, wish, given)):  # type: ignore[attr-defined]
        return part
    filling = filled(request, subject, target, profile)
    if request.method != "POST":
        form = _begun(request, filling, given)
    elif wish in WISHES:
        form = GenerateForm(initial=WISHES[wish](GenerateForm(request.POST, **given)), **given)
    else:
        form = GenerateForm(request.POST, **given)
        if asked := _saved(form, subject, target, draft):
            return redirect(asked)
    writing = draft.is_live and filling is None and request.method != "POST"  # then there is nothing to edit yet
    context = _shown(form, subject, target, draft) | {"writing": writing, "filling": filling}
    return render(request, "generation/generate.html", context)


def _part(request: SignedInRequest, wish: str | None, given: dict[str, Any]) -> HttpResponse | None:
    """What htmx puts into the page while somebody types or chooses a variation; None where it wants another thing."""
    if wish == "show":
        form = GenerateForm(request.POST, **given)
        shown = {"form": form, "final": form.composed, "tokens": form.tokens, "paces": form.paces}
        return render(request, "generation/_shown.html", shown)
    if wish == "vary":
        form = GenerateForm(initial=WISHES["vary"](GenerateForm(request.POST, **given)), **given)
        written = {"form": form, "draft": given["draft"], "is_fresh": True}
        return trigger_client_event(render(request, "generation/_written.html", written), "written", after="settle")
    return None


def _begun(request: SignedInRequest, filling: Filling | None, given: dict[str, Any]) -> GenerateForm:
    """The form as the page has it when it is opened: with the draft's words or a recipe's, and what was kept of it."""
    draft: PromptDraft = given["draft"]
    words = filling.initial if filling else {"prompt": draft.prompt, "negative": draft.negative}
    if "start" in request.GET:  # then what the words come from began with something else, and with another seed
        words = {name: words[name] for name in words.keys() - {*OF_START, *OPTIONS, "seed"}}
    if fields := kept(request):
        typed = GenerateForm(fields, **given).typed()
        words |= {name: value for name, value in typed.items() if name in fields or name not in STARTING}
    return GenerateForm(initial=_chosen(request.GET, words), **given)


def _saved(form: GenerateForm, subject: Video | Channel, target: str, draft: PromptDraft) -> GenerationRequest | None:
    """What was asked for, in the queue; None where something has to be said at the form first."""
    if not form.is_valid():
        if form.refused:
            note_refusal(subject.owner, form.refused.found, form.refused.words)
        return None
    try:
        asked = form.save_for(subject, target, draft)
    except ExpectedError as refusal:
        form.add_error(None, ValidationError(str(refusal.problem), code=refusal.code))
        return None
    if asked is None:
        raise Http404
    return asked


def _shown(form: GenerateForm, subject: Video | Channel, target: str, draft: PromptDraft) -> dict[str, Any]:
    """What the page tells besides the form, and where its other pages are."""
    return {
        **about(subject, target, form),
        "draft": draft,
        "recipe_form": RecipeForm(),
        "recipe_url": address("recipe", subject, target),
        "start_url": address("choose_start", subject, target),
        "style_url": address("choose_style", subject, target),
        "touch_up_url": address("touch_up", subject, target),
        "part_url": address("mark_part", subject, target, form.begin.pk) if form.begin else "",
        "leading": leading(form, subject, target),
        "final": form.composed,
        "tokens": form.tokens,
        "paces": form.paces,
        "left": left_today(subject.owner.pk),
        "versions": draft.others,
        "is_stale": draft.is_stale,
        "frames": subject.frames.filter(sight=Sight.SHOWN).order_by("rank")[:BEST]
        if isinstance(subject, Video)
        else (),
    }


def _version(request: SignedInRequest, subject: Video | Channel, target: str) -> PromptDraft | None:
    """The written version that the address names."""
    same = PromptDraft.objects.filter(target=target, state=State.DONE, **subject_field(subject))
    return same.filter(pk=id_in(request.GET.get("version"))).first()


def _chosen(named: Mapping[str, str], words: dict[str, Any]) -> dict[str, Any]:
    """With what the address names, chosen on a page of its own: it comes before what was typed, as long as it is new.

    Whoever comes back without another choice finds all as it was.
    """
    begun = {name: named[name] for name in ("start", "mask") if name in named}
    if "start" in begun:
        is_same = begun["start"] == str(words.get("start"))
        is_all = is_same and begun.get("mask", "") == str(words.get("mask") or "")
        left_out = () if is_all else OF_MASK if is_same else OF_START
        words = {name: value for name, value in words.items() if name not in left_out}
    return words | begun | {name: named[name] for name in (*KINDS, "style_picture") if name in named}


@login_required
@require_safe
def draft_status(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """How far the writing is, as a part of the page; the page reloads itself at the end."""
    draft = get_own(PromptDraft, request, pk)
    if request.htmx and not draft.is_live:  # type: ignore[attr-defined]
        return HttpResponseClientRefresh()
    return render(request, "generation/_draft.html", {"draft": draft})


@login_required
@require_POST
def draft_rewrite(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Write the prompt again from what the video or channel says now."""
    draft = get_own(PromptDraft, request, pk, "video", "channel")
    again = PromptDraft.objects.for_subject(draft.subject, draft.target, again=True)
    if again == draft and not again.is_live:
        messages.info(
            request,
            _(
                "Nothing has changed since this was written, so the form would write the same. "
                "Choose a variation, or change the title or the description."
            ),
        )
        return redirect(keep(request, _of_version(again)))
    if not again.is_live:
        messages.info(request, _("This was written before from the same words and frames: here it is again."))
    return redirect(keep(request, _of_version(again), without=OF_WRITING))


@login_required
@require_POST
def draft_use(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Put an earlier version into the form; all else in it stays."""
    draft = get_own(PromptDraft, request, pk, "video", "channel")
    return redirect(keep(request, _of_version(draft), without=OF_WRITING))


def _of_version(draft: PromptDraft) -> str:
    """The page with this draft, which the address names where it is not the newest."""
    newest = PromptDraft.objects.for_subject(draft.subject, draft.target)
    return draft.generate_url if draft == newest or draft.is_live else f"{draft.generate_url}?version={draft.pk}"
