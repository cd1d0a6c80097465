"""Conversations: whether a follow-up finds what the same question in full finds, and others stay as typed.

`python -m evals.conversations` holds them all, with the settings of the environment, and prints the figures
and every follow-up that lost its answer. README.md describes the cases.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.judging import judge
from evals.questions import (
    CORPORA,
    EVALS,
    QUESTIONS,
    Kind,
    Question,
    answer_sets_of,
    read_cases,
    read_corpus,
    read_questions,
)
from evals.run import product
from evals.tables import one_line, plain, table_head, table_row
from rag.conversation import turn_of
from rag.followups import resolve
from rag.schema import Answer, Article

if TYPE_CHECKING:
    from rag import FactChecker

CONVERSATIONS = EVALS / "conversations.jsonl"
UNRELATED = ("Who won the regatta?", "How many beds does the new hospital have?")
"""Questions after which every question of `questions.jsonl` must be left as it is."""


class ConversationFileError(ValueError):
    """The file of conversations doesn't fit its description; the message names the line."""


@dataclass(frozen=True, kw_only=True)
class TurnCase:
    """A turn as it is typed, the same in full with its gold, and whether it needs the turns before."""

    typed: str
    follow_up: bool
    kind: str
    standalone: Question


@dataclass(frozen=True, kw_only=True)
class ConversationCase:
    """Two to four turns over one corpus."""

    id: str
    corpus: str
    turns: tuple[TurnCase, ...]


def read_conversations(
    corpora: Mapping[str, Mapping[str, Article]], path: Path = CONVERSATIONS
) -> tuple[ConversationCase, ...]:
    """The conversations of a file in the form that README.md describes; raises ConversationFileError."""
    return read_cases(path, lambda line: _conversation(line, corpora), error=ConversationFileError)


def _conversation(line: Mapping[str, Any], corpora: Mapping[str, Mapping[str, Article]]) -> ConversationCase:
    articles = corpora[line["corpus"]]
    turns = tuple(_turn(f"{line['id']}.{n}", line, one, articles) for n, one in enumerate(line["turns"], 1))
    if len(turns) < 2 or turns[0].follow_up:
        raise ConversationFileError(f"{line['id']}: a conversation has two turns, the first by itself")
    return ConversationCase(id=line["id"], corpus=line["corpus"], turns=turns)


def _turn(
    id: str, line: Mapping[str, Any], turn: Mapping[str, Any], articles: Mapping[str, Article]
) -> TurnCase:
    if not turn["follow_up"] and turn["standalone"] != turn["question"]:
        raise ConversationFileError(f"{id}: what stands alone is asked as it is")
    standalone = Question(
        id=id,
        corpus=line["corpus"],
        text=turn["standalone"],
        kind=Kind.FACT if turn["answerable"] else Kind.UNANSWERABLE,
        answer_sets=answer_sets_of(turn, articles),
        answer=turn["answer"],
        note=line["note"],
    )
    return TurnCase(
        typed=turn["question"], follow_up=turn["follow_up"], kind=turn["kind"], standalone=standalone
    )


@dataclass(frozen=True, kw_only=True)
class TurnOutcome:
    """A turn, what it was asked as, and whether gold was cited: in its conversation, and asked in full."""

    turn: TurnCase
    asked: str
    hit: bool
    hit_in_full: bool

    @property
    def changed(self) -> bool:
        """Whether it was not asked as it was typed."""
        return self.asked != self.turn.typed


def hold_conversation(
    checker: FactChecker, case: ConversationCase, articles: Mapping[str, Article]
) -> Iterator[TurnOutcome]:
    """Ask the turns of a conversation, and each in full; `articles` are by id."""
    talk = checker.conversation()
    for turn in case.turns:
        answer = talk.ask(turn.typed)
        in_full = checker.ask(turn.standalone.text)
        yield TurnOutcome(
            turn=turn,
            asked=answer.question,
            hit=_hits(turn.standalone, answer, articles),
            hit_in_full=_hits(turn.standalone, in_full, articles),
        )


def _hits(question: Question, answer: Answer, articles: Mapping[str, Article]) -> bool:
    """Whether an answer cites gold, or is none where there is none."""
    outcome = judge(question, answer, (), articles)
    return bool(outcome.any_gold) if question.answerable else not outcome.answered


GROUP = "conversations"
LABELS: Mapping[str, str] = {
    "follow_up_hit": "follow-ups: gold cited (or none, where nothing answers)",
    "in_full_hit": "the same questions in full: gold cited",
    "behind": "by how much follow-ups are behind",
    "alone_changed": "questions that stand alone, changed in a conversation",
    "questions_changed": "questions.jsonl after other turns, changed",
}
HIGHER: Mapping[str, bool] = {
    "follow_up_hit": True,
    "in_full_hit": True,
    "behind": False,
    "alone_changed": False,
    "questions_changed": False,
}
_COUNTS = ("alone_changed", "questions_changed")


@dataclass(frozen=True, kw_only=True)
class ConversationFigures:
    """What came of all turns, and which questions that stand alone were changed after others."""

    outcomes: tuple[TurnOutcome, ...]
    questions_changed: tuple[str, ...] = ()

    @cached_property
    def values(self) -> dict[str, float]:
        """The figures, by the names of `LABELS`: shares of the follow-ups, and counts of questions."""
        follow_ups = [o for o in self.outcomes if o.turn.follow_up]
        hit, in_full = _share([o.hit for o in follow_ups]), _share([o.hit_in_full for o in follow_ups])
        return {
            "follow_up_hit": hit,
            "in_full_hit": in_full,
            "behind": in_full - hit,
            "alone_changed": float(sum(o.changed for o in self.outcomes if not o.turn.follow_up)),
            "questions_changed": float(len(self.questions_changed)),
        }


def _share(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits) if hits else 0.0


def changed_questions(questions: Sequence[Question], before: Sequence[Answer]) -> tuple[str, ...]:
    """The questions that are not left as they are after these answers."""
    turns = [turn_of(answer) for answer in before]
    return tuple(q.text for q in questions if resolve(q.text, turns).question != q.text)


def markdown_lines(figures: ConversationFigures) -> Iterator[str]:
    """The figures, and every turn that lost its answer or was changed without need, as Markdown."""
    follow_ups = sum(o.turn.follow_up for o in figures.outcomes)
    yield from ("## Conversations", "", *table_head("figure", "all"))
    for name, value in figures.values.items():
        yield table_row(LABELS[name], f"{value:.0f}" if name in _COUNTS else plain(value))
    yield table_row("follow-ups, other turns", f"{follow_ups}, {len(figures.outcomes) - follow_ups}")
    yield ""
    for outcome in figures.outcomes:
        lost = outcome.hit_in_full and not outcome.hit
        if lost or (outcome.changed and not outcome.turn.follow_up):
            yield (
                f"- `{outcome.turn.standalone.id}` ({outcome.turn.kind}): {one_line(outcome.turn.typed)} → "
                f"{one_line(outcome.asked)}"
            )


def measure_conversations(
    checker: FactChecker,
    corpus: str,
    cases: Sequence[ConversationCase],
    questions: Sequence[Question],
    articles: Mapping[str, Article],
) -> ConversationFigures:
    """Hold the conversations over one corpus; its `questions` are looked at after others."""
    outcomes = [
        outcome
        for case in cases
        if case.corpus == corpus
        for outcome in hold_conversation(checker, case, articles)
    ]
    own = [question for question in questions if question.corpus == corpus]
    before = [checker.ask(question) for question in (*UNRELATED, own[0].text)]
    return ConversationFigures(outcomes=tuple(outcomes), questions_changed=changed_questions(own, before))


def joined(figures: Iterable[ConversationFigures]) -> ConversationFigures:
    """The figures of several corpora as one."""
    every = list(figures)
    return ConversationFigures(
        outcomes=tuple(outcome for one in every for outcome in one.outcomes),
        questions_changed=tuple(text for one in every for text in one.questions_changed),
    )


def main() -> int:
    """Hold all conversations and print what came of it; 1 when a question that stands alone was changed."""
    corpora = {name: read_corpus(folder) for name, folder in CORPORA.items()}
    cases, questions = read_conversations(corpora), read_questions(QUESTIONS, corpora)
    found = []
    for corpus in CORPORA:
        with product(corpus) as (checker, articles):
            found.append(measure_conversations(checker, corpus, cases, questions, articles))
    figures = joined(found)
    print("\n".join(markdown_lines(figures)))
    return 1 if any(figures.values[name] for name in _COUNTS) else 0


if __name__ == "__main__":
    sys.exit(main())
