"""What a sentence says to a claim: the verifier's judgement, comparison and alignment, calibrated together.

The calibration comes from `python -m training.stances` and lies in `rag/models/verifier/`.
"""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from rag._model_files import read_model_file, undamaged
from rag.alignment import ALIGNMENTS
from rag.background import stem_idf, stems
from rag.comparison import FIGURES, Comparison, DifferenceKind, compare
from rag.encoder import Floats
from rag.errors import ModelError
from rag.schema import Stance
from rag.verifier import FOLDER, STANCES, Judgement

JUDGED = (
    "sentence_supports",  # log-odds of the verifier for this sentence, against "neither"
    "sentence_refutes",
    "passage_supports",  # for its whole passage
    "passage_refutes",
)
SIGNALS = (
    *JUDGED,
    "overlap",  # the share of the claim's IDF that the sentence's stems cover
    "context_overlap",  # the sentence, the ones before it in its passage, and the title
    "missing_idf",  # the highest IDF of a claim's stem that is not in passage or title
    "novelty",  # the share of the sentence's IDF that is not in the claim
    "contradicted_figures",  # numbers and dates that can't both be right
    "contradicted_words",  # negation, antonyms, modality, quantifiers
    "unconfirmed_figures",  # of the claim, that the sentence does not have
    "unconfirmed_names",
    "agreed",  # figures, dates and names of the claim that are there
    "contradicted_overlap",  # any contradiction, times the overlap
    *ALIGNMENTS,
)
"""What a sentence's stance is calibrated on."""
_MOST = 3.0  # differences of a kind that are counted


@dataclass(frozen=True, kw_only=True, slots=True)
class SentenceInContext:
    """A sentence with its article's title and the sentences before it in its passage, and its passage."""

    text: str
    title: str
    before: tuple[str, ...]
    passage: tuple[str, ...]

    @property
    def context(self) -> str:
        """The title and the sentences before."""
        return " ".join((self.title + ".", *self.before)) if self.title else " ".join(self.before)


def in_context(title: str, sentences: Sequence[str]) -> list[SentenceInContext]:
    """Each sentence of a passage with what stands before it."""
    passage = tuple(sentences)
    return [
        SentenceInContext(text=text, title=title, before=passage[:number], passage=passage)
        for number, text in enumerate(sentences)
    ]


def read_stance_signals(
    claim: str, sentences: Sequence[SentenceInContext], judgement: Judgement, alignment: Floats
) -> tuple[list[Comparison], Floats]:
    """What is compared of each sentence of one passage, and its signals (s, len(SIGNALS)).

    `alignment` (s, len(ALIGNMENTS)) is of the same sentences, in parallel.
    """
    compared = [compare(claim, one.text, context=one.context) for one in sentences]
    wanted = weighted_stems(claim)
    everywhere = {stem for one in sentences for text in (one.title, *one.passage) for stem in stems(text)}
    rows = [
        _row(one, comparison, judged, judgement.whole, wanted=wanted, everywhere=everywhere)
        for one, comparison, judged in zip(sentences, compared, judgement.sentences, strict=True)
    ]
    own = np.asarray(rows, dtype=np.float32).reshape(len(rows), len(SIGNALS) - len(ALIGNMENTS))
    return compared, np.column_stack([own, alignment])


def weighted_stems(text: str) -> dict[str, float]:
    """The weight of each stem of a text: its IDF, and a little for every one."""
    return {stem: 0.1 + stem_idf(stem) for stem in stems(text)}


def _row(
    sentence: SentenceInContext,
    comparison: Comparison,
    judged: Floats,
    whole: Floats,
    *,
    wanted: Mapping[str, float],
    everywhere: Container[str],
) -> list[float]:
    own = weighted_stems(sentence.text)
    near = own.keys() | set(stems(sentence.context))
    overlap = share_found(wanted, own)
    contradicted = [d for d in comparison.differences if d.contradicts]
    unconfirmed = [d for d in comparison.differences if not d.contradicts]
    figures = sum(d.kind in FIGURES for d in contradicted)
    values = {
        "sentence_supports": float(judged[0] - judged[2]),
        "sentence_refutes": float(judged[1] - judged[2]),
        "passage_supports": float(whole[0] - whole[2]),
        "passage_refutes": float(whole[1] - whole[2]),
        "overlap": overlap,
        "context_overlap": share_found(wanted, near),
        "missing_idf": max((idf for stem, idf in wanted.items() if stem not in everywhere), default=0.0),
        "novelty": 1.0 - share_found(own, wanted),
        "contradicted_figures": min(_MOST, figures),
        "contradicted_words": min(_MOST, len(contradicted) - figures),
        "unconfirmed_figures": min(_MOST, sum(d.kind in FIGURES for d in unconfirmed)),
        "unconfirmed_names": min(_MOST, sum(d.kind is DifferenceKind.NAME for d in unconfirmed)),
        "agreed": min(_MOST, comparison.agreed),
        "contradicted_overlap": overlap if contradicted else 0.0,
    }
    return [values[name] for name in SIGNALS if name not in ALIGNMENTS]


def share_found(wanted: Mapping[str, float], found: Container[str]) -> float:
    """The share (0 to 1) of the weight of what is wanted that is found; 0 where nothing weighs anything."""
    return sum(idf for stem, idf in wanted.items() if stem in found) / max(sum(wanted.values()), 1e-9)


@dataclass(frozen=True, kw_only=True)
class StanceCalibration:
    """Multinomial logistic regression from a sentence's signals to the probability of each stance.

    `mean` and `scale` (k,) standardise the k `signals`; `coefficients` (3, k) and `intercept` (3,) are in the
    order of `STANCES`. A sentence speaks for or against a claim when the probability of that is at least
    `supports` or `refutes`. `told` and `untold` (2,) are slope and intercept from the log-odds of a score to
    those of a right verdict (Platt 1999), for verdicts with evidence and without.
    """

    mean: Floats
    scale: Floats
    coefficients: Floats
    intercept: Floats
    supports: float
    refutes: float
    told: tuple[float, float] = (1.0, 0.0)
    untold: tuple[float, float] = (1.0, 0.0)

    def probabilities(self, signals: Floats) -> Floats:
        """The probability (n, 3) of each stance for each row of `signals` (n, len(SIGNALS)).

        An alignment that is NaN, because the encoder gives no token states, counts as average.
        """
        standard = (signals - self.mean) / self.scale
        standard[:, -len(ALIGNMENTS) :] = np.nan_to_num(standard[:, -len(ALIGNMENTS) :], nan=0.0)
        logits = standard @ self.coefficients.T + self.intercept
        logits = logits - logits.max(axis=1, keepdims=True)
        odds = np.exp(logits)
        return np.asarray(odds / odds.sum(axis=1, keepdims=True), dtype=np.float32)

    def confidence(self, score: float, *, told: bool) -> float:
        """The probability (0 to 1) that a verdict is right, by its `score` (0 to 1).

        With evidence (`told`) that is how likely the best of it is right, without any how likely it is that
        the sentence that comes nearest is none.
        """
        slope, intercept = self.told if told else self.untold
        return float(1.0 / (1.0 + np.exp(-(slope * log_odds(score) + intercept))))

    def least(self, stance: Stance) -> float:
        """The probability from which a sentence is taken to have a stance."""
        return self.supports if stance is Stance.SUPPORTS else self.refutes


def log_odds(probability: float) -> float:
    """The log-odds of a probability (0 to 1), of 0 and 1 those of one in a thousand."""
    kept = min(max(probability, 1e-3), 1.0 - 1e-3)
    return float(np.log(kept / (1.0 - kept)))


class StanceModel:
    """The calibration that comes with Presscheck, read when it is needed.

    Raises ModelError when its file is missing or damaged.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self._path = folder / "stances.json"

    @cached_property
    def calibration(self) -> StanceCalibration:
        """Read the file, and check it."""
        content = read_model_file(self._path, model="verifier")
        with undamaged(self._path, model="verifier"):
            values = json.loads(content)
            if tuple(values["signals"]) != SIGNALS or tuple(values["stances"]) != STANCES:
                raise ModelError(
                    f"The verifier's file {self._path} was made for another version of Presscheck. Install "
                    f"Presscheck again."
                )
            return StanceCalibration(
                mean=np.asarray(values["mean"], dtype=np.float32),
                scale=np.asarray(values["scale"], dtype=np.float32),
                coefficients=np.asarray(values["coefficients"], dtype=np.float32),
                intercept=np.asarray(values["intercept"], dtype=np.float32),
                supports=float(values["supports"]),
                refutes=float(values["refutes"]),
                told=(float(values["told"][0]), float(values["told"][1])),
                untold=(float(values["untold"][0]), float(values["untold"][1])),
            )
