"""The questions through the whole product, on an index of its own."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from evals.judging import Outcome, judge
from evals.questions import CORPORA, Question, read_corpus
from rag.schema import Answer, Article, RankedPassage

RANKED = 10
"""How many passages the ranking is looked at: the MRR counts a later one as not found."""
_WARM_UP = 3

Tell = Callable[[int, int], None]


class Checker(Protocol):
    """What is measured of the product."""

    def ask(self, question: str) -> Answer:
        """Answer a question."""

    def search(self, query: str, *, limit: int = 5) -> tuple[RankedPassage, ...]:
        """The best passages."""


def measure(
    checker: Checker,
    questions: Sequence[Question],
    articles: Mapping[str, Article],
    *,
    tell: Tell | None = None,
) -> tuple[Outcome, ...]:
    """Ask every question and judge what comes back; `articles` are by id."""
    for question in questions[:_WARM_UP]:  # models are loaded with the first question
        checker.ask(question.text)
    outcomes = []
    for done, question in enumerate(questions, start=1):
        began = time.perf_counter()
        answer = checker.ask(question.text)
        latency_ms = 1000 * (time.perf_counter() - began)
        ranked = checker.search(question.text, limit=RANKED)
        outcomes.append(judge(question, answer, ranked, articles, latency_ms=latency_ms))
        if tell is not None:
            tell(done, len(questions))
    return tuple(outcomes)


def measure_corpus(
    corpus: str, questions: Sequence[Question], *, tell: Tell | None = None
) -> tuple[Outcome, ...]:
    """The outcomes of one corpus's questions, on a new index in a temporary folder.

    Raises RuntimeError when a file of the corpus could not be ingested: the figures would be of another
    corpus.
    """
    from rag import FactChecker, Settings

    folder = CORPORA[corpus]
    articles = {article.id: article for article in read_corpus(folder).values()}
    own = [question for question in questions if question.corpus == corpus]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as index:
        settings = Settings(index_dir=Path(index) / "index", corpus_dir=folder, chroma_url="")
        with FactChecker.open(settings) as checker:
            report = checker.ingest(folder)
            if report.failed:
                raise RuntimeError(f"{corpus}: {report.failed[0].path}: {report.failed[0].reason}")
            return measure(checker, own, articles, tell=tell)
