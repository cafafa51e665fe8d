"""Russian words to English ones that a prompt can use, by a dictionary of our own and without a model.

The dictionary lies in `generation/data/russian`, a file for each theme; anybody can add to it.
Here no Django, no torch.
"""

from generation.russian.translate import Translation, translate

__all__ = ["Translation", "translate"]
