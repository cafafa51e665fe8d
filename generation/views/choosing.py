"""Choosing a picture of any shape for a page that was left for it: one to touch up, or one whose style is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from channels_app.views.lookup import sent
from generation.forms.pictures import StylePictureForm, TouchUpPictureForm
from generation.targets import TARGETS
from generation.views.kept import keep, leaves, with_kept
from generation.views.picking import picked, tell
from generation.views.subjects import THUMBNAIL, about, address, own_subject
from generation.views.waiting import go_on

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse
    from django_stubs_ext import StrOrPromise

    from channels_app.views.lookup import SignedInRequest
    from generation.forms.references import StartForm


@dataclass(frozen=True)
class Choice:
    """What a picture is chosen for: the page that goes on with it, at which ``place``, and its field there."""

    form: type[StartForm]
    page: str
    field: str
    place: str
    title: StrOrPromise
    text: StrOrPromise
    take: StrOrPromise  # on the button beside a file


TO_TOUCH_UP = Choice(
    TouchUpPictureForm,
    "touch_up",
    "start",
    "",
    _("Touch up a picture"),
    _("It is brought to the exact pixels that are needed, and can be painted over in the style of another picture."),
    _("Touch up this file"),
)
_STYLE = (
    _("Choose a style picture"),
    _("Its strokes, colours and textures are taken over; what it shows is not. Paintings and patterns do well."),
    _("Take the style of this file"),
)
STYLE = Choice(StylePictureForm, "generate", "style_picture", "#afterwards", *_STYLE)
STYLE_OF_TOUCH_UP = Choice(StylePictureForm, "touch_up", "style_picture", "#afterwards", *_STYLE)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def choose_touch_up(request: SignedInRequest, pk: UUID, target: str = THUMBNAIL) -> HttpResponse:
    """Choose a picture to touch up."""
    return _choose(request, pk, target, TO_TOUCH_UP)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def choose_style(request: SignedInRequest, pk: UUID, target: str = THUMBNAIL) -> HttpResponse:
    """Choose the picture in whose style new pictures are painted over."""
    return _choose(request, pk, target, STYLE)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def style_touch_up(request: SignedInRequest, pk: UUID, target: str = THUMBNAIL) -> HttpResponse:
    """Choose the picture in whose style another is painted over."""
    return _choose(request, pk, target, STYLE_OF_TOUCH_UP)


def _choose(request: SignedInRequest, pk: UUID, target: str, choice: Choice) -> HttpResponse:
    """What was typed on the page that was left goes along."""
    subject = own_subject(request, pk, target)
    if leaves(request):
        return redirect(keep(request, request.path))
    page = address(choice.page, subject, target)
    form = choice.form(*sent(request), subject=subject, target=TARGETS[target])
    if chosen := picked(request, form, form.save):
        tell(request, form.note)
        return go_on(request, chosen, with_kept(request, page, **{choice.field: chosen}) + choice.place)
    back = with_kept(request, page) if "kept" in request.GET else address("generate", subject, target)
    context = about(subject, target, form, back=back, choice=choice)
    return render(request, "generation/choose_picture.html", context)
