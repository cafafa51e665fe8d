"""All addresses of the site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from generation.views.language import set_language
from imagecreator.views import healthz, metrics, styleguide

urlpatterns = [
    path("", include("channels_app.urls")),
    path("", include("generation.urls")),
    path("i18n/setlang/", set_language, name="set_language"),
    path("styleguide/", styleguide, name="styleguide"),
    path("healthz", healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    path("admin/", admin.site.urls),
]
