from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from builders import candidates_of, passages_of
from conftest import CORPUS, HashedWords
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rag.articles import read_article
from rag.encoder import EmbeddingsEncoder, Encoder, Floats, MiniLmEncoder
from rag.errors import ModelError
from rag.ranker import FOLDER, SCORE_SIGNALS, Calibration, RankedSentence, SentenceRanker
from rag.retrieval import Query
from rag.signals import LEXICAL_SIGNALS, SIGNALS, leads

ARTICLE = read_article(CORPUS / "us-authorization-of-strikes.txt", max_bytes=1_000_000)
PASSAGES = passages_of(
    ARTICLE.text,
    "According to the AP, the US",
    '"HIMARS has',
    "Authorization for strikes",
    title=ARTICLE.title,
)
WORDS_ONLY = EmbeddingsEncoder(HashedWords(), name="fake:words")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the ranker's files, to be damaged."""
    copy = tmp_path_factory.mktemp("ranker") / "copy"
    shutil.copytree(FOLDER, copy)
    return copy


def rank(question: str, encoder: Encoder, *, folder: Path = FOLDER) -> list[RankedSentence]:
    query = Query.read(question, encoder)
    candidates = candidates_of(PASSAGES, query, encoder)
    return SentenceRanker(folder).rank(query, candidates, [ARTICLE.title] * len(candidates))


def test_the_sentence_that_answers_comes_first(minilm: MiniLmEncoder) -> None:
    ranked = rank("How many soldiers did the Russians concentrate?", minilm)

    assert "90,000 soldiers" in ranked[0].row.text()
    assert [r.score for r in ranked] == sorted((r.score for r in ranked), reverse=True)
    assert len(ranked) == sum(s.kind == "body" for p in PASSAGES for s in p.sentences)


def test_probabilities_are_probabilities_and_tell_answers_from_none(minilm: MiniLmEncoder) -> None:
    answered = rank("How many soldiers did the Russians concentrate?", minilm)
    absent = rank("Who won the women's curling tournament?", minilm)

    assert all(0 <= r.probability <= 1 for r in [*answered, *absent])
    assert answered[0].probability > absent[0].probability


def test_without_token_states_the_lexical_weights_rank() -> None:
    ranked = rank("How many soldiers did the Russians concentrate?", WORDS_ONLY)

    assert "90,000" in ranked[0].row.text()
    assert all(0 <= r.probability <= 1 for r in ranked)


def test_each_case_has_a_threshold_of_its_own(minilm: MiniLmEncoder) -> None:
    ranker = SentenceRanker()
    thresholds = [ranker.threshold(Query.read("Who?", encoder)) for encoder in (minilm, WORDS_ONLY)]

    stored = [json.loads((FOLDER / f"{n}.json").read_bytes())["threshold"] for n in ("full", "lexical")]
    assert thresholds == stored
    assert all(0 < threshold < 1 for threshold in thresholds)


def test_the_lexical_weights_use_no_token_signal() -> None:
    signals = json.loads((FOLDER / "lexical.json").read_bytes())["signals"]

    assert set(signals) <= {*LEXICAL_SIGNALS, *SCORE_SIGNALS}


def test_nothing_to_rank_gives_nothing(minilm: MiniLmEncoder) -> None:
    assert SentenceRanker().rank(Query.read("Who?", minilm), [], []) == []


def test_a_lead_is_over_the_best_other_score() -> None:
    assert leads(np.asarray([1, 4, 2], np.float32)).tolist() == [-3, 2, -2]
    assert leads(np.asarray([4, 4, 1], np.float32)).tolist() == [0, 0, -3]
    assert leads(np.asarray([7], np.float32)).tolist() == [0]
    assert leads(np.zeros(0, np.float32)).tolist() == []


def test_a_probability_worked_by_hand() -> None:
    calibration = Calibration(
        signals=("words", "ranker_lead"),
        mean=np.asarray([1, 0], np.float32),
        scale=np.asarray([2, 1], np.float32),
        coefficients=np.asarray([1, 0.5], np.float32),
        intercept=-1.0,
        threshold=0.5,
    )
    signals = np.full((2, len(SIGNALS)), np.nan, np.float32)
    signals[:, SIGNALS.index("words")] = [3, 1]

    # (3 - 1) / 2 + 0.5 * 2 - 1 = 1, and (1 - 1) / 2 - 0.5 * 2 - 1 = -2
    expected = [1 / (1 + np.exp(-1)), 1 / (1 + np.exp(2))]
    assert calibration.probabilities(signals, np.asarray([5, 3], np.float32)) == pytest.approx(expected)


@settings(max_examples=50, deadline=None)
@given(
    arrays.arrays(
        np.float32, st.tuples(st.integers(1, 5), st.just(len(SIGNALS))), elements=st.floats(-1, 1, width=32)
    )
)
def test_any_signals_give_probabilities(signals: Floats) -> None:
    ranker = SentenceRanker()
    for scorer in (ranker._full, ranker._lexical):
        probabilities = scorer.calibration.probabilities(signals, scorer.scores(signals))
        assert ((probabilities >= 0) & (probabilities <= 1)).all()


@pytest.mark.parametrize("damage", [b"", b"damaged", None])
@pytest.mark.parametrize("name", ["full.onnx", "full.json"])
def test_a_damaged_or_missing_file_is_refused(
    name: str, damage: bytes | None, folder: Path, minilm: MiniLmEncoder
) -> None:
    whole = (folder / name).read_bytes()
    (folder / name).unlink()
    if damage is not None:
        (folder / name).write_bytes(damage)
    try:
        with pytest.raises(ModelError, match=rf"{name.replace('.', '[.]')} .*Install Presscheck again"):
            rank("How many soldiers?", minilm, folder=folder)
    finally:
        (folder / name).write_bytes(whole)


@pytest.mark.parametrize("lacking", ["trees_sha256", "threshold", "signals"])
def test_an_incomplete_calibration_is_refused(lacking: str, folder: Path) -> None:
    path = folder / "lexical.json"
    whole = path.read_text(encoding="utf-8")
    path.write_text(
        json.dumps({k: v for k, v in json.loads(whole).items() if k != lacking}), encoding="utf-8"
    )
    try:
        with pytest.raises(ModelError, match=lacking):
            rank("How many soldiers?", WORDS_ONLY, folder=folder)
    finally:
        path.write_text(whole, encoding="utf-8")


def test_a_calibration_of_unknown_signals_is_refused(folder: Path) -> None:
    path = folder / "lexical.json"
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace("novelty", "luck"), encoding="utf-8")
    try:
        with pytest.raises(ModelError, match="luck"):
            rank("How many soldiers?", WORDS_ONLY, folder=folder)
    finally:
        path.write_text(whole, encoding="utf-8")
