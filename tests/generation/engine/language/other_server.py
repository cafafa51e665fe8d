"""A server on 127.0.0.1 that answers as each test wishes, byte by byte where need be: what hostile ones do."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable

Act = "Callable[[Talk], None]"


class Talk:
    """One request that came, and the way to answer it."""

    def __init__(self, connection: socket.socket, closing: threading.Event) -> None:
        self._connection, self._closing = connection, closing
        head = b""
        while b"\r\n\r\n" not in head:
            if not (piece := connection.recv(65_536)):
                raise OSError
            head += piece
        head, _, body = head.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        self.method, self.path, _ = first.split(" ")
        self.headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        while len(body) < int(self.headers.get("content-length", "0")):
            body += connection.recv(65_536)
        self.body: dict[str, Any] = json.loads(body) if body else {}

    def send(self, data: bytes) -> None:
        """As it is."""
        self._connection.sendall(data)

    def begin(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        """Status and headers; the body ends where the connection does."""
        lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    def answer(self, status: int, body: str, kind: str = "application/json", **headers: str) -> None:
        """All of it."""
        self.begin(status, kind, **headers)
        self.send(body.encode())

    def say(self, text: str, pieces: int = 3) -> None:
        """A whole stream of events."""
        self.begin()
        size = len(text) // pieces + 1
        for start in range(0, len(text), size):
            self.send(event(text[start : start + size]))
        self.send(b"data: [DONE]\n\n")

    def wait(self, seconds: float) -> None:
        """Do nothing; OSError when the server is closed meanwhile."""
        if self._closing.wait(seconds):
            raise OSError


class OtherServer:
    """`acts` are done one after the other, the last one for ever; `talks` is what came, `times` when."""

    def __init__(self, *acts: Callable[[Talk], None]) -> None:
        self._acts = list(acts)
        self.talks: list[Talk] = []
        self.times: list[float] = []
        self.broken = 0
        self._closing = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(0.05)
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        for thread in list(self._threads):
            thread.join()
        self._listening.close()

    def _accept(self) -> None:
        while not self._closing.is_set():
            with suppress(TimeoutError):
                connection, _ = self._listening.accept()
                connection.settimeout(20)
                self._threads.append(threading.Thread(target=self._talk, args=(connection,)))
                self._threads[-1].start()

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            try:
                talk = Talk(connection, self._closing)
                self.talks.append(talk)
                self.times.append(time.monotonic())
                act = self._acts.pop(0) if len(self._acts) > 1 else self._acts[0]
                act(talk)
            except OSError:
                self.broken += 1


def event(text: str) -> bytes:
    """One event of a stream."""
    return f"data: {json.dumps({'choices': [{'delta': {'content': text}}]})}\n\n".encode()


def completion(text: str | None) -> str:
    """An answer that does not come in a stream."""
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]})
