"""Through a real OpenAI-compatible server: `transformers serve`, with the Llama that was taught by heart."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from generation.engine.language import LanguageError, LanguageModel
from generation.engine.language.patience import Patience
from generation.engine.language.server import Server
from tests.environment import without_site
from tests.generation.engine.language.speaking import BOAT, CAKE, LOST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generation.engine import Profile

SECONDS = 600  # on a busy machine


@pytest.fixture(scope="module")
def serving(speaking: Profile, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server, on a free port of this machine, without a network and without a cache of models."""
    model = str(speaking.roles["language_model"].folder)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    address, log = f"http://127.0.0.1:{port}", tmp_path_factory.mktemp("serving") / "log"
    program = [str(Path(sys.executable).with_name("transformers")), "serve", model, "--device", "cpu"]
    offline = {"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(log.parent), "OMP_NUM_THREADS": "1"}
    environment = without_site() | offline | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [*program, "--host", "127.0.0.1", "--port", str(port)], env=environment, stdout=output, stderr=output
        ) as process,
    ):
        try:
            until = time.monotonic() + SECONDS
            while not _is_up(address):
                assert process.poll() is None and time.monotonic() < until, log.read_text()[-2000:]
                time.sleep(0.2)
            yield Server(address, model)
        finally:
            process.kill()


def _is_up(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def test_a_real_server_answers(serving: Server) -> None:
    heard: list[int] = []
    answer = LanguageModel(serving, SECONDS).write(CAKE, lambda tokens, most: heard.append(tokens))
    assert answer.subject == "a cook with a tall cake" and answer.title_words == ("Торт", "за", "пять", "минут")
    assert max(heard) > 10, "piece by piece"


def test_a_real_server_is_asked_once_more(serving: Server) -> None:
    assert LanguageModel(serving, SECONDS).write(BOAT).subject == "an old boat"


def test_a_real_server_that_answers_wrongly_twice(serving: Server) -> None:
    with pytest.raises(LanguageError) as caught:
        LanguageModel(serving, SECONDS).write(LOST)
    assert caught.value.code == "language_answer"


def test_a_real_server_that_does_not_know_the_model(serving: Server) -> None:
    with pytest.raises(LanguageError) as caught:
        LanguageModel(Server(serving._address, "another"), SECONDS).write(CAKE)
    assert caught.value.code == "language_refused" and "Server is pinned to" in caught.value.reason


def test_a_real_server_lists_its_models(serving: Server) -> None:
    """This one lists those of its cache, which is empty."""
    assert serving.models(Patience(time.monotonic() + SECONDS, lambda tokens, most: None)) == []
