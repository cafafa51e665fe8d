"""Looking into video files: what a file is (``probe``), and which of its frames are worth showing (``frames``).

Pure functions on paths: no rows, no storage. Imports PyAV and OpenCV, so only a worker's child may import it.
"""
