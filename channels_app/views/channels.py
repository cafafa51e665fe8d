"""A channel's page, and making, editing, publishing and deleting it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from channels_app.forms.channels import ChannelForm
from channels_app.models import Channel, Picture, Video
from channels_app.models.sight import Sight
from channels_app.views.lookup import get_own, get_visible, sent
from imagecreator.uploads import refuse_too_large

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from channels_app.views.lookup import SignedInRequest

PER_PAGE = 24


@require_safe
def channel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page: cover, avatar, videos; for the owner also former pictures and what can be done."""
    row = get_visible(Channel, request, pk, "avatar", "cover", "owner__profile__avatar")
    may_edit = row.owner == request.user
    videos = Video.objects.visible_to(request.user).filter(channel=row).select_related("thumbnail", "channel")
    page = Paginator(videos.prefetch_related("frames"), PER_PAGE).get_page(request.GET.get("page"))
    context = {"channel": row, "videos": page, "may_edit": may_edit}
    if may_edit:
        bound = Picture.objects.bound_for(row, *Channel.PLACES)
        context |= {"bound": bound, "waits": any(picture.sight == Sight.WAITS for picture in bound)}
        if request.htmx and not context["waits"]:  # type: ignore[attr-defined]
            return HttpResponseClientRefresh()
        context["refused"] = Picture.objects.refused_for(row, *Channel.PLACES)
        context["former_avatars"] = Picture.objects.former(row, "avatar")
        context["former_covers"] = Picture.objects.former(row, "cover")
    return render(request, "channels/channel.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@refuse_too_large
def channel_new(request: SignedInRequest) -> HttpResponse:
    """Make a channel."""
    return _edit(request, Channel(owner=request.user))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@refuse_too_large
def channel_edit(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Edit a channel."""
    return _edit(request, get_own(Channel, request, pk))


def _edit(request: SignedInRequest, row: Channel) -> HttpResponse:
    form = ChannelForm(*sent(request), instance=row)
    if form.is_valid():
        saved = form.save()
        messages.success(request, _("The channel was saved."))
        return redirect(saved)
    return render(request, "channels/channel_form.html", {"form": form, "channel": None if row._state.adding else row})


@login_required
@require_POST
def channel_publish(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Show the channel to everybody, or to nobody else: the field ``published`` says which."""
    row = get_own(Channel, request, pk)
    row.published = request.POST.get("published") == "1"
    row.save(update_fields=["published"])
    messages.success(request, _("The channel is public now.") if row.published else _("The channel is private now."))
    return redirect(row)


@login_required
@require_POST
def channel_delete(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Delete the channel with all its videos and pictures."""
    with transaction.atomic():
        get_own(Channel, request, pk).delete()
    messages.success(request, _("The channel was deleted."))
    return redirect("home")
