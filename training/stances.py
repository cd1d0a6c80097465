"""Calibrates what sentences say to claims, on claims that the verifier did not see, and measures it.

    python -m training.stances --data FOLDER --work WORK                     # writes stances.json
    python -m training.stances --data FOLDER --work WORK --cross-validate    # only the figures

A logistic regression over the signals of rag/stances.py, fitted to the sentences of FEVER-Symmetric, Fool Me
Twice and the hand-written claims that are set apart; the thresholds are the highest with about the best
macro-F1 on those of the latter that are judged on five passages of their corpus. All figures are of claims
that neither verifier nor calibration saw, and for which the thresholds were not chosen either.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score

from rag.alignment import ALIGNMENTS
from rag.comparison import Comparison
from rag.encoder import Floats
from rag.schema import Stance
from rag.stances import JUDGED, SIGNALS, StanceCalibration, in_context, log_odds, read_stance_signals
from rag.verification import sides
from rag.verifier import FOLDER, STANCES
from training.claims import (
    FOLDS,
    ClaimExample,
    fold_of,
    measured_claims,
    read_claims,
)
from training.judgements import JUDGEMENTS, KEPT_ALIGNMENTS, Judgements, KeptRows

WEIGHTS = {"fever": 3.0, "fool me twice": 2.0, "written": 1.0, "retrieved": 0.5}
"""Of a sentence of each source in the fit."""
GRID = tuple(round(0.1 + 0.03 * step, 2) for step in range(27))
AS_GOOD = 0.01
"""The macro-F1 by which thresholds may differ and count as equally good: less than its standard error."""
PENALTY = 1.0


@dataclass(frozen=True, kw_only=True)
class Signalled:
    """An example with what is compared and the signals of each of its sentences."""

    example: ClaimExample
    compared: list[Comparison]
    signals: Floats

    @property
    def source(self) -> str:
        """Its data set."""
        return self.example.kind.split(":")[0]


def signalled(
    examples: Sequence[ClaimExample], judgements: Judgements, alignments: KeptRows
) -> list[Signalled]:
    """The signals of every example that was judged; `alignments` has all of these."""
    found = []
    for example in examples:
        if example in judgements:
            sentences = in_context(example.title, example.sentences)
            compared, signals = read_stance_signals(
                example.claim, sentences, judgements.of(example), alignments.rows_of(example)
            )
            found.append(Signalled(example=example, compared=compared, signals=signals))
    return found


def fit(items: Sequence[Signalled], *, columns: Sequence[str] = SIGNALS) -> StanceCalibration:
    """The calibration of some examples' sentences, by these signals; its thresholds are not chosen yet."""
    rows, labels, weights = [], [], []
    for item in items:
        for stance, own in zip(item.example.stances, item.signals, strict=True):
            if stance in STANCES:
                rows.append(own)
                labels.append(STANCES.index(Stance(stance)))
                weights.append(WEIGHTS[item.source])
    table = np.asarray(rows, dtype=np.float64)
    kept = np.asarray([name in columns for name in SIGNALS])
    mean, scale = table.mean(axis=0), np.maximum(table.std(axis=0), 1e-6)
    model = LogisticRegression(C=PENALTY, max_iter=2000)
    model.fit(((table - mean) / scale)[:, kept], labels, sample_weight=weights)
    coefficients = np.zeros((len(STANCES), len(SIGNALS)))
    coefficients[:, kept] = model.coef_
    return StanceCalibration(
        mean=mean.astype(np.float32),
        scale=scale.astype(np.float32),
        coefficients=coefficients.astype(np.float32),
        intercept=model.intercept_.astype(np.float32),
        supports=0.5,
        refutes=0.5,
    )


@dataclass(frozen=True, kw_only=True)
class Scored:
    """An example with its sentences' probabilities (s, 3), by a calibration that did not see it."""

    item: Signalled
    probabilities: Floats


def out_of_fold(items: Sequence[Signalled], *, columns: Sequence[str] = SIGNALS) -> list[Scored]:
    """Every example scored by the calibration of the other folds."""
    folds = fold_of([item.example.group for item in items])
    found = []
    for fold in range(FOLDS):
        calibration = fit([i for i in items if folds[i.example.group] != fold], columns=columns)
        for item in items:
            if folds[item.example.group] == fold:
                found.append(Scored(item=item, probabilities=calibration.probabilities(item.signals)))
    return found


def either_way(scored: Sequence[Scored], source: str) -> float:
    """The accuracy of telling supported from refuted claims of a source that has no others."""
    own = [one for one in scored if one.item.source == source]
    said = [bool(_best(one)[0] >= _best(one)[1]) for one in own]
    return float(accuracy_score([one.item.example.whole == "supports" for one in own], said))


def _best(scored: Scored) -> Floats:
    """The highest log-odds of support and of refutation, over sentences whose part in it is known or not."""
    probabilities = np.clip(scored.probabilities[:, :2], 1e-6, 1 - 1e-6)
    return np.asarray(np.log(probabilities / (1 - probabilities)).max(axis=0), dtype=np.float32)


@dataclass(frozen=True, kw_only=True)
class AskedClaim:
    """A hand-written claim with all its judged passages: its own, and those that were found for it."""

    label: str
    group: str
    passages: tuple[Scored, ...]


def asked_claims(scored: Sequence[Scored]) -> list[AskedClaim]:
    """The claims that were asked of the whole corpus."""
    own: dict[tuple[str, str], Scored] = {}
    others: defaultdict[tuple[str, str], list[Scored]] = defaultdict(list)
    for one in scored:
        key = one.item.example.group, one.item.example.claim
        if one.item.source == "written":
            own[key] = one
        elif one.item.source == "retrieved":
            others[key].append(one)
    return [
        AskedClaim(label=own[key].item.example.whole, group=key[0], passages=(own[key], *found))
        for key, found in others.items()
        if key in own
    ]


def best_sides(claim: AskedClaim) -> tuple[float, float]:
    """The surest sentence for a claim and the surest against it, of all its passages, after vetoes."""
    found = [
        sides(own, comparison)
        for passage in claim.passages
        for own, comparison in zip(passage.probabilities, passage.item.compared, strict=True)
    ]
    return max(s for s, _ in found), max(r for _, r in found)


def verdicts(best: Floats, *, supports: float, refutes: float) -> Floats:
    """The number in `STANCES` of each claim's verdict, by its best sides (n, 2): the surer one, if sure."""
    enough = best >= np.asarray([supports, refutes])
    surer = np.where(enough, best, 0.0).argmax(axis=1)
    return np.where(enough.any(axis=1), surer, STANCES.index(Stance.NEITHER))


def choose_thresholds(claims: Sequence[AskedClaim]) -> tuple[float, float]:
    """What to support and to refute from: the highest that are as good as the best, by macro-F1 on claims.

    Over the low ones the macro-F1 hardly changes, but what is said to be supported is wrong more often.
    """
    truth = _labels(claims)
    best = np.asarray([best_sides(claim) for claim in claims])
    macro = {
        (supports, refutes): float(
            f1_score(truth, verdicts(best, supports=supports, refutes=refutes), average="macro")
        )
        for supports, refutes in product(GRID, GRID)
    }
    enough = max(macro.values()) - AS_GOOD
    return max((pair for pair in macro if macro[pair] >= enough), key=lambda pair: (sum(pair), macro[pair]))


def _labels(claims: Sequence[AskedClaim]) -> list[int]:
    return [STANCES.index(Stance(claim.label)) for claim in claims]


def said_of(claims: Sequence[AskedClaim]) -> list[int]:
    """The verdict of each claim, by the thresholds that are best on the other folds' claims."""
    folds = fold_of([claim.group for claim in claims])
    best = np.asarray([best_sides(claim) for claim in claims])
    own = np.asarray([folds[claim.group] for claim in claims])
    said = np.zeros(len(claims), dtype=int)
    for fold in range(FOLDS):
        chosen = choose_thresholds([c for c, n in zip(claims, own, strict=True) if n != fold])
        said[own == fold] = verdicts(best, supports=chosen[0], refutes=chosen[1])[own == fold]
    return [int(number) for number in said]


def fit_confidence(
    claims: Sequence[AskedClaim], *, supports: float, refutes: float
) -> dict[str, tuple[float, float]]:
    """Slope and intercept from the log-odds of a verdict's score to those of its being right (Platt 1999).

    "told" is of claims with evidence, "untold" of those without; scores stay where all or none are right.
    """
    best = np.asarray([best_sides(claim) for claim in claims])
    said = verdicts(best, supports=supports, refutes=refutes)
    right = said == np.asarray(_labels(claims))
    told = said != STANCES.index(Stance.NEITHER)
    scores = np.where(told, np.take_along_axis(best, np.minimum(said, 1)[:, None], 1)[:, 0], 1 - best.max(1))
    found = {}
    for name, own in (("told", told), ("untold", ~told)):
        found[name] = 1.0, 0.0
        if len(set(right[own])) == 2:
            odds = np.asarray([[log_odds(score)] for score in scores[own]])
            model = LogisticRegression(C=PENALTY).fit(odds, right[own])
            found[name] = float(model.coef_[0, 0]), float(model.intercept_[0])
    return found


OVERLAPS = ("overlap", "context_overlap", "missing_idf", "novelty")
WAYS: dict[str, tuple[str, ...]] = {
    "word overlap": OVERLAPS,
    "comparison": tuple(name for name in SIGNALS if name not in (*JUDGED, *ALIGNMENTS)),
    "alignment": ALIGNMENTS,
    "verifier": JUDGED,
    "all": SIGNALS,
}
"""The signals of each way of judging that is compared."""


def figures(items: Sequence[Signalled]) -> dict[str, dict[str, float]]:
    """What each way is worth on claims it did not see; the thresholds told are those of all claims."""
    found = {}
    for way, columns in WAYS.items():
        scored = out_of_fold(items, columns=columns)
        claims = asked_claims(scored)
        chosen, said, truth = choose_thresholds(claims), said_of(claims), _labels(claims)
        found[way] = {
            "fever-symmetric, accuracy": either_way(scored, "fever"),
            "fool-me-twice, accuracy": either_way(scored, "fool me twice"),
            "hand-written, macro-F1": float(f1_score(truth, said, average="macro")),
            "hand-written, accuracy": float(accuracy_score(truth, said)),
            "supports from": chosen[0],
            "refutes from": chosen[1],
        }
    return found


def write(items: Sequence[Signalled], folder: Path) -> None:
    """Fit to everything and write `stances.json`, with the thresholds of out-of-fold claims."""
    claims = asked_claims(out_of_fold(items))
    supports, refutes = choose_thresholds(claims)
    calibration = fit(items)
    values = {
        "signals": SIGNALS,
        "stances": STANCES,
        "mean": calibration.mean.tolist(),
        "scale": calibration.scale.tolist(),
        "coefficients": calibration.coefficients.tolist(),
        "intercept": calibration.intercept.tolist(),
        "supports": supports,
        "refutes": refutes,
        **fit_confidence(claims, supports=supports, refutes=refutes),
    }
    (folder / "stances.json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Calibrate, or only measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder of the public data sets")
    parser.add_argument("--work", type=Path, help="where retrieved.jsonl lies")
    parser.add_argument("--judgements", type=Path, default=JUDGEMENTS)
    parser.add_argument("--alignments", type=Path, default=KEPT_ALIGNMENTS)
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument("--cross-validate", action="store_true", help="only print the figures")
    given = parser.parse_args()
    examples = measured_claims(given.data)
    if given.work is not None:
        examples += read_claims(given.work / "retrieved.jsonl")
    items = signalled(examples, Judgements.load(given.judgements), KeptRows.load(given.alignments))
    print(json.dumps(Counter(item.source for item in items)))
    print(json.dumps(figures(items), indent=1))
    if not given.cross_validate:
        write(items, given.out)


if __name__ == "__main__":
    main()
