"""ComfyUI's graphs: what was run and what was drawn, simple ones, long ones, and ones that lead nowhere."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generation.recipe import Recipe, RecipeLora, read
from tests.generation.recipe.files import comfy, node, png, with_exif

SIMPLE: dict[str, Any] = {
    "3": node("KSampler", seed=41, steps=20, cfg=8, sampler_name="euler", scheduler="normal", denoise=1,
              model=["4", 0], positive=["6", 0], negative=["7", 0], latent_image=["5", 0]),
    "4": node("CheckpointLoaderSimple", ckpt_name="SD15/v1-5-pruned.safetensors"),
    "5": node("EmptyLatentImage", width=512, height=768, batch_size=1),
    "6": node("CLIPTextEncode", text="a castle", clip=["4", 1]),
    "7": node("CLIPTextEncode", text="blurry", clip=["4", 1]),
    "8": node("VAEDecode", samples=["3", 0], vae=["4", 2]),
    "9": node("SaveImage", images=["8", 0], filename_prefix="ComfyUI"),
}  # fmt: skip
READ = Recipe("comfyui", "a castle", "blurry", 41, 20, 8.0, None, "euler", 512, 768, "v1-5-pruned")
WORKFLOW: dict[str, Any] = {
    "nodes": [
        {"id": 3, "type": "KSampler", "mode": 0, "widgets_values": [41, "randomize", 20, 8, "euler", "normal", 1],
         "inputs": [{"name": "model", "link": 1}, {"name": "positive", "link": 4}, {"name": "negative", "link": 6},
                    {"name": "latent_image", "link": 2}]},
        {"id": 4, "type": "CheckpointLoaderSimple", "widgets_values": ["v1-5-pruned.ckpt"]},
        {"id": 5, "type": "EmptyLatentImage", "widgets_values": [512, 768, 1]},
        {"id": 6, "type": "CLIPTextEncode", "widgets_values": ["a castle"], "inputs": [{"name": "clip", "link": 3}]},
        {"id": 7, "type": "CLIPTextEncode", "widgets_values": ["blurry"], "inputs": [{"name": "clip", "link": 5}]},
        {"id": 8, "type": "VAEDecode", "inputs": [{"name": "samples", "link": 7}]},
        {"id": 9, "type": "SaveImage", "inputs": [{"name": "images", "link": 9}], "widgets_values": ["ComfyUI"]},
        {"id": 20, "type": "KSampler", "mode": 4, "widgets_values": [99, "fixed", 1, 1, "lcm", "normal", 1]},
    ],
    "links": [[1, 4, 0, 3, 0, "MODEL"], [2, 5, 0, 3, 3, "LATENT"], [3, 4, 1, 6, 0, "CLIP"],
              [4, 6, 0, 3, 1, "CONDITIONING"], [5, 4, 1, 7, 0, "CLIP"], [6, 7, 0, 3, 2, "CONDITIONING"],
              [7, 3, 0, 8, 0, "LATENT"], [9, 8, 0, 9, 0, "IMAGE"]],
    "version": 0.4,
}  # fmt: skip


def test_a_simple_graph_that_was_run() -> None:
    assert comfy(SIMPLE) == READ


def test_a_simple_graph_that_was_drawn() -> None:
    assert read(png("tEXt", workflow=json.dumps(WORKFLOW))) == READ


@pytest.mark.parametrize("kind", ["WEBP", "JPEG"])
def test_the_graph_in_an_animation_or_jpeg(kind: str) -> None:
    assert read(with_exif(kind, model=f"prompt:{json.dumps(SIMPLE)}")) == READ
    assert read(with_exif(kind, make=f"workflow:{json.dumps(WORKFLOW)}")) == READ


def test_loras_lie_on_the_way_of_the_model() -> None:
    graph = SIMPLE | {
        "3": node("KSampler", **SIMPLE["3"]["inputs"] | {"model": ["11", 0]}),
        "10": node("LoraLoader", lora_name="a/epic.safetensors", strength_model=0.6, model=["4", 0], clip=["4", 1]),
        "11": node("Power Lora Loader (rgthree)", model=["10", 0],
                   lora_1={"on": True, "lora": "x.safetensors", "strength": -1},
                   lora_2={"on": False, "lora": "off.safetensors"}),
    }  # fmt: skip
    found = comfy(graph)
    assert found is not None
    assert (found.loras, found.model) == ((RecipeLora("x", -1.0), RecipeLora("epic", 0.6)), "v1-5-pruned")


def test_values_and_texts_come_through_links() -> None:
    graph = SIMPLE | {
        "3": node("KSampler", **SIMPLE["3"]["inputs"] | {"seed": ["12", 0], "positive": ["13", 0]}),
        "12": node("Seed (rgthree)", seed=77),
        "13": node("ConditioningCombine", conditioning_1=["6", 0], conditioning_2=["14", 0]),
        "14": node("CLIPTextEncodeSDXL", text_g=["15", 0], text_l=["15", 0], width=1024, height=1024),
        "15": node("StringConcatenate", string_a="at dusk", string_b=["16", 0], delimiter=", "),
        "16": node("PrimitiveStringMultiline", value="by the sea"),
    }
    found = comfy(graph)
    assert found is not None
    assert (found.prompt, found.seed) == ("a castle, at dusk, by the sea", 77)


def test_of_two_samplers_the_first_is_told() -> None:
    graph = SIMPLE | {
        "20": node("LatentUpscale", samples=["3", 0], width=1024, height=1536),
        "21": node("KSampler", **SIMPLE["3"]["inputs"] | {"latent_image": ["20", 0], "seed": 5, "steps": 7}),
        "8": node("VAEDecode", samples=["21", 0]),
    }
    assert comfy(graph) == READ


def test_the_custom_sampler_in_parts_and_conditioning_without_words() -> None:
    graph = {
        "1": node("SamplerCustomAdvanced", noise=["2", 0], guider=["3", 0], sampler=["4", 0], sigmas=["5", 0],
                  latent_image=["6", 0]),
        "2": node("RandomNoise", noise_seed=2**60),
        "3": node("CFGGuider", model=["7", 0], positive=["8", 0], negative=["9", 0], cfg=3.5),
        "4": node("KSamplerSelect", sampler_name="dpmpp_2m"),
        "5": node("BasicScheduler", scheduler="simple", steps=28, model=["7", 0]),
        "6": node("EmptySD3LatentImage", width=["10", 0], height=1024),
        "7": node("UNETLoader", unet_name="flux1-dev.safetensors"),
        "8": node("CLIPTextEncodeFlux", clip_l="a castle", t5xxl="a castle", guidance=3.5),
        "9": node("ConditioningZeroOut", conditioning=["8", 0]),
        "10": node("PrimitiveInt", value=1024),
        "11": node("SaveImage", images=["12", 0]),
        "12": node("VAEDecode", samples=["1", 0]),
    }  # fmt: skip
    assert comfy(graph) == Recipe("comfyui", "a castle", "", 2**60, 28, 3.5, None, "dpmpp_2m", 1024, 1024, "flux1-dev")


def test_control_and_loaders_with_both_texts() -> None:
    graph = SIMPLE | {
        "3": node("KSampler (Efficient)", **SIMPLE["3"]["inputs"] | {"positive": ["30", 0], "negative": ["30", 1]}),
        "30": node("ControlNetApplyAdvanced", positive=["31", 0], negative=["31", 1], image=["32", 0]),
        "31": node("Efficient Loader", positive="a lake", negative="fog", ckpt_name="x.safetensors"),
        "32": node("LoadImage", image="pose.png"),
    }
    found = comfy(graph)
    assert found is not None
    assert (found.prompt, found.negative) == ("a lake", "fog")


@pytest.mark.parametrize(
    "graph",
    [
        {"3": node("KSampler", seed=["3", 0], steps=["3", 0], positive=["3", 0], negative=["3", 0],
                   model=["3", 0], latent_image=["3", 0])},
        {"1": node("A", x=["2", 0]), "2": node("SaveImage", images=["1", 0])},
        {"1": node("KSampler", seed=[], steps={}, positive=["nowhere", 0])},
        {"1": {"class_type": 5, "inputs": []}, "2": 7, "3": None},
        {"1": {"class_type": "KSampler"}},
    ],
    ids=["itself", "circle", "odd", "no nodes", "no inputs"],
)  # fmt: skip
def test_graphs_that_lead_nowhere_are_none(graph: dict[str, Any]) -> None:
    assert comfy(graph) is None


def test_a_circle_of_texts_tells_what_it_has() -> None:
    graph = SIMPLE | {
        "6": node("CLIPTextEncode", text=["40", 0]),
        "40": node("Concat", text_a="a tower", text_b=["41", 0]),
        "41": node("Concat", text_a="at night", text_b=["40", 0]),
    }
    found = comfy(graph)
    assert found is not None
    assert found.prompt == "a tower, at night"
