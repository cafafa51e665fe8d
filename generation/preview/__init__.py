"""The preview model: drawn scenes with captions, the training on them, the judge, and the weights that ship.

Read `scenes.py` first, then `captions.py`, `train.py` and `evaluate.py`. `hues.py` says of which colour a picture has
most. The site uses the folder `weights/` and nothing else of this.
"""
