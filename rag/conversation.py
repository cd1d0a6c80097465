"""A conversation: questions one after the other, each asked as what it means after those before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from rag.followups import Resolution, Turn, resolve, stands_alone
from rag.schema import Answer, Filters

if TYPE_CHECKING:
    from langchain_core.callbacks import BaseCallbackHandler, BaseCallbackManager

    Callbacks = list[BaseCallbackHandler] | BaseCallbackManager | None

Rewrite = Callable[[str, Sequence[Turn], Any], str]
"""Has a chat model put a follow-up question so that it stands alone; "" where what it says can't be used."""


class Streaming(Protocol):
    """What answers a question that stands alone."""

    def __call__(
        self, question: str, *, filters: Filters | None = None, callbacks: Callbacks = None
    ) -> Iterator[Answer]:
        """The answer as it grows."""


class Conversation:
    """Questions one after the other; made by `FactChecker.conversation`, for one user at a time.

    A question that stands alone is asked as it is. One that doesn't is asked in full: `Answer.question` is
    what was asked then, `Answer.typed` what was typed.
    """

    def __init__(
        self, stream: Streaming, *, rewrite: Rewrite | None = None, turns: Sequence[Turn] = ()
    ) -> None:
        self._stream = stream
        self._rewrite = rewrite
        self._turns = list(turns)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The questions as they were asked, with what was answered, the oldest first."""
        return tuple(self._turns)

    def resolve(self, question: str, *, callbacks: Callbacks = None) -> Resolution:
        """The question as it would be asked now, by the chat model if there is one, or else by rules."""
        same = Resolution(question=question, changed=False)
        if not isinstance(question, str) or not self._turns or stands_alone(question):
            return same
        if self._rewrite is not None:
            written = self._rewrite(question, self._turns, callbacks)
            if written:
                return Resolution(question=written, changed=written != question, reason="by the chat model")
        return resolve(question, self._turns)

    def ask(self, question: str, *, filters: Filters | None = None, callbacks: Callbacks = None) -> Answer:
        """Answer a question, or what it means after those before; raises as `FactChecker.ask` does."""
        *_, answer = self.stream(question, filters=filters, callbacks=callbacks)
        return answer

    def stream(
        self, question: str, *, filters: Filters | None = None, callbacks: Callbacks = None
    ) -> Iterator[Answer]:
        """The answer as it grows; it counts as a turn once it is whole. Raises as `FactChecker.ask` does."""
        asked = self.resolve(question, callbacks=callbacks)
        typed = question.strip() if asked.changed else ""
        answer = None
        for growing in self._stream(asked.question, filters=filters, callbacks=callbacks):
            answer = replace(growing, typed=typed)
            yield answer
        if answer is not None:
            self._turns.append(turn_of(answer))


def turn_of(answer: Answer) -> Turn:
    """An answer as a turn of a conversation."""
    return Turn(
        question=answer.question,
        answer=" ".join(statement.text for statement in answer.statements),
        titles=tuple(dict.fromkeys(citation.title for citation in answer.citations)),
    )
