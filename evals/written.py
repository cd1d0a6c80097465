"""What a chat model makes of the answers: in the articles' own words, as it writes, and past the guard.

`RAG_CHAT_MODEL=... python -m evals.written --out FILE` asks the hand-written questions of the model of the
environment, once each, and prints the three beside each other; FILE keeps every statement with what became of
it, to be read by people. `--every N` asks only each N-th question.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from evals.judging import Outcome, judge
from evals.metrics import mean
from evals.questions import CORPORA, QUESTIONS, Question, read_corpus, read_questions
from evals.run import product
from evals.tables import plain, table_head, table_row
from rag.schema import Answer, AnswerStatus, Article, Citation, Statement

WAYS = ("own words", "unguarded", "guarded")


@dataclass
class Compared:
    """The outcomes of each way, the answers, and what became of each draft."""

    outcomes: dict[str, list[Outcome]] = field(default_factory=lambda: {way: [] for way in WAYS})
    answers: list[Answer] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)


def compare_ways(questions: Sequence[Question], corpora: Mapping[str, Mapping[str, Article]]) -> Compared:
    """Ask every question each way; raises a ChatModelError where the model can't be used."""
    found = Compared()
    for name in corpora:
        own = [question for question in questions if question.corpus == name]
        with (
            product(name, chat_model="") as (plainly, _),
            product(name, unsupported="flag") as (checker, articles),
        ):
            for question in own:
                written = checker.ask(question.text)
                answers = {
                    "own words": plainly.ask(question.text),
                    "unguarded": unguarded(written),
                    "guarded": written,
                }
                for way, answer in answers.items():
                    found.outcomes[way].append(judge(question, answer, (), articles))
                found.answers.append(written)
                found.records.append(_record(question, written))
    return found


def unguarded(answer: Answer) -> Answer:
    """The answer as the model wrote it: every draft that names evidence that is there.

    Of a draft that holds, only the sentences that bear it out are cited, so this is a little too kind.
    """
    writing = answer.writing
    assert writing is not None
    drafted = [(s.text, s.citations) for s in answer.statements] if writing.used else []
    drafted += [(r.text, r.citations) for r in writing.rejected]
    places: dict[tuple[str, int, int], Citation] = {}
    statements = []
    for text, citations in drafted:
        for one in citations:
            key = one.article_id, one.start, one.end
            places.setdefault(key, replace(one, number=len(places) + 1))
        own = tuple(places[one.article_id, one.start, one.end] for one in citations)
        if own:
            statements.append(Statement(text=text, citations=own))
    status = AnswerStatus.ANSWERED if statements else AnswerStatus.NOT_FOUND
    return replace(answer, statements=tuple(statements), status=status)


def _record(question: Question, answer: Answer) -> dict[str, Any]:
    """What became of each draft, for a reader."""
    writing = answer.writing
    assert writing is not None
    return {
        "id": question.id,
        "question": question.text,
        "answerable": question.answerable,
        "gold": question.answer,
        "shown": [
            {"text": s.text, "quotes": [c.quote for c in s.citations]}
            for s in (answer.statements if writing.used else ())
        ],
        "rejected": [
            {"text": r.text, "reason": r.reason, "quotes": [c.quote for c in r.citations]}
            for r in writing.rejected
        ],
        "notice": writing.notice,
        "first_statement_ms": answer.timings.get("first_statement"),
    }


def lines(found: Compared) -> Iterator[str]:
    """The ways beside each other, as Markdown."""
    yield from table_head("", *WAYS)
    rows: dict[str, Any] = {
        "answer hit": lambda o: float(bool(o.any_gold)) if o.question.answerable else None,
        "citation precision": lambda o: o.precision if o.answered else None,
        "complete": lambda o: float(bool(o.complete)) if o.question.answerable else None,
        "answered, of the answerable": lambda o: float(o.answered) if o.question.answerable else None,
        "answered, of the unanswerable": lambda o: None if o.question.answerable else float(o.answered),
    }
    for label, value in rows.items():
        yield table_row(
            label,
            *(plain(mean(v for o in found.outcomes[way] if (v := value(o)) is not None)) for way in WAYS),
        )
    writings = [answer.writing for answer in found.answers if answer.writing is not None]
    drafted, dropped = sum(w.drafted for w in writings), sum(w.dropped for w in writings)
    yield ""
    yield f"{len(found.answers)} questions; {drafted} statements drafted, {dropped} of them dropped."
    yield f"The model's words were used for {sum(w.used for w in writings)} answers."
    first = [a.timings["first_statement"] for a in found.answers if "first_statement" in a.timings]
    if first:
        yield f"First verified statement after a median of {statistics.median(first) / 1000:.1f} s."


def main() -> None:
    """Compare and print; keep what was written."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--every", type=int, default=1, help="ask only each so-manieth question")
    parser.add_argument("--out", type=Path, help="a JSON lines file to keep every statement in")
    given = parser.parse_args()
    corpora = {name: read_corpus(folder) for name, folder in CORPORA.items()}
    questions = read_questions(QUESTIONS, corpora)[:: given.every]
    found = compare_ways(questions, corpora)
    if given.out is not None:
        records = (json.dumps(record, ensure_ascii=False) + "\n" for record in found.records)
        given.out.write_text("".join(records), encoding="utf-8")
    print("\n".join(lines(found)))


if __name__ == "__main__":
    main()
