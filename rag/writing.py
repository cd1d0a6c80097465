"""Answers that a chat model writes: evidence to it, its drafts past the guard, or the articles' own words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rag.attribution import citation_of
from rag.chat import Usage
from rag.errors import ChatModelError
from rag.followups import Turn
from rag.generation import ChatWriter, NumberedSentence, number_sentences
from rag.guard import Guard, Held
from rag.retrieval import Candidate
from rag.schema import (
    Answer,
    AnswerStatus,
    Attribution,
    Citation,
    Evidence,
    RejectedStatement,
    SentenceKind,
    Statement,
    Writing,
)
from rag.settings import Settings, Unsupported, WithoutChat

SURELY_NOT = 0.05  # the probability below which a sentence is taken not to answer, whatever a model says
EVIDENCE_PASSAGES = 6  # the best, of which a chat model is given as many sentences as it may have

NO_DRAFT = (
    "The chat model found no answer in the evidence. This is what the articles say, in their own words."
)
NONE_HOLDS = (
    "The articles don't bear out what the chat model wrote. This is what they say, in their own words."
)
BESIDE_THE_POINT = (
    "What the chat model wrote stands in the articles, but doesn't seem to answer the question."
)
NOTHING_FOUND = "The chat model found no answer in the evidence."
NOTHING_HOLDS = "The articles don't bear out what the chat model wrote."
BROKEN_OFF = "The chat model broke off: "


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found for a question: the answer in the articles' own words, and what a chat model may use.

    `attributions` are those of each candidate's article, by its id. `answering` is the probability (0 to 1)
    that a sentence answers, by article and start, of those that were ranked.
    """

    extractive: Answer
    candidates: tuple[Candidate, ...]
    titles: Mapping[str, str]
    attributions: Mapping[str, tuple[Attribution, ...]]
    answering: Mapping[tuple[str, int], float]

    def may_answer(self, citation: Citation) -> bool:
        """Whether what is cited isn't all but sure not to answer; it may where nothing is known of it."""
        return self.answering.get((citation.article_id, citation.start), 1.0) >= SURELY_NOT


class AnswerWriter:
    """Writes answers with a chat model, and shows of them what the guard lets through."""

    def __init__(self, writer: ChatWriter, guard: Guard, settings: Settings) -> None:
        self._writer = writer
        self._guard = guard
        self._settings = settings

    def answers(self, found: Found, *, callbacks: Any, lap: Callable[[str], None]) -> Iterator[Answer]:
        """The answer as it grows, by one statement at a time, the last one whole.

        `lap` is called with the name of each step done. Raises a ChatModelError, or, where the settings want
        an answer all the same, gives the one in the articles' own words with a notice.
        """
        evidence = number_sentences(
            [(c.passage, _body(c)) for c in found.candidates],
            [found.titles[c.passage.article_id] for c in found.candidates],
            tokens=self._settings.chat_evidence_tokens,
        )
        page = _Page(found, self._settings)
        usage = Usage()
        broken = ""
        try:
            for held in self._held(found.extractive.question, evidence, callbacks, usage):
                if page.add(held):
                    if len(page.statements) == 1:
                        lap("first_statement")
                    yield page.answer(self._writer.name, usage)
                if len(page.statements) >= self._settings.max_statements:
                    break
        except ChatModelError as error:
            if self._settings.chat_failure is WithoutChat.ERROR:
                raise
            broken = f"{BROKEN_OFF}{error}"
        lap("write")
        yield page.last(self._writer.name, usage, broken=broken)

    def rewrite(self, question: str, turns: Sequence[Turn], *, callbacks: Any) -> str:
        """A follow-up question put so that it stands alone; "" where the chat model can't.

        Raises a ChatModelError, where the settings don't want to do without the model.
        """
        config: Any = {"callbacks": callbacks, "run_name": "rewrite"}
        try:
            return self._writer.rewrite(question, turns, config)
        except ChatModelError:
            if self._settings.chat_failure is WithoutChat.ERROR:
                raise
            return ""

    def _held(
        self, question: str, evidence: Sequence[NumberedSentence], callbacks: Any, usage: Usage
    ) -> Iterator[Held]:
        by_number = {one.number: one for one in evidence}
        if not by_number:
            return
        config: Any = {"callbacks": callbacks, "run_name": "write"}
        for draft in self._writer.write(question, evidence, config=config, usage=usage):
            yield self._guard.hold(draft, by_number)


class _Page:
    """What stands of a written answer so far, its citations numbered in the order in which they come."""

    def __init__(self, found: Found, settings: Settings) -> None:
        self._found = found
        self._flags = settings.unsupported is Unsupported.FLAG
        self._citations: dict[tuple[str, int], Citation] = {}
        self._said: set[str] = set()
        self._rejected: list[RejectedStatement] = []
        self._dropped = 0
        self.statements: list[Statement] = []

    def add(self, held: Held) -> bool:
        """Take a draft in; whether it is a statement that wasn't there."""
        if not held.is_borne_out:
            self._dropped += 1
            cited = tuple(
                self._cited(one, held.support, number=place) for place, one in enumerate(held.sentences, 1)
            )
            self._rejected.append(RejectedStatement(text=held.text, reason=held.reason, citations=cited))
            return False
        if held.text.lower() in self._said:
            return False
        self._said.add(held.text.lower())
        citations = tuple(self._numbered(one, held.support) for one in held.sentences)
        self.statements.append(Statement(text=held.text, citations=citations))
        return True

    def _numbered(self, one: NumberedSentence, support: float) -> Citation:
        key = one.passage.article_id, one.sentence.start
        if key not in self._citations:
            self._citations[key] = self._cited(one, support, number=len(self._citations) + 1)
        return self._citations[key]

    def _cited(self, one: NumberedSentence, support: float, *, number: int) -> Citation:
        evidence = Evidence(
            article_id=one.passage.article_id,
            passage_id=one.passage.id,
            title=one.title,
            text=one.text,
            start=one.sentence.start,
            end=one.sentence.end,
            score=support,
        )
        return citation_of(number, evidence, self._found.attributions[one.passage.article_id])

    def answer(self, model: str, usage: Usage) -> Answer:
        """The answer with what is written so far; the one in the articles' words while there is nothing.

        Where these have no answer, what is written must cite a sentence that may be one.
        """
        own = self._found.extractive
        if not self.statements or self._is_beside_the_point():
            return replace(own, writing=self._writing(model, usage, used=False))
        return replace(
            own,
            statements=tuple(self.statements),
            status=AnswerStatus.ANSWERED,
            writing=self._writing(model, usage, used=True),
        )

    def last(self, model: str, usage: Usage, *, broken: str) -> Answer:
        """The whole answer, with a notice where not all of it is the model's or as it should be."""
        notice = broken
        if self.statements and self._is_beside_the_point():
            self._reject_all()
            notice = broken or BESIDE_THE_POINT
        answer = self.answer(model, usage)
        assert answer.writing is not None
        if not self.statements and not notice:
            notice = (
                (NONE_HOLDS if self._dropped else NO_DRAFT)
                if answer.statements
                else (NOTHING_HOLDS if self._dropped else NOTHING_FOUND)
            )
        return replace(answer, writing=replace(answer.writing, notice=notice))

    def _reject_all(self) -> None:
        for statement in self.statements:
            self._dropped += 1
            self._rejected.append(
                RejectedStatement(
                    text=statement.text,
                    reason="It doesn't seem to answer the question.",
                    citations=statement.citations,
                )
            )
        self.statements = []

    def _is_beside_the_point(self) -> bool:
        own = self._found.extractive
        return own.status is AnswerStatus.NOT_FOUND and not any(
            self._found.may_answer(citation) for s in self.statements for citation in s.citations
        )

    def _writing(self, model: str, usage: Usage, *, used: bool) -> Writing:
        return Writing(
            model=model,
            used=used,
            drafted=self._dropped + len(self.statements),
            dropped=self._dropped,
            rejected=tuple(self._rejected) if self._flags else (),
            tokens_read=usage.read,
            tokens_written=usage.written,
        )


def _body(candidate: Candidate) -> tuple[Any, ...]:
    return tuple(s for s in candidate.passage.sentences if s.kind is SentenceKind.BODY)
