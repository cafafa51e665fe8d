"""One file per step of the walk, in the order of ``generation.walk``."""
