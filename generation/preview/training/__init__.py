"""Training the preview model: `model.py` makes it, `material.py` draws what it learns from, `latents.py` encodes that.

Then come the stages: `autoencoder.py`; `reader.py` (the text encoder alone, told what captions mean); `painter.py` (the
UNet alone). Each goes on from the weights in the folder and needs nothing else.
"""
