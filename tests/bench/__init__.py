"""Benchmarks: each prints what it measured, side by side in one run, and asserts nothing about time."""
