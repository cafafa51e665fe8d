"""Drawn scenes with captions, to train a preview model on. Read `scenes.py` first, then `captions.py`.

`hues.py` says of which colour a picture has most. The site uses none of this.
"""
