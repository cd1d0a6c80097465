"""The section of the report on SQuAD 2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.table import Table

from evals.figures import Figure
from evals.squad import TARGETS, WAYS, values_of
from evals.tables import table_head, table_row, target_text, with_interval

_TEXT = """\
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


@dataclass(frozen=True, kw_only=True)
class SquadFigures:
    """The SQuAD measurement; `current` says whether the code has been the same since."""

    retrieval: Mapping[str, Mapping[str, Figure]]
    pipeline: Mapping[str, float]
    current: bool = True


def markdown_lines(squad: SquadFigures | None) -> Iterator[str]:
    """The figures, each beside its target."""
    yield from ("## SQuAD 2", "")
    if squad is None:
        yield from ("Not measured: `python -m evals --data FOLDER` does, with the data that it needs.", "")
        return
    yield _TEXT
    if not squad.current:
        yield from ("These figures were measured before the last change of the code in rag/.", "")
    names = list(next(iter(squad.retrieval.values())))
    yield from table_head("retrieval", *names)
    for way in WAYS:
        yield table_row(way, *(with_interval(squad.retrieval[way][name]) for name in names))
    yield from ("", *table_head("figure", "value", "target"))
    for name, value in values_of(squad.retrieval, squad.pipeline).items():
        yield table_row(name, f"{value:.3f}", _target(name, value))
    if not squad.pipeline:
        yield from ("", "The whole-pipeline figures were not measured.")
    yield ""


def table(squad: SquadFigures) -> Table:
    """The figures for the screen."""
    shown = Table(title="SQuAD 2 (8 articles, 315 paragraphs)")
    for column in ("figure", "value", "target"):
        shown.add_column(column, justify="left" if column == "figure" else "right")
    for name, value in values_of(squad.retrieval, squad.pipeline).items():
        shown.add_row(name, f"{value:.3f}", _target(name, value))
    return shown


def _target(name: str, value: float) -> str:
    if name not in TARGETS:
        return ""
    target, higher = TARGETS[name]
    return target_text(value, target, higher=higher)
