"""LoRAs between their rows and the engine: how they come here, where their files lie, and who paints with them.

``importing`` walks an import, beside which ``aside`` waits and ``leftovers`` clears up; ``quota`` says how many a
person may have on their way. ``files`` gives whoever paints a path, ``fit`` says whether a LoRA fits the model, and
``worn`` which of them a request is painted with. What is inside a file, ``generation.engine`` knows.
"""
