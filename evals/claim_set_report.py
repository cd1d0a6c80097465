"""The section of the report on public claims."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from evals.claim_sets import (
    CLIMATE,
    FEVER,
    FOOL_ME_TWICE,
    TARGETS,
    WICE,
    ClaimSetFigures,
    SetFigures,
    values_of,
)
from evals.tables import plain, table_head, table_row, target_text, with_interval

_TEXTS = {
    CLIMATE: """\
Real claims about the climate, each with one sentence of Wikipedia and its article's title: whether it
supports the claim, refutes it, or neither. As many of each were drawn as there are of the rarest. The
product's stance is the likeliest one, without the thresholds that a verdict takes.
""",
    WICE: """\
Claims of Wikipedia, each checked against the one web article that it cites: supported, or not or only in
part. The AUROC is of the best score for the claim, of its least supported part.
""",
    FEVER: """\
Pairs of claims that differ in what the same sentence says to them, so that the claim alone gives nothing
away. Cross-validated: neither verifier nor calibration saw the claim that is judged (training/stances.py).
""",
    FOOL_ME_TWICE: """\
Claims that players wrote to be hard, with the sentences that decide them and some that don't.
Cross-validated.
""",
}


def markdown_lines(figures: ClaimSetFigures | None) -> Iterator[str]:
    """The sets one by one: what each way of judging makes of them, and the targets."""
    yield from ("## Public claims", "")
    if figures is None:
        yield from ("Not measured: `python -m evals --data FOLDER` does, with the data that it needs.", "")
        return
    if not figures.current:
        yield from ("These figures were measured before the last change of the code in rag/.", "")
    yield from (
        "An upper bound says from which score on it takes which class, as is best on these very claims.",
        "",
    )
    values = values_of(figures)
    yield from table_head("figure", "value", "target")
    for name in dict.fromkeys((*TARGETS, *values)):
        yield table_row(name, plain(values.get(name)), _target(name, values.get(name)))
    yield ""
    for name, text in _TEXTS.items():
        if name in figures.sets:
            yield from _set_section(name, text, figures.sets[name])


def _set_section(name: str, text: str, own: SetFigures) -> Iterator[str]:
    labels = list(next(iter(own.ways.values())))
    yield from (f"### {name}", "", text, *table_head("", *labels, "items"))
    for way, row in own.ways.items():
        yield table_row(way, *(with_interval(row[label]) for label in labels), str(row[labels[0]].count))
    if own.confusion:
        yield from ("", "Rows: what is right. Columns: what was said.", "")
        yield from table_head("", *own.confusion)
        for truth, said in own.confusion.items():
            yield table_row(truth, *map(str, said.values()))
    if own.refused:
        yield from ("", f"Sent back as no claims, and counted as not supported: {own.refused}.")
    yield ""


def table(figures: ClaimSetFigures) -> Table:
    """The product's figures for the screen."""
    shown = Table(title="Public claims")
    for column in ("figure", "value", "target"):
        shown.add_column(column, justify="left" if column == "figure" else "right")
    values = values_of(figures)
    for name in dict.fromkeys((*TARGETS, *values)):
        shown.add_row(name, plain(values.get(name)), _target(name, values.get(name)))
    return shown


def _target(name: str, value: float | None) -> str:
    if name not in TARGETS:
        return ""
    target, higher = TARGETS[name]
    return target_text(value, target, higher=higher)
