"""The border to chat models: opened by name through LangChain, asked in a time limit, again when busy.

Whatever the provider raises becomes one of our errors, which say what to do.
"""

from __future__ import annotations

import contextvars
import queue
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    stop_any,
)
from tenacity.wait import wait_base, wait_exponential_jitter

from rag.errors import (
    ChatLimitError,
    ChatModelError,
    ChatTooLongError,
    ChatUnavailableError,
    RagError,
    SettingsError,
)
from rag.settings import Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import Runnable, RunnableConfig

PACKAGES = {
    "openai": "langchain-openai>=1.7.4,<2",
    "anthropic": "langchain-anthropic>=1.7.10,<2",
    "ollama": "langchain-ollama>=1.1,<2",
}
"""The packages of the providers that `requirements-chat.txt` installs, as pip takes them."""

_FIXED_TEMPERATURE = re.compile(r"(?:^|[:/])(?:o\d|gpt-5)")  # OpenAI's reasoning models refuse any other
_TOO_LONG = re.compile(
    r"context (?:length|size|window)|maximum context|too (?:long|many tokens)|exceed", re.I
)
_KEY = re.compile(r"\b(?:sk|pk|key|gsk|xai|AIza)[-_][\w-]{8,}")
_LONGEST_WAIT_S = 20.0
_MOST_CHARACTERS = 12_000  # of an answer; who writes more has lost the thread
_Part = TypeVar("_Part")


@dataclass
class Usage:
    """Word pieces that a chat model read and wrote, as its server counts them; None where it doesn't say."""

    read: int | None = None
    written: int | None = None

    def add(self, counted: Mapping[str, Any] | None) -> None:
        """Count another message's `usage_metadata`."""
        if counted:
            self.read = (self.read or 0) + int(counted.get("input_tokens") or 0)
            self.written = (self.written or 0) + int(counted.get("output_tokens") or 0)


@dataclass
class ChatModel:
    """A LangChain chat model with its name, its time limit in seconds, and how often it is asked again.

    `takes_schema` is None until its first answer has shown whether it keeps to a JSON schema; whoever reads
    the answer sets it.
    """

    name: str
    model: BaseChatModel
    timeout_s: float = 60.0
    retries: int = 2
    first_wait_s: float = 0.5
    secret: str = field(default="", repr=False)
    takes_schema: bool | None = None

    def stream(
        self, make: Callable[[], Runnable[Any, _Part]], asked: Any, config: RunnableConfig
    ) -> Iterator[_Part]:
        """The parts of an answer as they come from the runnable that is made of this model.

        It is asked again only while nothing has come yet. The time limit is on what is waited for it, all
        tries together. Raises a ChatModelError.
        """
        waiting = _Waiting(self.timeout_s)
        retrying = Retrying(
            stop=stop_any(stop_after_attempt(self.retries + 1), stop_after_delay(self.timeout_s)),
            wait=_AsTold(
                wait_exponential_jitter(
                    multiplier=self.first_wait_s, jitter=self.first_wait_s, max=_LONGEST_WAIT_S
                )
            ),
            retry=retry_if_exception_type((ChatUnavailableError, ChatLimitError)),
            reraise=True,
        )
        parts, first = retrying(self._opened, make, asked, config, waiting)
        try:
            part = first
            while part:
                yield part[0]
                part = self._next(parts, waiting)
        finally:
            parts.close()

    def _opened(
        self,
        make: Callable[[], Runnable[Any, _Part]],
        asked: Any,
        config: RunnableConfig,
        waiting: _Waiting,
    ) -> tuple[_Background[_Part], tuple[()] | tuple[_Part]]:
        """The stream with its first part, which comes when the model has read what it was asked."""
        from langchain_core.runnables.config import merge_configs

        stop = _stop_handler()
        watched = merge_configs(config, {"callbacks": [stop]})
        parts = _Background(lambda: make().stream(asked, watched), stop=stop.stop)
        try:
            return parts, self._next(parts, waiting)
        except BaseException:
            parts.close()
            raise

    def _next(self, parts: _Background[_Part], waiting: _Waiting) -> tuple[()] | tuple[_Part]:
        """The next part, or nothing at the end."""
        try:
            with waiting:
                return parts.next(waiting.left)
        except _EndlessError:
            return ()
        except queue.Empty:
            raise ChatUnavailableError(self._too_slow()) from None
        except RagError:
            raise
        except Exception as error:
            raise self.translated(error) from error

    def _too_slow(self) -> str:
        return (
            f"The chat model {self.name} did not finish within {self.timeout_s:g} seconds. Raise "
            f"RAG_CHAT_TIMEOUT_S, or use a faster model."
        )

    def translated(self, error: Exception) -> ChatModelError:
        """One of our errors for one of a provider's, with its words and without the key."""
        from langchain_core import exceptions as known

        words = " ".join(f"{error}".split()) or type(error).__name__
        words = _without_keys(words, self.secret)[:300]
        status = getattr(error, "status_code", None)
        kind = type(error).__name__
        if isinstance(error, known.ContextOverflowError) or (status == 400 and _TOO_LONG.search(words)):
            return ChatTooLongError(
                f"Question and evidence are more than the chat model {self.name} can read at once ({words}). "
                f"Lower RAG_CHAT_EVIDENCE_TOKENS, or give the model a longer context."
            )
        if isinstance(error, known.ModelTimeoutError) or "Timeout" in kind:
            return ChatUnavailableError(
                f"The chat model {self.name} did not answer within {self.timeout_s:g} seconds. Raise "
                f"RAG_CHAT_TIMEOUT_S, or use a faster model."
            )
        if isinstance(error, (known.ModelConnectionError, ConnectionError)) or "Connect" in kind:
            return ChatUnavailableError(
                f"The chat model {self.name} can't be reached ({words}). See that its server runs and that "
                f"RAG_CHAT_BASE_URL is right; without RAG_CHAT_MODEL answers need no server."
            )
        if isinstance(error, known.ModelRateLimitError) or status == 429:
            limited = ChatLimitError(
                f"The chat model {self.name} takes no more requests for now ({words}). Wait a little, or see "
                f"to the quota at its provider."
            )
            limited.retry_after_s = _told_to_wait(error)
            return limited
        if status in (401, 403):
            return ChatModelError(
                f"The chat model {self.name} refuses the key ({words}). Set RAG_CHAT_API_KEY, or the "
                f"provider's own variable, to a key that may use it."
            )
        if isinstance(error, known.ModelNotFoundError) or status == 404:
            return ChatModelError(
                f"There is no chat model {self.name} at its server ({words}). Set RAG_CHAT_MODEL to one that "
                f"is there; with Ollama, pull it first."
            )
        if isinstance(error, known.ModelAPIError) or (isinstance(status, int) and status >= 500):
            return ChatUnavailableError(
                f"The chat model {self.name} failed on its side ({words}). Try again."
            )
        return ChatModelError(
            f"The chat model {self.name} failed: {kind}: {words}. Without RAG_CHAT_MODEL answers need none."
        )


class _Waiting:
    """How long is still waited: only the time inside `with` counts, not what is done with what came."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds
        self._since = 0.0

    def __enter__(self) -> None:
        self._since = time.monotonic()

    def __exit__(self, *exception: object) -> None:
        self.left = max(0.0, self.left - (time.monotonic() - self._since))


class _EndlessError(BaseException):
    """A model writes on and on, or nobody listens to it any more.

    No Exception: LangChain would log one as a fault of the callback that raises it.
    """


def _stop_handler() -> Any:
    """A callback that ends a model's answer at its next token, once told to or after `_MOST_CHARACTERS`."""
    from langchain_core.callbacks import BaseCallbackHandler

    class Stop(BaseCallbackHandler):
        raise_error = True

        def __init__(self) -> None:
            self._told = threading.Event()
            self._length = 0

        def stop(self) -> None:
            self._told.set()

        def on_llm_new_token(self, token: Any, **kwargs: Any) -> None:
            self._length += len(token) if isinstance(token, str) else 0
            if self._told.is_set() or self._length > _MOST_CHARACTERS:
                raise _EndlessError

    return Stop()


class _Background(Generic[_Part]):
    """An iterator run in a thread of its own, so that nobody waits for it longer than they want to."""

    def __init__(self, start: Callable[[], Iterator[_Part]], *, stop: Callable[[], None]) -> None:
        self._came: queue.SimpleQueue[tuple[_Part] | tuple[()] | BaseException] = queue.SimpleQueue()
        self.close = stop
        """Take no more: it ends with its next part."""
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(self._run, start), daemon=True).start()

    def _run(self, start: Callable[[], Iterator[_Part]]) -> None:
        try:
            for part in start():
                self._came.put((part,))
            self._came.put(())
        except (Exception, _EndlessError) as error:  # noqa: BLE001  (raised again where it is waited for)
            self._came.put(error)

    def next(self, seconds: float) -> tuple[_Part] | tuple[()]:
        """The next part, nothing at the end; raises queue.Empty after so many seconds, or what it raised."""
        came = self._came.get(timeout=seconds) if seconds > 0 else self._came.get_nowait()
        if isinstance(came, BaseException):
            raise came
        return came


class _AsTold(wait_base):
    """As long as the server says (Retry-After), or else as `other` says."""

    def __init__(self, other: wait_base) -> None:
        self._other = other

    def __call__(self, retry_state: RetryCallState) -> float:
        error = retry_state.outcome.exception() if retry_state.outcome is not None else None
        told = getattr(error, "retry_after_s", None)
        return min(told, _LONGEST_WAIT_S) if told is not None else self._other(retry_state)


def _told_to_wait(error: Exception) -> float | None:
    """The seconds in a Retry-After header; None without one."""
    headers = getattr(getattr(error, "response", None), "headers", {})
    try:
        return max(0.0, float(headers.get("retry-after", "")))
    except ValueError:
        return None


def open_chat_model(settings: Settings) -> ChatModel | None:
    """The model that `RAG_CHAT_MODEL` names, through LangChain's `init_chat_model`; None where it names none.

    A name without a provider is one of an OpenAI-compatible server, at `RAG_CHAT_BASE_URL`. Raises
    SettingsError for a name that LangChain doesn't know, ChatModelError when a package or key is missing.
    """
    if not settings.chat_model:
        return None
    from langchain.chat_models import init_chat_model

    provider, name = _provider(settings)
    secret = settings.chat_api_key.get_secret_value()
    values: dict[str, Any] = {"timeout": settings.chat_timeout_s, "max_retries": 0}
    if provider == "ollama":
        values = {"client_kwargs": {"timeout": settings.chat_timeout_s}}
    if settings.chat_base_url:
        values["base_url"] = settings.chat_base_url
    if (secret and provider != "ollama") or (settings.chat_base_url and provider == "openai"):
        values["api_key"] = secret or "none"  # servers of one's own ask for none, LangChain does
    if provider == "openai":
        values["stream_usage"] = True
    if not _FIXED_TEMPERATURE.search(name):
        values["temperature"] = 0.0
    try:
        model = init_chat_model(name, model_provider=provider, **values)
    except ImportError as error:
        raise ChatModelError(_missing(settings.chat_model, provider, error)) from error
    except Exception as error:
        if provider not in PACKAGES and "provider" in str(error):
            raise SettingsError(f"RAG_CHAT_MODEL can't be {settings.chat_model!r}: {error}") from error
        words = _without_keys(" ".join(str(error).split()), secret)[:300]
        raise ChatModelError(
            f"The chat model {settings.chat_model} can't be used: {words}. Set RAG_CHAT_API_KEY, or the "
            f"provider's own variable, where a key is what is missing."
        ) from error
    return ChatModel(
        name=settings.chat_model,
        model=model,
        timeout_s=settings.chat_timeout_s,
        retries=settings.chat_retries,
        secret=secret,
    )


def _without_keys(words: str, secret: str) -> str:
    """What a provider says without the key, or anything that looks like one."""
    return _KEY.sub("***", words.replace(secret, "***") if secret else words)


def _provider(settings: Settings) -> tuple[str, str]:
    """The provider and the model's own name, which may have colons, too."""
    provider, _, name = settings.chat_model.partition(":")
    provider = provider.lower().replace("-", "_")
    if settings.chat_base_url and provider not in PACKAGES:
        return "openai", settings.chat_model
    if name and provider:
        return provider, name
    raise SettingsError(
        f"RAG_CHAT_MODEL can't be {settings.chat_model!r}. Use provider:model, such as 'ollama:llama3.2', or "
        f"set RAG_CHAT_BASE_URL to the OpenAI-compatible server that has a model of this name."
    )


def _missing(model: str, provider: str, error: ImportError) -> str:
    if provider in PACKAGES:
        return (
            f"RAG_CHAT_MODEL={model} needs a package that is not installed. Run: pip install "
            f'"{PACKAGES[provider]}"  (or all three, as tested: pip install -r requirements-chat.txt)'
        )
    return f"RAG_CHAT_MODEL={model} needs a package that is not installed. {error}"  # LangChain names it
