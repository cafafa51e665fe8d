"""The preview model: drawn scenes, the training on them, the judges, and the weights that ship with the project.

Read `scenes.py` first, then `captions.py`, `train.py` and `evaluate.py`. The site itself only reads `weights/`.
"""
