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

from evals import metrics
from evals.figures import BY_NAME, MEASURES, Figure, Figures, Latency, by_corpus, by_kind, figures, latencies
from evals.judging import Outcome, Verdict
from evals.squad import TARGETS, WAYS, values_of
from evals.thresholds import Check
from rag.schema import Article

_SQUAD_TEXT = """\
Measured with `python -m evals --data FOLDER` on eight articles of SQuAD 2's development set. Retrieval is
over all 315 paragraphs, for the 1,412 answerable questions; a paragraph is found when a passage of it is.
The few weights of the retrieval were chosen on the same articles, by cross-validation. The other figures
are cross-validated by article: the ranker and the calibration that they measure never saw the article that
is asked about.

Asked of all paragraphs (all), of its own article's (own), of five neighbouring ones (near); without an
answer: of all but the right paragraph (removed), of the other articles (absent), of one other article
(absent one), and SQuAD's own unanswerable questions (adversarial). The first sentence is the ranker's best
one, and right when a gold answer starts in it; the first citation is what the answer cites first, with what
that sentence can't stand without. The threshold is chosen for a share of the answerable askings that reach it
out of fold (training/ranker.py), so the answered share of these is set rather than found.
"""
_RIGHT = (Verdict.COMPLETE, Verdict.ABSTAINED)
_KIND_COLUMNS = ("recall@1", "recall@5", "answered", "answer_hit", "any_gold", "precision", "recall", "f1")


@dataclass(frozen=True, kw_only=True)
class SquadFigures:
    """The SQuAD measurement; `current` says whether the code has been the same since."""

    retrieval: Mapping[str, Mapping[str, Figure]]
    pipeline: Mapping[str, float]
    current: bool = True


@dataclass(frozen=True, kw_only=True)
class Report:
    """Everything a report is made of; `articles` are by id, `squad` None where it was never measured."""

    outcomes: tuple[Outcome, ...]
    articles: Mapping[str, Article]
    checks: tuple[Check, ...] = ()
    squad: SquadFigures | None = None

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
    groups = report.groups
    table = Table(title="Presscheck on its own questions")
    table.add_column("figure")
    for name in groups:
        table.add_column(name, justify="right")
    for measure in MEASURES:
        table.add_row(measure.label, *(_with_interval(row[measure.name]) for row in groups.values()))
    console.print(table)
    if report.squad is not None:
        console.print(_squad_table(report.squad))
    for latency in latencies(report.outcomes):
        console.print(f"{latency.step}: p50 {latency.p50:.0f} ms, p95 {latency.p95:.0f} ms")
    for check in report.checks:
        if not check.passed:
            console.print(f"[red]worse than its threshold:[/red] {_checked(check)}")
    passed = sum(check.passed for check in report.checks)
    console.print(
        f"{passed} of {len(report.checks)} thresholds hold; {len(report.failures)} questions failed."
    )


def _squad_table(squad: SquadFigures) -> Table:
    table = Table(title="SQuAD 2 (8 articles, 315 paragraphs)")
    for column in ("figure", "value", "target"):
        table.add_column(column, justify="left" if column == "figure" else "right")
    for name, value in values_of(squad.retrieval, squad.pipeline).items():
        table.add_row(name, f"{value:.3f}", _target(name, value))
    return table


def markdown(report: Report) -> str:
    """The report as Markdown."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield from (
        "# How well Presscheck answers",
        "",
        "Made by `python -m evals`. evals/README.md says what the questions are; evals/metrics.py and",
        "evals/judging.py say what exactly is counted. In parentheses: 95% bootstrap intervals. A dash: does",
        "not apply.",
        "",
    )
    yield from _figures_section(report.groups)
    yield from _verdict_section(report.outcomes)
    yield from _kind_section(report.outcomes)
    yield from _calibration_section(report.outcomes)
    yield from _latency_section(latencies(report.outcomes))
    yield from _squad_section(report.squad)
    yield from _check_section(report.checks)
    yield from _failure_section(report)


def _figures_section(groups: Mapping[str, Figures]) -> Iterator[str]:
    yield from ("## Figures", "", *_head("figure", *groups))
    for measure in MEASURES:
        label = measure.label + ("" if measure.higher else " (lower is better)")
        yield _row(label, *(_with_interval(row[measure.name]) for row in groups.values()))
    counts = (str(row["brier"].count) for row in groups.values())
    yield from (_row("questions", *counts), "")


def _verdict_section(outcomes: Sequence[Outcome]) -> Iterator[str]:
    groups = by_corpus(outcomes)
    yield from ("## How the questions went", "", *_head("", *groups))
    counts = {name: Counter(outcome.verdict for outcome in group) for name, group in groups.items()}
    for verdict in Verdict:
        yield _row(verdict.value, *(str(count[verdict]) for count in counts.values()))
    yield ""


def _kind_section(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield from ("## By kind of question", "", *_head("kind", "questions", *_KIND_COLUMNS, "invented"))
    for kind, group in by_kind(outcomes).items():
        values = (_plain(BY_NAME[name].value(group)) for name in (*_KIND_COLUMNS, "invented"))
        yield _row(kind, str(len(group)), *values)
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
        *_head("confidence", "questions", "mean confidence", "right"),
    )
    for part in reliability(outcomes):
        bounds = f"{part.low:.1f} to {part.high:.1f}"
        yield _row(bounds, str(part.count), f"{part.confidence:.2f}", f"{part.accuracy:.2f}")
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
        *_head("step", "p50 (ms)", "p95 (ms)"),
    )
    for latency in steps:
        yield _row(latency.step, f"{latency.p50:.0f}", f"{latency.p95:.0f}")
    yield ""


def _squad_section(squad: SquadFigures | None) -> Iterator[str]:
    yield from ("## SQuAD 2", "")
    if squad is None:
        yield from ("Not measured: `python -m evals --data FOLDER` does, with the data that it needs.", "")
        return
    yield _SQUAD_TEXT
    if not squad.current:
        yield from ("These figures were measured before the last change of the code in rag/.", "")
    names = list(next(iter(squad.retrieval.values())))
    yield from _head("retrieval", *names)
    for way in WAYS:
        yield _row(way, *(_with_interval(squad.retrieval[way][name]) for name in names))
    yield from ("", *_head("figure", "value", "target"))
    for name, value in values_of(squad.retrieval, squad.pipeline).items():
        yield _row(name, f"{value:.3f}", _target(name, value))
    if not squad.pipeline:
        yield from ("", "The whole-pipeline figures were not measured.")
    yield ""


def _target(name: str, value: float) -> str:
    if name not in TARGETS:
        return ""
    target, higher = TARGETS[name]
    reached = value >= target if higher else value <= target
    return f"{'at least' if higher else 'at most'} {target:g}: {'reached' if reached else 'missed'}"


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
    label = BY_NAME[check.name].label if check.name in BY_NAME else check.name
    bound = "at least" if check.higher else "at most"
    return f"{check.group}, {label}: {_plain(check.value)}, should be {bound} {check.threshold:g}"


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
        yield from (f"    {'+' if s.right else '-'} {_one_line(s.text)}" for s in outcome.cited)
        yield from (f"    ? {_one_line(text)}" for text in _missing(outcome, report.articles))
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


def _plain(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _with_interval(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return _plain(figure.value)
    # Parentheses, for rich takes square brackets for its own markup.
    return f"{_plain(figure.value)} ({figure.low:.2f}–{figure.high:.2f})"


def _head(*cells: str) -> tuple[str, str]:
    return _row(*cells), "|---|" + "---:|" * (len(cells) - 1)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _one_line(text: str) -> str:
    return " ".join(text.split())
