"""Weights and long prompts reach the picture, and prompts without either are painted as ever."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch
from accelerate import cpu_offload_with_hook
from compel import EmbeddingsProvider

from generation.engine import PaintJob
from generation.engine.jobs import MOST_WINDOWS
from generation.engine.load import load
from generation.engine.prompts import Prompts

if TYPE_CHECKING:
    from generation.engine import Profile

JOB = PaintJob("a red fox in the snow", "blurry", 7, 64, 64, 2, 5.0)
LONG = ", ".join(f"thing number {number} of many" for number in range(20))


@pytest.fixture(scope="module")
def pipe(profile: Profile) -> Any:
    return load(profile).pipe


@pytest.fixture(scope="module")
def prompts(pipe: Any) -> Prompts:
    return Prompts(pipe)


def encoded(prompts: Prompts, text: str, **other: str) -> torch.Tensor:
    found = prompts.arguments([replace(JOB, prompt=text, **other)])
    return found["prompt_embeds"]  # type: ignore[no-any-return]


def test_plain_prompts_go_to_the_pipeline_as_they_are(prompts: Prompts) -> None:
    assert prompts.arguments([JOB]) == {"prompt": [JOB.prompt], "negative_prompt": ["blurry"]}


def test_a_weight_turns_the_encoding_in_proportion(prompts: Prompts) -> None:
    as_always = encoded(prompts, JOB.prompt, negative="(blurry:1.2)")
    little, much = (encoded(prompts, f"a (red:{weight}) fox in the snow") for weight in (1.1, 1.8))
    assert 0 < (little - as_always).norm() < (much - as_always).norm()


def test_an_encoding_without_weights_is_the_pipelines_own(prompts: Prompts, pipe: Any) -> None:
    mine = encoded(prompts, JOB.prompt, negative="(blurry:1.2)")
    theirs, _ = pipe.encode_prompt(JOB.prompt, mine.device, 1, False)
    assert torch.allclose(mine, theirs, atol=1e-5)


def test_a_part_that_counts_nothing_is_as_good_as_gone(prompts: Prompts) -> None:
    base, gone = encoded(prompts, "(red:1.0001) fox"), encoded(prompts, "(red:0) fox")
    assert not torch.allclose(base, gone, atol=1e-3)


def test_where_models_are_offloaded_prompts_are_weighted_on_the_device_that_paints(
    profile: Profile, prompts: Prompts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text encoder waits on another device then. Here both are the CPU, by two names."""
    pipe = load(profile).pipe
    for model in (pipe.vae, pipe.text_encoder, pipe.unet):
        cpu_offload_with_hook(model, torch.device("cpu:0"))
    assert (str(pipe.text_encoder.device), str(pipe._execution_device)) == ("cpu", "cpu:0")
    told: list[str] = []
    weigh = EmbeddingsProvider.build_weighted_embedding_tensor

    def listen(*args: Any, device: Any, **kwargs: Any) -> torch.Tensor:
        told.append(str(device))
        return weigh(*args, device=device, **kwargs)  # type: ignore[no-any-return]

    monkeypatch.setattr(EmbeddingsProvider, "build_weighted_embedding_tensor", listen)
    weighted = encoded(Prompts(pipe), "a (red:1.5) fox")
    assert set(told) == {"cpu:0"}
    assert torch.equal(weighted, encoded(prompts, "a (red:1.5) fox"))


def test_a_long_prompt_is_read_to_its_end(prompts: Prompts) -> None:
    job = replace(JOB, prompt=LONG)
    windows = prompts.windows(job)
    assert 1 < windows <= MOST_WINDOWS
    width = prompts.arguments([job])["prompt_embeds"]
    assert width.shape[:2] == (1, 77 * windows)
    assert prompts.arguments([job])["negative_prompt_embeds"].shape == width.shape
    other = replace(job, prompt=LONG.replace("number 19 of", "painted 19 red"))
    assert not torch.allclose(width, prompts.arguments([other])["prompt_embeds"])


def test_of_a_prompt_that_is_far_too_long_the_end_is_left_out(prompts: Prompts) -> None:
    job = replace(JOB, prompt=LONG * 20)
    assert prompts.windows(job) == MOST_WINDOWS
    assert prompts.arguments([job])["prompt_embeds"].shape[1] == 77 * MOST_WINDOWS


def test_a_negative_prompt_may_be_the_longer_one(prompts: Prompts) -> None:
    found = prompts.arguments([replace(JOB, negative=LONG)])
    assert found["prompt_embeds"].shape == found["negative_prompt_embeds"].shape


@pytest.mark.parametrize("prompt", ["", "()", "(:1.3)", "[[[", "(((red:1.1)", ",,,", "(" * 300, "日本" * 300])
def test_odd_prompts_are_encoded_too(prompts: Prompts, prompt: str) -> None:
    found = prompts.arguments([replace(JOB, prompt=prompt, negative="(x:1.2)")])
    assert torch.isfinite(found["prompt_embeds"]).all()
