"""`python -m evals`: ask the questions, check the claims, see who says what. Exits with 1 when worse."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from evals import attributions, claim_figures, claim_sets, conversations, injections, stored
from evals.attributions import AttributionFigures, measure_attributions
from evals.claim_cases import CLAIMS, read_claim_cases
from evals.claim_data import FILES as CLAIM_FILES
from evals.claim_figures import ClaimFigures, group_names
from evals.claim_judging import ClaimOutcome
from evals.claim_sets import ClaimSetFigures
from evals.conversations import ConversationFigures, joined, measure_conversations, read_conversations
from evals.figures import MEASURES, Figures
from evals.injections import InjectionFigures, ask_injections, read_injections
from evals.judging import Outcome
from evals.plots import write_plots
from evals.questions import CORPORA, EVALS, QUESTIONS, read_corpus, read_questions
from evals.report import ATTRIBUTION, Report, as_json, markdown, print_report
from evals.run import Tell, measure, measure_claims, product
from evals.squad import FILE, GROUP, TARGETS, directions, measure_pipeline, measure_retrieval, values_of
from evals.squad_report import SquadFigures
from evals.thresholds import Check, Values, checks, update_baseline
from rag.schema import Article

QUESTIONS_PART, CLAIMS_PART, ATTRIBUTION_PART, CONVERSATIONS_PART, INJECTION_PART = PARTS = (
    "questions",
    "claims",
    "attribution",
    "conversations",
    "injection",
)
Corpora = Mapping[str, Mapping[str, Article]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the evals; 0 when every threshold holds, 1 when not."""
    parser = _parser()
    options = parser.parse_args(arguments)
    parts, names = _chosen(options.only, PARTS), _chosen(options.only, CORPORA)
    for file in _files(parts) if options.data else ():
        if not (options.data / file).is_file():
            parser.error(f"there is no {file} in {options.data}")
    console = Console()
    corpora = {name: read_corpus(folder) for name, folder in CORPORA.items()}
    with Progress(console=console, transient=True) as progress:
        measured = _measure(corpora, names, parts, progress)
        squad = _measure_squad(options.data, progress) if options.data and QUESTIONS_PART in parts else None
        claims = (
            _measure_claim_sets(options.data, progress) if options.data and CLAIMS_PART in parts else None
        )
    report = replace(measured, squad=squad or stored.load(), claim_sets=claims or stored.load_claim_sets())
    values = _values(report, squad, claims)
    higher = _higher(values)
    if options.update_baseline:
        update_baseline(values, higher)
    targets = (*(_target_checks(squad) if squad else ()), *(_claim_target_checks(claims) if claims else ()))
    report = replace(report, checks=(*checks(values, higher), *targets))
    print_report(report, console)
    # A report on some of it would overwrite the one on all.
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
    claims = report.claims.outcomes if report.claims is not None else ()
    write_plots(report.outcomes, folder / "plots", claims=claims)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m evals", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the public data: measure on it as well")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=[*PARTS, *CORPORA],
        default=(),
        help="these parts, on these corpora only (each stands for all of its kind if none is named)",
    )
    parser.add_argument("--update-baseline", action="store_true", help="make these figures the baseline")
    parser.add_argument("--output", type=Path, help="folder for the report; evals/ unless given")
    return parser


def _chosen(named: Collection[str], known: Collection[str]) -> list[str]:
    """Those that were named, or all if none was."""
    return [name for name in known if name in named] or list(known)


def _files(parts: Collection[str]) -> list[str]:
    """The files of public data that the parts need."""
    return [
        *([FILE] if QUESTIONS_PART in parts else []),
        *(CLAIM_FILES if CLAIMS_PART in parts else []),
    ]


def _bar(progress: Progress, name: str) -> Tell:
    task = progress.add_task(name, total=None)

    def tell(done: int, total: int) -> None:
        progress.update(task, completed=done, total=total)

    return tell


def _measure(corpora: Corpora, names: Sequence[str], parts: Collection[str], progress: Progress) -> Report:
    """The hand-written questions, claims and labels of some corpora, each corpus ingested once."""
    every = read_questions(QUESTIONS, corpora)
    questions = every if QUESTIONS_PART in parts else ()
    cases = read_claim_cases(CLAIMS, corpora) if CLAIMS_PART in parts else ()
    talks = read_conversations(corpora) if CONVERSATIONS_PART in parts else ()
    outcomes: list[Outcome] = []
    checked: list[ClaimOutcome] = []
    held: list[ConversationFigures] = []
    for name in names if questions or cases or talks else ():
        asked = [question for question in questions if question.corpus == name]
        claimed = [case for case in cases if case.corpus == name]
        with product(name) as (checker, articles):
            if asked:
                outcomes += measure(checker, asked, articles, tell=_bar(progress, f"{name} questions"))
            if claimed:
                tell = _bar(progress, f"{name} claims")
                checked += measure_claims(checker, claimed, articles, tell=tell)
            if talks:
                progress.add_task(f"{name} conversations", total=None)
                held.append(measure_conversations(checker, name, talks, every, articles))
    if INJECTION_PART in parts:
        progress.add_task("poisoned articles", total=None)
    return Report(
        outcomes=tuple(outcomes),
        articles={article.id: article for some in corpora.values() for article in some.values()},
        claims=ClaimFigures(outcomes=tuple(checked)) if checked else None,
        attributed=_attributed(corpora, names) if ATTRIBUTION_PART in parts else None,
        conversations=joined(held) if held else None,
        injections=(
            InjectionFigures(outcomes=ask_injections(read_injections())) if INJECTION_PART in parts else None
        ),
    )


def _attributed(corpora: Corpora, names: Collection[str]) -> AttributionFigures:
    every = measure_attributions(corpora=corpora)
    return AttributionFigures(sentences=tuple(one for one in every.sentences if one.label.corpus in names))


def _measure_squad(data: Path, progress: Progress) -> SquadFigures:
    retrieval = measure_retrieval(data, tell=_bar(progress, "SQuAD retrieval"))
    progress.add_task("SQuAD pipeline, cross-validated", total=None)
    squad = SquadFigures(retrieval=retrieval, pipeline=measure_pipeline(data))
    stored.store(squad)
    return squad


def _measure_claim_sets(data: Path, progress: Progress) -> ClaimSetFigures:
    from evals.claim_set_measuring import measure_claim_sets

    def tell(name: str) -> Tell:
        return _bar(progress, name)

    measured = measure_claim_sets(data, tell=tell)
    stored.store_claim_sets(measured)
    return measured


def _values(report: Report, squad: SquadFigures | None, claims: ClaimSetFigures | None) -> Values:
    groups: dict[str, Figures] = dict(report.groups)
    if report.claims is not None:
        groups |= _renamed(report.claims.groups, claim_figures.GROUP)
    if report.attributed is not None:
        groups |= _renamed(report.attributed.groups, ATTRIBUTION)
    values: dict[str, dict[str, float | None]] = {
        group: {name: figure.value for name, figure in row.items()} for group, row in groups.items()
    }
    if report.conversations is not None:
        values[conversations.GROUP] = dict(report.conversations.values)
    if report.injections is not None:
        values[injections.GROUP] = dict(report.injections.values)
    if squad is not None:
        values[GROUP] = dict(values_of(squad.retrieval, squad.pipeline))
    if claims is not None:
        values[claim_sets.GROUP] = dict(claim_sets.values_of(claims))
    return values


def _renamed(groups: Mapping[str, Figures], prefix: str) -> dict[str, Figures]:
    return {name: groups[group] for group, name in group_names(groups, prefix).items()}


def _higher(values: Values) -> dict[str, bool]:
    """Which way each figure is better; where two groups have one of the same name it is the same for both."""
    return (
        dict.fromkeys((measure.name for measure in attributions.MEASURES), True)
        | {measure.name: measure.higher for measure in claim_figures.MEASURES}
        | {measure.name: measure.higher for measure in MEASURES}
        | dict(conversations.HIGHER)
        | dict(injections.HIGHER)
        | directions(values.get(GROUP, {}))
        | dict.fromkeys(values.get(claim_sets.GROUP, {}), True)
    )


def _claim_target_checks(claims: ClaimSetFigures) -> list[Check]:
    values = claim_sets.values_of(claims)
    return [
        Check(
            group=f"{claim_sets.GROUP} target",
            name=name,
            value=values.get(name),
            threshold=target,
            higher=higher,
        )
        for name, (target, higher) in claim_sets.TARGETS.items()
    ]


def _target_checks(squad: SquadFigures) -> list[Check]:
    values = values_of(squad.retrieval, squad.pipeline)
    return [
        Check(group=f"{GROUP} target", name=name, value=values.get(name), threshold=target, higher=higher)
        for name, (target, higher) in TARGETS.items()
    ]


if __name__ == "__main__":
    sys.exit(main())
