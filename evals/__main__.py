"""`python -m evals`: ask the questions, print and write the report, exit with 1 when it got worse."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from evals import stored
from evals.figures import MEASURES, Figures
from evals.judging import Outcome
from evals.plots import write_plots
from evals.questions import CORPORA, EVALS, QUESTIONS, read_corpus, read_questions
from evals.report import Report, SquadFigures, as_json, markdown, print_report
from evals.run import Tell, measure_corpus
from evals.squad import FILE, GROUP, TARGETS, directions, measure_pipeline, measure_retrieval, values_of
from evals.thresholds import Check, Values, checks, update_baseline


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the evals; 0 when every threshold holds, 1 when not."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.data and not (options.data / FILE).is_file():
        parser.error(f"there is no {FILE} in {options.data}")
    console = Console()
    corpora = {name: read_corpus(folder) for name, folder in CORPORA.items()}
    questions = read_questions(QUESTIONS, corpora)
    with Progress(console=console, transient=True) as progress:
        outcomes: list[Outcome] = []
        for name in [options.only] if options.only else list(CORPORA):
            outcomes += measure_corpus(name, questions, tell=_bar(progress, f"{name} questions"))
        squad = _measure_squad(options.data, progress) if options.data else None
    report = Report(
        outcomes=tuple(outcomes),
        articles={article.id: article for some in corpora.values() for article in some.values()},
        squad=squad or stored.load(),
    )
    values = _values(report.groups, squad)
    higher = _higher(values)
    if options.update_baseline:
        update_baseline(values, higher)
    report = replace(report, checks=(*checks(values, higher), *(_target_checks(squad) if squad else ())))
    print_report(report, console)
    # A report on some of the questions would overwrite the one on all.
    if options.output or not options.only:
        write(report, options.output or EVALS)
        console.print(f"Written: {options.output or 'evals'}/report.md, report.json and plots.")
    return 0 if all(check.passed for check in report.checks) else 1


def write(report: Report, folder: Path) -> None:
    """Write report.md, report.json and the plots to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.md").write_text(markdown(report), encoding="utf-8")
    content = json.dumps(as_json(report), indent=1, ensure_ascii=False)
    (folder / "report.json").write_text(content + "\n", encoding="utf-8")
    write_plots(report.outcomes, folder / "plots")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the SQuAD data: measure on it as well")
    parser.add_argument("--only", choices=list(CORPORA), help="ask the questions on one corpus only")
    parser.add_argument("--update-baseline", action="store_true", help="make these figures the baseline")
    parser.add_argument("--output", type=Path, help="folder for the report; evals/ unless given")
    return parser


def _bar(progress: Progress, name: str) -> Tell:
    task = progress.add_task(name, total=None)

    def tell(done: int, total: int) -> None:
        progress.update(task, completed=done, total=total)

    return tell


def _measure_squad(data: Path, progress: Progress) -> SquadFigures:
    retrieval = measure_retrieval(data, tell=_bar(progress, "SQuAD retrieval"))
    progress.add_task("SQuAD pipeline, cross-validated", total=None)
    squad = SquadFigures(retrieval=retrieval, pipeline=measure_pipeline(data))
    stored.store(squad)
    return squad


def _values(groups: Mapping[str, Figures], squad: SquadFigures | None) -> Values:
    values: dict[str, dict[str, float | None]] = {
        group: {name: figure.value for name, figure in row.items()} for group, row in groups.items()
    }
    if squad is not None:
        values[GROUP] = dict(values_of(squad.retrieval, squad.pipeline))
    return values


def _higher(values: Values) -> dict[str, bool]:
    """Which way each figure is better."""
    return {measure.name: measure.higher for measure in MEASURES} | directions(values.get(GROUP, {}))


def _target_checks(squad: SquadFigures) -> list[Check]:
    values = values_of(squad.retrieval, squad.pipeline)
    return [
        Check(group=f"{GROUP} target", name=name, value=values.get(name), threshold=target, higher=higher)
        for name, (target, higher) in TARGETS.items()
    ]


if __name__ == "__main__":
    sys.exit(main())
