"""Is a folder the checkpoint it is taken for? Looked at without torch, before anything of it is loaded.

diffusers loads a wrong folder without a word and fails while painting, or paints with random weights. And a
`model_index.json` may name any importable class, so only the classes that belong here are let through.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generation.engine.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generation.engine.profile import Profile

TRANSFORMERS, DIFFUSERS = "transformers", "diffusers"

CLASSES: dict[str, set[tuple[str, str]]] = {
    "tokenizer": {(TRANSFORMERS, "CLIPTokenizer"), (TRANSFORMERS, "CLIPTokenizerFast")},
    "text_encoder": {(TRANSFORMERS, "CLIPTextModel")},
    "tokenizer_2": {(TRANSFORMERS, "CLIPTokenizer"), (TRANSFORMERS, "CLIPTokenizerFast")},
    "text_encoder_2": {(TRANSFORMERS, "CLIPTextModelWithProjection")},
    "unet": {(DIFFUSERS, "UNet2DConditionModel")},
    "vae": {(DIFFUSERS, "AutoencoderKL"), (DIFFUSERS, "AutoencoderTiny")},
    "safety_checker": {("stable_diffusion", "StableDiffusionSafetyChecker")},
    "feature_extractor": {(TRANSFORMERS, "CLIPFeatureExtractor"), (TRANSFORMERS, "CLIPImageProcessor")},
}
CHECKER = ("safety_checker", "feature_extractor")
PAINTER = ("tokenizer", "text_encoder", "unet", "vae", "scheduler")
SECOND = ("tokenizer_2", "text_encoder_2")  # of Stable Diffusion XL
FILES = {
    "scheduler": "scheduler_config.json",
    "low_res_scheduler": "scheduler_config.json",
    "feature_extractor": "preprocessor_config.json",
    "text_encoder": "config.json",
    "text_encoder_2": "config.json",
    "safety_checker": "config.json",
    "unet": "config.json",
    "vae": "config.json",
}
WEIGHTS = {
    "text_encoder": "model",
    "text_encoder_2": "model",
    "safety_checker": "model",
    "unet": "diffusion_pytorch_model",
    "vae": "diffusion_pytorch_model",
}


def components(profile: Profile) -> tuple[str, ...]:
    """The parts of the checkpoint that this profile uses, in the order in which they are checked."""
    if profile.base_class == "StableDiffusionXLPipeline":
        return PAINTER + SECOND
    return PAINTER + CHECKER if profile.safety == "checker" else PAINTER


def validate(profile: Profile) -> None:
    """EngineError("model_missing", folder) or EngineError("model_wrong", reason) unless the folder can be loaded."""
    if not profile.folder.is_dir():
        raise EngineError("model_missing", folder=str(profile.folder))
    if found := faults(profile):
        raise EngineError("model_wrong", reason="; ".join(found))


def validate_checker(profile: Profile) -> None:
    """The same of the safety checker alone."""
    if not profile.folder.is_dir():
        raise EngineError("model_missing", folder=str(profile.folder))
    try:
        index = read_table(profile.folder / "model_index.json")
    except ValueError as error:
        raise EngineError("model_wrong", reason=str(error)) from error
    if found := [fault for part in CHECKER for fault in part_faults(profile.folder, part, index.get(part))]:
        raise EngineError("model_wrong", reason="; ".join(found))


def text_widths(profile: Profile) -> tuple[int, int]:
    """How wide the text is that the profile's UNet reads, and that its text encoder writes. Errors as in `validate`."""
    if not profile.folder.is_dir():
        raise EngineError("model_missing", folder=str(profile.folder))
    try:
        unet, text = (read_table(profile.folder / part / "config.json") for part in ("unet", "text_encoder"))
    except ValueError as error:
        raise EngineError("model_wrong", reason=str(error)) from error
    widths = unet.get("cross_attention_dim"), text.get("hidden_size", 512)
    if not all(isinstance(width, int) for width in widths):
        raise EngineError("model_wrong", reason=f"its unet reads text of width {widths[0]}")
    return widths  # type: ignore[return-value]  # checked above


def faults(profile: Profile) -> list[str]:
    """Everything that keeps the profile's folder from being loaded, one short phrase each."""
    try:
        index = read_table(profile.folder / "model_index.json")
        if index.get("_class_name") != profile.base_class:
            return [f"it is a {index.get('_class_name')}, not a {profile.base_class}"]
    except ValueError as error:
        return [str(error)]
    found = [fault for part in components(profile) for fault in part_faults(profile.folder, part, index.get(part))]
    return found or list(_misfits(profile.folder))


def weight_files(folder: Path, part: str) -> list[Path]:
    """The files that hold a part's weights: one, or the shards that an index names. ValueError for a bad index."""
    return files_of(folder / part / f"{WEIGHTS[part]}.safetensors")


def files_of(whole: Path) -> list[Path]:
    """That file, or where an index lies in its place, the shards which it names. ValueError for a bad index."""
    index = whole.with_suffix(".safetensors.index.json")
    if whole.exists() or not index.exists():
        return [whole]
    shards = read_table(index).get("weight_map")
    if not isinstance(shards, dict) or not shards:
        raise ValueError(f"{whole.parent.name}/{index.name} names no files")
    return [whole.with_name(Path(str(name)).name) for name in sorted(set(map(str, shards.values())))]


def tensor_count(path: Path) -> int:
    """How many tensors a safetensors file holds. ValueError where the header does not parse or the file is cut off."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as opened:
            return len(opened.keys())
    except (SafetensorError, OSError) as error:
        raise ValueError(f"{path.parent.name}/{path.name} is not a whole safetensors file") from error


def part_faults(folder: Path, part: str, named: object) -> Iterator[str]:
    """What keeps one part of a folder from being loaded; `named` is what `model_index.json` says of it."""
    if not _may_be(part, named):
        yield f"its {part} is {named!r}" if named and named != [None, None] else f"it has no {part}"
        return
    try:
        if part in FILES:
            read_table(folder / part / FILES[part])
        if part.startswith("tokenizer"):
            _look_for_vocabulary(folder / part)
        for path in weight_files(folder, part) if part in WEIGHTS else ():
            if not path.is_file():
                raise ValueError(f"{part}/{path.name} is missing")
            tensor_count(path)
    except ValueError as error:
        yield str(error)


def _may_be(part: str, named: object) -> bool:
    if not isinstance(named, list) or len(named) != 2:
        return False
    library, name = named
    if part in ("scheduler", "low_res_scheduler"):
        return library == DIFFUSERS and isinstance(name, str) and name.endswith("Scheduler")
    return (library, name) in CLASSES[part]


def _look_for_vocabulary(folder: Path) -> None:
    if not (folder / "tokenizer.json").is_file() and not all(
        (folder / name).is_file() for name in ("vocab.json", "merges.txt")
    ):
        raise ValueError(f"{folder.name}/ has neither tokenizer.json nor vocab.json and merges.txt")


def _misfits(folder: Path) -> Iterator[str]:
    """Parts that load, each for itself, and do not belong together."""
    unet, text = (read_table(folder / part / "config.json") for part in ("unet", "text_encoder"))
    writes = text.get("hidden_size", 512)
    if (folder / SECOND[1]).is_dir():
        writes += read_table(folder / SECOND[1] / "config.json").get("hidden_size", 512)
    if (channels := unet.get("in_channels")) != 4:
        yield f"its unet takes {channels} channels, not 4: a model for painting inside masks or for enlarging"
    if (reads := unet.get("cross_attention_dim")) != writes:
        yield f"its unet reads text of width {reads}, its text encoder writes {writes}"


def read_table(path: Path) -> dict[str, Any]:
    """A JSON file that holds an object. ValueError, with the file's name, for any other."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ValueError(f"{path.parent.name}/{path.name} is missing") from error
    except (OSError, ValueError) as error:
        raise ValueError(f"{path.parent.name}/{path.name} cannot be read") from error
    if not isinstance(values, dict):
        raise ValueError(f"{path.parent.name}/{path.name} is not a table of settings")
    return values
