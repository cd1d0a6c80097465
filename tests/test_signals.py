from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from builders import candidate_of, passages_of
from conftest import HashedWords

from rag.encoder import EmbeddingsEncoder, Encoder, Floats, MiniLmEncoder
from rag.reader import Reading
from rag.retrieval import Candidate, Query
from rag.schema import SentenceKind
from rag.signals import (
    LEXICAL_SIGNALS,
    READER_SIGNALS,
    SIGNALS,
    TOKEN_SIGNALS,
    SentenceRow,
    read_signals,
    sentence_rows,
    texts_to_read,
)

WORDS_ONLY = EmbeddingsEncoder(HashedWords(), name="fake:words")
TEXT = (
    "The council met on Monday. It cut the bus budget by 12 percent because money is short. "
    '"Who will pay for this?" asked a driver.'
)


def candidate(text: str, *, asked: Query | None = None, encoder: Encoder = WORDS_ONLY) -> Candidate:
    (passage,) = passages_of(text, start=50)
    return candidate_of(passage, asked, encoder)


def read(question: str, *texts: str) -> tuple[list[SentenceRow], Floats]:
    return read_signals(
        Query.read(question, WORDS_ONLY), [candidate(text) for text in texts], ["Budget news"] * len(texts)
    )


def column(signals: Floats, name: str) -> list[float]:
    values: Sequence[float] = signals[:, SIGNALS.index(name)].tolist()
    return [round(value, 4) for value in values]


def test_a_row_reads_its_own_sentence() -> None:
    rows, signals = read("What was cut?", TEXT)

    assert signals.shape == (3, len(SIGNALS))
    assert rows[0].text() == "The council met on Monday."
    assert rows[0].text(rows[1].sentence).startswith("It cut the bus")


def test_without_token_states_the_token_signals_are_nan_and_the_others_are_not() -> None:
    _, signals = read("What was cut?", TEXT)

    assert np.isnan(signals[:, : len(TOKEN_SIGNALS)]).all()
    assert np.isfinite(signals[:, len(TOKEN_SIGNALS) : -len(READER_SIGNALS)]).all()
    assert len(set(SIGNALS)) == len(SIGNALS) == len((*TOKEN_SIGNALS, *LEXICAL_SIGNALS, *READER_SIGNALS))


def test_without_readings_the_readers_signals_are_nan_and_with_them_not() -> None:
    query = Query.read("What was cut?", WORDS_ONLY)
    candidates = [candidate(TEXT), candidate("Rain fell. The bus was late.")]
    readings = [
        Reading(
            answers=np.asarray(log_odds, np.float32),
            spans=np.asarray(log_odds, np.float32) * 2,
            places=np.zeros((len(log_odds), 2), np.int32),
        )
        for log_odds in ([-3.0, 2.0, -1.0], [-4.0, 0.5])
    ]

    assert np.isnan(read("What was cut?", TEXT)[1][:, -len(READER_SIGNALS) :]).all()
    _, signals = read_signals(query, candidates, ["", ""], readings)
    assert column(signals, "reader_answers") == [-3, 2, -1, -4, 0.5]
    assert column(signals, "reader_span_lead") == [-10, 3, -6, -12, -3]
    whole = [np.log(np.exp(reading.answers).sum()) for reading in readings]
    assert column(signals, "reader_passage") == pytest.approx([whole[0]] * 3 + [whole[1]] * 2, abs=1e-3)


def test_the_body_is_read_and_where_there_is_none_everything() -> None:
    (passage,) = passages_of("Budget news\n\nThe council met. It cut the budget.", title="Budget news")
    heading = replace(passage, sentences=passage.sentences[:1])

    assert texts_to_read(passage) == ("The council met.", "It cut the budget.")
    assert heading.sentences[0].kind is not SentenceKind.BODY
    assert texts_to_read(heading) == ("Budget news",)


def test_overlap_is_the_share_of_the_questions_idf() -> None:
    asked = Query.read("bus zeppelin", WORDS_ONLY)
    bus, zeppelin = asked.stem_weights.values()
    _, signals = read_signals(asked, [candidate(TEXT)], [""])

    share = bus / (bus + zeppelin)
    assert column(signals, "sentence_overlap") == pytest.approx([0, share, 0], abs=1e-4)
    assert column(signals, "window_overlap") == pytest.approx([share, share, share], abs=1e-4)
    assert column(signals, "missing_idf") == pytest.approx([zeppelin] * 3, abs=1e-4)
    assert column(signals, "overlap_lead") == pytest.approx([-share, share, -share], abs=1e-4)


def test_the_title_counts_for_the_passage() -> None:
    asked = Query.read("budget news", WORDS_ONLY)
    covered = read_signals(asked, [candidate(TEXT)], ["The news"])[1]
    uncovered = read_signals(asked, [candidate(TEXT)], [""])[1]

    assert column(covered, "passage_overlap") == [1, 1, 1]
    assert column(uncovered, "passage_overlap")[0] < 1


def test_a_sentences_bm25_worked_by_hand() -> None:
    asked = Query.read("bus", WORDS_ONLY)
    (idf,) = asked.stem_weights.values()
    _, signals = read_signals(asked, [candidate("Bus bus tram.")], [""])

    norm = 1.2 * (0.5 + 0.5 * 3 / 22)
    assert column(signals, "sentence_bm25") == pytest.approx([idf * 2 * 2.2 / (2 + norm)], abs=1e-4)


def test_what_is_asked_for_and_offered() -> None:
    _, signals = read("By how much was the bus budget cut?", TEXT)

    assert column(signals, "asks_number") == [1, 1, 1]
    assert column(signals, "asks_person") == [0, 0, 0]
    assert column(signals, "type_found") == [-1, 1, -1]
    assert column(signals, "has_quotation") == [0, 0, 1]
    assert column(signals, "is_question") == [0, 0, 0]
    assert column(signals, "position") == [0, 1, 2]
    assert column(signals, "words") == pytest.approx([math.log1p(n) for n in (5, 12, 8)], abs=1e-4)


def test_the_passages_scores_are_handed_on() -> None:
    _, signals = read("What was cut?", TEXT, "Another passage entirely.")

    assert column(signals, "passage_fused") == [1.25] * 4
    assert column(signals, "passage_rank") == [0, 0, 0, 1]


def test_only_body_sentences_are_rows() -> None:
    text = "Council cuts budget\n\nThe council cut it. Money is short.\n\nThe hall (photo: AP)\n\nWhy so?"
    ranked = candidate(text)
    kinds = {sentence.kind for sentence in ranked.passage.sentences}
    rows = sentence_rows([ranked])

    assert SentenceKind.CAPTION in kinds
    assert {row.sentence.kind for row in rows} == {SentenceKind.BODY}
    assert "photo" not in " ".join(row.text() for row in rows)


def test_no_candidates_give_no_rows() -> None:
    rows, signals = read("What was cut?")

    assert rows == []
    assert signals.shape == (0, len(SIGNALS))


def test_token_signals_prefer_the_sentence_that_answers(minilm: MiniLmEncoder) -> None:
    asked = Query.read("What was reduced?", minilm)
    _, signals = read_signals(asked, [candidate(TEXT, asked=asked, encoder=minilm)], ["Budget"])

    assert np.isfinite(signals[:, : -len(READER_SIGNALS)]).all()
    for name in ("sentence_maxsim", "sentence_weakest", "maxsim_lead"):
        assert np.argmax(column(signals, name)) == 1, name
    leads = column(signals, "maxsim_lead")
    assert sum(lead > 0 for lead in leads) == 1
    for name in TOKEN_SIGNALS:
        assert all(-1.001 <= value <= 1.001 for value in column(signals, name)), name


def test_a_sentence_behind_the_encoders_window_has_signals_all_the_same(minilm: MiniLmEncoder) -> None:
    asked = Query.read("What was reduced?", minilm)
    far = "A filler sentence stands here. " * 60 + "The budget was reduced."
    rows, signals = read_signals(asked, [candidate(far, asked=asked, encoder=minilm)], [""])

    assert np.isfinite(signals[:, : -len(READER_SIGNALS)]).all()
    assert column(signals, "sentence_maxsim")[-1] == 0
    assert rows[-1].text() == "The budget was reduced."
