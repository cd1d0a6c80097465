"""What claim checks are held against, which needs no verifier: how much of a claim's words a sentence has."""

from __future__ import annotations

from collections.abc import Iterable

from rag.background import stem_idf, stems
from rag.schema import Article, SentenceKind
from rag.sentences import split_sentences

Stems = frozenset[str]


def stems_of(text: str) -> Stems:
    """The different word stems of a text."""
    return frozenset(stems(text))


def stems_of_sentences(articles: Iterable[Article]) -> list[Stems]:
    """The stems of each body sentence of some articles."""
    return [
        stems_of(article.text[sentence.start : sentence.end])
        for article in articles
        for sentence in split_sentences(article.text, title=article.title)
        if sentence.kind is SentenceKind.BODY
    ]


def word_overlap(claim: Stems, sentence: Stems) -> float:
    """The share (0 to 1) of the claim's different stems, weighted by their IDF, that the sentence has.

    0 for a claim whose stems weigh nothing.
    """
    weights = {stem: stem_idf(stem) for stem in claim}
    whole = sum(weights.values())
    return sum(weights[stem] for stem in claim & sentence) / whole if whole else 0.0


def best_overlap(claim: str, sentences: Iterable[Stems]) -> float:
    """The word overlap of the claim with the sentence that has most of it; 0 without one."""
    own = stems_of(claim)
    return max((word_overlap(own, sentence) for sentence in sentences), default=0.0)
