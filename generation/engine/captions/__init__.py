"""Frames put into words by a BLIP (Li et al. 2022, arXiv:2201.12086), and many such lines put into one summary."""
