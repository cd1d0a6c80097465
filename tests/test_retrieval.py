from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
import pytest

from rag.background import stems
from rag.bm25 import Bm25Index
from rag.encoder import Encoding, Floats, MiniLmEncoder, TokenStates
from rag.retrieval import (
    Candidate,
    Query,
    Retriever,
    maxsim,
    sentence_tokens,
    standardised,
)
from rag.schema import Passage
from rag.sentences import split_sentences
from rag.tokens import CompressedStates, compress


def passage(article_id: str, position: int, text: str) -> Passage:
    return Passage(
        id=f"{article_id}-{position}",
        article_id=article_id,
        position=position,
        text=text,
        start=0,
        end=len(text),
        sentences=split_sentences(text),
    )


PASSAGES = (
    passage("a", 0, "The council cut the bus budget. The mayor agreed."),
    passage("a", 1, "Trams will stop at night. Buses will not."),
    passage("a", 2, "The museum reopened on Sunday."),
    passage("b", 0, "A bus burned near the museum."),
    passage("c", 0, "Nobody was hurt."),
)


class Vectors:
    """An exact dense index of given vectors."""

    def __init__(self, passages: Sequence[Passage], vectors: Sequence[Sequence[float]]) -> None:
        self._passages = {p.id: p for p in passages}
        self._vectors = {p.id: np.asarray(v, np.float32) for p, v in zip(passages, vectors, strict=True)}

    def nearest(
        self, vector: Floats, *, limit: int, article_ids: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        found = [
            (id_, float(own @ vector))
            for id_, own in self._vectors.items()
            if article_ids is None or self._passages[id_].article_id in article_ids
        ]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:limit]

    def vectors(self, passage_ids: Sequence[str]) -> Floats:
        return np.asarray([self._vectors[id_] for id_ in passage_ids], np.float32).reshape(-1, 2)

    def get_passages(self, passage_ids: Sequence[str]) -> tuple[Passage, ...]:
        return tuple(self._passages[id_] for id_ in passage_ids)


class NoTokens:
    def passage_tokens(self, passage: Passage) -> CompressedStates | None:
        return None

    def title_tokens(self, article_id: str) -> CompressedStates | None:
        return None


class RealTokens:
    def __init__(self, encoder: MiniLmEncoder, titles: dict[str, str]) -> None:
        self._encoder = encoder
        self._titles = titles

    def passage_tokens(self, passage: Passage) -> CompressedStates | None:
        return self._of(passage.text)

    def title_tokens(self, article_id: str) -> CompressedStates | None:
        title = self._titles.get(article_id)
        return self._of(title) if title else None

    def _of(self, text: str) -> CompressedStates:
        states = self._encoder.encode(text).tokens
        assert isinstance(states, TokenStates)
        return compress(states)


class PointingEncoder:
    """Gives every question one vector and no token states."""

    name = "pointing"
    max_word_pieces = 1000
    dimensions = 2

    def __init__(self, *vector: float) -> None:
        self._vector = np.asarray(vector, np.float32)

    def count_word_pieces(self, text: str) -> int:
        return 0

    def encode(self, text: str) -> Encoding:
        return Encoding(vector=self._vector, tokens=None)

    encode_question = encode


EAST, NORTH = (1.0, 0.0), (0.0, 1.0)
NORTHEAST = (0.6, 0.8)
DIRECTIONS = (NORTH, NORTH, EAST, NORTHEAST, NORTH)


def bm25(passages: Sequence[Passage]) -> Bm25Index:
    return Bm25Index.build((p.id, p.article_id, p.text) for p in passages)


def retriever(
    passages: Sequence[Passage] = PASSAGES, vectors: Sequence[Sequence[float]] = DIRECTIONS
) -> Retriever:
    return Retriever(dense=Vectors(passages, vectors), sparse=bm25(passages), tokens=NoTokens())


def ids(found: Sequence[Candidate]) -> list[str]:
    return [candidate.passage.id for candidate in found]


def query(text: str, *vector: float) -> Query:
    return Query.read(text, PointingEncoder(*(vector or EAST)))


def test_scores_are_in_standard_deviations() -> None:
    assert standardised(np.asarray([1, 3], np.float32)).tolist() == [-1, 1]
    assert standardised(np.asarray([2, 2, 2], np.float32)).tolist() == [0, 0, 0]
    assert standardised(np.zeros(0, np.float32)).tolist() == []


def test_dense_and_bm25_scores_are_fused_by_half_each() -> None:
    passages, vectors = PASSAGES[2:4], (EAST, NORTHEAST)
    asked = query("bus")
    found = {c.passage.id: c for c in retriever(passages, vectors).candidates(asked)}

    # Dense prefers the first by one standard deviation from the mean, BM25 the second by as much.
    assert found["a-2"].dense == pytest.approx(1)
    assert found["b-0"].dense == pytest.approx(0.6)
    assert found["a-2"].bm25 == 0 < found["b-0"].bm25
    assert [c.fused for c in found.values()] == pytest.approx([0, 0], abs=1e-6)
    assert (found["a-2"].dense_rank, found["a-2"].bm25_rank) == (1, None)
    assert (found["b-0"].dense_rank, found["b-0"].bm25_rank) == (2, 1)


def test_what_both_retrievers_like_comes_first() -> None:
    assert ids(retriever().candidates(query("museum on Sunday")))[0] == "a-2"


def test_without_a_known_word_the_vectors_decide() -> None:
    assert ids(retriever().candidates(query("zeppelin")))[:2] == ["a-2", "b-0"]


def test_ties_are_sorted_by_passage_id() -> None:
    vectors = [EAST] * len(PASSAGES)

    found = retriever(vectors=vectors).candidates(query("zeppelin"))

    assert ids(found) == sorted(p.id for p in PASSAGES)
    assert ids(retriever(vectors=vectors).candidates(query("zeppelin"), limit=2)) == ["a-0", "a-1"]


def test_only_the_articles_named_are_searched() -> None:
    found = retriever().candidates(query("bus museum"), articles={"b", "c"})

    assert set(ids(found)) == {"b-0", "c-0"}


def test_the_limit_holds() -> None:
    assert len(retriever().candidates(query("bus"), limit=2)) == 2


def test_a_corpus_of_one_passage_is_found() -> None:
    found = retriever(PASSAGES[:1], [EAST]).candidates(query("anything at all"))

    assert ids(found) == ["a-0"]
    assert (found[0].fused, found[0].score) == (0, 0)


def test_what_was_added_since_bm25_was_built_waits_for_the_next_revision() -> None:
    old = Retriever(dense=Vectors(PASSAGES, DIRECTIONS), sparse=bm25(PASSAGES[:3]), tokens=NoTokens())

    assert set(ids(old.candidates(query("bus museum")))) == {"a-0", "a-1", "a-2"}


def test_an_empty_index_gives_nothing() -> None:
    assert retriever([], []).candidates(query("bus")) == []


def test_neighbours_are_those_of_the_same_article() -> None:
    of = retriever().neighbours

    assert of(PASSAGES[0]) == (None, PASSAGES[1])
    assert of(PASSAGES[1]) == (PASSAGES[0], PASSAGES[2])
    assert of(PASSAGES[2]) == (PASSAGES[1], None)
    assert of(PASSAGES[3]) == (None, None)
    assert of(passage("unknown", 0, "Text.")) == (None, None)


def test_the_articles_searched_are_known() -> None:
    assert retriever().article_ids == {"a", "b", "c"}


def test_maxsim_is_the_weighted_mean_of_the_best_cosines() -> None:
    cosines = np.asarray([[0.1, 0.9], [0.5, 0.3]], np.float32)

    assert maxsim(cosines, np.asarray([0.75, 0.25], np.float32)) == pytest.approx(0.75 * 0.9 + 0.25 * 0.5)
    assert maxsim(cosines[:, :0], np.asarray([0.75, 0.25], np.float32)) == 0
    assert maxsim(cosines[:0], np.zeros(0, np.float32)) == 0


def test_sentence_tokens_are_those_inside_the_sentence() -> None:
    spans = np.asarray([[0, 3], [4, 7], [7, 8], [9, 12]], np.int32)
    tokens = CompressedStates(ids=np.zeros(4, np.int32), vectors=np.zeros((4, 128), np.float32), spans=spans)
    inside = Passage(id="p", article_id="a", position=1, text="x" * 12, start=100, end=112, sentences=())

    assert sentence_tokens(tokens, inside, 104, 108) == slice(1, 3)
    assert sentence_tokens(tokens, inside, 100, 112) == slice(0, 4)
    assert sentence_tokens(tokens, inside, 150, 160) == slice(4, 4)
    assert sentence_tokens(tokens, inside, 101, 103) == slice(1, 1)


def test_a_query_weighs_its_rare_words_most(minilm: MiniLmEncoder) -> None:
    read = Query.read("What did Hephaestus say?", minilm)

    assert read.tokens is not None
    assert read.weights.sum() == pytest.approx(1)
    assert read.stems == tuple(stems("What did Hephaestus say?"))
    assert max(read.stem_weights, key=lambda stem: read.stem_weights[stem]).startswith("hephaest")
    assert read.weights.argmax() not in (0, 1, len(read.weights) - 1)


def test_late_interaction_puts_the_passage_that_answers_first(minilm: MiniLmEncoder) -> None:
    tokens = RealTokens(minilm, {"b": "Fire on a bus"})
    dense = Vectors(PASSAGES, [EAST] * len(PASSAGES))
    by_tokens = Retriever(dense=dense, sparse=bm25(PASSAGES), tokens=tokens)
    read = Query.read("Was anyone injured?", minilm)
    read = replace(read, vector=np.asarray(EAST, np.float32))

    found = by_tokens.candidates(read)

    assert found[0].passage.id == "c-0"
    assert all(c.interaction is not None and -1 <= c.best_sentence <= 1 for c in found)
    assert all(c.maxsim <= 1.001 for c in found)


def test_a_title_counts_as_part_of_each_passage(minilm: MiniLmEncoder) -> None:
    dense = Vectors(PASSAGES, [EAST] * len(PASSAGES))
    read = Query.read("Hephaestus", minilm)
    asked = replace(read, vector=np.asarray(EAST, np.float32))

    def best(titles: dict[str, str]) -> str:
        found = Retriever(dense=dense, sparse=bm25(PASSAGES), tokens=RealTokens(minilm, titles))
        return max(found.candidates(asked), key=lambda c: c.maxsim).passage.id

    assert best({"b": "Hephaestus speaks"}) == "b-0"


def test_a_passage_without_sentences_or_tokens_is_no_trouble(minilm: MiniLmEncoder) -> None:
    blank = Passage(id="a-0", article_id="a", position=0, text=" \n ", start=0, end=3, sentences=())
    dense = Vectors([blank], [EAST])
    read = Query.read("What remains?", minilm)
    asked = replace(read, vector=np.asarray(EAST, np.float32))

    (found,) = Retriever(dense=dense, sparse=bm25([blank]), tokens=RealTokens(minilm, {})).candidates(asked)

    assert (found.maxsim, found.best_sentence) == (0, 0)
