from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import candidates_of, passages_of
from conftest import CORPUS, HashedWords
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rag.articles import read_article
from rag.cross_encoder import ReadPassage
from rag.encoder import EmbeddingsEncoder, Encoder, Floats, MiniLmEncoder
from rag.errors import ModelError
from rag.ranker import FOLDER, SCORE_SIGNALS, WEIGHTS, Calibration, Ranking, SentenceRanker
from rag.reader import Reader, Reading
from rag.retrieval import Query
from rag.signals import LEXICAL_SIGNALS, READER_SIGNALS, SIGNALS, leads

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


class SureOf:
    """A reader that is sure of the sentences with a word in them, and of no other."""

    def __init__(self, word: str) -> None:
        self._word = word
        self.read_sentences: list[str] = []

    def load(self) -> None:
        """Nothing to load."""

    def read(self, question: str, passages: Sequence[ReadPassage]) -> list[Reading]:
        """Log-odds of 9 or -9."""
        self.read_sentences += [sentence for passage in passages for sentence in passage.sentences]
        found = [
            np.asarray([9 if self._word in sentence else -9 for sentence in passage.sentences], np.float32)
            for passage in passages
        ]
        return [Reading(answers=f, spans=f, places=np.zeros((len(f), 2), np.int32)) for f in found]


def rank(question: str, encoder: Encoder, *, folder: Path = FOLDER, reader: Reader | None = None) -> Ranking:
    query = Query.read(question, encoder)
    candidates = candidates_of(PASSAGES, query, encoder)
    return SentenceRanker(folder, reader=reader).rank(query, candidates, [ARTICLE.title] * len(candidates))


def test_the_sentence_that_answers_comes_first(minilm: MiniLmEncoder) -> None:
    ranked = rank("How many soldiers did the Russians concentrate?", minilm).sentences

    assert "90,000 soldiers" in ranked[0].row.text()
    assert [r.score for r in ranked] == sorted((r.score for r in ranked), reverse=True)
    assert len(ranked) == sum(s.kind == "body" for p in PASSAGES for s in p.sentences)


def test_probabilities_are_probabilities_and_tell_answers_from_none(minilm: MiniLmEncoder) -> None:
    answered = rank("How many soldiers did the Russians concentrate?", minilm).sentences
    absent = rank("Who won the women's curling tournament?", minilm).sentences

    assert all(0 <= r.probability <= 1 for r in [*answered, *absent])
    assert answered[0].probability > absent[0].probability


def test_without_token_states_the_lexical_weights_rank() -> None:
    ranked = rank("How many soldiers did the Russians concentrate?", WORDS_ONLY).sentences

    assert "90,000" in ranked[0].row.text()
    assert all(0 <= r.probability <= 1 for r in ranked)


@pytest.mark.parametrize("encoder", [MiniLmEncoder(), WORDS_ONLY], ids=["tokens", "words"])
def test_a_reader_that_is_sure_decides(encoder: Encoder) -> None:
    without = rank("What do the soldiers say of HIMARS?", encoder)
    reader = SureOf("Hephaestus")
    ranked = rank("What do the soldiers say of HIMARS?", encoder, reader=reader)

    assert "Hephaestus" in ranked.sentences[0].row.text()
    place = [r.row.text() for r in without.sentences].index(ranked.sentences[0].row.text())
    assert ranked.sentences[0].probability > without.sentences[place].probability
    assert len(reader.read_sentences) == len(ranked.sentences)


def test_what_is_taken_is_left_out_and_only_its_passage_is_read_again(minilm: MiniLmEncoder) -> None:
    reader = SureOf("90,000")
    ranker = SentenceRanker(reader=reader)
    query = Query.read("How many soldiers did the Russians concentrate?", minilm)
    candidates = candidates_of(PASSAGES, query, minilm)
    titles = [ARTICLE.title] * len(candidates)
    ranking = ranker.rank(query, candidates, titles)
    (best, *others) = ranking.sentences
    reader.read_sentences.clear()

    rest = ranker.rank_rest(query, candidates, titles, ranking=ranking, taken=[best])

    own = best.row.candidate.passage
    assert sorted(r.row.text() for r in rest.sentences) == sorted(r.row.text() for r in others)
    assert best.row.text() not in reader.read_sentences
    assert all(sentence in own.text for sentence in reader.read_sentences)
    assert {id(r.row.candidate) for r in rest.sentences} <= {id(candidate) for candidate in candidates}
    assert all(r.row.sentence in r.row.candidate.passage.sentences for r in rest.sentences)


def test_two_copies_of_a_passage_are_read_once(minilm: MiniLmEncoder) -> None:
    reader = SureOf("90,000")
    query = Query.read("How many soldiers?", minilm)
    candidates = candidates_of([PASSAGES[0], replace(PASSAGES[0], id="copy", article_id="b")], query, minilm)

    ranked = SentenceRanker(reader=reader).rank(query, candidates, ["Same", "Same"])

    assert len(ranked.sentences) == 2 * len(reader.read_sentences)


def test_each_case_has_a_threshold_of_its_own() -> None:
    cases: list[tuple[Encoder, Reader | None]] = [
        (MiniLmEncoder(), SureOf("a")), (WORDS_ONLY, SureOf("a")), (MiniLmEncoder(), None), (WORDS_ONLY, None)
    ]  # fmt: skip
    thresholds = [rank("Who?", encoder, reader=reader).threshold for encoder, reader in cases]

    assert thresholds == [json.loads((FOLDER / f"{n}.json").read_bytes())["threshold"] for n in WEIGHTS]
    assert all(0 < threshold < 1 for threshold in thresholds)


@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_use_only_the_signals_of_their_case(name: str) -> None:
    signals = json.loads((FOLDER / f"{name}.json").read_bytes())["signals"]

    assert set(signals) <= {*WEIGHTS[name], *SCORE_SIGNALS}
    assert bool(set(signals) & set(READER_SIGNALS)) == name.endswith("-read")
    assert set(signals) & set(LEXICAL_SIGNALS)


def test_nothing_to_rank_gives_nothing(minilm: MiniLmEncoder) -> None:
    assert SentenceRanker().rank(Query.read("Who?", minilm), [], []).sentences == ()


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
    for tokens, read in itertools.product([True, False], repeat=2):
        scorer = ranker._scorer(tokens=tokens, read=read)
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
