"""The sections of the report on the hand-written claims."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from rich.table import Table

from evals import metrics
from evals.claim_figures import (
    BY_NAME,
    MEASURES,
    P50_TARGET_MS,
    TARGETS,
    WHOLE,
    ClaimFigures,
    baselines,
    in_words,
    sureness,
)
from evals.claim_judging import ClaimOutcome, ClaimSentence, Mark
from evals.figures import latencies
from evals.tables import one_line, plain, table_head, table_row, target_text, with_interval
from rag.schema import Stance, Verdict

_WORST = 10
_KIND_COLUMNS = ("accuracy", "evidence_precision", "evidence_recall", "evidence_f1", "supported_unquoted")
_SIGNS = {Mark.RIGHT: "+", Mark.NEUTRAL: "=", Mark.WRONG: "-", Mark.MISSING: "?"}
_SIDES = {Stance.SUPPORTS: "for", Stance.REFUTES: "against"}
_TEXT = """\
Each claim was checked against all articles of its corpus (evals/claims.jsonl). The evidence is compared
sentence by sentence, for and against separately (evals/claim_judging.py); claims without gold have none to
compare.
"""
_BASELINES_TEXT = """\
What needs no model: always the most frequent verdict, and supported from some share of the claim's words,
weighted by their IDF, in the best sentence of the articles, or else not enough evidence. The share is the one
that is best on these very claims, so the figure is an upper bound.
"""


def markdown_lines(figures: ClaimFigures) -> Iterator[str]:
    """The section of the report: figures, baselines, confusion, kinds, calibration, latency, the worst."""
    yield from ("## Claims", "", _TEXT)
    yield from _figures_section(figures)
    yield from _baseline_section(figures)
    yield from _confusion_section(figures)
    yield from _kind_section(figures)
    yield from _calibration_section(figures)
    yield from _latency_section(figures)
    yield from _worst_section(figures)


def table(figures: ClaimFigures) -> Table:
    """The figures for the screen."""
    shown = Table(title="Claims")
    shown.add_column("figure")
    for name in (*figures.groups, "target"):
        shown.add_column(name, justify="right")
    for measure in MEASURES:
        cells = (with_interval(own[measure.name]) for own in figures.groups.values())
        shown.add_row(measure.label, *cells, _target(figures, measure.name))
    return shown


def _target(figures: ClaimFigures, name: str) -> str:
    if name not in TARGETS:
        return ""
    target, higher = TARGETS[name]
    # The targets are of all claims, or of what was measured when that is one corpus.
    return target_text(next(iter(figures.groups.values()))[name].value, target, higher=higher)


def _figures_section(figures: ClaimFigures) -> Iterator[str]:
    groups = figures.groups
    yield from table_head("figure", *groups, "target")
    for measure in MEASURES:
        label = measure.label + ("" if measure.higher else " (lower is better)")
        cells = (with_interval(own[measure.name]) for own in groups.values())
        yield table_row(label, *cells, _target(figures, measure.name))
    yield table_row("claims", *(str(len(some)) for some in figures.by_corpus.values()), "")
    yield ""


def _baseline_section(figures: ClaimFigures) -> Iterator[str]:
    yield from ("### Baselines", "", _BASELINES_TEXT, *table_head("", "claims", "macro-F1", "accuracy"))
    for name, own in figures.groups.items():
        some = figures.by_corpus[name]
        values = (plain(own["macro_f1"].value), plain(own["accuracy"].value))
        yield table_row(f"Presscheck, {name}", str(len(some)), *values)
        for baseline in baselines(some):
            values = (plain(baseline.macro_f1), plain(baseline.accuracy))
            yield table_row(f"{baseline.name}, {name}", str(len(some)), *values)
    yield ""


def _confusion_section(figures: ClaimFigures) -> Iterator[str]:
    counts = figures.confusion
    said = [*Verdict, *([None] if any(o.verdict is None for o in figures.outcomes) else [])]
    yield from ("### Verdicts", "", "Rows: what is right. Columns: what was said.", "")
    yield from table_head("", *map(in_words, said))
    for truth in Verdict:
        yield table_row(in_words(truth), *(str(counts[truth, verdict]) for verdict in said))
    yield ""


def _kind_section(figures: ClaimFigures) -> Iterator[str]:
    labels = (BY_NAME[name].label for name in _KIND_COLUMNS)
    yield from ("### By kind of claim", "", *table_head("kind", "claims", *labels))
    for kind, some in figures.by_kind.items():
        yield table_row(kind, str(len(some)), *(plain(BY_NAME[name].value(some)) for name in _KIND_COLUMNS))
    yield ""


def _calibration_section(figures: ClaimFigures) -> Iterator[str]:
    yield from (
        "### Calibration of the verdicts",
        "",
        "Of the claims with a confidence in each bin, how many have the right verdict.",
        "",
        "![reliability diagram](plots/reliability-claims.png)",
        "",
        *table_head("confidence", "claims", "mean confidence", "right"),
    )
    for part in metrics.calibration_bins(*sureness(figures.outcomes)):
        bounds = f"{part.low:.1f} to {part.high:.1f}"
        yield table_row(bounds, str(part.count), f"{part.confidence:.2f}", f"{part.accuracy:.2f}")
    yield ""


def _latency_section(figures: ClaimFigures) -> Iterator[str]:
    yield from ("### Latency of a claim", "", *table_head("step", "p50 (ms)", "p95 (ms)"))
    for latency in latencies(figures.outcomes, whole=WHOLE):
        yield table_row(latency.step, f"{latency.p50:.0f}", f"{latency.p95:.0f}")
    target = target_text(figures.p50_ms, P50_TARGET_MS, higher=False)
    yield from ("", f"Target of the p50, in milliseconds: {target}.", "")


def _worst_section(figures: ClaimFigures) -> Iterator[str]:
    yield from ("### The ten worst", "", "The wrong verdicts with the highest confidence.", "")
    yield from ("| claim | kind | confidence | said | right | text |", "|---|---|---:|---|---|---|")
    for outcome in figures.surest_errors(_WORST):
        case = outcome.case
        verdicts = (in_words(outcome.verdict), in_words(case.verdict))
        yield table_row(case.id, case.kind.value, f"{outcome.confidence:.3f}", *verdicts, one_line(case.text))
    yield ""


def failure_lines(figures: ClaimFigures) -> Iterator[str]:
    """Each claim that failed, with what was cited and what is gold: wrong verdicts, then other evidence."""
    yield from (
        "## Every claim with a wrong verdict",
        "",
        "+ a right sentence that was cited, - a wrong one, = one that counts neither way, ? a gold sentence",
        "that was not cited; each for or against the claim.",
        "",
    )
    for outcome in figures.wrong:
        yield from _outcome_lines(outcome)
    yield from ("## Every claim with the right verdict and other evidence", "")
    for outcome in figures.incomplete:
        yield from _outcome_lines(outcome)


def _outcome_lines(outcome: ClaimOutcome) -> Iterator[str]:
    case = outcome.case
    yield from (f"### {case.id} ({case.kind}): {case.text}", "")
    sure = "" if outcome.confidence is None else f"; confidence {outcome.confidence:.2f}"
    yield f"{in_words(outcome.verdict).capitalize()}, should be {in_words(case.verdict)}{sure}."
    if outcome.refusal:
        yield one_line(outcome.refusal)
    if case.note:
        yield f"Note: {case.note}"
    yield ""
    yield from (_sentence_line(sentence) for sentence in (*outcome.cited, *outcome.missing))
    yield ""


def _sentence_line(sentence: ClaimSentence) -> str:
    return f"    {_SIGNS[sentence.mark]} {_SIDES[sentence.stance]}: {one_line(sentence.text)}"


def as_json(figures: ClaimFigures) -> dict[str, Any]:
    """The section as plain values for `json.dumps`."""
    return {
        "figures": {
            group: {name: asdict(figure) for name, figure in own.items()}
            for group, own in figures.groups.items()
        },
        "baselines": {
            group: [asdict(baseline) for baseline in baselines(some)]
            for group, some in figures.by_corpus.items()
        },
        "confusion": {
            truth.value: {
                in_words(said): count for (known, said), count in figures.confusion.items() if known is truth
            }
            for truth in Verdict
        },
        "kinds": {
            kind: {measure.name: measure.value(some) for measure in MEASURES}
            for kind, some in figures.by_kind.items()
        },
        "calibration": [asdict(part) for part in metrics.calibration_bins(*sureness(figures.outcomes))],
        "latency_ms": [asdict(latency) for latency in latencies(figures.outcomes, whole=WHOLE)],
        "claims": [_outcome_json(outcome) for outcome in figures.outcomes],
    }


def _outcome_json(outcome: ClaimOutcome) -> dict[str, Any]:
    return {
        "id": outcome.case.id,
        "claim": outcome.case.text,
        "kind": outcome.case.kind.value,
        "verdict": outcome.case.verdict.value,
        "said": outcome.verdict.value if outcome.verdict else None,
        "confidence": None if outcome.confidence is None else round(outcome.confidence, 4),
        "precision": outcome.precision,
        "recall": outcome.recall,
        "quoted": outcome.quoted,
        "cited": [
            {"text": sentence.text, "stance": sentence.stance.value, "mark": sentence.mark.value}
            for sentence in outcome.cited
        ],
    }
