"""The figures as a table on the screen, as Markdown and as JSON.

Nothing here depends on the time or the machine but the latencies, so that a change of the report is a
change of the product.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from rich.console import Console
from rich.table import Table

from evals import (
    attributions,
    claim_figures,
    claim_report,
    claim_set_report,
    conversations,
    injections,
    metrics,
    squad_report,
)
from evals.attributions import AttributionFigures
from evals.claim_figures import ClaimFigures
from evals.claim_sets import ClaimSetFigures
from evals.conversations import ConversationFigures
from evals.figures import BY_NAME, MEASURES, Figures, Latency, by_corpus, by_kind, figures, latencies
from evals.injections import InjectionFigures
from evals.judging import Outcome, Verdict
from evals.squad_report import SquadFigures
from evals.tables import one_line, plain, table_head, table_row, with_interval
from evals.thresholds import Check
from rag.schema import Article

ATTRIBUTION = "attribution"
"""The group of thresholds on who says what."""
_RIGHT = (Verdict.COMPLETE, Verdict.ABSTAINED)
_LABELS: Mapping[str, Mapping[str, str]] = {
    claim_figures.GROUP: {measure.name: measure.label for measure in claim_figures.MEASURES},
    ATTRIBUTION: {measure.name: measure.label for measure in attributions.MEASURES},
    conversations.GROUP: conversations.LABELS,
    injections.GROUP: injections.LABELS,
}
"""What the figures of a group are called, by the first word of its name; the others are of questions."""
_KIND_COLUMNS = ("recall@1", "recall@5", "answered", "answer_hit", "any_gold", "precision", "recall", "f1")


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything a report is made of; `articles` are by id.

    `outcomes`, `claims`, `attributed`, `conversations` and `injections` are empty or None where a run left
    them out, `squad` and `claim_sets` None where they were never measured.
    """

    outcomes: tuple[Outcome, ...]
    articles: Mapping[str, Article]
    checks: tuple[Check, ...] = ()
    squad: SquadFigures | None = None
    claims: ClaimFigures | None = None
    claim_sets: ClaimSetFigures | None = None
    attributed: AttributionFigures | None = None
    conversations: ConversationFigures | None = None
    injections: InjectionFigures | None = None

    @cached_property
    def groups(self) -> dict[str, Figures]:
        """Every figure, by corpus."""
        return {name: figures(outcomes) for name, outcomes in by_corpus(self.outcomes).items()}

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """The questions that were not answered completely, or should not have been."""
        return tuple(outcome for outcome in self.outcomes if outcome.verdict not in _RIGHT)


def print_report(report: Report, console: Console) -> None:
    """Show the figures, the checks that failed, and how to see more."""
    failed = []
    if report.outcomes:
        _print_questions(report, console)
        failed.append(f"{len(report.failures)} questions failed")
    if report.claims is not None:
        console.print(claim_report.table(report.claims))
        _print_latencies(latencies(report.claims.outcomes, whole=claim_figures.WHOLE), console)
        failed.append(f"{len(report.claims.wrong)} claims got a wrong verdict")
    if report.claim_sets is not None:
        console.print(claim_set_report.table(report.claim_sets))
    if report.attributed is not None:
        console.print(_attribution_table(report.attributed))
    if report.conversations is not None:
        console.print(_table("Conversations", conversations.LABELS, report.conversations.values))
    if report.injections is not None:
        console.print(_table("Injection", injections.LABELS, report.injections.values))
    for check in report.checks:
        if not check.passed:
            console.print(f"[red]worse than its threshold:[/red] {_checked(check)}")
    passed = sum(check.passed for check in report.checks)
    console.print("; ".join([f"{passed} of {len(report.checks)} thresholds hold", *failed]) + ".")


def _print_questions(report: Report, console: Console) -> None:
    groups = report.groups
    table = Table(title="Presscheck on its own questions")
    table.add_column("figure")
    for name in groups:
        table.add_column(name, justify="right")
    for measure in MEASURES:
        table.add_row(measure.label, *(with_interval(row[measure.name]) for row in groups.values()))
    console.print(table)
    if report.squad is not None:
        console.print(squad_report.table(report.squad))
    _print_latencies(latencies(report.outcomes), console)


def _print_latencies(steps: Sequence[Latency], console: Console) -> None:
    for latency in steps:
        console.print(f"{latency.step}: p50 {latency.p50:.0f} ms, p95 {latency.p95:.0f} ms")


def _attribution_table(attributed: AttributionFigures) -> Table:
    table = Table(title="Who says what")
    table.add_column("figure")
    for name in attributed.groups:
        table.add_column(name, justify="right")
    for measure in attributions.MEASURES:
        cells = (with_interval(row[measure.name]) for row in attributed.groups.values())
        table.add_row(measure.label, *cells)
    return table


def _table(title: str, labels: Mapping[str, str], values: Mapping[str, float]) -> Table:
    table = Table(title=title)
    table.add_column("figure")
    table.add_column("all", justify="right")
    for name, value in values.items():
        table.add_row(labels[name], plain(value))
    return table


def markdown(report: Report) -> str:
    """The report as Markdown."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield from (
        "# How well Presscheck answers and checks",
        "",
        "Made by `python -m evals`. evals/README.md says what questions, claims and labels there are;",
        "evals/metrics.py, evals/judging.py and evals/claim_judging.py say what exactly is counted. In",
        "parentheses: 95% bootstrap intervals. A dash: does not apply.",
        "",
    )
    if report.outcomes:
        yield from _figures_section(report.groups)
        yield from _verdict_section(report.outcomes)
        yield from _kind_section(report.outcomes)
        yield from _calibration_section(report.outcomes)
        yield from _latency_section(latencies(report.outcomes))
        yield from squad_report.markdown_lines(report.squad)
    if report.claims is not None:
        yield from claim_report.markdown_lines(report.claims)
        yield from claim_set_report.markdown_lines(report.claim_sets)
    yield from _check_section(report.checks)
    if report.outcomes:
        yield from _failure_section(report)
    if report.claims is not None:
        yield from claim_report.failure_lines(report.claims)
    if report.attributed is not None:
        yield from attributions.markdown_lines(report.attributed)
    if report.conversations is not None:
        yield from ("", *conversations.markdown_lines(report.conversations))
    if report.injections is not None:
        yield from ("", *injections.markdown_lines(report.injections))


def _figures_section(groups: Mapping[str, Figures]) -> Iterator[str]:
    yield from ("## Figures", "", *table_head("figure", *groups))
    for measure in MEASURES:
        label = measure.label + ("" if measure.higher else " (lower is better)")
        yield table_row(label, *(with_interval(row[measure.name]) for row in groups.values()))
    counts = (str(row["brier"].count) for row in groups.values())
    yield from (table_row("questions", *counts), "")


def _verdict_section(outcomes: Sequence[Outcome]) -> Iterator[str]:
    groups = by_corpus(outcomes)
    yield from ("## How the questions went", "", *table_head("", *groups))
    counts = {name: Counter(outcome.verdict for outcome in group) for name, group in groups.items()}
    for verdict in Verdict:
        yield table_row(verdict.value, *(str(count[verdict]) for count in counts.values()))
    yield ""


def _kind_section(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield from ("## By kind of question", "", *table_head("kind", "questions", *_KIND_COLUMNS, "invented"))
    for kind, group in by_kind(outcomes).items():
        values = (plain(BY_NAME[name].value(group)) for name in (*_KIND_COLUMNS, "invented"))
        yield table_row(kind, str(len(group)), *values)
    yield ""


def _calibration_section(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield from (
        "## Calibration",
        "",
        "Of the questions with a confidence in each bin, how many had right evidence in the first place",
        "(unanswerable ones never have).",
        "",
        "![reliability diagram](plots/reliability.png)",
        "",
        *table_head("confidence", "questions", "mean confidence", "right"),
    )
    for part in reliability(outcomes):
        bounds = f"{part.low:.1f} to {part.high:.1f}"
        yield table_row(bounds, str(part.count), f"{part.confidence:.2f}", f"{part.accuracy:.2f}")
    yield ""


def reliability(outcomes: Sequence[Outcome]) -> tuple[metrics.CalibrationBin, ...]:
    """The bins of the reliability diagram: confidence against the best evidence being right."""
    return metrics.calibration_bins(
        [outcome.confidence for outcome in outcomes], [outcome.evidence_right for outcome in outcomes]
    )


def _latency_section(steps: Sequence[Latency]) -> Iterator[str]:
    yield from (
        "## Latency",
        "",
        "Of the machine that made this report, which may have been busy; docs/performance.md has more.",
        "",
        "![latency](plots/latency.png)",
        "",
        *table_head("step", "p50 (ms)", "p95 (ms)"),
    )
    for latency in steps:
        yield table_row(latency.step, f"{latency.p50:.0f}", f"{latency.p95:.0f}")
    yield ""


def _check_section(checks: Sequence[Check]) -> Iterator[str]:
    failed = [check for check in checks if not check.passed]
    yield from (
        "## Thresholds",
        "",
        f"{len(checks) - len(failed)} of {len(checks)} hold (evals/baseline.json).",
        "",
    )
    yield from (f"- {_checked(check)}" for check in failed)
    if failed:
        yield ""


def _checked(check: Check) -> str:
    labels = _LABELS.get(check.group.split()[0], {name: measure.label for name, measure in BY_NAME.items()})
    label = labels.get(check.name, check.name)
    bound = "at least" if check.higher else "at most"
    return f"{check.group}, {label}: {plain(check.value)}, should be {bound} {check.threshold:g}"


def _failure_section(report: Report) -> Iterator[str]:
    yield from (
        "## Every question that failed",
        "",
        "+ a right sentence that was cited, - a wrong one, ? a gold sentence that was not.",
        "",
    )
    for outcome in report.failures:
        question = outcome.question
        yield f"### {question.id} ({question.kind}): {question.text}"
        yield from ("", f"{outcome.verdict.value.capitalize()}; confidence {outcome.confidence:.2f}.")
        if question.answer:
            yield f"Answer: {question.answer}."
        yield ""
        yield from (f"    {'+' if s.right else '-'} {one_line(s.text)}" for s in outcome.cited)
        yield from (f"    ? {one_line(text)}" for text in _missing(outcome, report.articles))
        yield ""


def _missing(outcome: Outcome, articles: Mapping[str, Article]) -> list[str]:
    """The gold sentences that were not cited, of the smallest complete answer."""
    cited = {sentence.span for sentence in outcome.cited}
    gold = outcome.question.answer_sets[0] if outcome.question.answer_sets else ()
    return [articles[s.article_id].text[s.start : s.end] for s in gold if s not in cited]


def as_json(report: Report) -> dict[str, Any]:
    """The report as plain values for `json.dumps`."""
    return {
        "figures": {
            group: {name: asdict(figure) for name, figure in row.items()}
            for group, row in report.groups.items()
        },
        "kinds": {
            kind: {measure.name: measure.value(group) for measure in MEASURES}
            for kind, group in by_kind(report.outcomes).items()
        },
        "calibration": [asdict(part) for part in reliability(report.outcomes)],
        "latency_ms": [asdict(latency) for latency in latencies(report.outcomes)],
        "squad": asdict(report.squad) if report.squad is not None else None,
        "thresholds": [asdict(check) | {"passed": check.passed} for check in report.checks],
        "questions": [_question_json(outcome) for outcome in report.outcomes],
        "claims": claim_report.as_json(report.claims) if report.claims is not None else None,
        "claim_sets": asdict(report.claim_sets) if report.claim_sets is not None else None,
        "attribution": _attribution_json(report.attributed) if report.attributed is not None else None,
        "conversations": report.conversations.values if report.conversations is not None else None,
        "injection": report.injections.values if report.injections is not None else None,
    }


def _attribution_json(attributed: AttributionFigures) -> dict[str, Any]:
    return {
        group: {name: asdict(figure) for name, figure in row.items()}
        for group, row in attributed.groups.items()
    }


def _question_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "id": outcome.question.id,
        "question": outcome.question.text,
        "kind": outcome.question.kind.value,
        "verdict": outcome.verdict.value,
        "confidence": round(outcome.confidence, 4),
        "evidence_right": outcome.evidence_right,
        "precision": outcome.precision,
        "recall": outcome.recall,
        "passage_recall": {str(k): value for k, value in outcome.passage_recall.items()},
        "cited": [{"text": sentence.text, "right": sentence.right} for sentence in outcome.cited],
    }
