"""Touching up: a picture that is there comes to a target's exact pixels, and into the style of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from generation.forms.finishing import OF_STYLE
from generation.forms.touch_up import TouchUpForm, touched_up_of
from generation.models import GenerationRequest
from generation.models.profiles import profile_in_use
from generation.models.request import random_seed
from generation.models.subject import subject_field
from generation.moderation import note_refusal
from generation.quota import left_today
from generation.targets import TARGETS
from generation.views.ids import id_in
from generation.views.kept import kept
from generation.views.recipes import own_image
from generation.views.subjects import THUMBNAIL, about, address, own_subject
from imagecreator.errors import ExpectedError

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse

    from channels_app.models import Channel, Video
    from channels_app.views.lookup import SignedInRequest

CHOSEN = ("start", "whole", "style_picture")  # in the address, after they were chosen on a page of their own


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def touch_up(request: SignedInRequest, pk: UUID, target: str = THUMBNAIL) -> HttpResponse:
    """Ask for a picture to be touched up; where none is chosen yet, choose one first."""
    subject = own_subject(request, pk, target)
    given: dict[str, Any] = {"subject": subject, "target": TARGETS[target], "profile": profile_in_use()}
    if request.method != "POST":
        form = TouchUpForm(initial=_words(request, subject, target, given), **given)
        if form.begin is None and not form["start"].value():
            return redirect(address("choose_touch_up", subject, target))
    else:
        form = TouchUpForm(request.POST, **given)
        if request.POST.get("do") == "without_style":
            form = TouchUpForm(initial=form.without(*OF_STYLE), **given)
        elif form.is_valid():
            try:
                asked = form.save(target)
            except ExpectedError as refusal:
                form.add_error(None, ValidationError(str(refusal.problem), code=refusal.code))
            else:
                if asked is None:
                    raise Http404
                return redirect(asked)
        elif form.refused:
            note_refusal(subject.owner, form.refused.found, form.refused.words)
    context = about(
        subject,
        target,
        form,
        choose_url=address("choose_touch_up", subject, target),
        part_url=address("fit_touch_up", subject, target, form.uncut.pk) if form.uncut else "",
        style_url=address("style_touch_up", subject, target),
        generate_url=address("generate", subject, target),
        left=left_today(subject.owner.pk),
    )
    return render(request, "generation/touch_up.html", context)


def asked_there(request: SignedInRequest, subject: Video | Channel, target: str) -> str:
    """The page for touching up with the same query, where that names a request or picture of this kind; else empty."""
    asked = _named(request, subject, target)
    if asked is None or not asked.is_touched_up:
        return ""
    return f"{address('touch_up', subject, target)}?{request.GET.urlencode()}"


def _words(request: SignedInRequest, subject: Video | Channel, target: str, given: dict[str, Any]) -> dict[str, Any]:
    """What the form begins with: an earlier request, then what was typed, then what was chosen just now."""
    words: dict[str, Any] = {}
    asked = _named(request, subject, target)
    if asked and asked.is_touched_up:
        words = touched_up_of(asked)
    if "vary" in request.GET:
        words["seed"] = random_seed()
    if fields := kept(request):
        typed = TouchUpForm(fields, **given).typed()
        as_page_has = ("id", "start", "whole", *OF_STYLE)  # unless they were kept
        words |= {name: value for name, value in typed.items() if name in fields or name not in as_page_has}
    chosen = {name: request.GET[name] for name in CHOSEN if name in request.GET}
    if "start" in chosen:  # another picture, and no part of what was there before
        words.pop("whole", None)
    return words | chosen


def _named(request: SignedInRequest, subject: Video | Channel, target: str) -> GenerationRequest | None:
    """The request of this person that the address names: ``?from=`` itself, ``?again=`` or ``?vary=`` its picture."""
    named = request.GET
    if image := own_image(request, named.get("again") or named.get("vary")):
        return image.request
    before = GenerationRequest.objects.filter(pk=id_in(named.get("from")), owner=request.user)
    return before.filter(target=target, **subject_field(subject)).first()
