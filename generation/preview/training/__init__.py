"""Training the preview model: `model.py` makes it, `material.py` draws what it learns from, then three stages.

The autoencoder first; then the reader (the text encoder alone, told what captions mean); then the painter (the UNet
alone). Each goes on from the weights in the folder and needs nothing else.
"""
