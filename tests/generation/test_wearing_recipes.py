"""LoRAs that a recipe names, found among those that a person may use; and a line for each that is not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from generation.recipe import RecipeLora, write
from tests.generation.lora_rows import a_lora
from tests.generation.recipe.files import png
from tests.generation.test_recipe_page import OURS
from tests.generation.test_wearing_page import chosen
from tests.look import words
from tests.rows import a_channel, a_draft, a_video

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

    from channels_app.models import Video

pytestmark = pytest.mark.usefixtures("only_own_loras", "written")


def bring(client: Client, video: Video, content: bytes) -> Answer:
    file = SimpleUploadedFile("a.png", content, "image/png")
    return client.post(reverse("recipe_thumbnail", args=[video.pk]), {"picture": file}, follow=True)


def ours(*loras: RecipeLora) -> bytes:
    return png(**write(replace(OURS, loras=loras), "0.1.0")).getvalue()


def test_a_recipe_of_ours_chooses_by_hash_whatever_the_name(alices: Client, video: Video) -> None:
    neon = a_lora("Neon")
    answer = bring(alices, video, ours(RecipeLora("another name", 0.35, neon.sha256, neon.short_hash)))
    assert chosen(answer) == {"neon": "0.35"}
    assert "Taken over: prompt, negative prompt, seed, steps, LoRAs." in words(answer)
    assert "another name" not in words(answer)


def test_two_of_one_name_are_both_chosen_and_the_very_file_before_one_with_the_same_tensors(
    alices: Client, video: Video
) -> None:
    rows = [{"key": f"neon-{number}", "sha256": f"{number}" * 64, "short_hash": "a" * 12} for number in range(3)]
    _edited, first, second = (a_lora("Neon", **row) for row in rows)
    worn = [RecipeLora("Neon", weight, lora.sha256, lora.short_hash) for lora, weight in ((first, 0.5), (second, 0.25))]
    assert chosen(bring(alices, video, ours(*worn))) == {"neon-1": "0.5", "neon-2": "0.25"}


def test_recipes_of_other_tools_choose_by_short_hash_or_name(alices: Client, video: Video) -> None:
    neon, ink, _fog, mist = (a_lora(name, weight=0.9) for name in ("Neon", "Ink", "Fog", "Mist"))
    a1111 = (
        "a boat <lora:x:0.8> <lora:y:0.7> <lora:fog:0.6>\nSteps: 20, Seed: 41, Size: 512x512, "
        f'Lora hashes: "x: {neon.short_hash}, y: {ink.sha256[:10]}, mist: 0123456789"'
    )
    answer = bring(alices, video, png(parameters=a1111).getvalue())
    assert chosen(answer) == {"neon": "0.8", "ink": "0.7", "fog": "0.6", "mist": "0.9"}
    for line in (
        "The LoRA “Mist” was found by its name; its file is not the one of the picture.",
        "The file names no weight of the LoRA “Mist”: it is 0.9, as usual.",
    ):
        assert line in words(answer)
    graph = {
        "1": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 2, "positive": ["2", 0], "model": ["3", 0]}},
        "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "a boat"}},
        "3": {"class_type": "LoraLoader", "inputs": {"lora_name": "x/Fog.safetensors", "strength_model": 0.4}},
    }
    assert chosen(bring(alices, video, png(prompt=json.dumps(graph)).getvalue())) == {"fog": "0.4"}
    for model in ({"name": "mist"}, {"name": "z", "hash": f"sha256:{mist.sha256}"}):
        invoke = {"positive_prompt": "a boat", "seed": 3, "loras": [{"model": model, "weight": 0.2}]}
        assert chosen(bring(alices, video, png(invokeai_metadata=json.dumps(invoke)).getvalue())) == {"mist": "0.2"}


def test_what_of_a_recipe_cannot_be_used_is_said_a_line_each(alices: Client, bob: User, video: Video) -> None:
    a_lora("Bobs", added_by=bob, approved_at=None)
    a_lora("Wide", width=2048)
    many = [a_lora(f"Many {number}") for number in range(5)]
    a_lora("Strong", order=1)
    answer = bring(
        alices,
        video,
        ours(
            RecipeLora("Bobs", 1.0),
            RecipeLora("Wide", 1.0),
            RecipeLora("Strong", -7.5),
            *(RecipeLora(lora.name, 1.0) for lora in many),
        ),
    )
    assert chosen(answer) == {"strong": "-2"} | {lora.key: "1" for lora in many[:4]}
    for line in (
        "The LoRA “Bobs” is left out: it is not among those that you may use here.",
        "The LoRA “Wide” is left out: it is made for another model than the one that paints here.",
        "The weight of the LoRA “Strong” is -2, not -7.5.",
        "The LoRA “Many 4” is left out: at most 5 can be used at once.",
    ):
        assert line in words(answer)


def test_weights_are_told_as_the_language_writes_them(alices: Client, video: Video) -> None:
    a_lora("Strong")
    recipe = SimpleUploadedFile("a.png", ours(RecipeLora("Strong", 2.75)), "image/png")
    address = reverse("recipe_thumbnail", args=[video.pk])
    answer = alices.post(address, {"picture": recipe}, follow=True, HTTP_ACCEPT_LANGUAGE="ru")
    assert "Вес LoRA «Strong» — 2, а не 2,75." in words(answer)


def test_a_recipe_is_matched_to_what_is_offered_to_whoever_brings_it(
    alices: Client, bobs: Client, bob: User, video: Video
) -> None:
    own = a_lora("Bobs", added_by=bob, approved_at=None)
    recipe = ours(RecipeLora("x", 1.0, own.sha256))
    bobs_video = a_video(a_channel(bob))
    a_draft(bobs_video)
    assert chosen(bring(bobs, bobs_video, recipe)) == {"bobs": "1"}
    assert chosen(bring(alices, video, recipe)) == {}
