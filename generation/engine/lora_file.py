"""What a LoRA file is, said from its header alone, before anything of it is loaded: cheap, and without torch.

LoRA: Hu et al. 2021, arXiv:2106.09685. A module's weights change by `alpha / rank · up @ down`.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from generation.engine import checkpoint, lora_keys
from generation.engine.errors import EngineError
from generation.engine.jobs import LoraUse
from generation.engine.lora_header import read_header
from generation.engine.lora_notes import noted_alpha, noted_settings, trigger_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from generation.engine.lora_header import Header, Tensor
    from generation.engine.lora_keys import Layout, Part
    from generation.engine.profile import Profile

FAMILIES = {
    192: "Preview",
    768: "Stable Diffusion 1.x",
    1024: "Stable Diffusion 2.x",
    2048: "SDXL",
}  # by cross-attention width
NUMBERS = {"F16", "BF16", "F32", "F64", "F8_E4M3", "F8_E5M2"}
CHUNK = 1 << 20


@dataclass(frozen=True)
class Pair:
    """The tensors of one module, by their names in the file. `alpha`: the name of a tensor, a number, or None: rank."""

    part: Part
    module: str
    down: str
    up: str
    alpha: str | float | None
    rank: int


class Widths(Protocol):
    """What `fits` must know of a LoRA: a `LoraFile` has it, and so may whoever keeps what one told."""

    @property
    def width(self) -> int | None: ...
    @property
    def text_width(self) -> int | None: ...
    @property
    def parts(self) -> Sequence[str]: ...
    @property
    def family(self) -> str: ...


@dataclass(frozen=True)
class LoraFile:
    """A LoRA as its header tells it.

    `width` is what its cross-attention reads, `text_width` what its text encoder's layers read; None where it touches
    none. `ranks` in ascending order. `parts` are the models that it changes. `trigger_words` come from the notes of
    kohya's trainer (`ss_tag_frequency`): words and how often they were trained, most frequent first. `bytes` is the
    file's size.
    """

    path: Path
    layout: Layout
    width: int | None
    text_width: int | None
    ranks: tuple[int, ...]
    parts: tuple[Part, ...]
    trigger_words: tuple[tuple[str, int], ...]
    bytes: int

    @property
    def family(self) -> str:
        """What it is made for, as people call it: a family, or the width of text that it reads."""
        if "text_encoder_2" in self.parts:
            return FAMILIES[2048]
        width = self.width or self.text_width
        return _family(width) if width else "?"

    @property
    def touches_text(self) -> bool:
        """Whether it changes how the prompt is read."""
        return any(part != "unet" for part in self.parts)


def inspect(path: Path) -> LoraFile:
    """Look at the file's header.

    EngineError: those of `read_header`, and lora_other_kind(kind), lora_other_model(family), lora_whole_model,
    lora_not_lora, lora_unknown_keys(count, first), lora_incomplete(count, first).
    """
    header = read_header(path)
    found = pairs(header)
    layouts = Counter(key.layout for key in map(lora_keys.parse, header.tensors) if key and key.part == "unet")
    return LoraFile(
        path=path,
        layout=layouts.most_common(1)[0][0] if layouts else _layout_of_text(header),
        width=_width(header, found, unet=True),
        text_width=_width(header, found, unet=False),
        ranks=tuple(sorted({pair.rank for pair in found})),
        parts=tuple(part for part in lora_keys.DIFFUSERS_PARTS if any(pair.part == part for pair in found)),
        trigger_words=trigger_words(header.metadata),
        bytes=header.size,
    )


def fits(lora: Widths, profile: Profile) -> None:
    """EngineError("lora_does_not_fit", made_for, base) unless the profile's model reads text of the LoRA's width.

    What touches no text at all is let through: its shapes are compared when it is loaded. EngineError
    model_missing(folder) or model_wrong(reason) where the profile's own folder is at fault.
    """
    unet, text = checkpoint.text_widths(profile)
    wrong = lora.width is not None and lora.width != unet
    if profile.base_class != "StableDiffusionXLPipeline":  # which has two text encoders, of different widths
        wrong |= lora.text_width is not None and lora.text_width != text
        wrong |= "text_encoder_2" in lora.parts
    if wrong:
        raise EngineError("lora_does_not_fit", made_for=lora.family, base=_family(unet))


def _family(width: int) -> str:
    return FAMILIES.get(width, f"cross-attention {width}")


def lora_use(path: Path, weight: float = 1.0, title: str = "") -> LoraUse:
    """The file in use: read once, for its hashes. `title` (default: the file's name) is what recipes call it.

    EngineError: those of `read_header`; ValueError for a weight outside -2 … 2.
    """
    sha256, short = hashes(path)
    return LoraUse(path, sha256, weight, title or path.stem, short)


def hashes(path: Path) -> tuple[str, str]:
    """SHA-256 of the whole file, and the first 12 digits of that of its tensors alone (A1111's hash of LoRAs).

    The second stays the same when somebody edits the metadata. EngineError: those of `read_header`.
    """
    start = read_header(path).start
    whole, tensors = hashlib.sha256(), hashlib.sha256()
    try:
        with path.open("rb") as file:
            whole.update(file.read(start))
            while chunk := file.read(CHUNK):
                whole.update(chunk)
                tensors.update(chunk)
    except OSError as error:
        raise EngineError("file_missing") from error
    return whole.hexdigest(), tensors.hexdigest()[:12]


def pairs(header: Header) -> list[Pair]:
    """Every module that the file changes. Errors: see `inspect`."""
    names = list(header.tensors)
    keys = {name: key for name in names if (key := lora_keys.parse(name))}
    if kind := lora_keys.other_kind(names):
        raise EngineError("lora_other_kind", kind=kind)
    if not any("lora" in name for name in names) and lora_keys.is_whole_model(names):
        raise EngineError("lora_whole_model")
    if family := lora_keys.other_model(names):
        raise EngineError("lora_other_model", family=family)
    if not keys:
        raise EngineError("lora_not_lora")
    if strange := [name for name in names if name not in keys]:
        raise EngineError("lora_unknown_keys", count=len(strange), first=strange[0][:100])
    grouped: dict[tuple[Part, str], dict[str, str]] = {}
    for name, key in keys.items():
        if grouped.setdefault((key.part, key.module), {}).setdefault(key.piece, name) != name:
            raise EngineError("lora_damaged", reason=f"two tensors are the same piece of {key.module[:100]}")
    noted = noted_settings(header.metadata)
    broken = [module for (_, module), pieces in grouped.items() if not _is_whole(header, pieces)]
    if broken:
        raise EngineError("lora_incomplete", count=len(broken), first=broken[0][:100])
    return [_pair(header, part, module, pieces, noted) for (part, module), pieces in grouped.items()]


def _is_whole(header: Header, pieces: Mapping[str, str]) -> bool:
    if "down" not in pieces or "up" not in pieces:
        return False
    down, up = header.tensors[pieces["down"]], header.tensors[pieces["up"]]
    alpha = header.tensors.get(pieces.get("alpha", ""))
    return (
        all(tensor.dtype in NUMBERS and len(tensor.shape) in (2, 4) and min(tensor.shape) > 0 for tensor in (down, up))
        and down.shape[0] == up.shape[1]
        and (alpha is None or math.prod(alpha.shape) == 1)
    )


def _pair(
    header: Header, part: Part, module: str, pieces: Mapping[str, str], noted: dict[str, dict[str, object]]
) -> Pair:
    rank = header.tensors[pieces["down"]].shape[0]
    alpha = pieces.get("alpha") or noted_alpha(noted.get(part, {}), module, rank)
    return Pair(part, module, pieces["down"], pieces["up"], alpha, rank)


def _layout_of_text(header: Header) -> Layout:
    return "kohya" if any(name.startswith("lora_") for name in header.tensors) else "diffusers"


def _width(header: Header, found: list[Pair], *, unet: bool) -> int | None:
    """The width that most of the layers read which read text."""
    widths = Counter(_reads(header, pair) for pair in found if (pair.part == "unet") is unet and _reads_text(pair))
    return widths.most_common(1)[0][0] if widths else None


def _reads(header: Header, pair: Pair) -> int:
    down: Tensor = header.tensors[pair.down]
    return down.shape[1]


def _reads_text(pair: Pair) -> bool:
    module = pair.module.replace(".", "_")
    if pair.part == "unet":
        return module.endswith(("attn2_to_k", "attn2_to_v"))
    return pair.part == "text_encoder" and module.endswith(("q_proj", "k_proj", "v_proj", "fc1"))
