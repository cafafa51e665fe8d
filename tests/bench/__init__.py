"""Benchmarks: each prints what it measured, side by side in one run; only `scale` has a promise to keep."""
