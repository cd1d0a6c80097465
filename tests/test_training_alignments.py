from __future__ import annotations

import numpy as np
import pytest

from rag.alignment import ALIGNMENTS, align
from rag.encoder import MiniLmEncoder
from rag.retrieval import Query
from rag.tokens import compress
from training.alignments import Alignments

ENCODER = MiniLmEncoder(threads=1)
CLAIM = "Herschel did not print the catalogue."
SENTENCES = ("The observatory stands on a hill.", "Two clerks lost the first catalogue.")


def test_a_passage_is_aligned_as_the_product_aligns_it() -> None:
    text = " ".join(SENTENCES)
    tokens = ENCODER.encode(text).tokens
    assert tokens is not None
    places = [(0, len(SENTENCES[0])), (len(SENTENCES[0]) + 1, len(text))]

    found = Alignments(ENCODER).of(CLAIM, SENTENCES)

    assert found == pytest.approx(align(Query.read(CLAIM, ENCODER), compress(tokens), places), abs=0.02)


def test_a_passage_that_exceeds_the_encoder_is_aligned_to_its_end() -> None:
    many = ["The harbour was dredged in May, and its walls were built again.", SENTENCES[0]] * 15
    assert ENCODER.count_word_pieces(" ".join(many)) > ENCODER.max_word_pieces

    found = Alignments(ENCODER).of(CLAIM, [*many, SENTENCES[1]])

    assert found.shape == (31, len(ALIGNMENTS))
    assert found[:, ALIGNMENTS.index("maxsim")].argmax() == 30
    assert (found[:, ALIGNMENTS.index("maxsim")] > 0).all()


def test_no_sentences_have_no_alignment() -> None:
    assert Alignments(ENCODER).of(CLAIM, []).shape == (0, len(ALIGNMENTS))
    assert np.isfinite(Alignments(ENCODER).of("", SENTENCES)).all()
