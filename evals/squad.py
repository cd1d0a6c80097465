"""The measurement on SQuAD 2 (Rajpurkar et al. 2018): open retrieval over every paragraph, and the whole
pipeline cross-validated by article.

Needs the data's folder and `training/`, which shares its reader and its corpus in memory; nothing else does.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evals import metrics
from evals.figures import Figure
from evals.run import Tell
from rag.bm25 import Bm25Index
from rag.encoder import Encoder, Encoding, Floats, open_encoder
from rag.retrieval import CANDIDATES, RERANKED, Candidate, Query, Retriever
from rag.schema import Article, Passage
from rag.settings import Settings

FILE = "squad2-dev-8articles.json"
DEPTHS = (1, 3, 5, 10)
GROUP = "squad"

TARGETS: Mapping[str, tuple[float, bool]] = {
    "retrieval: recall@1": (0.93, True),
    "retrieval: recall@5": (0.985, True),
    "first citation right, of all answerable questions": (0.88, True),
    "answered, absent, at a coverage of 0.9": (0.03, False),
    "AUROC, removed": (0.93, True),
    "AUROC, adversarial": (0.76, True),
    "expected calibration error": (0.05, False),
}
"""What the pipeline was asked to reach, and whether higher is better."""

_LOWER = ("answered, removed", "answered, absent", "answered, adversarial", "expected calibration error")
_NOT_GUARDED = ("threshold",)


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """Passage ids for one question, best first, by each way of ranking them."""

    bm25: list[str]
    dense: list[str]
    fused: list[str]
    maxsim: list[str]


WAYS: Mapping[str, Callable[[Ranking], list[str]]] = {
    "BM25 only": lambda ranking: ranking.bm25,
    "dense only": lambda ranking: ranking.dense,
    "fused": lambda ranking: ranking.fused,
    "fused + MaxSim": lambda ranking: ranking.maxsim,
}
SHIPPED = "fused + MaxSim"


class _Remembering:
    """An encoder that keeps the vector of each passage it encodes, so that none is encoded twice."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.name = encoder.name
        self.max_word_pieces = encoder.max_word_pieces
        self.dimensions = encoder.dimensions
        self.vectors: dict[str, Floats] = {}

    def count_word_pieces(self, text: str) -> int:
        return self._encoder.count_word_pieces(text)

    def encode(self, text: str) -> Encoding:
        encoding = self._encoder.encode(text)
        self.vectors[text] = encoding.vector
        return encoding

    def encode_question(self, text: str) -> Encoding:
        return self._encoder.encode_question(text)


class _Corpus:
    """The paragraphs, each an article, ranked by each part of the retrieval alone and by all of it."""

    def __init__(self, articles: Sequence[Article], settings: Settings) -> None:
        from training.memory import MemoryCorpus

        self._encoder = _Remembering(open_encoder(settings.embeddings, threads=settings.threads))
        memory = MemoryCorpus(articles, encoder=self._encoder, passage_tokens=settings.passage_tokens)
        passages: list[Passage] = sorted(memory.passages.values(), key=lambda passage: passage.id)
        self.article_of = {passage.id: passage.article_id for passage in passages}
        self._ids = [passage.id for passage in passages]
        self._vectors = np.stack([self._encoder.vectors[passage.text] for passage in passages])
        self._bm25 = Bm25Index.build(
            (p.id, p.article_id, f"{memory.titles[p.article_id]}\n{p.text}") for p in passages
        )
        self._retriever: Retriever = memory.retriever()

    def rank(self, question: str) -> Ranking:
        query = Query.read(question, self._encoder)
        candidates = self._retriever.candidates(query, limit=CANDIDATES)
        return Ranking(
            bm25=self._by(self._bm25.scores(query.stems)),
            dense=self._by(self._vectors @ query.vector),
            fused=[candidate.passage.id for candidate in fused_order(candidates)],
            maxsim=[candidate.passage.id for candidate in shipped_order(candidates)],
        )

    def _by(self, scores: Floats) -> list[str]:
        return [self._ids[row] for row in np.argsort(-scores, kind="stable")]


def fused_order(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Candidates as the fused scores alone rank them."""
    return sorted(candidates, key=lambda candidate: (-candidate.fused, candidate.passage.id))


def shipped_order(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Candidates as the product ranks them: of the fused order, the first ten are ranked anew."""
    fused = fused_order(candidates)
    best = sorted(fused[:RERANKED], key=lambda candidate: (-candidate.score, candidate.passage.id))
    return best + fused[RERANKED:]


def distinct(items: Sequence[Hashable]) -> list[Hashable]:
    """Each item once, where it comes first."""
    return list(dict.fromkeys(items))


def measure_retrieval(data: Path, *, tell: Tell | None = None) -> dict[str, dict[str, Figure]]:
    """Recall over the first k distinct paragraphs and MRR, for the answerable questions, by way of ranking.

    A paragraph counts as found when any passage of it is.
    """
    from training.datasets import read_squad

    paragraphs, every = read_squad(data / FILE)
    questions = [question for question in every if question.answerable]
    articles = [Article.from_text(id=p.id, title=p.title, text=p.text) for p in paragraphs]
    corpus = _Corpus(articles, Settings())
    ranked: dict[str, list[list[Hashable]]] = {way: [] for way in WAYS}
    for done, question in enumerate(questions, start=1):
        ranking = corpus.rank(question.text)
        for way, read in WAYS.items():
            ranked[way].append(distinct([corpus.article_of[passage] for passage in read(ranking)]))
        if tell is not None:
            tell(done, len(questions))
    relevant = [{question.paragraph_id} for question in questions]
    return {way: retrieval_figures(ranked[way], relevant) for way in WAYS}


def retrieval_figures(
    ranked: Sequence[Sequence[Hashable]], relevant: Sequence[set[str]]
) -> dict[str, Figure]:
    """Recall@k for each depth and MRR over the first ten, of parallel rankings and relevant paragraphs."""
    series = {
        f"recall@{k}": [metrics.recall_at_k(r, wanted, k) for r, wanted in zip(ranked, relevant, strict=True)]
        for k in DEPTHS
    }
    series["mrr"] = [
        metrics.reciprocal_rank(r[: DEPTHS[-1]], wanted) for r, wanted in zip(ranked, relevant, strict=True)
    ]
    return {
        name: Figure.of(metrics.mean(values), metrics.mean_interval(values), len(values))
        for name, values in series.items()
    }


def measure_pipeline(data: Path) -> dict[str, float]:
    """The whole pipeline on articles that its reader, ranker and calibration were not trained on."""
    from training.ranker import cross_validate
    from training.readings import READINGS

    return cross_validate(data, READINGS)


def values_of(
    retrieval: Mapping[str, Mapping[str, Figure]], pipeline: Mapping[str, float]
) -> dict[str, float]:
    """The figures that have a target or a baseline, by name."""
    shipped = {f"retrieval: {name}": figure.value for name, figure in retrieval[SHIPPED].items()}
    return {name: value for name, value in shipped.items() if value is not None} | dict(pipeline)


def directions(names: Iterable[str]) -> dict[str, bool]:
    """Whether higher is better, for the figures that can be better or worse at all."""
    return {name: not name.startswith(_LOWER) for name in names if name not in _NOT_GUARDED}
