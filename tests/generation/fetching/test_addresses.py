"""What people paste: all that is meant is understood, and nothing else."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.engine.errors import EngineError
from generation.fetching.addresses import CivitaiSource, HuggingFaceSource, parse

HF = "https://huggingface.co/owner/name"
GOOD = {
    HF: HuggingFaceSource("owner/name"),
    f"  {HF}/\n": HuggingFaceSource("owner/name"),
    "https://hf.co/owner/na.me_1": HuggingFaceSource("owner/na.me_1"),
    "https://HuggingFace.co/Owner/Name?library=diffusers#top": HuggingFaceSource("Owner/Name"),
    f"{HF}/tree/main": HuggingFaceSource("owner/name", "main"),
    f"{HF}/tree/v1.0/some/folder": HuggingFaceSource("owner/name", "v1.0", "some/folder/"),
    f"{HF}/blob/main/a.safetensors": HuggingFaceSource("owner/name", "main", "a.safetensors"),
    f"{HF}/resolve/main/b/a%20b.SafeTensors?download=true": HuggingFaceSource(
        "owner/name", "main", "b/a b.SafeTensors"
    ),
    f"{HF}/resolve/refs%2Fpr%2F1/a.safetensors": HuggingFaceSource("owner/name", "refs/pr/1", "a.safetensors"),
    f"{HF}/blob/refs/pr/1/a.safetensors": HuggingFaceSource("owner/name", "refs/pr/1", "a.safetensors"),
    "https://civitai.com/models/12": CivitaiSource(12),
    "https://civitai.com/models/12/a-%D0%BBora?x=1": CivitaiSource(12),
    "https://civitai.com/models/12/a-lora?modelVersionId=34": CivitaiSource(12, 34),
    "https://civitai.com/model-versions/34": CivitaiSource(0, 34),
    "https://civitai.com/api/download/models/34?type=Model&token=secret": CivitaiSource(0, 34),
    "urn:air:sd1:lora:civitai:12@34": CivitaiSource(12, 34),
    "air:sdxl:lora:civitai:12": CivitaiSource(12),
}
BAD = [
    "", "owner/name", "http://huggingface.co/owner/name", "ftp://huggingface.co/owner/name", "//huggingface.co/a/b",
    "https://huggingface.co", "https://huggingface.co/name", "https://huggingface.co/datasets/owner/name",
    "https://huggingface.co/spaces/owner/name", "https://huggingface.co/api/models/a/b",
    "https://huggingface.co:443/owner/name", "https://huggingface.co:8080/owner/name",
    "https://me@huggingface.co/owner/name", "https://huggingface.co@evil.example/owner/name",
    "https://huggingface.co\\@evil.example/owner/name", "https://huggingface.co%2eevil.example/owner/name",
    "https://huggingface.co./owner/name", "https://huggingface.co.evil.example/owner/name",
    "https://evilhuggingface.co/owner/name", "https://cdn.hf.co/owner/name", "https://hugg\u0456ngface.co/owner/name",
    "https://xn--huggngface-7ij.co/owner/name", "https://huggingface\u3002co/owner/name", "https://[::1]/owner/name",
    "https://[bad/owner/name", "https://127.0.0.1/owner/name", f"{HF}/tree", f"{HF}/tree/../x", f"{HF}/commit/main",
    f"{HF}/resolve/main", f"{HF}/resolve/main/../a.safetensors", f"{HF}/resolve/main/%2e%2e/a.safetensors",
    f"{HF}/resolve/main/..%2fa.safetensors", f"{HF}/resolve/ma\nin/a.safetensors", "https://huggingface.co/../name",
    f"{HF}/resolve/main/%00a.safetensors", f"{HF}/resolve/main/%FFa.safetensors", f"{HF}/\x00", f"{HF}/" + "a" * 3000,
    "https://civitai.com", "https://civitai.com/models", "https://civitai.com/models/abc",
    "https://civitai.com/models/0", "https://civitai.com/models/\u0661\u0662", "https://civitai.com/models/-1",
    "https://civitai.com/models/12?modelVersionId=x", "https://civitai.com/images/12", "https://civitai.red/models/12",
    "https://civitai.com/models/" + "9" * 30, "https://civitai.com/models/1?" + "a&" * 60,
    "https://civitai.com.evil.example/models/1", "urn:air:sd1:lora:huggingface:1@2", "urn:air:sd1:lora:civitai:x",
    "file:///etc/passwd", "javascript:alert(1)",
]  # fmt: skip


@pytest.mark.parametrize("text", GOOD)
def test_what_is_meant_is_understood(text: str) -> None:
    assert parse(text) == GOOD[text]


@pytest.mark.parametrize("text", BAD)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(EngineError) as caught:
        parse(text)
    assert caught.value.code == "fetch_address"


@pytest.mark.parametrize("name", ["a.ckpt", "a.pt", "a.bin", "README.md", "safetensors"])
def test_a_link_to_another_kind_of_file(name: str) -> None:
    with pytest.raises(EngineError) as caught:
        parse(f"{HF}/resolve/main/{name}")
    assert caught.value.code == "fetch_no_file"


@pytest.mark.parametrize("text", GOOD)
def test_the_page_of_what_was_understood_means_the_same(text: str) -> None:
    assert parse(parse(text).page) == GOOD[text]


PIECES = st.sampled_from([*"/:@.?#\\%[] ", "https:", "//", "huggingface.co", "hf.co", "civitai.com", "evil.co"])
TEXTS = (
    st.text(max_size=80)
    | st.lists(PIECES | st.sampled_from(["models", "tree", "main", "a.safetensors", "12", "owner", ".."])).map("".join)
    | st.builds(
        lambda good, at, more: good[: at % len(good)] + more + good[at % len(good) :],
        st.sampled_from(list(GOOD)), st.integers(0, 200), st.text(max_size=5) | PIECES,
    )
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(TEXTS)
def test_no_text_leads_anywhere_else(text: str) -> None:
    try:
        source = parse(text)
    except EngineError as problem:
        assert problem.code in ("fetch_address", "fetch_no_file")
        return
    page = urlsplit(source.page)
    assert (page.scheme, page.netloc) in (("https", "huggingface.co"), ("https", "civitai.com"))
    assert not {".", ".."} & set(page.path.split("/"))
    assert source.page.isascii()
    assert parse(source.page) == source
