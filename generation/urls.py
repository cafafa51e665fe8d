"""Addresses of prompts, requests and painted pictures."""

from __future__ import annotations

from django.urls import path

from generation.views import (
    choosing,
    generate,
    images,
    lora_imports,
    loras,
    recipes,
    references,
    requests,
    styles,
    touch_up,
)

urlpatterns = [
    path("videos/<uuid:pk>/generate/", generate.generate_thumbnail, name="generate_thumbnail"),
    path("channels/<uuid:pk>/generate/<slug:target>/", generate.generate_channel, name="generate_channel"),
    path("videos/<uuid:pk>/generate/recipe/", recipes.take_recipe, name="recipe_thumbnail"),
    path("channels/<uuid:pk>/generate/<slug:target>/recipe/", recipes.take_recipe, name="recipe_channel"),
    path("videos/<uuid:pk>/generate/start/", references.choose_start, name="choose_start_thumbnail"),
    path("channels/<uuid:pk>/generate/<slug:target>/start/", references.choose_start, name="choose_start_channel"),
    path("videos/<uuid:pk>/generate/start/<uuid:start>/fit/", references.fit_start, name="fit_start_thumbnail"),
    path(
        "channels/<uuid:pk>/generate/<slug:target>/start/<uuid:start>/fit/",
        references.fit_start,
        name="fit_start_channel",
    ),
    path("videos/<uuid:pk>/generate/start/<uuid:start>/part/", references.mark_part, name="mark_part_thumbnail"),
    path(
        "channels/<uuid:pk>/generate/<slug:target>/start/<uuid:start>/part/",
        references.mark_part,
        name="mark_part_channel",
    ),
    path("videos/<uuid:pk>/generate/style/", choosing.choose_style, name="choose_style_thumbnail"),
    path("channels/<uuid:pk>/generate/<slug:target>/style/", choosing.choose_style, name="choose_style_channel"),
    path("videos/<uuid:pk>/generate/touch-up/", touch_up.touch_up, name="touch_up_thumbnail"),
    path("channels/<uuid:pk>/generate/<slug:target>/touch-up/", touch_up.touch_up, name="touch_up_channel"),
    path("videos/<uuid:pk>/generate/touch-up/picture/", choosing.choose_touch_up, name="choose_touch_up_thumbnail"),
    path(
        "channels/<uuid:pk>/generate/<slug:target>/touch-up/picture/",
        choosing.choose_touch_up,
        name="choose_touch_up_channel",
    ),
    path("videos/<uuid:pk>/generate/touch-up/style/", choosing.style_touch_up, name="style_touch_up_thumbnail"),
    path(
        "channels/<uuid:pk>/generate/<slug:target>/touch-up/style/",
        choosing.style_touch_up,
        name="style_touch_up_channel",
    ),
    path("references/<uuid:pk>/file/", references.reference_file, name="reference_file"),
    path("drafts/<uuid:pk>/status/", generate.draft_status, name="draft_status"),
    path("drafts/<uuid:pk>/rewrite/", generate.draft_rewrite, name="draft_rewrite"),
    path("styles/<slug:key>/preview/", styles.style_file, name="style_file"),
    path("loras/", loras.loras, name="loras"),
    path("loras/imports/", loras.lora_imports, name="lora_imports"),
    path("loras/imports/<uuid:pk>/", lora_imports.lora_import, name="lora_import"),
    path("loras/imports/<uuid:pk>/status/", lora_imports.lora_import_status, name="lora_import_status"),
    path("loras/imports/<uuid:pk>/cancel/", lora_imports.lora_import_cancel, name="lora_import_cancel"),
    path("loras/imports/<uuid:pk>/retry/", lora_imports.lora_import_retry, name="lora_import_retry"),
    path("loras/imports/<uuid:pk>/remove/", lora_imports.lora_import_remove, name="lora_import_remove"),
    path("loras/<slug:key>/", loras.lora, name="lora"),
    path("requests/", requests.requests, name="requests"),
    path("requests/<uuid:pk>/", requests.request_page, name="request"),
    path("requests/<uuid:pk>/status/", requests.request_status, name="request_status"),
    path("requests/<uuid:pk>/look/<int:number>/", requests.request_look, name="request_look"),
    path("requests/<uuid:pk>/cancel/", requests.request_cancel, name="request_cancel"),
    path("requests/<uuid:pk>/retry/", requests.request_retry, name="request_retry"),
    path("images/<uuid:pk>/", images.image_page, name="image"),
    path("images/<uuid:pk>/use/", requests.image_use, name="image_use"),
    path("images/<uuid:pk>/file/", requests.image_file, name="image_file"),
]
