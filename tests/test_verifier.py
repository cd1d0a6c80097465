from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rag._model_files import open_tokenizer
from rag.cross_encoder import ReadPassage, pair
from rag.encoder import TOKENIZER_PATH, Floats
from rag.errors import ModelError
from rag.schema import Stance
from rag.verifier import FOLDER, STANCES, Judgement, OnnxVerifier, interpret

TOKENIZER = open_tokenizer(TOKENIZER_PATH.read_bytes())
CLAIM = "Nearly 50,000 people visited the museum of clocks last year."
SENTENCES = (
    "The museum of clocks opened in 1931.",
    "Last year 48,000 people visited it.",
    "Its director is Anna Berg.",
)
LONG = "The clock was cleaned and wound and set again. " * 22
"""More than half of what is read at once."""


@pytest.fixture(scope="module")
def verifier() -> OnnxVerifier:
    """The real verifier, loaded once."""
    return OnnxVerifier(FOLDER, threads=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the verifier's files, to be damaged."""
    return Path(shutil.copytree(FOLDER, tmp_path / "verifier"))


def passage(*sentences: str, title: str = "A museum of clocks") -> ReadPassage:
    return ReadPassage(title=title, sentences=sentences)


def judge(verifier: OnnxVerifier, claim: str, *sentences: str) -> Judgement:
    (judgement,) = verifier.judge(claim, [passage(*sentences)])
    return judgement


def same(one: Judgement, other: Judgement) -> bool:
    return np.array_equal(one.sentences, other.sentences) and np.array_equal(one.whole, other.whole)


# What the logits say


def test_the_three_logits_are_of_support_refutation_and_neither() -> None:
    assert STANCES == (Stance.SUPPORTS, Stance.REFUTES, Stance.NEITHER)


def test_a_judgement_worked_by_hand() -> None:
    asked = pair(TOKENIZER, "It rained.", "", ["It poured.", "Nobody came."])
    logits = np.full((len(asked.ids), 3), 9.0, np.float32)  # the pieces between the marks say nothing
    logits[0] = np.log([2, 1, 1])
    logits[asked.marks[0]] = np.log([6, 1, 1]) + 5
    logits[asked.marks[1]] = np.log([1, 1, 8]) - 5

    found = interpret(logits, asked)

    assert np.exp(found.whole) == pytest.approx([1 / 2, 1 / 4, 1 / 4], abs=1e-6)
    assert np.exp(found.sentences[0]) == pytest.approx([6 / 8, 1 / 8, 1 / 8], abs=1e-5)
    assert np.exp(found.sentences[1]) == pytest.approx([1 / 10, 1 / 10, 8 / 10], abs=1e-5)
    assert found.sentences.dtype == found.whole.dtype == np.dtype(np.float32)


def test_what_is_padded_behind_a_pair_is_not_read() -> None:
    asked = pair(TOKENIZER, "It rained.", "", ["It poured."])
    logits = np.arange(3 * (len(asked.ids) + 4), dtype=np.float32).reshape(-1, 3) ** 0.5

    assert same(interpret(logits, asked), interpret(logits[: len(asked.ids)], asked))


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(0, 4))
def test_any_logits_give_probabilities(data: st.DataObject, count: int) -> None:
    asked = pair(TOKENIZER, "It rained.", "Rain", ["It poured."] * count)
    values = arrays.arrays(np.float32, (len(asked.ids), 3), elements=st.integers(-60, 60).map(float))
    logits: Floats = data.draw(values)

    found = interpret(logits, asked)

    assert found.sentences.shape == (count, 3)
    assert np.exp(found.whole).sum() == pytest.approx(1, abs=1e-4)
    assert np.exp(found.sentences).sum(axis=1) == pytest.approx(np.ones(count), abs=1e-4)


# The verifier that comes with Presscheck


def test_a_passage_is_judged_the_same_every_time_whatever_else_is_judged(verifier: OnnxVerifier) -> None:
    alone = judge(verifier, CLAIM, *SENTENCES)
    others = [passage("A sentence."), passage(*SENTENCES), passage(*SENTENCES * 5)]

    assert same(verifier.judge(CLAIM, others)[1], alone)
    assert same(judge(OnnxVerifier(FOLDER, threads=1), CLAIM, *SENTENCES), alone)


def test_the_number_of_threads_does_not_matter(verifier: OnnxVerifier) -> None:
    alone, together = (judge(v, CLAIM, *SENTENCES) for v in (verifier, OnnxVerifier(FOLDER, threads=2)))

    assert together.sentences == pytest.approx(alone.sentences, abs=1e-3)
    assert together.whole == pytest.approx(alone.whole, abs=1e-3)


def test_a_passage_too_long_for_one_reading_is_judged_in_parts(verifier: OnnxVerifier) -> None:
    first, second = "First: " + LONG, "Second: " + LONG
    parts = [judge(verifier, CLAIM, first), judge(verifier, CLAIM, second)]

    together = judge(verifier, CLAIM, first, second)

    assert np.array_equal(together.sentences, np.concatenate([part.sentences for part in parts]))
    # The whole is what the part says that has the most to say.
    most = min(parts, key=lambda part: float(part.whole[2]))
    assert np.array_equal(together.whole, most.whole)


def test_nothing_to_read_says_neither(verifier: OnnxVerifier) -> None:
    assert verifier.judge(CLAIM, []) == []

    empty = judge(verifier, CLAIM)
    assert empty.sentences.shape == (0, 3)
    assert np.exp(empty.whole) == pytest.approx([0, 0, 1], abs=1e-5)
    assert np.isfinite(empty.whole).all()


@pytest.mark.parametrize(
    "sentences",
    [
        ("",),
        ("\x00\u200b", "A sentence."),
        ("Сегодня музей посетили 48 000 человек.", "昨年は4万8千人が訪れた。"),
        ("word " * 3000, *SENTENCES),
        ("lone \ud800 surrogate",),
        ("Yes.",) * 300,
    ],
)
def test_any_passage_can_be_judged(sentences: Sequence[str], verifier: OnnxVerifier) -> None:
    found = judge(verifier, CLAIM, *sentences)

    assert found.sentences.shape == (len(sentences), 3)
    assert np.isfinite(found.sentences).all()
    assert np.exp(found.sentences).sum(axis=1) == pytest.approx(np.ones(len(sentences)), abs=1e-4)


@pytest.mark.parametrize("claim", ["", "\ud800", "word " * 900, "誰が来た？"])
def test_any_claim_can_be_judged(claim: str, verifier: OnnxVerifier) -> None:
    assert np.isfinite(judge(verifier, claim, *SENTENCES).sentences).all()


# Its files


def test_nothing_is_loaded_before_it_is_needed(tmp_path: Path) -> None:
    nowhere = OnnxVerifier(tmp_path)

    with pytest.raises(ModelError, match=r"verifier[.]json can't be read \(No such file.*Install Presscheck"):
        nowhere.load()


@pytest.mark.parametrize("damage", [b"", b"damaged", None])
@pytest.mark.parametrize("name", ["verifier.onnx", "verifier.json", "tokenizer.json"])
def test_a_damaged_or_missing_file_is_refused(name: str, damage: bytes | None, folder: Path) -> None:
    (folder / name).unlink()
    if damage is not None:
        (folder / name).write_bytes(damage)

    with pytest.raises(ModelError, match=rf"The verifier's file .*{name} .*Install Presscheck again"):
        OnnxVerifier(folder).load()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format": 2}, r"another version of Presscheck \(format 2\)[.] Install Presscheck again"),
        ({"stances": 2, "title_pieces": 8}, "title_pieces 8, stances 2"),
        ({"sha256": {}}, "damaged.*KeyError.*verifier.onnx"),
    ],
)
def test_a_file_that_disagrees_with_the_code_is_refused(
    change: dict[str, Any], told: str, folder: Path
) -> None:
    card = json.loads((folder / "verifier.json").read_bytes())
    (folder / "verifier.json").write_text(json.dumps(card | change), encoding="utf-8")

    with pytest.raises(ModelError, match=told):
        OnnxVerifier(folder).load()
