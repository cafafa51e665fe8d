"""LoRA files looked at: what they are for, and each bad one refused by its own sentence, with nothing loaded."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import subprocess
import sys
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from generation.engine import EngineError, LoraUse
from generation.engine.lora_file import fits, hashes, inspect, lora_use
from generation.engine.lora_header import MOST_HEADER, read_header
from imagecreator.errors import ERRORS, explain
from tests.generation.engine.lora_files import a_lora, attention, changed, kohya, old_diffusers, shaped, with_header

if TYPE_CHECKING:
    from collections.abc import Callable

    from generation.engine import Profile

ONE = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
RESNET = "lora_unet_down_blocks_0_resnets_0_conv1"


@pytest.fixture(scope="module")
def whole(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LoRA for the tiny model in today's layout."""
    return a_lora(tmp_path_factory.mktemp("loras") / "whole.safetensors", tiny, resnets=True)


def refused(path: Path) -> EngineError:
    """Why it is; the sentences for people can be filled, and are one line."""
    with pytest.raises(EngineError) as caught:
        inspect(path)
    error = caught.value
    assert error.code in ERRORS
    problem = explain(error.code, error.values)
    assert problem.code == error.code
    assert "\n" not in str(problem)
    assert len(str(problem)) < 400
    return error


def test_each_layout_is_known(whole: Path, tmp_path: Path) -> None:
    found = {
        "today": inspect(whole),
        "older": inspect(old_diffusers(tmp_path / "a.safetensors", whole)),
        "kohya": inspect(kohya(tmp_path / "b.safetensors", whole)),
        "sgm": inspect(kohya(tmp_path / "c.safetensors", whole, sgm=True)),
    }
    assert {name: lora.layout for name, lora in found.items()} == {
        "today": "diffusers",
        "older": "diffusers",
        "kohya": "kohya",
        "sgm": "kohya-sgm",
    }
    for lora in found.values():
        assert (lora.width, lora.text_width, lora.ranks) == (32, 32, (4,))
        assert lora.parts == ("unet", "text_encoder")
        assert lora.touches_text
        assert lora.bytes == lora.path.stat().st_size


@pytest.mark.parametrize(
    ("width", "family"),
    [
        (768, "Stable Diffusion 1.x"),
        (1024, "Stable Diffusion 2.x"),
        (2048, "SDXL"),
        (640, "cross-attention 640"),
    ],
)
def test_the_family_follows_from_the_shapes(tmp_path: Path, width: int, family: str) -> None:
    lora = inspect(shaped(tmp_path / "a.safetensors", attention(width)))
    assert (lora.family, lora.width, lora.touches_text) == (family, width, False)


def test_a_second_text_encoder_means_sdxl(tmp_path: Path) -> None:
    base = "lora_te2_text_model_encoder_layers_0_mlp_fc1"
    lora = inspect(
        shaped(tmp_path / "a.safetensors", {f"{base}.lora_down.weight": (2, 8), f"{base}.lora_up.weight": (8, 2)})
    )
    assert (lora.family, lora.parts, lora.layout) == ("SDXL", ("text_encoder_2",), "kohya")


def test_several_ranks_are_told_in_order(tmp_path: Path) -> None:
    convolution = {f"{RESNET}.lora_down.weight": (2, 320, 3, 3), f"{RESNET}.lora_up.weight": (320, 2, 1, 1)}
    assert inspect(shaped(tmp_path / "a.safetensors", attention(768, 16) | convolution)).ranks == (2, 16)


def test_trigger_words_come_by_frequency(tmp_path: Path) -> None:
    noted = {"10_cat": {"tabby cat": 7, " indoors\n": 9, "kot кот": 7}, "5_dog": {"tabby cat": 1, "": 3, "dog": "x"}}
    lora = inspect(
        shaped(tmp_path / "a.safetensors", attention(768), {"ss_tag_frequency": json.dumps(noted), "other": "x"})
    )
    assert lora.trigger_words == (("indoors", 9), ("tabby cat", 8), ("kot кот", 7))


@pytest.mark.parametrize(
    "noted",
    ["", "{", "[1]", "null", '{"a": 1e999, "b": [], "c": {"x": null, "y": true, "z": -1}}', "[" * 100_000, "{}"],
)
def test_odd_notes_are_no_trigger_words(tmp_path: Path, noted: str) -> None:
    lora = inspect(shaped(tmp_path / "a.safetensors", attention(768), {"ss_tag_frequency": noted}))
    assert lora.trigger_words == ()


def test_there_is_a_bound_to_trigger_words(tmp_path: Path) -> None:
    noted = {"x": {f"{'long ' * 100}{number}": 1 for number in range(50)} | {f"w{n}": n for n in range(1, 1000)}}
    words = inspect(
        shaped(tmp_path / "a.safetensors", attention(768), {"ss_tag_frequency": json.dumps(noted)})
    ).trigger_words
    assert len(words) == 100
    assert words[0] == ("w999", 999)
    assert all(len(word) <= 100 for word, _ in words)


def test_hashes_are_the_files_and_its_tensors(whole: Path, tmp_path: Path) -> None:
    content = whole.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    sha256, short = hashes(whole)
    assert sha256 == hashlib.sha256(content).hexdigest()
    assert short == hashlib.sha256(content[start:]).hexdigest()[:12]
    noted = changed(tmp_path / "a.safetensors", whole, lambda name, tensor: tensor, {"note": "edited"})
    assert (hashes(noted)[0] != sha256, hashes(noted)[1]) == (True, short)


def test_a_use_is_named_by_its_content_not_by_its_file(whole: Path, tmp_path: Path) -> None:
    copy = tmp_path / "other name.safetensors"
    copy.write_bytes(whole.read_bytes())
    one, other = lora_use(whole, 0.5), lora_use(copy)
    assert one.name == other.name
    assert (one.title, other.title, one.weight, other.weight) == ("whole", "other name", 0.5, 1)


@pytest.mark.parametrize("weight", [2.01, -3, float("nan"), float("inf")])
def test_other_weights_are_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="weight is -2 to 2"):
        LoraUse(Path("a"), "0" * 64, weight)


def test_it_fits_the_model_whose_text_it_reads(profile: Profile, whole: Path, tmp_path: Path) -> None:
    fits(inspect(whole), profile)
    convolution = {f"{RESNET}.lora_down.weight": (2, 32, 3, 3), f"{RESNET}.lora_up.weight": (32, 2, 1, 1)}
    fits(inspect(shaped(tmp_path / "a.safetensors", convolution)), profile)
    for width, made_for in ((768, "Stable Diffusion 1.x"), (2048, "SDXL"), (33, "cross-attention 33")):
        lora = inspect(shaped(tmp_path / "b.safetensors", attention(width)))
        with pytest.raises(EngineError) as caught:
            fits(lora, profile)
        assert caught.value.code == "lora_does_not_fit"
        assert caught.value.values == {"made_for": made_for, "base": "cross-attention 32"}
    base = "lora_te_text_model_encoder_layers_0_self_attn_q_proj"
    text = shaped(
        tmp_path / "c.safetensors", {f"{base}.lora_down.weight": (2, 768), f"{base}.lora_up.weight": (768, 2)}
    )
    with pytest.raises(EngineError, match="lora_does_not_fit"):
        fits(inspect(text), profile)


def test_a_model_that_is_not_there_is_said_to_be_missing(profile: Profile, whole: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="model_missing"):
        fits(inspect(whole), replace(profile, folder=tmp_path / "nowhere"))
    with pytest.raises(EngineError, match="model_wrong"):
        fits(inspect(whole), replace(profile, folder=tmp_path))


def _torch_zip(path: Path) -> None:
    torch.save({"a": torch.zeros(3)}, path)


def _torch_pickle(path: Path) -> None:
    torch.save({"a": torch.zeros(3)}, path, _use_new_zipfile_serialization=False)


def _page(path: Path) -> None:
    path.write_text("\ufeff\n<!DOCTYPE html><html><body>Please log in.</body></html>")


def _zip(path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.txt", "a")
    path.write_bytes(content.getvalue())


def _sparse(path: Path) -> None:
    """5 GB on paper; its header says that it is 4 GB long."""
    with_header(path, b"{", length=4_000_000_000)
    with path.open("r+b") as file:
        file.truncate(5_000_000_000)


def _sparse_but_true(path: Path) -> None:
    name = "lora_unet_conv_in.lora_down.weight"
    with_header(path, {name: {"dtype": "F32", "shape": [1_250_000_000], "data_offsets": [0, 5_000_000_000]}})
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size + 5_000_000_000)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda path: None, "file_missing"),
        (lambda path: path.mkdir(), "file_missing"),
        (lambda path: path.touch(), "empty_file"),
        (_torch_zip, "lora_zip"),
        (_zip, "lora_zip"),
        (_torch_pickle, "lora_pickle"),
        (lambda path: path.write_bytes(pickle.dumps({"a": 1})), "lora_pickle"),
        (_page, "lora_page"),
        (lambda path: path.write_text("Dear diary, " * 9), "lora_not_safetensors"),
        (lambda path: path.write_bytes(b"\x05"), "lora_not_safetensors"),
        (lambda path: path.write_text('{"error": "no such file"}'), "lora_not_safetensors"),
        (_sparse, "lora_not_safetensors"),
        (_sparse_but_true, "lora_too_large"),
        (lambda path: with_header(path, b"{", length=MOST_HEADER + 1), "lora_damaged"),
        (lambda path: with_header(path, b"{", length=1000), "lora_cut_off"),
        (lambda path: with_header(path, b"{]"), "lora_damaged"),
        (lambda path: with_header(path, b"{\xff}"), "lora_damaged"),
        (lambda path: with_header(path, b'{"a":' * 20_000), "lora_damaged"),
        (lambda path: with_header(path, b'{"a": NaN}'), "lora_damaged"),
        (lambda path: with_header(path, b'{"a": 1, "a": 2}'), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE | {"dtype": "F5"}}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE | {"dtype": []}}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE | {"shape": [2]}}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE | {"shape": [True]}}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE | {"shape": [1] * 9}}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE | {"shape": 1}}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE | {"data_offsets": [4, 0]}}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE | {"data_offsets": [-4, 0]}}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE | {"more": 1}}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": 1}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE, "b": ONE}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE | {"data_offsets": [4, 8]}}, bytes(8)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE}, bytes(5)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE, "__metadata__": {"a": 1}}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE, "__metadata__": []}, bytes(4)), "lora_damaged"),
        (lambda path: with_header(path, {"a": ONE}, bytes(3)), "lora_cut_off"),
        (lambda path: with_header(path, {"a": ONE}, bytes(4)), "lora_not_lora"),
        (lambda path: with_header(path, {}), "lora_not_lora"),
    ],
)
def test_a_file_that_is_no_safetensors_file_has_its_own_code(
    tmp_path: Path, make: Callable[[Path], object], code: str
) -> None:
    path = tmp_path / "a.safetensors"
    make(path)
    assert refused(path).code == code


def test_nothing_is_allocated_because_a_header_says_so(tmp_path: Path) -> None:
    tracemalloc.start()
    for make in (_sparse, _sparse_but_true, lambda path: with_header(path, b"{", length=(1 << 64) - 1)):
        make(tmp_path / "a.safetensors")
        refused(tmp_path / "a.safetensors")
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_a_cut_off_file_says_how_much_is_there(whole: Path, tmp_path: Path) -> None:
    content = whole.read_bytes()
    for length in (9, 100, len(content) // 2, len(content) - 1):
        (tmp_path / "a.safetensors").write_bytes(content[:length])
        error = refused(tmp_path / "a.safetensors")
        assert error.code == "lora_cut_off"
        assert int(str(error.values["have"])) < int(str(error.values["want"]))


FLUX = "lora_unet_double_blocks_0_img_attn_proj"
KIND = "lora_unet_down_blocks_0_attentions_0_proj_in"


@pytest.mark.parametrize(
    ("shapes", "code", "values"),
    [
        (
            {f"{FLUX}.lora_down.weight": (4, 8), f"{FLUX}.lora_up.weight": (8, 4)},
            "lora_other_model",
            {"family": "Flux"},
        ),
        (
            {"transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight": (4, 8)},
            "lora_other_model",
            {"family": "Flux"},
        ),
        (
            {"lora_unet_joint_blocks_0_x_block_attn_qkv.lora_down.weight": (4, 8)},
            "lora_other_model",
            {"family": "Stable Diffusion 3"},
        ),
        ({"diffusion_model.blocks.0.self_attn.q.lora_A.weight": (4, 8)}, "lora_other_model", {"family": "DiT"}),
        (
            {"base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight": (4, 8)},
            "lora_other_model",
            {"family": "LLM"},
        ),
        ({f"{KIND}.hada_w1_a": (4, 8), f"{KIND}.hada_w1_b": (4, 8)}, "lora_other_kind", {"kind": "LoHa"}),
        ({f"{KIND}.lokr_w1": (4, 8), f"{KIND}.alpha": ()}, "lora_other_kind", {"kind": "LoKr"}),
        (attention(768) | {f"{KIND}.dora_scale": (1, 8)}, "lora_other_kind", {"kind": "DoRA"}),
        ({f"{KIND}.lora_mid.weight": (4, 4, 3, 3)}, "lora_other_kind", {"kind": "LoCon/Tucker"}),
        ({f"{KIND}.diff": (4, 8)}, "lora_other_kind", {"kind": "Full"}),
        ({"model.diffusion_model.input_blocks.0.0.weight": (4, 4, 3, 3)}, "lora_whole_model", {}),
        ({"down_blocks.0.resnets.0.conv1.weight": (4, 4, 3, 3)}, "lora_whole_model", {}),
        ({"emb_params": (2, 768)}, "lora_not_lora", {}),
        (attention(768) | {"bundle_emb.word.string_to_param.*": (2, 768)}, "lora_unknown_keys", {"count": 1}),
        ({"lora_unet_conv_in.lora_down.weight": (4, 8)}, "lora_incomplete", {"count": 1, "first": "conv_in"}),
        ({"lora_unet_conv_in.alpha": ()}, "lora_incomplete", {"count": 1}),
        (
            {"unet.conv_in.lora_A.weight": (4, 4, 3, 3), "unet.conv_in.lora_B.weight": (32, 5, 1, 1)},
            "lora_incomplete",
            {"count": 1},
        ),
        ({"unet.a.lora_A.weight": (0, 4), "unet.a.lora_B.weight": (32, 0)}, "lora_incomplete", {"count": 1}),
        ({"unet.a.lora_A.weight": (4,), "unet.a.lora_B.weight": (32, 4)}, "lora_incomplete", {"count": 1}),
        (
            {"unet.a.lora_A.weight": (4, 8), "unet.a.lora.down.weight": (4, 8), "unet.a.lora_B.weight": (8, 4)},
            "lora_damaged",
            {},
        ),
    ],
    ids=str,
)
def test_what_is_not_a_lora_for_stable_diffusion_has_its_own_code(
    tmp_path: Path, shapes: dict[str, tuple[int, ...]], code: str, values: dict[str, object]
) -> None:
    error = refused(shaped(tmp_path / "a.safetensors", shapes))
    assert error.code == code
    assert error.values | values == error.values


def test_matrices_of_whole_numbers_are_refused(tmp_path: Path) -> None:
    save_file({name: torch.zeros(shape, dtype=torch.int8) for name, shape in attention(768).items()}, tmp_path / "a")
    assert refused(tmp_path / "a").code == "lora_incomplete"


def test_a_complete_checkpoint_is_a_whole_model(tiny: Path) -> None:
    for part in ("unet/diffusion_pytorch_model", "text_encoder/model", "vae/diffusion_pytorch_model"):
        assert refused(tiny / f"{part}.safetensors").code == "lora_whole_model"


def look(content: bytes, path: Path) -> None:
    """Any bytes are refused by an expected error, or are a LoRA."""
    path.write_bytes(content)
    for call in (read_header, inspect, hashes):
        try:
            call(path)
        except EngineError as error:
            assert error.code in ERRORS


@given(content=st.binary(max_size=600))
@example(content=b"\x80\x02\x00\x00\x00\x00\x00\x00{}")
@settings(max_examples=300, deadline=None)
def test_random_bytes_raise_nothing_else(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    look(content, tmp_path_factory.getbasetemp() / "random.safetensors")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
entries = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["F16", "F32", "BF16", "F4", "I8", "X", ""]) | json_values,
        "shape": st.lists(st.integers(-1, 9) | st.integers(), max_size=9) | json_values,
        "data_offsets": st.lists(st.integers(-4, 64) | st.integers(), min_size=2, max_size=2) | json_values,
    }
)
names = st.sampled_from([*attention(768), "__metadata__", "unet.a.lora_A.weight", "unet..alpha"]) | st.text(max_size=30)
headers = st.dictionaries(names, entries | json_values, max_size=5)


@given(header=headers, data=st.binary(max_size=64), more=st.integers(-9, 9))
@settings(max_examples=300, deadline=None)
def test_invented_headers_raise_nothing_else(
    header: Any, data: bytes, more: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    raw = json.dumps(header).encode("utf-8", "surrogatepass")
    path = tmp_path_factory.getbasetemp() / "invented.safetensors"
    look(with_header(path, raw, data, max(0, len(raw) + more)).read_bytes(), path)


@given(places=st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 255)), min_size=1, max_size=6))
@settings(max_examples=300, deadline=None)
def test_damaged_files_raise_nothing_else(
    places: list[tuple[int, int]], whole: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(whole.read_bytes())
    for place, value in places:
        content[place] = value
    look(bytes(content), tmp_path_factory.getbasetemp() / "damaged.safetensors")


def test_looking_needs_nothing_heavy() -> None:
    code = (
        "import sys, generation.engine.lora_file;"
        "print([name for name in ('torch', 'numpy', 'safetensors', 'diffusers', 'django') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
