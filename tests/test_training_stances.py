from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")

from rag.alignment import ALIGNMENTS
from rag.comparison import Comparison, compare
from rag.stances import SIGNALS, StanceModel
from training.claims import ANY, NEITHER, REFUTES, SUPPORTS, ClaimExample, fold_of, stances
from training.judgements import Judgements, KeptRows
from training.stances import (
    GRID,
    WAYS,
    AskedClaim,
    Scored,
    Signalled,
    asked_claims,
    best_sides,
    choose_thresholds,
    either_way,
    figures,
    fit,
    fit_confidence,
    out_of_fold,
    said_of,
    signalled,
    verdicts,
    write,
)

LABELS = (SUPPORTS, REFUTES, NEITHER)
NOTHING_DIFFERS = Comparison(differences=(), agreed=0)
SAID = {SUPPORTS: (0.9, 0.04, 0.06), REFUTES: (0.05, 0.8, 0.15), NEITHER: (0.08, 0.07, 0.85)}
ROOMS = (
    "hall kitchen cellar attic study nursery chapel pantry library parlour stable dairy "
    "gallery bedroom larder porch tower vault armoury laundry brewery orangery workshop theatre"
).split()
PASSAGE = ("The observatory stands on a hill.", "The catalogue burned in a fire.")


def example(
    claim: str, label: str, *, kind: str = "written: paraphrase", group: str = "a", evidence: int = 1
) -> ClaimExample:
    evidences = [] if label == NEITHER else [evidence]
    return ClaimExample(
        claim=claim,
        title="The observatory",
        sentences=PASSAGE,
        stances=stances(len(PASSAGE), evidences, label),
        whole=label,
        kind=kind,
        group=group,
    )


def judged(examples: list[ClaimExample]) -> list[Signalled]:
    """Examples with the judgements of a verifier that is mostly right."""
    rows = [
        np.log(np.asarray([SAID[stance] for stance in (one.whole, *one.stances)], dtype=np.float32))
        for one in examples
    ]
    return signalled(examples, Judgements.made(examples, rows), aligned(examples))


def aligned(examples: list[ClaimExample]) -> KeptRows:
    """Alignments that tell nothing."""
    return KeptRows.made(
        examples, [np.zeros((len(e.sentences), len(ALIGNMENTS)), np.float32) for e in examples]
    )


@pytest.fixture(scope="module")
def items() -> list[Signalled]:
    """Claims of each source, in several groups."""
    found = []
    for n, room in enumerate(ROOMS):
        label, group = (SUPPORTS, REFUTES, NEITHER)[n % 3], f"group {n // 3}"
        found.append(example(f"The catalogue of the {room} burned.", label, group=group))
        if label != NEITHER:
            found.append(example(f"A fire burned the {room}.", label, group=f"fever {n}", kind="fever"))
            asked = f"The {room} has burned."
            found.append(example(asked, label, group=f"article {n}", kind="fool me twice"))
    return judged(found)


def scored(
    label: str,
    *probabilities: tuple[float, float, float],
    compared: Comparison = NOTHING_DIFFERS,
    claim: str = "It burned.",
    kind: str = "written: paraphrase",
    group: str = "a",
) -> Scored:
    rows = np.asarray(probabilities, dtype=np.float32)
    item = Signalled(
        example=example(claim, label, kind=kind, group=group),
        compared=[compared] * len(rows),
        signals=np.zeros((len(rows), len(SIGNALS)), np.float32),
    )
    return Scored(item=item, probabilities=rows)


def asked(label: str, *probabilities: tuple[float, float, float], group: str = "a") -> AskedClaim:
    return AskedClaim(label=label, group=group, passages=(scored(label, *probabilities),))


def verdict_of(claim: AskedClaim, supports: float = 0.5, refutes: float = 0.5) -> str:
    best = np.asarray([best_sides(claim)], dtype=np.float32)
    return LABELS[int(verdicts(best, supports=supports, refutes=refutes)[0])]


# Signals and fit


def test_only_what_was_judged_has_signals() -> None:
    one, other = example("It burned.", SUPPORTS), example("It drowned.", NEITHER)
    rows = np.log(np.asarray([SAID[SUPPORTS]] * 3, dtype=np.float32))

    (found,) = signalled([other, one], Judgements.made([one], [rows]), aligned([one]))

    assert found.example == one
    assert found.source == "written"
    assert found.signals.shape == (2, len(SIGNALS))


def test_a_fitted_calibration_says_what_the_sentences_say(items: list[Signalled]) -> None:
    calibration = fit(items)

    for item in items:
        said = calibration.probabilities(item.signals).argmax(axis=1)
        assert [(SUPPORTS, REFUTES, NEITHER)[n] for n in said] == list(item.example.stances)


def test_signals_that_are_left_out_have_no_say(items: list[Signalled]) -> None:
    calibration = fit(items, columns=["overlap"])

    told = dict(zip(SIGNALS, np.abs(calibration.coefficients).max(axis=0).tolist(), strict=True))
    assert {name for name, weight in told.items() if weight > 0} == {"overlap"}


def test_sentences_of_which_nothing_is_known_are_not_learnt(items: list[Signalled]) -> None:
    unknown = [
        Signalled(
            example=ClaimExample(
                claim=item.example.claim,
                title="",
                sentences=PASSAGE,
                stances=(ANY, ANY),
                whole=item.example.whole,
                kind="fool me twice",
                group="other",
            ),
            compared=item.compared,
            signals=item.signals + 100,
        )
        for item in items
    ]

    assert np.array_equal(fit([*items, *unknown]).coefficients, fit(items).coefficients)


def test_every_example_is_scored_once(items: list[Signalled]) -> None:
    found = out_of_fold(items)

    assert sorted(one.item.example.claim for one in found) == sorted(item.example.claim for item in items)
    assert either_way(found, "fever") == either_way(found, "fool me twice") == 1.0


def test_an_example_is_not_scored_by_what_saw_its_group(items: list[Signalled]) -> None:
    def of(group: str, found: list[Scored]) -> list[list[float]]:
        return [one.probabilities.tolist() for one in found if one.item.example.group == group]

    group = items[0].example.group
    turned = [
        replace(item, example=replace(item.example, stances=item.example.stances[::-1]))
        if item.example.group == group
        else item
        for item in items
    ]

    assert of(group, out_of_fold(turned)) == of(group, out_of_fold(items))
    folds = fold_of([item.example.group for item in items])
    other = next(name for name, fold in folds.items() if fold != folds[group])
    assert of(other, out_of_fold(turned)) != of(other, out_of_fold(items))


def test_telling_support_from_refutation_goes_by_the_surest_sentence_of_each() -> None:
    found = [
        scored(SUPPORTS, (0.1, 0.3, 0.6), (0.8, 0.1, 0.1), kind="fever"),  # right: .8 against .3
        scored(SUPPORTS, (0.4, 0.5, 0.1), (0.2, 0.1, 0.7), kind="fever"),  # wrong: .4 against .5
        scored(REFUTES, (0.4, 0.5, 0.1), kind="fever"),  # right
        scored(REFUTES, (0.9, 0.1, 0.0), kind="written: number"),  # of another source
    ]

    assert either_way(found, "fever") == pytest.approx(2 / 3)


# Verdicts and thresholds


def test_the_verdict_is_of_the_surest_sentence_that_passes_its_threshold() -> None:
    claim = asked(SUPPORTS, (0.6, 0.2, 0.2), (0.2, 0.7, 0.1))

    assert verdict_of(claim) == REFUTES
    assert verdict_of(asked(SUPPORTS, (0.6, 0.2, 0.2))) == SUPPORTS
    assert verdict_of(asked(SUPPORTS, (0.45, 0.25, 0.3))) == NEITHER


def test_a_figure_that_contradicts_vetoes_support() -> None:
    compared = compare(
        "Russia was concentrating 9,000 soldiers near Kharkiv.",
        "Russia was concentrating almost 90,000 soldiers near Kharkiv.",
    )
    assert any(difference.contradicts for difference in compared.differences)

    def verdict(*probabilities: float) -> str:
        row = (probabilities[0], probabilities[1], probabilities[2])
        one = scored(SUPPORTS, row, compared=compared)
        return verdict_of(AskedClaim(label=REFUTES, group="a", passages=(one,)))

    assert verdict(0.9, 0.06, 0.04) == REFUTES  # .06 of what is left, .1
    assert verdict(0.9, 0.04, 0.06) == NEITHER


def test_the_thresholds_with_the_best_macro_f1_are_chosen_and_of_equals_the_highest() -> None:
    claims = [
        asked(SUPPORTS, (0.76, 0.04, 0.2)),
        asked(REFUTES, (0.04, 0.66, 0.3)),
        asked(NEITHER, (0.56, 0.04, 0.4)),
        asked(NEITHER, (0.04, 0.46, 0.5)),
    ]

    chosen = choose_thresholds(claims)

    assert chosen == (0.73, 0.64)
    assert set(chosen) <= set(GRID)
    assert [verdict_of(claim, *chosen) for claim in claims] == [claim.label for claim in claims]


def test_a_claim_is_asked_of_its_own_passage_and_of_those_that_were_found() -> None:
    own = scored(SUPPORTS, (0.9, 0.05, 0.05))
    found = [scored(NEITHER, (0.1, 0.1, 0.8), kind="retrieved") for _ in range(2)]
    alone = scored(SUPPORTS, (0.9, 0.05, 0.05), claim="It drowned.")
    elsewhere = scored(NEITHER, (0.1, 0.1, 0.8), kind="retrieved", claim="It fell.")
    fever = scored(SUPPORTS, (0.9, 0.05, 0.05), kind="fever")

    (claim,) = asked_claims([found[0], own, alone, fever, elsewhere, found[1]])

    assert (claim.label, claim.group) == (SUPPORTS, "a")
    assert claim.passages == (own, *found)


def test_a_claim_is_told_by_thresholds_that_others_chose() -> None:
    # In one group the neutral claim is surer than anybody's true ones: only its own fold could know.
    groups = [f"group {n}" for n in range(9)]
    claims = [asked(SUPPORTS, (0.82, 0.08, 0.1), group=group) for group in groups]
    claims += [asked(NEITHER, (0.62, 0.08, 0.3), group=group) for group in groups]
    claims += [asked(REFUTES, (0.08, 0.82, 0.1), group=group) for group in groups]
    odd = asked(NEITHER, (0.81, 0.09, 0.1), group=groups[0])

    said = said_of([*claims, odd])

    assert [LABELS[number] for number in said[:-1]] == [claim.label for claim in claims]
    assert LABELS[said[-1]] == SUPPORTS


def test_the_confidence_is_the_share_of_verdicts_that_are_right() -> None:
    sure = [asked(SUPPORTS, (0.9, 0.05, 0.05))] * 30 + [asked(NEITHER, (0.9, 0.05, 0.05))] * 30
    unsure = [asked(SUPPORTS, (0.6, 0.1, 0.3))] * 10 + [asked(NEITHER, (0.6, 0.1, 0.3))] * 50
    silent = [asked(NEITHER, (0.05, 0.05, 0.9))] * 40

    found = fit_confidence([*sure, *unsure, *silent], supports=0.5, refutes=0.5)

    def confidence(score: float) -> float:
        slope, intercept = found["told"]
        return float(1 / (1 + np.exp(-(slope * np.log(score / (1 - score)) + intercept))))

    assert confidence(0.9) == pytest.approx(0.5, abs=0.05)
    assert confidence(0.6) == pytest.approx(10 / 60, abs=0.05)
    assert found["untold"] == (1.0, 0.0)


# The whole


def test_what_is_written_is_what_the_product_reads(items: list[Signalled], tmp_path: Path) -> None:
    write([*items, *_asked_elsewhere(items)], tmp_path)

    calibration = StanceModel(tmp_path).calibration

    assert calibration.supports in GRID and calibration.refutes in GRID
    for item in items:
        said = calibration.probabilities(item.signals).argmax(axis=1)
        assert [(SUPPORTS, REFUTES, NEITHER)[n] for n in said] == list(item.example.stances)
    assert json.loads((tmp_path / "stances.json").read_bytes())["signals"] == list(SIGNALS)


def test_the_ways_of_judging_share_out_the_signals() -> None:
    alone = [*WAYS["comparison"], *WAYS["alignment"], *WAYS["verifier"]]

    assert sorted(alone) == sorted(SIGNALS) == sorted(WAYS["all"])
    assert set(WAYS["word overlap"]) < set(WAYS["comparison"])


def test_every_way_of_judging_is_measured(items: list[Signalled]) -> None:
    found = figures([*items, *_asked_elsewhere(items)])

    assert found.keys() == WAYS.keys()
    assert found["all"]["hand-written, macro-F1"] == found["verifier"]["hand-written, macro-F1"] == 1.0
    assert found["word overlap"]["hand-written, macro-F1"] < 1.0


def _asked_elsewhere(items: list[Signalled]) -> list[Signalled]:
    """The hand-written claims on another passage, which says neither."""
    other = ("The harbour was dredged.",)
    found = [
        ClaimExample(
            claim=item.example.claim,
            title="The harbour",
            sentences=other,
            stances=(NEITHER,),
            whole=NEITHER,
            kind="retrieved",
            group=item.example.group,
        )
        for item in items
        if item.source == "written"
    ]
    return judged(found)
