"""The conversation of a reader with the page: questions answered, claims checked, a turn for each."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import gradio as gr

from rag.errors import DossierError, RagError
from rag.followups import TURNS_READ, Turn
from rag.schema import Answer
from web.checks import check_html, check_marks, claim_html, deciding_key
from web.exports import dossier_export, exports_record, markdown_export, review_export
from web.render import PENDING, answer_html, evidence_record, marks, question_html

if TYPE_CHECKING:
    from rag.pipeline import FactChecker

QUIET: dict[str, Any] = {}
"""The value of a scripted part of the page that has nothing to show."""

Message = dict[str, Any]
Update = Any
Shown = tuple[Update, Update, Update, Update, Update, Update]
"""What an event changes: the conversation, the box, the evidence panel, exports, notice, and the turns."""

_STREAM_EVERY_S = 0.08
_LONGEST_TURN = 4000  # characters


@dataclass(frozen=True, slots=True)
class _Reply:
    """What a turn shows: its HTML, and what it sends to the scripted parts."""

    html: str
    evidence: Update
    exports: Update
    notice: Update
    turns: Update = field(default_factory=gr.skip)


class Conversation:
    """One event of one reader at a time; the conversation comes from the browser and goes back there.

    So do the turns that follow-up questions are understood by, as JSON.
    """

    def __init__(self, checker: FactChecker) -> None:
        self._checker = checker

    def ask_typed(self, question: str, history: list[Message], turns: str) -> Iterator[Shown]:
        """Answer what was typed; what can't be asked stays in the box."""
        said = question_html(question)
        yield from _turn(
            said, history, lambda n: self._answers(question, n, turns), emptied="", kept=question
        )

    def ask_example(self, question: str, history: list[Message], turns: str) -> Iterator[Shown]:
        """Answer an example; what stands in the box stays there."""
        said = question_html(question)
        stays = gr.skip()
        yield from _turn(
            said, history, lambda n: self._answers(question, n, turns), emptied=stays, kept=stays
        )

    def check_typed(self, claim: str, history: list[Message], turns: str) -> Iterator[Shown]:
        """Check what was typed; what is no claim stays in the box."""
        yield from _turn(claim_html(claim), history, lambda n: self._check(claim, n), emptied="", kept=claim)

    def apologise(self, history: list[Message]) -> Shown:
        """Take back a turn on which the program failed, and say so."""
        message = "Something went wrong on our side, and it is in the server's log. Please try again."
        stays = gr.skip()
        return history[: len(history) // 2 * 2 - 2], stays, stays, stays, {"text": message}, stays

    def _answers(self, question: str, turn: int, turns: str) -> Iterator[_Reply]:
        article = self._checker.article
        talk = self._checker.conversation(read_turns(turns))
        for answer, whole in _spaced(talk.stream(question), seconds=_STREAM_EVERY_S):
            yield _Reply(
                turns=write_turns(talk.turns) if whole else gr.skip(),
                html=answer_html(answer, turn=turn, article=article, whole=whole),
                evidence=evidence_record(marks(answer, turn=turn), turn=turn, article=article),
                exports=gr.skip(),
                notice=gr.skip(),
            )

    def _check(self, claim: str, turn: int) -> Iterator[_Reply]:
        check = self._checker.check(claim)
        article = self._checker.article
        exports = [make(check, self._checker, turn=turn) for make in (markdown_export, review_export)]
        notice = gr.skip()
        try:
            exports.insert(1, dossier_export(check, self._checker, turn=turn))
        except DossierError as error:
            # The check itself is good: it is shown, without that file.
            notice = {"text": str(error)}
        yield _Reply(
            html=check_html(check, turn=turn, article=article, exports=exports),
            evidence=evidence_record(
                check_marks(check, turn=turn),
                turn=turn,
                article=article,
                opened=deciding_key(check, turn=turn),
            ),
            exports=exports_record(exports, turn=turn),
            notice=notice,
        )


def write_turns(turns: Sequence[Turn]) -> str:
    """The last turns as the browser keeps them."""
    return json.dumps([asdict(turn) for turn in turns[-TURNS_READ:]])


def read_turns(text: str) -> tuple[Turn, ...]:
    """The turns that a browser sends; none where they aren't what it was given."""
    try:
        return tuple(_read_turn(turn) for turn in json.loads(text or "[]")[-TURNS_READ:])
    except (ValueError, TypeError, KeyError, RecursionError):
        return ()


def _read_turn(turn: dict[str, Any]) -> Turn:
    question, answer = turn["question"], turn["answer"]
    if not isinstance(question, str) or not isinstance(answer, str):
        raise TypeError("a turn is of text")
    return Turn(question=question[:_LONGEST_TURN], answer=answer[:_LONGEST_TURN])


def _turn(
    said: str,
    history: list[Message],
    replies: Callable[[int], Iterator[_Reply]],
    *,
    emptied: Update,
    kept: Update,
) -> Iterator[Shown]:
    """Show what the reader `said` and the growing reply; without one, take it back with a notice."""
    asked = [*history, {"role": "user", "content": said}]
    stays = gr.skip()
    yield [*asked, _message(PENDING)], emptied, stays, stays, QUIET, stays
    try:
        for reply in replies(len(history) // 2 + 1):
            shown = [*asked, _message(reply.html)]
            yield shown, stays, reply.evidence, reply.exports, reply.notice, reply.turns
    except RagError as error:
        yield history, kept, stays, stays, {"text": str(error)}, stays


def _spaced(answers: Iterator[Answer], *, seconds: float) -> Iterator[tuple[Answer, bool]]:
    """The growing answers at least `seconds` apart, then the last one again as the whole one (True)."""
    answer = None
    shown = float("-inf")
    for answer in answers:
        if answer.statements and time.monotonic() - shown >= seconds:
            yield answer, False
            shown = time.monotonic()
    if answer is not None:
        yield answer, True


def _message(html: str) -> Message:
    return {"role": "assistant", "content": html}
