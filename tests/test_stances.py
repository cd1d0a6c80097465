from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.alignment import ALIGNMENTS
from rag.background import stem_idf
from rag.errors import ModelError
from rag.schema import Stance
from rag.stances import (
    SIGNALS,
    StanceCalibration,
    StanceModel,
    in_context,
    read_stance_signals,
)
from rag.verifier import STANCES, Judgement

BUILD_UP = "Russia was concentrating almost 90,000 soldiers on its territory near Kharkiv."
ALIKE = {"supports": (0.8, 0.1, 0.1), "refutes": (0.1, 0.8, 0.1), "neither": (0.1, 0.1, 0.8)}


def judgement(whole: tuple[float, float, float], *sentences: tuple[float, float, float]) -> Judgement:
    rows = np.log(np.asarray([whole, *sentences], dtype=np.float32))
    return Judgement(sentences=rows[1:], whole=rows[0])


def signals(claim: str, *sentences: str, title: str = "") -> list[dict[str, float]]:
    """The signals of each sentence of a passage, by name; the verifier says nothing of it."""
    even = (1 / 3, 1 / 3, 1 / 3)
    asked = judgement(even, *[even] * len(sentences))
    aligned = np.full((len(sentences), len(ALIGNMENTS)), 0.5, np.float32)
    _, rows = read_stance_signals(claim, in_context(title, sentences), asked, aligned)
    return [dict(zip(SIGNALS, row.tolist(), strict=True)) for row in rows]


def calibration(*, supports: float = 0.5, refutes: float = 0.5, **of: Any) -> StanceCalibration:
    """One that looks at nothing, but for `of`."""
    plain = {
        "mean": np.zeros(len(SIGNALS), np.float32),
        "scale": np.ones(len(SIGNALS), np.float32),
        "coefficients": np.zeros((3, len(SIGNALS)), np.float32),
        "intercept": np.zeros(3, np.float32),
    }
    return StanceCalibration(supports=supports, refutes=refutes, **(plain | of))


# Signals


def test_what_stands_before_a_sentence_is_its_context() -> None:
    first, second = in_context("A title", ["One.", "Two."])

    assert (first.context, second.context) == ("A title.", "A title. One.")
    assert first.passage == second.passage == ("One.", "Two.")
    assert [one.context for one in in_context("", ["One.", "Two."])] == ["", "One."]


def test_the_verifier_speaks_in_log_odds_against_neither() -> None:
    asked = judgement((0.5, 0.25, 0.25), (0.1, 0.6, 0.3))
    aligned = np.zeros((1, len(ALIGNMENTS)), np.float32)
    compared, rows = read_stance_signals("It rained.", in_context("", ["It snowed."]), asked, aligned)

    assert len(compared) == 1
    row = dict(zip(SIGNALS, rows[0].tolist(), strict=True))
    assert row["sentence_supports"] == pytest.approx(np.log(0.1 / 0.3), abs=1e-5)
    assert row["sentence_refutes"] == pytest.approx(np.log(0.6 / 0.3), abs=1e-5)
    assert row["passage_supports"] == pytest.approx(np.log(2), abs=1e-5)
    assert row["passage_refutes"] == pytest.approx(0, abs=1e-5)


def test_a_sentence_that_is_the_claim_overlaps_with_all_of_it() -> None:
    (row,) = signals(BUILD_UP, BUILD_UP)

    assert (row["overlap"], row["context_overlap"]) == pytest.approx((1.0, 1.0))
    assert (row["missing_idf"], row["novelty"]) == pytest.approx((0.0, 0.0), abs=1e-6)
    assert row["agreed"] > 0
    assert row["contradicted_figures"] == row["contradicted_words"] == row["unconfirmed_figures"] == 0


def test_overlap_is_the_share_of_the_claims_idf() -> None:
    (row,) = signals("walruses sleep", "Walruses swim.")

    found, missing = 0.1 + stem_idf("walrus"), 0.1 + stem_idf("sleep")
    assert row["overlap"] == pytest.approx(found / (found + missing), abs=1e-5)
    assert row["missing_idf"] == pytest.approx(missing, abs=1e-5)
    other = 0.1 + stem_idf("swim")
    assert row["novelty"] == pytest.approx(other / (found + other), abs=1e-5)


def test_title_and_earlier_sentences_are_context_and_later_ones_are_not() -> None:
    first, second = signals("walruses sleep", "They swim.", "They sleep.", title="Walruses")

    assert (first["overlap"], second["context_overlap"]) == pytest.approx((0.0, 1.0))
    assert 0 < first["context_overlap"] < 1
    assert first["missing_idf"] == 0  # "sleep" comes in the passage


def test_a_figure_that_contradicts_counts_and_so_does_what_it_shares() -> None:
    (row,) = signals(BUILD_UP.replace("90,000", "9,000"), BUILD_UP)

    assert row["contradicted_figures"] == 1
    assert row["contradicted_overlap"] == row["overlap"] > 0.5


def test_the_alignment_stands_behind_the_other_signals() -> None:
    (row,) = signals("It rained.", "It snowed.")

    assert [row[name] for name in ALIGNMENTS] == [0.5] * len(ALIGNMENTS)
    assert SIGNALS[-len(ALIGNMENTS) :] == ALIGNMENTS


def test_a_passage_without_sentences_has_no_signals() -> None:
    aligned = np.zeros((0, len(ALIGNMENTS)), np.float32)
    compared, rows = read_stance_signals("It rained.", [], judgement((0.1, 0.1, 0.8)), aligned)

    assert compared == []
    assert rows.shape == (0, len(SIGNALS))


# The calibration


def test_probabilities_are_those_of_a_multinomial_regression() -> None:
    coefficients = np.zeros((3, len(SIGNALS)), np.float32)
    coefficients[0, 0] = 2.0
    mean, scale = np.zeros(len(SIGNALS), np.float32), np.ones(len(SIGNALS), np.float32)
    mean[0], scale[0] = 1.0, 4.0
    asked = calibration(
        mean=mean,
        scale=scale,
        coefficients=coefficients,
        intercept=np.log(np.asarray([1, 2, 1], dtype=np.float32)),
    )
    row = np.zeros((1, len(SIGNALS)), np.float32)
    row[0, 0] = 1 + 2 * np.log(3)  # (1 + 2 ln 3 - 1) / 4 * 2 = ln 3: odds of 3 : 2 : 1

    assert asked.probabilities(row)[0] == pytest.approx([3 / 6, 2 / 6, 1 / 6], abs=1e-5)


def test_a_signal_that_is_missing_counts_as_average() -> None:
    coefficients, mean = np.zeros((3, len(SIGNALS)), np.float32), np.zeros(len(SIGNALS), np.float32)
    coefficients[0, -1], mean[-1] = 2.0, 0.4
    asked = calibration(coefficients=coefficients, mean=mean)
    average, missing = np.zeros((2, 1, len(SIGNALS)), np.float32)
    average[0, -1], missing[0, -1] = 0.4, np.nan

    assert asked.probabilities(missing).tolist() == asked.probabilities(average).tolist()


def test_huge_signals_give_probabilities_nonetheless() -> None:
    coefficients = np.eye(3, len(SIGNALS), dtype=np.float32)
    rows = np.full((2, len(SIGNALS)), 1e4, np.float32) * np.eye(2, len(SIGNALS), dtype=np.float32)

    assert calibration(coefficients=coefficients).probabilities(rows) == pytest.approx(
        np.asarray([[1, 0, 0], [0, 1, 0]])
    )


def test_the_confidence_is_calibrated_by_whether_there_is_evidence() -> None:
    asked = calibration(told=(2.0, 0.0), untold=(1.0, float(np.log(3))))

    assert asked.confidence(0.75, told=True) == pytest.approx(0.9)  # odds of 3, squared
    assert asked.confidence(0.5, told=False) == pytest.approx(0.75)
    assert calibration().confidence(0.3, told=True) == pytest.approx(0.3)
    assert 0 < calibration().confidence(0.0, told=True) < calibration().confidence(1.0, told=True) < 1


def test_each_stance_has_its_threshold() -> None:
    asked = calibration(supports=0.6, refutes=0.7)

    assert (asked.least(Stance.SUPPORTS), asked.least(Stance.REFUTES)) == (0.6, 0.7)


# Its file


def stored(**changes: Any) -> dict[str, Any]:
    return {
        "signals": SIGNALS,
        "stances": STANCES,
        "mean": [0.0] * len(SIGNALS),
        "scale": [1.0] * len(SIGNALS),
        "coefficients": [[0.0] * len(SIGNALS)] * 3,
        "intercept": [0.0, 0.5, 1.0],
        "supports": 0.6,
        "told": [1.2, -0.3],
        "untold": [0.8, 0.1],
        "refutes": 0.7,
    } | changes


def test_the_calibration_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "stances.json").write_text(json.dumps(stored()), encoding="utf-8")

    found = StanceModel(tmp_path).calibration

    assert (found.supports, found.refutes) == (0.6, 0.7)
    assert found.intercept.tolist() == [0.0, 0.5, 1.0]
    assert found.coefficients.shape == (3, len(SIGNALS))


def test_the_calibration_that_is_shipped_fits_the_code() -> None:
    found = StanceModel().calibration

    assert found.coefficients.shape == (3, len(SIGNALS))
    assert found.mean.shape == found.scale.shape == (len(SIGNALS),)
    assert (found.scale > 0).all()
    assert 0 < found.supports < 1 and 0 < found.refutes < 1


def test_a_calibration_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"stances[.]json can't be read .*Install Presscheck again"):
        _ = StanceModel(tmp_path).calibration


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "damaged.*Install Presscheck again"),
        ("{}", "damaged.*KeyError.*Install Presscheck again"),
        (json.dumps(stored(mean="x")), "damaged.*ValueError"),
        (json.dumps(stored(supports=None)), "damaged.*TypeError"),
        (
            json.dumps(stored(signals=SIGNALS[1:])),
            "another version of Presscheck[.] Install Presscheck again",
        ),
        (json.dumps(stored(stances=STANCES[::-1])), "another version of Presscheck"),
    ],
)
def test_a_calibration_that_is_damaged_or_of_another_version_is_refused(
    content: str, told: str, tmp_path: Path
) -> None:
    (tmp_path / "stances.json").write_text(content, encoding="utf-8")

    with pytest.raises(ModelError, match=told):
        _ = StanceModel(tmp_path).calibration
