"""The hand-written questions, each with the places of its gold sentences in the articles."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, TypeVar

from rag.articles import find_files, read_article
from rag.schema import Article

EVALS = Path(__file__).parent
QUESTIONS = EVALS / "questions.jsonl"
CORPORA: Mapping[str, Path] = {"seed": EVALS.parent / "corpus", "fiction": EVALS / "corpus"}
_LARGEST_ARTICLE = 10_000_000  # bytes


class Kind(StrEnum):
    """What is hard about a question first."""

    FACT = "fact"
    NUMBER = "number"
    WHO = "who"
    WHEN = "when"
    WHERE = "where"
    WHY = "why"
    PARAPHRASE = "paraphrase"
    TWO_SENTENCE = "two_sentence"
    NEGATION = "negation"
    CONFLICT = "conflict"
    UPDATE = "update"
    UNANSWERABLE = "unanswerable"


class QuestionFileError(ValueError):
    """The question file doesn't fit its description or its articles; the message names the line."""


@dataclass(frozen=True, kw_only=True, order=True)
class Span:
    """A stretch of an article's text: `start` inclusive, `end` exclusive."""

    article_id: str
    start: int
    end: int

    def overlap(self, other: Span) -> int:
        """How many characters are in both."""
        if self.article_id != other.article_id:
            return 0
        return max(0, min(self.end, other.end) - max(self.start, other.start))

    def __len__(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question with its gold: each of `answer_sets` is a complete answer, the smallest first.

    It is empty exactly for the unanswerable ones. `answer` and `note` are for people.
    """

    id: str
    corpus: str
    text: str
    kind: Kind
    answer_sets: tuple[tuple[Span, ...], ...]
    answer: str
    note: str

    @property
    def answerable(self) -> bool:
        """Whether the articles answer it."""
        return bool(self.answer_sets)

    @property
    def gold(self) -> tuple[Span, ...]:
        """Every sentence that belongs to any complete answer, once, in order."""
        return tuple(sorted({span for spans in self.answer_sets for span in spans}))


def read_corpus(folder: Path) -> dict[str, Article]:
    """The articles in `folder`, by file name, as an ingest reads them."""
    return {path.name: read_article(path, max_bytes=_LARGEST_ARTICLE) for path in find_files(folder)}


def read_questions(path: Path, corpora: Mapping[str, Mapping[str, Article]]) -> tuple[Question, ...]:
    """The questions of a file in the form that README.md describes, in their order.

    `corpora` are the articles by corpus and file name. Raises QuestionFileError when a line doesn't
    fit, an id comes twice, or a quote doesn't stand exactly once in its corpus.
    """
    return read_cases(path, lambda line: _question(line, corpora), error=QuestionFileError)


class Case(Protocol):
    """What stands on one line of a file of cases."""

    @property
    def id(self) -> str:
        """Its name, which no other one of the file has."""


_Case = TypeVar("_Case", bound=Case)


def read_cases(
    path: Path, read: Callable[[dict[str, Any]], _Case], *, error: type[ValueError]
) -> tuple[_Case, ...]:
    """The cases of a JSON lines file in their order, each made by `read`.

    Raises `error`, naming the line, when one can't be read or an id comes twice.
    """
    cases: list[_Case] = []
    seen: set[str] = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            case = read(json.loads(line))
            if case.id in seen:
                raise error(f"the id {case.id} comes twice")
        except (KeyError, TypeError, ValueError) as problem:
            raise error(f"{path.name}, line {number}: {problem}") from problem
        seen.add(case.id)
        cases.append(case)
    return tuple(cases)


def _question(line: dict[str, Any], corpora: Mapping[str, Mapping[str, Article]]) -> Question:
    articles = corpora[line["corpus"]]
    question = Question(
        id=line["id"],
        corpus=line["corpus"],
        text=line["question"],
        kind=Kind(line["kind"]),
        answer_sets=answer_sets_of(line, articles),
        answer=line["answer"],
        note=line["note"],
    )
    unanswerable = question.kind is Kind.UNANSWERABLE
    if question.answerable is not line["answerable"] or question.answerable is unanswerable:
        raise QuestionFileError(f"{question.id}: its kind, `answerable` and gold contradict each other")
    if not question.text.strip():
        raise QuestionFileError(f"{question.id}: the question is empty")
    return question


def answer_sets_of(line: Mapping[str, Any], articles: Mapping[str, Article]) -> tuple[tuple[Span, ...], ...]:
    """The complete answers of a line with `gold` and `alternatives`, as places; the smallest first.

    Raises QuestionFileError when a quote does not stand exactly once in the articles.
    """
    gold = []
    for part in line["gold"]:
        for quote in part["quotes"]:
            span = find_quote(quote, articles)
            if articles[part["article"]].id != span.article_id:
                raise QuestionFileError(f"not in {part['article']}: {quote!r}")
            gold.append(span)
    sets = [gold, *([find_quote(quote, articles) for quote in quotes] for quotes in line["alternatives"])]
    if any(not spans for spans in sets[1:]):
        raise QuestionFileError("an alternative is empty")
    return tuple(tuple(spans) for spans in sets if spans)


def find_quote(quote: str, articles: Mapping[str, Article]) -> Span:
    """The one place where `quote` stands in the articles; raises QuestionFileError if it isn't one."""
    places = [
        Span(article_id=article.id, start=start, end=start + len(quote))
        for article in articles.values()
        for start in _places(quote, article.text)
    ]
    if len(places) != 1:
        raise QuestionFileError(f"stands {len(places)} times in its corpus: {quote!r}")
    return places[0]


def _places(quote: str, text: str) -> Iterator[int]:
    start = text.find(quote) if quote else -1
    while start >= 0:
        yield start
        start = text.find(quote, start + 1)
