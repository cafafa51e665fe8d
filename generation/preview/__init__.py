"""The preview model: drawn scenes with captions, the training on them, the judge, and the weights that ship.

Read `scenes.py` first, then `captions.py`, `train.py` and `evaluate.py`. `hues.py` says of which colour a picture has
most, `finder.py` where people are in it. The site uses `weights/`, `loras/` and `guides/`, and nothing else
of this.
"""
