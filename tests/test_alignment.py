from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rag.alignment import ALIGNMENTS, align, mean_cosine, reverse_maxsim
from rag.encoder import MiniLmEncoder
from rag.retrieval import Query
from rag.tokens import CompressedStates, compress

ENCODER = MiniLmEncoder(threads=1)
SENTENCES = (
    "The mayor resigned on Friday after the flood.",
    "The bakery sells rye bread.",
    "He left office within a day.",
)


def states(text: str) -> CompressedStates:
    tokens = ENCODER.encode(text).tokens
    assert tokens is not None
    return compress(tokens)


def places(sentences: tuple[str, ...]) -> list[tuple[int, int]]:
    text = " ".join(sentences)
    return [(text.index(sentence), text.index(sentence) + len(sentence)) for sentence in sentences]


def aligned(claim: str, sentences: tuple[str, ...] = SENTENCES) -> list[dict[str, float]]:
    rows = align(Query.read(claim, ENCODER), states(" ".join(sentences)), places(sentences))
    return [dict(zip(ALIGNMENTS, row.tolist(), strict=True)) for row in rows]


def test_a_sentence_that_says_the_same_in_other_words_is_nearer_than_another() -> None:
    resigned, bakery, left = aligned("The head of the town stepped down when the water came.")

    for name in ("maxsim", "reverse_maxsim", "token_cosine", "weakest"):
        assert resigned[name] > bakery[name], name
    assert left["maxsim"] > bakery["maxsim"]


def test_a_sentence_is_aligned_with_itself_and_with_its_passage_at_least_as_well() -> None:
    (alone,) = aligned(SENTENCES[0], SENTENCES[:1])

    assert alone["maxsim"] == pytest.approx(1.0, abs=0.02)
    assert alone["weakest"] == pytest.approx(1.0, abs=0.05)
    for one in aligned("The mayor bakes bread."):
        assert one["passage_maxsim"] >= one["maxsim"] - 1e-6
        assert one["passage_weakest"] >= one["weakest"] - 1e-6


def test_what_a_sentence_adds_lowers_the_alignment_the_other_way_round() -> None:
    claim = "The mayor resigned."
    (short,) = aligned(claim, ("The mayor resigned.",))
    (long,) = aligned(claim, ("The mayor resigned, while glaciers melted and penguins learnt to fly.",))

    assert long["reverse_maxsim"] < short["reverse_maxsim"] - 0.1


def test_without_token_states_nothing_is_aligned() -> None:
    claim = Query.read("The mayor resigned.", ENCODER)

    for found in (
        align(claim, None, [(0, 5), (6, 9)]),
        align(replace(claim, tokens=None), states("It rained. So."), [(0, 5), (6, 9)]),
    ):
        assert found.shape == (2, len(ALIGNMENTS))
        assert np.isnan(found).all()


def test_a_sentence_behind_what_was_encoded_is_aligned_with_nothing() -> None:
    (beyond,) = align(Query.read("The mayor resigned.", ENCODER), states("The mayor."), [(500, 520)])

    row = dict(zip(ALIGNMENTS, beyond.tolist(), strict=True))
    assert row["maxsim"] == row["weakest"] == row["reverse_maxsim"] == row["token_cosine"] == 0.0
    assert row["passage_maxsim"] > 0


def test_no_sentences_give_no_rows() -> None:
    claim = Query.read("It rained.", ENCODER)

    assert (
        align(claim, states("It rained."), []).shape == align(claim, None, []).shape == (0, len(ALIGNMENTS))
    )


def test_means_of_nothing_are_nought() -> None:
    nothing = np.zeros((0, 128), np.float32)

    assert mean_cosine(nothing, np.ones((2, 128), np.float32)) == 0.0
    assert reverse_maxsim(np.zeros((3, 0), np.float32), np.zeros(0, np.int32)) == 0.0
