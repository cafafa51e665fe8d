"""Upscaling: any picture at any size, through StableDiffusionUpscalePipeline, in tiles where it is large."""
