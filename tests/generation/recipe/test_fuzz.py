"""Whatever a file is, the reader gives a recipe or None, in bounded time and memory, and evaluates nothing."""

from __future__ import annotations

import ast
import json
import struct
import time
import tracemalloc
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import generation.recipe
from generation.recipe import KEYS, Recipe, read
from generation.recipe.containers import MOST_CHUNKS, MOST_TEXT
from tests.generation.recipe.files import comfy, png, raw_png, user_comment, with_exif
from tests.generation.recipe.test_a1111 import NEW, SDNEXT_BARS
from tests.generation.recipe.test_comfyui import SIMPLE, WORKFLOW
from tests.generation.recipe.test_invokeai import FIVE, TWO

SECONDS, BYTES = 3.0, 100_000_000
SAMPLES = [
    png("zTXt", parameters=NEW).getvalue(),
    png("tEXt", parameters=SDNEXT_BARS).getvalue(),
    png("packed iTXt", prompt=json.dumps(SIMPLE)).getvalue(),
    png("tEXt", workflow=json.dumps(WORKFLOW)).getvalue(),
    png("tEXt", invokeai_metadata=json.dumps(FIVE)).getvalue(),
    png("tEXt", sd_metadata=json.dumps(TWO)).getvalue(),
    with_exif("JPEG", user_comment(NEW)).getvalue(),
    with_exif("WEBP", user_comment(NEW), model=f"prompt:{json.dumps(SIMPLE)}").getvalue(),
]
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
)
IDS = st.sampled_from([str(number) for number in range(8)])
NAMES = ["seed", "noise_seed", "noise", "steps", "sigmas", "cfg", "positive", "negative", "conditioning", "guider"]
NAMES += ["model", "latent_image", "text", "string_a", "value", "width", "height", "ckpt_name", "images"]
NAMES += ["lora_name", "strength_model"]
INPUTS = st.dictionaries(st.sampled_from(NAMES), st.tuples(IDS, st.integers(0, 2)).map(list) | JSON, max_size=9)
KINDS = st.sampled_from(["KSampler", "SaveImage", "CLIPTextEncode", "LoraLoader", "ConditioningZeroOut", "X"])
GRAPHS = st.dictionaries(IDS, st.fixed_dictionaries({"class_type": KINDS, "inputs": INPUTS}) | JSON, max_size=8)
SLOTS = st.fixed_dictionaries({"name": st.sampled_from(NAMES), "link": st.integers(0, 9) | JSON})
DRAWN = st.fixed_dictionaries(
    {"id": st.integers(0, 7) | JSON, "type": KINDS | JSON, "inputs": st.lists(SLOTS | JSON, max_size=6),
     "widgets_values": JSON, "mode": st.sampled_from([0, 2, 4, None, []])}
)  # fmt: skip
WORKFLOWS = st.fixed_dictionaries(
    {"nodes": st.lists(DRAWN | JSON, max_size=8) | JSON,
     "links": st.lists(st.lists(st.integers(0, 9), max_size=6) | JSON, max_size=12) | JSON}
)  # fmt: skip
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check(content: bytes) -> Recipe | None:
    found = read(BytesIO(content))
    assert found is None or isinstance(found, Recipe)
    return found


@quick
@given(st.binary(max_size=2000), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"RIFF....WEBP"]))
def test_any_bytes(content: bytes, start: bytes) -> None:
    check(start + content)


@quick
@given(st.lists(st.tuples(st.sampled_from([b"tEXt", b"zTXt", b"iTXt", b"eXIf"]), st.binary(max_size=300)), max_size=5))
def test_any_chunks(chunks: list[tuple[bytes, bytes]]) -> None:
    check(raw_png(*chunks).getvalue())


@quick
@given(st.data())
def test_files_with_bytes_changed_cut_out_and_doubled(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(SAMPLES)))
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, max(0, len(content) - 1)))
        length = data.draw(st.integers(0, 40))
        piece = data.draw(st.binary(max_size=8) | st.just(bytes(content[place : place + length])))
        content[place : place + data.draw(st.sampled_from([0, 1, length]))] = piece
    check(bytes(content))


@quick
@given(st.sampled_from(sorted(KEYS - {"UserComment"})), st.text(max_size=400) | JSON.map(json.dumps))
def test_any_text_under_any_key(key: str, content: str) -> None:
    clean = content.encode("utf-8", "ignore")
    check(raw_png((b"iTXt", key.encode() + b"\0\0\0\0\0" + clean)).getvalue())


@quick
@given(GRAPHS)
def test_any_graph_that_was_run(graph: dict[str, Any]) -> None:
    comfy(graph)


@quick
@given(WORKFLOWS)
def test_any_graph_that_was_drawn(graph: dict[str, Any]) -> None:
    read(png(workflow=json.dumps(graph)))


def long_chain(length: int) -> str:
    nodes: dict[str, Any] = {str(n): {"class_type": "X", "inputs": {"text": [str(n + 1), 0]}} for n in range(length)}
    nodes["s"] = {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 2, "positive": ["0", 0]}}
    return json.dumps(nodes)


def all_with_all(size: int) -> str:
    links = {f"text_{n}": [str(n), 0] for n in range(size)}
    inputs = {"seed": 1, "steps": 2, "positive": ["0", 0], "latent_image": ["1", 0], "images": ["2", 0], **links}
    return json.dumps({str(n): {"class_type": "SaveImage", "inputs": inputs} for n in range(size)})


def one_name_often(size: int = 900_000) -> bytes:
    """An EXIF block in which 500 entries, all of them a camera's maker, name the same bytes, which are no UTF-8."""
    entries = struct.pack("<HHII", 0x010F, 2, size, 10 + 500 * 12) * 500
    return b"II*\0" + struct.pack("<IH", 8, 500) + entries + b"\xff" * size


BOMB = zlib.compress(b"0" * 300_000_000, 9)
SMALL_BOMB = zlib.compress(b"0" * (MOST_TEXT + 9), 9)
HOSTILE = {
    "a packed bomb": [(b"zTXt", b"parameters\0\0" + BOMB)],
    "an international bomb": [(b"iTXt", b"prompt\0\1\0\0\0" + BOMB)],
    "many bombs": [(b"zTXt", b"prompt\0\0" + BOMB)] * 60,
    "small bombs": [(b"zTXt", b"prompt\0\0" + SMALL_BOMB)] * 3_000,
    "names of one place": [(b"eXIf", one_name_often())] * 8,
    "many chunks": [(b"tEXt", b"x\0")] * (MOST_CHUNKS + 10),
    "a deep list": [(b"tEXt", b"prompt\0" + b"[" * MOST_TEXT)],
    "a deep dictionary": [(b"tEXt", b"imagecreator\0" + b'{"a":' * (MOST_TEXT // 5))],
    "many small values": [(b"tEXt", b"workflow\0" + b"[" + b"{}," * (MOST_TEXT // 3 - 9) + b"0]")],
    "long numbers": [(b"tEXt", b"imagecreator\0" + b'{"seed":' + b"9" * 900_000 + b"}")],
    "a long chain": [(b"tEXt", b"prompt\0" + long_chain(16_000).encode()[:MOST_TEXT])],
    "all with all": [(b"tEXt", b"prompt\0" + all_with_all(190).encode())],
    "commas": [(b"tEXt", b"parameters\0a\nSteps: 1" + b"," * 900_000)],
    "quotes": [(b"tEXt", b"parameters\0a\nSteps: 1, Seed: 2, Size: 1x1, Model: " + b'"\\' * 400_000)],
    "many settings": [(b"tEXt", b"parameters\0" + b"\nSteps: 1" * 100_000)],
    "tags": [(b"tEXt", b"parameters\0" + b" <lora:" * 100_000)],
    "tags with weights": [(b"tEXt", b"parameters\0" + b" <lora:a:1" * 100_000)],
    "many loras": [(b"tEXt", b'imagecreator\0{"loras":[' + b'{"name":"a"},' * 70_000 + b"0]}")],
    "brackets": [(b"tEXt", b"Dream\0" + b'"' + b"[" * 900_000 + b'" -s 3')],
    "options": [(b"tEXt", b"Dream\0" + b'"a"' + b" -s 3" * 100_000)],
    "blank lines": [(b"tEXt", b"parameters\0" + b"\n" * 900_000 + b"a")],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_chunk_makes_it_slow_or_large(name: str) -> None:
    content = raw_png(*HOSTILE[name])
    tracemalloc.start()
    began = time.process_time()
    read(content)
    seconds = time.process_time() - began
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < BYTES
    assert seconds < SECONDS


def test_nothing_is_evaluated_or_unpickled() -> None:
    """Nobody in there imports or calls what runs what a file says."""
    forbidden = {"eval", "exec", "compile", "__import__", "pickle", "marshal", "yaml", "subprocess", "importlib"}
    for path in Path(generation.recipe.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text())
        calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
        called = {function.id for function in calls if isinstance(function, ast.Name)}
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        assert not forbidden & (called | imported), path.name
    evil = "__import__('os').abort()"
    content = json.dumps({"prompt": evil, "seed": evil, "steps": evil, "guidance": evil, "profile": evil})
    found = check(png(imagecreator=content, parameters=evil).getvalue())
    assert found is not None
    assert (found.prompt, found.seed, found.steps) == (evil, None, None)
