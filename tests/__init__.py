"""Tests. They mirror the tree; ``live`` and ``browser`` start real servers and workers."""
