"""Every kind of address, from the paste to the file; and what the sites say of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from tests.generation.fetching.conftest import BODY
from tests.model_hub import CIVITAI, COMMIT, HUGGING_FACE, Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from generation.engine.errors import EngineError
    from generation.fetching.fetch import Fetched
    from tests.model_hub import ModelHub

HF = "https://huggingface.co/owner/name"
USUAL = "pytorch_lora_weights.safetensors"
OTHER = b"another file" * 100
CARD = {"license": "mit", "base_model": ["a/b"], "instance_prompt": "redcap  animal\n"}


@pytest.mark.parametrize(
    "address", [HF, "https://hf.co/owner/name", f"{HF}/tree/main", f"{HF}/blob/main/a.safetensors",
                f"{HF}/resolve/main/a.safetensors?download=true"],
)  # fmt: skip
def test_hugging_face(address: str, hub: ModelHub, get: Callable[..., Fetched]) -> None:
    hub.repository("owner/name", {"README.md": b"#", "a.safetensors": BODY}, card=CARD, tags=["lora"])
    told: list[tuple[int, int | None]] = []
    found = get(address, tell=lambda have, total: told.append((have, total)))
    assert found.path.read_bytes() == BODY
    assert (found.bytes, found.sha256) == (len(BODY), hashlib.sha256(BODY).hexdigest())
    offer = found.offer
    assert (offer.title, offer.file, offer.site, offer.author) == ("name", "a.safetensors", "Hugging Face", "owner")
    assert (offer.licence, offer.base_model, offer.kind) == ("mit", "a/b", "lora")
    assert (offer.trigger_words, offer.size, offer.sha256) == (("redcap animal",), len(BODY), found.sha256)
    assert offer.page.startswith(HF)
    assert told[0] == (0, None)
    assert told[-1] == (len(BODY), len(BODY))
    assert told == sorted(told, key=lambda step: step[0])
    assert any(f"/resolve/{COMMIT}/" in asked.path for asked in hub.asked)  # at the commit that was looked at


def test_the_usual_file_among_several(hub: ModelHub, get: Callable[..., Fetched]) -> None:
    hub.repository("owner/name", {"a.safetensors": OTHER, USUAL: BODY})
    found = get(HF)
    assert found.path.read_bytes() == BODY
    assert (found.offer.title, found.offer.licence, found.offer.trigger_words) == ("name", "", ())


def test_several_files_are_named(
    hub: ModelHub, get: Callable[..., Fetched], refused: Callable[..., EngineError]
) -> None:
    hub.repository("owner/name", {"b.safetensors": BODY, "sub/a.safetensors": OTHER, "c.bin": OTHER})
    problem = refused(HF)
    assert (problem.code, problem.values) == ("fetch_which", {"names": "b.safetensors, sub/a.safetensors"})
    found = get(f"{HF}/blob/main/b.safetensors")
    assert (found.path.read_bytes(), found.offer.title) == (BODY, "b")
    assert get(f"{HF}/tree/main/sub").path.read_bytes() == OTHER


def test_a_file_that_is_not_there(hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    hub.repository("owner/name", {"a.safetensors": BODY})
    assert refused(f"{HF}/blob/main/b.safetensors").code == "fetch_missing"


def test_a_page_without_a_file(hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    hub.repository("owner/name", {"a.ckpt": BODY})
    assert refused(HF).code == "fetch_no_file"


@pytest.mark.parametrize(
    "address", ["https://civitai.com/models/12", "https://civitai.com/models/12/a-lora?modelVersionId=34",
                "https://civitai.com/api/download/models/34?token=x", "urn:air:sd1:lora:civitai:12@34"],
)  # fmt: skip
def test_civitai(address: str, hub: ModelHub, get: Callable[..., Fetched]) -> None:
    hub.civitai_model(12, 34, BODY, name="Red cap")
    found = get(address)
    assert found.path.read_bytes() == BODY
    offer = found.offer
    assert (offer.title, offer.site, offer.author, offer.kind) == ("Red cap", "Civitai", "painter", "LORA")
    assert (offer.trigger_words, offer.base_model) == (("redcap",), "SD 1.5")
    assert offer.licence == "selling images; credit needed; merges allowed"
    assert offer.page == "https://civitai.com/models/12?modelVersionId=34"
    assert (offer.size, offer.sha256) == (len(BODY), found.sha256)
    assert not any("token" in asked.path for asked in hub.asked)


def test_another_file_than_civitais_main_one(hub: ModelHub, get: Callable[..., Fetched]) -> None:
    address = "https://civitai.com/api/download/models/34?type=Model&format=SafeTensor"
    files = [
        {"name": "a.zip", "type": "Training Data", "primary": True},
        {"name": "a.safetensors", "type": "Model", "downloadUrl": address},
    ]
    hub.civitai_model(12, 34, BODY, files=files)
    found = get("https://civitai.com/models/12")
    assert (found.offer.url, found.offer.size, found.offer.sha256) == (address, None, "")
    assert found.path.read_bytes() == BODY


def test_a_file_whose_address_is_not_civitais(hub: ModelHub, get: Callable[..., Fetched]) -> None:
    file = {"name": "a.safetensors", "type": "Model", "downloadUrl": "https://evil.example/api/download/models/34"}
    hub.civitai_model(12, 34, BODY, files=[file])
    assert get("https://civitai.com/models/12").path.read_bytes() == BODY
    assert "evil.example" not in {asked.host for asked in hub.asked}


@pytest.mark.parametrize(
    ("more", "code"),
    [({"kind": "Checkpoint"}, "fetch_not_lora"), ({"kind": "LoCon"}, "fetch_not_lora"), ({"kind": 5}, "fetch_not_lora"),
     ({"files": []}, "fetch_no_file"), ({"files": [{"name": "a.pt", "type": "Model"}]}, "fetch_no_file"),
     ({"usageControl": "Generation"}, "fetch_not_offered"), ({"modelId": 13}, "fetch_missing"),
     ({"modelId": None}, "fetch_missing"), ({"id": "34"}, "fetch_missing"), ({"files": "none"}, "fetch_no_file")],
)  # fmt: skip
def test_what_civitai_has_but_cannot_be_used(
    more: dict[str, object], code: str, hub: ModelHub, refused: Callable[..., EngineError]
) -> None:
    hub.civitai_model(12, 34, BODY, **more)
    assert refused("https://civitai.com/models/12?modelVersionId=34").code == code


def test_what_a_site_says_is_cleaned(hub: ModelHub, get: Callable[..., Fetched]) -> None:
    words = ["a\u202eb", "x" * 900, 7, None, {"a": 1}, "  ", "two\nlines", "two lines"]
    hub.civitai_model(12, 34, BODY, name="<b>\x00Red\u200b</b>", trainedWords=words, baseModel=["SD"])
    offer = get("https://civitai.com/models/12").offer
    assert offer.title == "<b> Red </b>"
    assert offer.trigger_words == ("a b", "x" * 200, "7", "two lines")
    assert offer.base_model == ""


@pytest.mark.parametrize(
    "model",
    [{}, {"siblings": None}, {"siblings": [1, None, {"rfilename": 5}, {}]}, {"siblings": {"rfilename": "a"}}],
)  # fmt: skip
def test_an_answer_of_another_shape(model: object, hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    hub.routes[HUGGING_FACE, "/api/models/owner/name"] = Reply.json(model)
    assert refused(HF).code == "fetch_no_file"


@pytest.mark.parametrize(
    "body",
    [b"[]", b'"text"', b"null", b"", b"<html>", b"{", b"[" * 200_000, b'{"a": ' + b"9" * 5000 + b"}", b"\xff\xfe"],
)
@pytest.mark.parametrize("address", [HF, "https://civitai.com/models/12"])
def test_an_answer_that_is_no_object(
    body: bytes, address: str, hub: ModelHub, refused: Callable[..., EngineError]
) -> None:
    hub.routes[HUGGING_FACE, "/api/models/owner/name"] = hub.routes[CIVITAI, "/api/v1/models/12"] = Reply(body)
    assert refused(address).code == "fetch_answer"


def test_a_hundred_megabytes_of_json_are_not_read(hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    path = "/api/models/owner/name"
    hub.routes[HUGGING_FACE, path] = Reply(b'{"a": "' + b"a" * 100_000_000 + b'"}')
    assert refused(HF).code == "fetch_answer"
    assert hub.sent[path] < 20_000_000  # what lay in the sockets' buffers included


def test_packed_json_is_not_unpacked(hub: ModelHub, refused: Callable[..., EngineError]) -> None:
    hub.routes[HUGGING_FACE, "/api/models/owner/name"] = Reply(b"{}", headers={"Content-Encoding": "gzip"})
    assert refused(HF).code == "fetch_answer"
    assert hub.asked[0].headers["accept-encoding"] == "identity"
