from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from conftest import free_port, settings_for

from rag.chat import ChatModel, open_chat_model
from rag.errors import (
    ChatLimitError,
    ChatModelError,
    ChatTooLongError,
    ChatUnavailableError,
    RagError,
    SettingsError,
)

KEY = "sk-very-secret-indeed"
Answering = Callable[[int], tuple[int, dict[str, str], Any]]
"""Status, headers and body of the answer to the n-th request, from 1."""


@contextmanager
def server(answering: Answering) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A real server on loopback that answers as told: its address, and the requests it gets."""
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            status, headers, body = answering(len(asked))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_address[1]}/v1", asked
        finally:
            running.shutdown()
            thread.join()


def error(status: int, message: str, **headers: str) -> tuple[int, dict[str, str], Any]:
    return (
        status,
        {"Content-Type": "application/json", **headers},
        {"error": {"message": message, "code": status}},
    )


def said(*texts: str) -> tuple[int, dict[str, str], str]:
    """An answer in a stream, in these parts."""

    def chunk(delta: dict[str, str], finish: str | None) -> str:
        record = {
            "id": "1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "small",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        }
        return f"data: {json.dumps(record)}\n\n"

    parts = [chunk({"role": "assistant", "content": text}, None) for text in texts]
    return (
        200,
        {"Content-Type": "text/event-stream"},
        "".join([*parts, chunk({}, "stop"), "data: [DONE]\n\n"]),
    )


def model_at(url: str, tmp_path: Path, **others: Any) -> ChatModel:
    values = {
        "chat_model": "small",
        "chat_base_url": url,
        "chat_api_key": KEY,
        "chat_timeout_s": 20,
        **others,
    }
    model = open_chat_model(settings_for(tmp_path, **values))
    assert model is not None
    return ChatModel(
        name=model.name,
        model=model.model,
        timeout_s=model.timeout_s,
        retries=model.retries,
        first_wait_s=0.01,
        secret=model.secret,
    )


def text_of(model: ChatModel) -> str:
    return "".join(part.text for part in model.stream(lambda: model.model, "Say something.", {}))


# Opening


def test_without_a_name_there_is_no_chat_model(tmp_path: Path) -> None:
    assert open_chat_model(settings_for(tmp_path)) is None


@pytest.mark.parametrize(
    ("name", "base_url", "kind", "model"),
    [
        ("openai:gpt-5-mini", "", "ChatOpenAI", "gpt-5-mini"),
        ("llama3.2:1b", "http://localhost:1/v1", "ChatOpenAI", "llama3.2:1b"),
        ("meta/llama-3:free", "http://localhost:1/v1", "ChatOpenAI", "meta/llama-3:free"),
        ("openai:mine", "http://localhost:1/v1", "ChatOpenAI", "mine"),
    ],
)
def test_a_name_with_a_provider_or_of_a_server_of_ones_own(
    name: str, base_url: str, kind: str, model: str, tmp_path: Path
) -> None:
    opened = open_chat_model(
        settings_for(tmp_path, chat_model=name, chat_base_url=base_url, chat_api_key="x")
    )

    assert opened is not None
    assert (opened.name, type(opened.model).__name__) == (name, kind)
    assert vars(opened.model)["model_name"] == model


def test_a_server_of_ones_own_needs_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    assert open_chat_model(settings_for(tmp_path, chat_model="small", chat_base_url="http://localhost:1/v1"))
    with pytest.raises(ChatModelError, match="RAG_CHAT_API_KEY"):
        open_chat_model(settings_for(tmp_path, chat_model="openai:gpt-5-mini"))


def test_the_key_is_not_in_what_a_model_prints(tmp_path: Path) -> None:
    assert KEY not in repr(model_at("http://localhost:1/v1", tmp_path))


def test_a_name_alone_needs_a_server(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"provider:model.*RAG_CHAT_BASE_URL"):
        open_chat_model(settings_for(tmp_path, chat_model="gpt"))
    with pytest.raises(SettingsError, match="can't be 'nobody:gpt'"):
        open_chat_model(settings_for(tmp_path, chat_model="nobody:gpt"))


def test_a_missing_package_is_told_with_the_line_that_installs_it(tmp_path: Path) -> None:
    pytest.importorskip("langchain_openai")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, "langchain_ollama", None)
        with pytest.raises(ChatModelError, match=r'pip install "langchain-ollama>=1\.1,<2"'):
            open_chat_model(settings_for(tmp_path, chat_model="ollama:llama3.2"))


def test_reasoning_models_keep_their_own_temperature(tmp_path: Path) -> None:
    def temperature(name: str) -> float | None:
        opened = open_chat_model(settings_for(tmp_path, chat_model=name, chat_api_key="x"))
        assert opened is not None
        found: float | None = vars(opened.model)["temperature"]
        return found

    assert temperature("openai:gpt-4.1-mini") == 0
    assert temperature("openai:gpt-5-mini") is None


# Asking


def test_what_it_says_comes_through(tmp_path: Path) -> None:
    with server(lambda n: said("All is well.")) as (url, asked):
        assert text_of(model_at(url, tmp_path)) == "All is well."

    assert asked[0]["model"] == "small"
    assert asked[0]["temperature"] == 0


@pytest.mark.parametrize("first", [error(500, "oops"), error(503, "loading"), error(429, "busy")])
def test_a_busy_server_is_asked_again(first: Any, tmp_path: Path) -> None:
    with server(lambda n: first if n < 3 else said("Done.")) as (url, asked):
        assert text_of(model_at(url, tmp_path)) == "Done."

    assert len(asked) == 3


def test_it_waits_as_long_as_the_server_says(tmp_path: Path) -> None:
    with server(lambda n: error(429, "busy", **{"Retry-After": "0"}) if n == 1 else said("Done.")) as (
        url,
        asked,
    ):
        slow = model_at(url, tmp_path)
        patient = ChatModel(name="m", model=slow.model, retries=1, first_wait_s=1000.0)
        began = time.monotonic()
        assert text_of(patient) == "Done."
        assert time.monotonic() - began < 10  # without being told it would wait for 20 seconds

    assert len(asked) == 2


def test_a_server_that_only_keeps_the_line_open_is_not_waited_for(tmp_path: Path) -> None:
    waiting = threading.Event()

    class Dripping(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            while not waiting.wait(0.05):
                try:
                    self.wfile.write(b": ping\n\n")
                    self.wfile.flush()
                except OSError:
                    return

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Dripping) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{running.server_address[1]}/v1"
        try:
            with pytest.raises(ChatUnavailableError, match=r"did not finish within 0\.5 seconds"):
                text_of(model_at(url, tmp_path, chat_timeout_s=0.5, chat_retries=0))
        finally:
            waiting.set()
            running.shutdown()


def test_the_time_that_is_taken_between_parts_is_not_the_models(tmp_path: Path) -> None:
    with server(lambda n: said("One. ", "Two.")) as (url, _):
        model = model_at(url, tmp_path, chat_timeout_s=1)
        parts = model.stream(lambda: model.model, "Say something.", {})
        first = next(parts)
        time.sleep(1.5)
        assert first.text + "".join(part.text for part in parts) == "One. Two."


def test_a_model_that_writes_for_ever_is_stopped_without_a_complaint(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with server(lambda n: said(*["word " * 100] * 200)) as (url, _):
        length = len(text_of(model_at(url, tmp_path)))

    assert 5_000 < length < 20_000
    assert "Error in" not in caplog.text


def test_when_the_time_is_up_the_last_failure_is_told(tmp_path: Path) -> None:
    with (
        server(lambda n: error(429, "quota used up", **{"Retry-After": "0.3"})) as (url, _),
        pytest.raises(ChatLimitError, match="quota used up"),
    ):
        text_of(model_at(url, tmp_path, chat_timeout_s=1, chat_retries=10))


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        (error(500, "oops"), ChatUnavailableError, "failed on its side"),
        (error(429, "slow down"), ChatLimitError, "takes no more requests"),
        (error(401, f"bad key {KEY}"), ChatModelError, "RAG_CHAT_API_KEY"),
        (error(403, "forbidden"), ChatModelError, "refuses the key"),
        (error(404, "no such model"), ChatModelError, "There is no chat model small"),
        (
            error(400, "the request exceeds the available context size"),
            ChatTooLongError,
            "RAG_CHAT_EVIDENCE_TOKENS",
        ),
        (error(400, "nonsense"), ChatModelError, "nonsense"),
        (error(401, "Incorrect API key provided: sk-other-key-1234567"), ChatModelError, r"\*\*\*"),
    ],
)
def test_each_failure_says_what_to_do_and_not_the_key(
    answer: Any, kind: type[RagError], told: str, tmp_path: Path
) -> None:
    with server(lambda n: answer) as (url, asked), pytest.raises(kind, match=told) as raised:
        text_of(model_at(url, tmp_path, chat_retries=1))

    assert KEY not in str(raised.value)
    assert "sk-other" not in str(raised.value)
    assert len(asked) == (2 if kind in (ChatUnavailableError, ChatLimitError) else 1)


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}/v1"

    with pytest.raises(ChatUnavailableError, match="can't be reached"):
        text_of(model_at(url, tmp_path, chat_retries=0))


def test_a_server_that_never_answers(tmp_path: Path) -> None:
    waiting = threading.Event()

    def hang(n: int) -> Any:
        waiting.wait(20)
        return said("Too late.")

    with server(hang) as (url, _):
        try:
            with pytest.raises(ChatUnavailableError, match=r"did not (?:answer|finish) within 0\.3 seconds"):
                text_of(model_at(url, tmp_path, chat_timeout_s=0.3, chat_retries=0))
        finally:
            waiting.set()


def test_the_real_server_streams(chat_url: str, tmp_path: Path) -> None:
    model = model_at(chat_url, tmp_path)

    parts = [
        part.text for part in model.stream(lambda: model.model.bind(max_tokens=12), "Count to five.", {})
    ]

    assert len([part for part in parts if part]) > 3


def test_the_real_server_refuses_what_is_too_long(chat_url: str, tmp_path: Path) -> None:
    model = model_at(chat_url, tmp_path)

    with pytest.raises(ChatTooLongError, match="RAG_CHAT_EVIDENCE_TOKENS"):
        list(model.stream(lambda: model.model, "word " * 6000, {}))
