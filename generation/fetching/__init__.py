"""A LoRA's file from Hugging Face or Civitai: what an address means, what the site says, and the file itself, safely.

Nothing here knows Django, Celery or rows. Read `fetch.py` first: the steps in the order in which they happen.
Expected failures are `EngineError` with the codes of the project's table. Importing `addresses` is cheap.
"""
