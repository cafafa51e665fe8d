"""A language model behind a server: what is asked, formats, keys, waiting, and all that a bad server can do."""

from __future__ import annotations

import gc
import json
import logging
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import repeat
from typing import TYPE_CHECKING

import pytest

from generation.engine.language import LanguageError, LanguageModel
from generation.engine.language import line as lines
from generation.engine.language.patience import Patience
from generation.engine.language.server import Server
from tests.generation.engine.language.other_server import OtherServer, Talk, completion, event
from tests.generation.engine.language.speaking import CAKE, GOOD

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = json.dumps(GOOD, ensure_ascii=False)
KEY = "sk-very-secret"


def ask(server: OtherServer, seconds: float = 30, key: str = "") -> LanguageModel:
    return LanguageModel(Server(server.address, "llama", key), seconds)


def failing(act: Callable[[Talk], None], *more: Callable[[Talk], None], seconds: float = 30, key: str = "") -> str:
    """The code of the error to which that leads."""
    with OtherServer(act, *more) as server, pytest.raises(LanguageError) as caught:
        ask(server, seconds, key).write(CAKE)
    assert KEY not in str(caught.value) and caught.value.reason
    return caught.value.code


def good(talk: Talk) -> None:
    talk.say(TEXT)


def test_a_stream_becomes_an_answer() -> None:
    heard = []
    with OtherServer(good) as server:
        answer = ask(server, key=KEY).write(CAKE, lambda tokens, most: heard.append((tokens, most)))
        (talk,) = server.talks
    assert answer.subject == "a cook with a tall cake" and answer.title_words == ("Торт", "за", "пять", "минут")
    assert (talk.method, talk.path) == ("POST", "/v1/chat/completions")
    assert talk.headers["authorization"] == f"Bearer {KEY}"
    assert talk.body["model"] == "llama" and talk.body["temperature"] == 0 and talk.body["max_tokens"] == 400
    assert talk.body["response_format"]["type"] == "json_schema"
    assert heard[-1] == (3, 400)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "text/html", "image/png"])
def test_an_answer_that_is_no_stream_is_read_whatever_its_type(kind: str) -> None:
    with OtherServer(lambda talk: talk.answer(200, completion(f"Sure:\n```json\n{TEXT}\n```"), kind)) as server:
        assert ask(server).write(CAKE).mood == "cheerful"


def test_an_address_may_end_in_v1() -> None:
    with OtherServer(good) as server:
        LanguageModel(Server(f"{server.address}/v1/", "llama"), 30).write(CAKE)
        assert server.talks[0].path == "/v1/chat/completions"
        assert "authorization" not in server.talks[0].headers


def test_nothing_is_read_after_the_brace_that_closes_the_object() -> None:
    def endless(talk: Talk) -> None:
        talk.begin()
        talk.send(event(TEXT))
        for _ in repeat(None):
            talk.send(event(" more and more"))
            talk.wait(0.01)

    with OtherServer(endless) as server:
        assert ask(server).write(CAKE).place == "a small kitchen"


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_server_that_takes_no_schema_is_asked_for_plain_json_and_then_for_nothing(status: int) -> None:
    def picky(talk: Talk) -> None:
        if "response_format" in talk.body:
            talk.answer(status, json.dumps({"error": "Unexpected fields: {'response_format'}"}))
        else:
            good(talk)

    with OtherServer(picky) as server:
        model = ask(server)
        assert model.write(CAKE) == model.write(CAKE)
        kinds = [talk.body.get("response_format", {}).get("type") for talk in server.talks]
    assert kinds == ["json_schema", "json_object", None, None], "what it takes is remembered"


def test_a_server_that_complains_whatever_it_is_asked_is_left() -> None:
    with OtherServer(lambda talk: talk.answer(400, "bad schema")) as server:
        model = ask(server)
        for _ in range(2):
            with pytest.raises(LanguageError):
                model.write(CAKE)
        assert len(server.talks) == 4


def test_a_server_that_refuses_for_another_reason_is_not_asked_again() -> None:
    with OtherServer(lambda talk: talk.answer(404, '{"error": "model llama not found"}')) as server:
        with pytest.raises(LanguageError) as caught:
            ask(server).write(CAKE)
        assert len(server.talks) == 1
    assert caught.value.code == "language_refused" and caught.value.reason.endswith(
        ': {"error": "model llama not found"}'
    )


def test_a_wrong_answer_is_asked_for_once_more_with_what_is_wrong() -> None:
    with OtherServer(lambda talk: talk.say('{"subject": "торт"}'), good) as server:
        assert ask(server).write(CAKE).subject == "a cook with a tall cake"
        again = server.talks[1].body["messages"]
    assert [turn["role"] for turn in again] == ["system", "user"]
    assert "- subject is not in English" in again[1]["content"]


@pytest.mark.parametrize("text", ["no", "{", "[]", '{"subject": 3}', "🙂" * 3000, "{" * 20_000])
def test_two_wrong_answers_are_an_error(text: str) -> None:
    with OtherServer(lambda talk: talk.say(text, 9)) as server:
        with pytest.raises(LanguageError) as caught:
            ask(server).write(CAKE)
        assert len(server.talks) == 2
    assert caught.value.code == "language_answer"


@pytest.mark.parametrize("status", [500, 502, 503])
def test_trouble_is_borne_once(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generation.engine.language.server.PAUSE", 0.05)

    def trouble(talk: Talk) -> None:
        talk.answer(status, "<h1>oh</h1>", "text/html")

    with OtherServer(trouble, good) as server:
        assert ask(server).write(CAKE)
    with OtherServer(trouble) as server:
        with pytest.raises(LanguageError) as caught:
            ask(server).write(CAKE)
        assert len(server.talks) == 2
    assert caught.value.code == "language_trouble"


@pytest.mark.parametrize("as_date", [False, True])
def test_a_busy_server_is_waited_for_as_long_as_it_says(as_date: bool) -> None:
    def busy(talk: Talk) -> None:
        then = format_datetime(datetime.now(UTC) + timedelta(seconds=2.9), usegmt=True)
        talk.answer(429, "{}", Retry_After=then if as_date else "1")

    with OtherServer(busy, good) as server:
        assert ask(server).write(CAKE)
        first, second = server.times
    assert second - first >= 1


def test_a_busy_server_is_not_waited_for_in_vain() -> None:
    assert failing(lambda talk: talk.answer(429, "{}", Retry_After="3600")) == "language_busy"
    assert failing(lambda talk: talk.answer(429, "{}"), seconds=0.9) == "language_busy"


def stall(talk: Talk) -> None:
    talk.wait(60)


def stall_after_headers(talk: Talk) -> None:
    talk.begin()
    talk.wait(60)


def drip(talk: Talk) -> None:
    talk.begin()
    for char in event("never ") * 500:
        talk.send(bytes([char]))
        talk.wait(0.02)


def drip_headers(talk: Talk) -> None:
    talk.send(b"HTTP/1.1 200 OK\r\n")
    for number in range(5000):
        talk.send(f"X-{number}: a\r\n".encode())
        talk.wait(0.02)


def keep_alive(talk: Talk) -> None:
    talk.begin()
    for _ in range(5000):
        talk.send(b": still here\n\n")
        talk.wait(0.02)


@pytest.mark.parametrize("act", [stall, stall_after_headers, drip, drip_headers, keep_alive])
def test_whoever_is_slow_is_left_when_the_time_is_over(act: Callable[[Talk], None]) -> None:
    assert failing(act, seconds=1) == "language_slow"


@pytest.mark.parametrize("act", [stall, drip, drip_headers, keep_alive])
def test_whoever_cancels_is_heard_while_nothing_comes(act: Callable[[Talk], None]) -> None:
    class Cancelled(Exception):
        pass

    asked = []

    def cancel(tokens: int, most: int) -> None:
        asked.append(tokens)
        if len(asked) == 5:
            raise Cancelled

    with OtherServer(act) as server, pytest.raises(Cancelled):
        ask(server, 600).write(CAKE, cancel)


def test_a_listener_may_run_a_loop_of_its_own() -> None:
    """As Django asks, before it lets anybody at the database: no loop runs where the listener is called."""
    import asyncio

    with OtherServer(good) as server:
        ask(server).write(CAKE, lambda tokens, most: asyncio.run(asyncio.sleep(0)))


@pytest.mark.parametrize("seconds", [30, 0.5])
def test_nothing_of_a_conversation_is_left_over(seconds: float, caplog: pytest.LogCaptureFixture) -> None:
    """The answer is whole before the stream ends, or time is over: asyncio then complains of what was not closed."""

    def unending(talk: Talk) -> None:
        talk.begin()
        talk.send(event(TEXT if seconds > 1 else TEXT[:9]))
        talk.wait(5)

    with OtherServer(unending) as server, suppress(LanguageError):
        ask(server, seconds).write(CAKE)
    gc.collect()
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []


def test_a_server_that_goes_silent_is_left_even_where_there_is_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "STALL_SECONDS", 0.5)
    monkeypatch.setattr("generation.engine.language.server.PAUSE", 0.05)
    assert failing(stall_after_headers, seconds=600) == "language_away"


def garbage(talk: Talk) -> None:
    talk.begin()
    talk.send(b"data: \xff\xfe{nonsense\n\n")


def page(talk: Talk) -> None:
    talk.answer(200, "<!doctype html><title>Log in</title>", "text/html")


def other_json(talk: Talk) -> None:
    talk.answer(200, '{"hello": "world"}')


def huge(talk: Talk) -> None:
    talk.begin(kind="application/json")
    for _ in range(100):
        talk.send(b" " * 1_000_000)


def huge_line(talk: Talk) -> None:
    talk.begin()
    for _ in range(100):
        talk.send(b"data: " + b"x" * 1_000_000)


def packed(talk: Talk) -> None:
    talk.begin(Content_Encoding="gzip")
    talk.wait(30)


@pytest.mark.parametrize("act", [garbage, page, other_json, huge, huge_line, packed])
def test_what_is_no_such_server_is_left_at_once(act: Callable[[Talk], None]) -> None:
    assert failing(act) == "language_stranger"


def test_a_hundred_megabytes_are_cut_off() -> None:
    sent = []

    def count(talk: Talk) -> None:
        talk.begin(kind="application/json")
        for _ in range(1000):
            talk.send(b" " * 100_000)
            sent.append(100_000)

    assert failing(count) == "language_stranger"
    assert sum(sent) < 20_000_000, "the rest of what lay in buffers"


@pytest.mark.parametrize(
    "values", [{"choices": []}, {"choices": [3]}, {"choices": [{"delta": "x"}]}, {"choices": {}}, {}]
)
def test_events_of_other_shapes_say_nothing(values: dict[str, object]) -> None:
    def odd(talk: Talk) -> None:
        talk.begin()
        talk.send(f"event: x\r\ndata: {json.dumps(values)}\r\n\r\n".encode() + event(TEXT))

    with OtherServer(odd) as server:
        assert ask(server).write(CAKE)


def test_an_error_in_the_middle_of_a_stream() -> None:
    def breaks(talk: Talk) -> None:
        talk.begin()
        talk.send(event('{"subject"') + b'data: {"error": {"message": "out of memory"}}\n\n')

    assert failing(breaks) == "language_trouble"


def close_at_once(talk: Talk) -> None:
    return None


def close_in_the_middle(talk: Talk) -> None:
    talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + event('{"subject": "a'))


def close_in_a_word(talk: Talk) -> None:
    """The beginning of an answer that must not be read together with the next one."""
    talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + event('{"subject": "a sea')[:-9])


def no_http(talk: Talk) -> None:
    talk.send(b"220 mail.example ESMTP\r\n")


@pytest.mark.parametrize("act", [close_at_once, close_in_the_middle, close_in_a_word, no_http])
def test_a_connection_that_breaks_is_tried_once_more(
    act: Callable[[Talk], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generation.engine.language.server.PAUSE", 0.05)
    with OtherServer(act, good) as server:
        assert ask(server).write(CAKE).subject == GOOD["subject"]
        assert len(server.talks) == 2
    assert failing(act) == "language_away"


def test_nobody_there() -> None:
    with OtherServer(good) as server:
        model = ask(server)
    with pytest.raises(LanguageError) as caught:
        model.write(CAKE)
    assert (caught.value.code, caught.value.reason) == ("language_away", "no connection comes about")


def test_a_redirect_is_not_followed() -> None:
    with OtherServer(good) as elsewhere:
        assert failing(lambda talk: talk.answer(307, "", Location=elsewhere.address), key=KEY) == "language_refused"
        assert not elsewhere.talks


def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with OtherServer(page) as proxy, OtherServer(good) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.address)
        assert ask(server, key=KEY).write(CAKE)
        assert not proxy.talks


def test_a_key_is_in_no_log_and_no_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for act in (good, close_at_once, page, lambda talk: talk.answer(401, f"\x1b wrong key: {KEY}")):
        with OtherServer(act) as server:
            try:
                ask(server, 3, KEY).write(CAKE)
            except LanguageError as error:
                assert KEY not in repr(error) and error.__cause__ is None
    assert KEY not in caplog.text


@pytest.mark.parametrize("key", ["two words", "ключ", "a\r\nX-Evil: 1", "\x00"])
def test_a_key_that_is_none_is_never_sent(key: str) -> None:
    with OtherServer(good) as server:
        with pytest.raises(LanguageError) as caught:
            ask(server, key=key).write(CAKE)
        assert not server.talks
    assert caught.value.code == "language_refused" and key not in str(caught.value)


def test_the_models_of_a_server_are_listed() -> None:
    listed = json.dumps({"data": [{"id": "llama"}, {"id": "qwen"}, {}, 3]})
    with OtherServer(lambda talk: talk.answer(200, listed)) as server:
        names = Server(server.address, "llama").models(Patience(time.monotonic() + 9, lambda tokens, most: None))
        assert server.talks[0].path == "/v1/models" and names == ["llama", "qwen"]


def test_a_list_that_breaks_off_is_asked_for_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generation.engine.language.server.PAUSE", 0.05)

    def breaks(talk: Talk) -> None:
        talk.send(b'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{"data": [{"id": "lla')

    with OtherServer(breaks, lambda talk: talk.answer(200, '{"data": [{"id": "llama"}]}')) as server:
        patience = Patience(time.monotonic() + 9, lambda tokens, most: None)
        assert Server(server.address, "llama").models(patience) == ["llama"]


@pytest.mark.parametrize(
    ("act", "code"), [(page, "language_stranger"), (huge, "language_stranger"), (stall, "language_slow")]
)
def test_what_lists_no_models(act: Callable[[Talk], None], code: str) -> None:
    with OtherServer(act) as server, pytest.raises(LanguageError) as caught:
        Server(server.address, "llama").models(Patience(time.monotonic() + 1, lambda tokens, most: None))
    assert caught.value.code == code
