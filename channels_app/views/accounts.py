"""Signing up and one's own profile. Log in, log out and passwords are Django's own views (see ``urls``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from channels_app.forms.accounts import ProfileForm, SignUpForm
from channels_app.models import Picture
from channels_app.models.sight import Sight
from channels_app.views.lookup import sent
from imagecreator.uploads import refuse_too_large

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from channels_app.views.lookup import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
def signup(request: HttpRequest) -> HttpResponse:
    """Make an account and log in."""
    if request.user.is_authenticated:
        return redirect("home")
    form = SignUpForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        login(request, form.save(), backend="django.contrib.auth.backends.ModelBackend")
        messages.success(request, _("Welcome! Make your first channel to begin."))
        return redirect("home")
    return render(request, "accounts/signup.html", {"form": form})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@refuse_too_large
def profile(request: SignedInRequest) -> HttpResponse:
    """Show and edit one's profile."""
    own = request.user.profile
    form = ProfileForm(*sent(request), instance=own)
    if form.is_valid():
        form.save()
        messages.success(request, _("Your profile was saved."))
        return redirect("profile")
    bound = Picture.objects.bound_for(own, "avatar")
    waits = any(picture.sight == Sight.WAITS for picture in bound)
    if request.htmx and not waits:  # type: ignore[attr-defined]
        return HttpResponseClientRefresh()
    context = {
        "form": form,
        "profile": own,
        "former_avatars": Picture.objects.former(own, "avatar"),
        "bound": bound,
        "waits": waits,
        "refused": Picture.objects.refused_for(own, "avatar"),
    }
    return render(request, "channels/profile.html", context)
