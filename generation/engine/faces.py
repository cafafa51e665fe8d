"""The faces of one loaded pipeline: the same models, called by another of diffusers' classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generation.engine.jobs import Kind
    from generation.engine.profile import BaseClass

FACES: dict[tuple[BaseClass, Kind], str] = {
    ("StableDiffusionPipeline", "text"): "StableDiffusionPipeline",
    ("StableDiffusionPipeline", "image"): "StableDiffusionImg2ImgPipeline",
    ("StableDiffusionPipeline", "inpaint"): "StableDiffusionInpaintPipeline",
    ("StableDiffusionXLPipeline", "text"): "StableDiffusionXLPipeline",
    ("StableDiffusionXLPipeline", "image"): "StableDiffusionXLImg2ImgPipeline",
    ("StableDiffusionXLPipeline", "inpaint"): "StableDiffusionXLInpaintPipeline",
}
GUIDED_FACES: dict[tuple[BaseClass, Kind], str] = {
    ("StableDiffusionPipeline", "text"): "StableDiffusionControlNetPipeline",
    ("StableDiffusionPipeline", "image"): "StableDiffusionControlNetImg2ImgPipeline",
    ("StableDiffusionPipeline", "inpaint"): "StableDiffusionControlNetInpaintPipeline",
    ("StableDiffusionXLPipeline", "text"): "StableDiffusionXLControlNetPipeline",
    ("StableDiffusionXLPipeline", "image"): "StableDiffusionXLControlNetImg2ImgPipeline",
    ("StableDiffusionXLPipeline", "inpaint"): "StableDiffusionXLControlNetInpaintPipeline",
}


def face(pipe: Any, kind: Kind, controlnets: Sequence[Any] = (), unet: Any = None) -> Any:
    """The pipeline that paints jobs of this kind: `pipe` itself, or another on its components and its scheduler of now.

    Where a `unet` is given, it stands in for the pipeline's. Nothing is loaded, copied or cast, so it costs nothing to
    make one for each batch. Not by diffusers' `from_pipe`, which casts the shared weights to float32 where it is not
    told otherwise (0.42).
    """
    import diffusers

    # As a list even where there is one: it is then wrapped anew, and what is hooked to it later goes with the wrapping.
    more = {"controlnet": list(controlnets)} if controlnets else {}
    more |= {"unet": unet} if unet is not None else {}
    name = (GUIDED_FACES if controlnets else FACES)[type(pipe).__name__, kind]  # type: ignore[index]  # profiles name no other
    if name == type(pipe).__name__:
        return pipe
    settings = {"add_watermarker": False} if hasattr(pipe, "tokenizer_2") else {"requires_safety_checker": False}
    made = getattr(diffusers, name)(**{**pipe.components, **more}, **settings)
    made.set_progress_bar_config(disable=True)
    return made
