"""Fuzzing with a coverage-guided mutator, for as long as one likes: ``python -m tests.fuzz.recipe 60``."""
