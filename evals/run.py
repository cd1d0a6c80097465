"""Questions and claims through the whole product, on an index of its own."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from evals.claim_baselines import best_overlap, stems_of_sentences
from evals.claim_cases import ClaimCase
from evals.claim_judging import ClaimOutcome, judge_claim, refused
from evals.judging import Outcome, judge
from evals.questions import CORPORA, Question, read_corpus
from rag.errors import ClaimError
from rag.schema import Answer, Article, ClaimCheck, RankedPassage

if TYPE_CHECKING:
    from rag import FactChecker

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


class Verifying(Protocol):
    """What is measured of the product's claim checks."""

    def check(self, claim: str) -> ClaimCheck:
        """Check a claim; raises ClaimError for what is none."""


def measure_claims(
    checker: Verifying,
    cases: Sequence[ClaimCase],
    articles: Mapping[str, Article],
    *,
    tell: Tell | None = None,
) -> tuple[ClaimOutcome, ...]:
    """Check every claim and judge what comes back; `articles` are by id.

    A claim that is sent back as none has a wrong verdict, for all of these are claims.
    """
    sentences = stems_of_sentences(articles.values())
    for case in cases[:_WARM_UP]:  # models are loaded with the first claim
        _checked(checker, case, articles, overlap=0.0)
    outcomes = []
    for done, case in enumerate(cases, start=1):
        overlap = best_overlap(case.text, sentences)
        outcomes.append(_checked(checker, case, articles, overlap=overlap))
        if tell is not None:
            tell(done, len(cases))
    return tuple(outcomes)


def _checked(
    checker: Verifying, case: ClaimCase, articles: Mapping[str, Article], *, overlap: float
) -> ClaimOutcome:
    began = time.perf_counter()
    try:
        check = checker.check(case.text)
    except ClaimError as error:
        latency_ms = 1000 * (time.perf_counter() - began)
        return refused(case, str(error), overlap=overlap, latency_ms=latency_ms)
    latency_ms = 1000 * (time.perf_counter() - began)
    return judge_claim(case, check, articles, overlap=overlap, latency_ms=latency_ms)


@contextmanager
def product(corpus: str, **others: Any) -> Iterator[tuple[FactChecker, dict[str, Article]]]:
    """The whole product over one corpus, on a new index in a temporary folder, and its articles by id.

    `others` are settings. Raises RuntimeError when a file of the corpus could not be ingested: the figures
    would be of another corpus.
    """
    from rag import FactChecker, Settings

    folder = CORPORA[corpus]
    articles = {article.id: article for article in read_corpus(folder).values()}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as index:
        settings = Settings(index_dir=Path(index) / "index", corpus_dir=folder, chroma_url="", **others)
        with FactChecker.open(settings) as checker:
            report = checker.ingest(folder)
            if report.failed:
                raise RuntimeError(f"{corpus}: {report.failed[0].path}: {report.failed[0].reason}")
            yield checker, articles
