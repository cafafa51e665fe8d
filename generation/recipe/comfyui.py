"""ComfyUI: from the saved picture back to the first sampler, and from there to prompts, seed, steps, size and model.

A graph can be anything, so this goes as far as it goes: nodes are known by what they take, not by their names.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generation.recipe.graph import Graph, Node, graph_of_prompt, graph_of_workflow
from generation.recipe.values import MOST_PROMPT, Recipe, file_stem, parse_object, recipe_from

if TYPE_CHECKING:
    from collections.abc import Iterator

FARTHEST = 200  # nodes on the way from a sampler to a value
PASSES = 8  # samplers one behind the other: a second one works out what the first has painted
_TEXT = re.compile(r"(?:text|string|prompt|value)(?:_?[a-z0-9])?|clip_[gl]|t5xxl|populated_text")
_NUMBERS = ("value", "seed", "int", "float", "number", "Number")
_BESIDE = ("noise", "guider", "sampler", "sigmas", "scheduler")


def read_prompt(content: str) -> Recipe | None:
    """The recipe in a ``prompt`` chunk."""
    return _recipe(graph_of_prompt(parse_object(content)))


def read_workflow(content: str) -> Recipe | None:
    """The recipe in a ``workflow`` chunk."""
    return _recipe(graph_of_workflow(parse_object(content)))


def _recipe(graph: Graph) -> Recipe | None:
    sampler = _sampler(graph)
    if sampler is None:
        return None
    conditioned = graph.at(sampler.inputs.get("guider")) or sampler
    models = list(_models(graph, sampler))
    size = _sized(graph, sampler)
    values = {
        "prompt": _words(graph, conditioned, "positive") or _words(graph, conditioned, "conditioning"),
        "negative": _words(graph, conditioned, "negative"),
        "seed": _scalar(graph, sampler, "seed", "noise_seed"),
        "steps": _scalar(graph, sampler, "steps"),
        "guidance": _scalar(graph, sampler, "cfg"),
        "sampler": _scalar(graph, sampler, "sampler_name"),
        "width": _scalar(graph, size, "width") if size else None,
        "height": _scalar(graph, size, "height") if size else None,
        "model": next((name for node in models if (name := _checkpoint(node))), ""),
        "loras": [lora for node in models for lora in _loras(node)],
    }
    return recipe_from("comfyui", values)


def _sampler(graph: Graph) -> Node | None:
    """The first sampler that worked on the picture that was saved."""
    ends = [node for node in graph.nodes.values() if "SaveImage" in node.kind]
    ends += [node for node in graph.nodes.values() if "PreviewImage" in node.kind]
    found = next((node for end in ends[:PASSES] for node in graph.upstream(end) if _samples(node)), None)
    found = found or next((node for node in graph.nodes.values() if _samples(node)), None)
    for _ in range(PASSES):
        before = graph.at(found.inputs.get("latent_image")) if found else None
        earlier = next((node for node in graph.upstream(before) if _samples(node)), None)
        if earlier is None or earlier is found:
            break
        found = earlier
    return found


def _samples(node: Node) -> bool:
    taken = node.inputs.keys()
    return bool(
        taken & {"steps", "sigmas"} and taken & {"seed", "noise_seed", "noise"} and taken & {"positive", "guider"}
    )


def _words(graph: Graph, start: Node, role: str) -> str:
    """The texts behind the input ``role`` (positive, negative), in their order, each once."""
    found: dict[str, None] = {}
    seen: set[str] = set()
    waiting = [start.inputs.get(role)]
    while waiting and len(seen) < FARTHEST:
        value = waiting.pop()
        if isinstance(value, str):
            found[value[:MOST_PROMPT].strip()] = None
            continue
        node = graph.at(value)
        if node and node.key not in seen:
            seen.add(node.key)
            waiting += reversed(_before(node, role))
    return ", ".join(filter(None, found))


def _before(node: Node, role: str) -> list[object]:
    """Where a node has its words from."""
    if "ZeroOut" in node.kind:  # conditioning without any words
        return []
    if role in node.inputs:  # both ways lead through it
        return [node.inputs[role]]
    given = node.inputs.items()
    texts: list[object] = [value for name, value in given if _TEXT.fullmatch(name) and isinstance(value, str | list)]
    links: list[object] = [value for name, value in given if isinstance(value, list)]
    conditioning = [value for name, value in given if name.startswith("conditioning")]
    return texts or conditioning or links


def _scalar(graph: Graph, start: Node, *names: str) -> object:
    """A number or name among a node's inputs, or behind its links of these names."""
    seen: set[str] = set()
    waiting = [start]
    while waiting and len(seen) < FARTHEST:
        node = waiting.pop(0)
        if node.key in seen:
            continue
        seen.add(node.key)
        wanted = names if node is start else (*names, *_NUMBERS)
        for name in (*wanted, *_BESIDE):
            value = node.inputs.get(name)
            if source := graph.at(value):
                waiting.append(source)
            elif name in wanted and isinstance(value, int | float | str):
                return value
    return None


def _models(graph: Graph, sampler: Node) -> Iterator[Node]:
    """The way of the model: LoRAs, then the checkpoint."""
    node = graph.at(sampler.inputs.get("guider")) or sampler
    seen: set[str] = set()
    while node and node.key not in seen and len(seen) < FARTHEST:
        seen.add(node.key)
        yield node
        node = graph.at(node.inputs.get("model"))  # type: ignore[assignment]


def _checkpoint(node: Node) -> str:
    return next((stem for name in ("ckpt_name", "unet_name") if (stem := file_stem(node.inputs.get(name)))), "")


def _loras(node: Node) -> Iterator[object]:
    for name, value in node.inputs.items():
        if name == "lora_name":
            yield {"name": value, "weight": node.inputs.get("strength_model")}
        elif isinstance(value, dict) and value.get("on") is True:  # several in one node
            yield {"name": value.get("lora"), "weight": value.get("strength")}


def _sized(graph: Graph, sampler: Node) -> Node | None:
    """The empty picture that the sampler began with."""
    latent = graph.upstream(graph.at(sampler.inputs.get("latent_image")))
    return next((node for node in latent if {"width", "height"} <= node.inputs.keys()), None)
