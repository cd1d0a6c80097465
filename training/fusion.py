"""Chooses the weights of late interaction in `rag/retrieval.py` by cross-validation over SQuAD's articles.

python -m training.fusion --data FOLDER
"""

from __future__ import annotations

import argparse
import itertools
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rag.encoder import MiniLmEncoder
from rag.retrieval import MAXSIM_WEIGHT, SENTENCE_WEIGHT, Candidate, Query
from rag.schema import Article
from rag.settings import Settings
from training.datasets import read_squad
from training.memory import MemoryCorpus

GRID = (0.0, 10.0, 20.0, 30.0, 40.0)
_NOT_FOUND = 1_000_000

Weights = tuple[float, float]
Ranks = npt.NDArray[np.int64]


def paragraph_rank(candidates: Sequence[Candidate], weights: Weights, paragraph_id: str) -> int:
    """The place from 0 of a paragraph among those of the candidates, ranked with these weights."""
    maxsim_weight, sentence_weight = weights
    ranked = sorted(
        candidates,
        key=lambda c: -(c.fused + maxsim_weight * c.maxsim + sentence_weight * c.best_sentence),
    )
    seen = list(dict.fromkeys(candidate.passage.article_id for candidate in ranked))
    return seen.index(paragraph_id) if paragraph_id in seen else _NOT_FOUND


def gain(ranks: Ranks) -> float:
    """What is maximised: recall@1 plus recall@5."""
    return float((ranks < 1).mean() + (ranks < 5).mean())


def main() -> None:
    """Print the weights that each article's questions would choose for the others, and what that gives."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder of the public data sets")
    paragraphs, questions = read_squad(parser.parse_args().data / "squad2-dev-8articles.json")
    questions = [question for question in questions if question.answerable]
    encoder = MiniLmEncoder()
    retriever = MemoryCorpus(
        [Article.from_text(id=p.id, title=p.title, text=p.text) for p in paragraphs],
        encoder=encoder,
        passage_tokens=Settings.model_fields["passage_tokens"].default,
    ).retriever()
    found = [retriever.candidates(Query.read(question.text, encoder)) for question in questions]
    ranks: dict[Weights, Ranks] = {
        weights: np.asarray(
            [paragraph_rank(c, weights, q.paragraph_id) for c, q in zip(found, questions, strict=True)]
        )
        for weights in itertools.product(GRID, GRID)
    }
    groups = np.asarray([question.group for question in questions])
    chosen: Counter[Weights] = Counter()
    held = np.zeros(len(questions), dtype=np.int64)
    for group in sorted(set(groups)):
        others = groups != group
        best = max(ranks, key=lambda weights: gain(ranks[weights][others]))
        chosen[best] += 1
        held[~others] = ranks[best][~others]
    print("weights (passage, best sentence) that the other articles choose:", dict(chosen))
    print(f"held out: recall@1 {np.mean(held < 1):.4f}, recall@5 {np.mean(held < 5):.4f}")
    shipped = ranks[MAXSIM_WEIGHT, SENTENCE_WEIGHT]
    print(f"as shipped: recall@1 {np.mean(shipped < 1):.4f}, recall@5 {np.mean(shipped < 5):.4f}")


if __name__ == "__main__":
    main()
