"""The captioner that ships: small, whole, loaded by transformers alone, and right about most drawn scenes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from transformers import BlipForConditionalGeneration, BlipProcessor

from generation.engine import load_profile
from generation.engine.captions.folder import faults
from generation.preview.evaluate_captioner import FOLDER, WANTED, evaluate
from generation.preview.figures import CARD, FIGURES, digest, missed, table

PREVIEW = load_profile("preview", models_dir=Path("nowhere"))


def test_it_is_the_profiles_and_whole() -> None:
    assert PREVIEW.roles["captioner"].folder == FOLDER
    assert faults(FOLDER) == []


def test_it_is_small_and_in_half_precision() -> None:
    weights = FOLDER / "model.safetensors"
    assert weights.stat().st_size <= 4_000_000
    assert {tensor.dtype for tensor in load_file(weights).values()} == {torch.float16}


def test_transformers_alone_loads_it() -> None:
    model: Any = BlipForConditionalGeneration.from_pretrained(FOLDER, local_files_only=True)
    processor = BlipProcessor.from_pretrained(FOLDER, local_files_only=True)
    assert len(processor.tokenizer) == model.config.text_config.bos_token_id


def test_it_names_what_is_drawn() -> None:
    """Of few scenes: four fifths."""
    figures = evaluate(FOLDER, 60)
    assert figures["kind"] >= 0.8 and figures["colour"] >= 0.8
    assert figures["clutter"] >= 0.9


def test_its_figures_are_these_weights_and_keep_their_bounds() -> None:
    kept = json.loads((FOLDER / FIGURES).read_text())
    assert kept["weights"] == digest(FOLDER)
    assert missed(kept["figures"], WANTED) == []
    assert table(kept["figures"], WANTED) in (FOLDER / CARD).read_text(encoding="utf-8")
