"""A tiny Llama that was taught a few replies by heart, in seconds: what a good model says, through the real classes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import torch
from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.trainers import BpeTrainer

from generation.engine.language.asked import Asked
from generation.engine.language.question import SYSTEM, Messages, question, second_question
from generation.engine.language.tiny import TURN_END, random_llama, speaking

if TYPE_CHECKING:
    from pathlib import Path

GOOD = {
    "subject": "a cook with a tall cake",
    "action": "pouring caramel",
    "place": "a small kitchen",
    "light": "warm lamplight",
    "mood": "cheerful",
    "palette": ["orange", "cream"],
    "style": ["watercolor", "soft edges"],
    "negative": ["text", "blurry"],
    "title_words": ["Торт", "за", "пять", "минут"],
}
CAKE = Asked("Торт за пять минут!", "Самый простой рецепт.", ("a cake on a table",), ("warm tones",), "watercolor")
BOAT = Asked("Лодка в тумане утром", style="oil")
LOST = Asked("Who knows what this is", style="ink")
BAD = '{"subject": "лодка"}'
BOAT_GOOD = GOOD | {"subject": "an old boat", "title_words": ["Лодка", "в", "тумане"]}
FAULTS = ["subject is not in English"]
STEPS = 700
VOCABULARY = 2600
CLOSE = 0.02  # of the loss: by heart


def taught() -> list[tuple[Messages, str]]:
    """Questions and replies. BOAT is answered rightly when asked again; LOST never."""
    from generation.engine.language.answer import WrongAnswer, parse

    def again(asked: Asked, reply: str) -> Messages:
        try:
            parse(json.loads(reply), asked)
        except WrongAnswer as wrong:
            return second_question(asked, reply, wrong.faults)
        raise AssertionError("the reply is good")

    written = [json.dumps(values, ensure_ascii=False) for values in (GOOD, BOAT_GOOD)]
    return [
        (question(CAKE), f"Here you are: {written[0]} I hope you like it."),
        (question(BOAT), BAD),
        (again(BOAT, BAD), f"```json\n{written[1]}\n```"),
        (question(LOST), BAD),
        (again(LOST, BAD), BAD),
    ]


def teach(folder: Path, lessons: list[tuple[Messages, str]]) -> None:
    """Write a model to `folder` that knows these questions and replies."""
    tokenizer = speaking(_pieces([reply for _, reply in lessons]))
    model = random_llama(tokenizer, 7)
    rows = [
        (
            tokenizer.apply_chat_template(asked, add_generation_prompt=True, return_dict=False),
            tokenizer(reply + TURN_END, add_special_tokens=False).input_ids,
        )
        for asked, reply in lessons
    ]
    longest = max(len(asked) + len(reply) for asked, reply in rows)
    ids = torch.full((len(rows), longest), tokenizer.pad_token_id)
    labels = torch.full_like(ids, -100)
    for row, (asked, reply) in enumerate(rows):
        ids[row, : len(asked) + len(reply)] = torch.tensor(asked + reply)
        labels[row, len(asked) : len(asked) + len(reply)] = torch.tensor(reply)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(STEPS):
        said = model(input_ids=ids, labels=labels)
        wanted = labels[:, 1:]
        right = (said.logits[:, :-1].argmax(-1) == wanted) | (wanted == -100)
        if bool(right.all()) and float(said.loss.detach()) < CLOSE:
            break
        optimizer.zero_grad()
        said.loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    else:
        raise AssertionError("it did not learn")
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)


def _pieces(replies: list[str]) -> Tokenizer:
    """Byte pairs: all that the system says is a token or two, what is replied takes many."""
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False, use_regex=False)  # type: ignore[assignment]
    trainer = BpeTrainer(
        vocab_size=VOCABULARY, min_frequency=2, initial_alphabet=ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator([*[SYSTEM] * 9, *replies], trainer)
    return tokenizer
