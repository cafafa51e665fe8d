"""ComfyUI's graphs as nodes with inputs, from both of its formats. What they mean is in ``comfyui``.

``prompt`` is what was run: ``{"3": {"class_type": "KSampler", "inputs": {"seed": 41, "positive": ["6", 0]}}}``.
``workflow`` is what was drawn: nodes with a list of widget values whose names only the node's type tells, and links.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_NODES = 5_000
MOST_INPUTS = 200  # of one node
SWITCHED_OFF = (2, 4)  # a node's mode: muted, bypassed
AFTER_SEED = frozenset({"fixed", "increment", "decrement", "randomize"})  # a widget of its own behind every seed
WIDGETS = {
    "KSampler": ("seed", "steps", "cfg", "sampler_name", "scheduler", "denoise"),
    "KSamplerAdvanced": ("add_noise", "noise_seed", "steps", "cfg", "sampler_name", "scheduler"),
    "SamplerCustom": ("add_noise", "noise_seed", "cfg"),
    "RandomNoise": ("noise_seed",),
    "KSamplerSelect": ("sampler_name",),
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "CFGGuider": ("cfg",),
    "CLIPTextEncode": ("text",),
    "CLIPTextEncodeSDXL": ("width", "height", "crop_w", "crop_h", "target_width", "target_height", "text_g", "text_l"),
    "CLIPTextEncodeFlux": ("clip_l", "t5xxl", "guidance"),
    "EmptyLatentImage": ("width", "height", "batch_size"),
    "EmptySD3LatentImage": ("width", "height", "batch_size"),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "UNETLoader": ("unet_name", "weight_dtype"),
    "LoraLoader": ("lora_name", "strength_model", "strength_clip"),
    "LoraLoaderModelOnly": ("lora_name", "strength_model"),
    "PrimitiveNode": ("value",),
}


@dataclass
class Node:
    """One node: its type, and its inputs, each a value or a link."""

    key: str
    kind: str
    inputs: dict[str, Any] = field(default_factory=dict)


class Graph:
    """Nodes by their ids. Links may lead nowhere or in circles: every walk remembers where it has been."""

    def __init__(self, nodes: dict[str, Node]) -> None:
        self.nodes = nodes

    def at(self, value: object) -> Node | None:
        """The node that a link ``[id, slot]`` leads to; None for any other value."""
        is_link = isinstance(value, list) and len(value) == 2 and isinstance(value[0], str | int)
        return self.nodes.get(str(value[0])[:40]) if is_link else None  # type: ignore[index]

    def upstream(self, start: Node | None) -> Iterator[Node]:
        """The node and all that it is made from, the nearest first."""
        waiting = deque([start] if start else [])
        seen = {start.key} if start else set()
        while waiting:
            node = waiting.popleft()
            yield node
            for value in node.inputs.values():
                source = self.at(value)
                if source and source.key not in seen:
                    seen.add(source.key)
                    waiting.append(source)


def graph_of_prompt(found: dict[str, Any]) -> Graph:
    """The graph that was run."""
    nodes: dict[str, Node] = {}
    for key, value in list(found.items())[:MOST_NODES]:
        if not isinstance(value, dict) or not isinstance(value.get("class_type"), str):
            continue
        inputs = value.get("inputs")
        taken = list(inputs.items())[:MOST_INPUTS] if isinstance(inputs, dict) else []
        nodes[key[:40]] = Node(key[:40], value["class_type"], dict(taken))
    return Graph(nodes)


def graph_of_workflow(found: dict[str, Any]) -> Graph:
    """The graph that was drawn. Nodes that are switched off are left out."""
    sources = _sources(found.get("links"))
    nodes: dict[str, Node] = {}
    for value in _list(found.get("nodes"))[:MOST_NODES]:
        if not isinstance(value, dict) or value.get("mode") in SWITCHED_OFF:
            continue
        key, kind = value.get("id"), value.get("type")
        if not isinstance(key, str | int) or not isinstance(kind, str):
            continue
        slots = [slot for slot in _list(value.get("inputs"))[:MOST_INPUTS] if isinstance(slot, dict)]
        inputs = _widgets(kind, value.get("widgets_values"), slots)
        for slot in slots:
            name, link = slot.get("name"), slot.get("link")
            if isinstance(name, str) and isinstance(link, int) and link in sources:
                inputs[name] = [sources[link], 0]
        nodes[str(key)[:40]] = Node(str(key)[:40], kind, inputs)
    return Graph(nodes)


def _sources(links: object) -> dict[int, str]:
    """From a link's id to the node it comes from: ``[id, from, slot, to, slot, type]``."""
    sources = {}
    for link in _list(links)[: 4 * MOST_NODES]:
        if isinstance(link, list) and len(link) >= 2 and isinstance(link[0], int) and isinstance(link[1], str | int):
            sources[link[0]] = str(link[1])[:40]
    return sources


def _widgets(kind: str, values: object, slots: list[dict[str, Any]]) -> dict[str, Any]:
    if isinstance(values, dict):
        return dict(list(values.items())[:MOST_INPUTS])
    names = WIDGETS.get(kind) or tuple(
        slot["name"] for slot in slots if slot.get("widget") and isinstance(slot.get("name"), str)
    )
    inputs: dict[str, Any] = {}
    left = iter(_list(values)[:MOST_INPUTS])
    for name in names:
        value = next(left, None)
        if inputs and isinstance(value, str) and value in AFTER_SEED:
            value = next(left, None)
        if not isinstance(value, list):  # a list would be taken for a link
            inputs[name] = value
    return inputs


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
