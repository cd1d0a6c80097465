"""The SQuAD measurement ranks as the product does."""

from __future__ import annotations

from evals.squad import fused_order, shipped_order
from rag.retrieval import RERANKED, Candidate
from rag.schema import Passage


def candidate(name: str, *, fused: float, maxsim: float = 0.0) -> Candidate:
    passage = Passage(id=name, article_id=name, position=0, text="x", start=0, end=1, sentences=())
    return Candidate(
        passage=passage, dense=0.0, bm25=0.0, fused=fused, dense_rank=1, bm25_rank=1, maxsim=maxsim
    )


def names(candidates: list[Candidate]) -> list[str]:
    return [candidate.passage.id for candidate in candidates]


def test_the_fused_order_knows_no_late_interaction_and_breaks_ties_by_id() -> None:
    found = [candidate("c", fused=1.0, maxsim=0.9), candidate("b", fused=2.0), candidate("a", fused=1.0)]
    assert names(fused_order(found)) == ["b", "a", "c"]


def test_only_the_best_of_the_fused_order_are_ranked_anew() -> None:
    found = [candidate(f"p{n:02d}", fused=-float(n)) for n in range(RERANKED + 2)]
    found[RERANKED - 1] = candidate("last-of-ten", fused=-float(RERANKED - 1), maxsim=0.9)
    found[RERANKED + 1] = candidate("too-late", fused=-float(RERANKED + 1), maxsim=0.9)
    ranked = names(shipped_order(found))
    assert ranked[0] == "last-of-ten"
    assert ranked[-1] == "too-late"
