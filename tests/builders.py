"""Builds passages and candidates by hand, for the tests of what ranks them and answers from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from rag.encoder import Encoder, Floats
from rag.retrieval import Candidate, Interaction, Query, maxsim, sentence_tokens
from rag.schema import Passage
from rag.sentences import split_sentences
from rag.tokens import compress


def passages_of(
    text: str, *cuts: str, article_id: str = "a", title: str = "", start: int = 0
) -> tuple[Passage, ...]:
    """The passages of an article: a new one starts where each of `cuts` does, the first one at `start`."""
    sentences = split_sentences(text, title=title)
    places = [0, *(text.index(cut) for cut in cuts), len(text)]
    return tuple(
        Passage(
            id=f"{article_id}-{position}",
            article_id=article_id,
            position=position,
            text=text[first:last],
            start=start + first,
            end=start + last,
            sentences=tuple(
                replace(sentence, start=start + sentence.start, end=start + sentence.end)
                for sentence in sentences
                if first <= sentence.start < last
            ),
        )
        for position, (first, last) in enumerate(pairwise(places))
    )


def candidate_of(passage: Passage, query: Query | None = None, encoder: Encoder | None = None) -> Candidate:
    """A candidate with scores that say nothing, and with late interaction if an encoder is given."""
    found = Candidate(passage=passage, dense=0.5, bm25=3.0, fused=1.25, dense_rank=1, bm25_rank=1)
    states = encoder.encode(passage.text).tokens if encoder is not None else None
    if query is None or query.tokens is None or states is None:
        return found
    tokens = compress(states)
    cosines: Floats = query.tokens.vectors @ tokens.vectors.T
    own = [cosines[:, sentence_tokens(tokens, passage, s.start, s.end)] for s in passage.sentences]
    return replace(
        found,
        interaction=Interaction(
            cosines=cosines, title=np.zeros(len(query.weights), np.float32), tokens=tokens
        ),
        maxsim=maxsim(cosines, query.weights),
        best_sentence=max((maxsim(some, query.weights) for some in own), default=0.0),
    )


def candidates_of(
    passages: Sequence[Passage], query: Query | None = None, encoder: Encoder | None = None
) -> list[Candidate]:
    """A candidate for each passage."""
    return [candidate_of(passage, query, encoder) for passage in passages]
