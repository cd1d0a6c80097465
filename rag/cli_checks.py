"""The commands on claims: `check` one, and `verify` what became of an earlier check."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from rag._console import (
    Authors,
    ExitCode,
    From,
    Json,
    Sources,
    To,
    filled,
    filters_of,
    print_json,
    print_nearest,
    print_source,
)
from rag._phrases import describe_disagreement, evidence_notes, one_line
from rag.dossier import build_dossier, check_from_dossier, claim_review
from rag.errors import DossierError
from rag.presentation import (
    check_record,
    describe_verdict,
    dossier_lines,
    dossier_report_record,
    printable,
    said_by,
)
from rag.schema import Article, Citation, ClaimCheck, ClaimEvidence, ClaimPart, Filters, Verdict

MOST_BYTES = 50_000_000
"""Of a dossier that is read: the format's limits allow no useful one that is larger."""

_STDOUT = Path("-")

Claim = Annotated[list[str], typer.Argument(metavar="CLAIM", help="The claim, quoted or not.")]
DossierFile = Annotated[
    Path | None, typer.Option("--dossier", metavar="FILE", help="Write a dossier, for `verify`; - prints it.")
]
ReviewFile = Annotated[
    Path | None,
    typer.Option("--claim-review", metavar="FILE", help="Write a schema.org ClaimReview; - prints it."),
]
Force = Annotated[bool, typer.Option("--force", help="Write over files that exist.")]


def check(
    run: typer.Context,
    claim: Claim,
    *,
    as_json: Json = False,
    dossier: DossierFile = None,
    review: ReviewFile = None,
    force: Force = False,
    source: Sources = None,
    author: Authors = None,
    earliest: From = None,
    latest: To = None,
) -> int:
    """Say whether the articles support a claim, refute it, disagree, or don't say enough."""
    printed = _printed(as_json, dossier, review)
    for path in (dossier, review):
        _check_writable(path, force=force)
    filters = filters_of(source, author, earliest, latest)
    with filled(run) as checker:
        found = checker.check(" ".join(claim), filters=filters)
        if dossier is not None:
            _write(dossier, _dossier(found, checker.article, filters), force=force)
        if review is not None:
            made = claim_review(found, article=checker.article, checked_on=datetime.date.today())
            _write(review, made, force=force)
        if as_json:
            print_json(check_record(found, checker.article))
        elif not printed:
            _print_check(found, checker.article)
    return ExitCode.NOT_FOUND if found.verdict is Verdict.NOT_ENOUGH_EVIDENCE else ExitCode.DONE


def verify(
    run: typer.Context,
    dossier: Annotated[Path, typer.Argument(metavar="FILE", help="The dossier, as `check` wrote it.")],
    *,
    as_json: Json = False,
) -> int:
    """Compare a dossier with today's index: its articles, its quotes and the verdict on its claim."""
    record = _read(dossier)
    check_from_dossier(record)  # before an index is opened, or filled, for nothing
    with filled(run) as checker:
        report = checker.verify(record)
    if as_json:
        print_json(dossier_report_record(report))
    else:
        for line in dossier_lines(report):
            typer.echo(printable(line))
    return ExitCode.DONE if report.unchanged else ExitCode.NOT_FOUND


def _dossier(check: ClaimCheck, article: Callable[[str], Article], filters: Filters) -> dict[str, Any]:
    return build_dossier(check, article=article, checked_on=datetime.date.today(), filters=filters)


def _printed(as_json: bool, dossier: Path | None, review: Path | None) -> bool:
    """Whether a record takes the place of the text on the standard output."""
    records = as_json + (dossier == _STDOUT) + (review == _STDOUT)
    if records > 1:
        raise typer.BadParameter("only one of --json, --dossier - and --claim-review - can be printed.")
    if dossier is not None and dossier == review:
        raise typer.BadParameter("--dossier and --claim-review need two files.")
    return records == 1


def _check_writable(path: Path | None, *, force: bool) -> None:
    """Before the claim is checked, which takes a while."""
    if path is None or path == _STDOUT:
        return
    if path.is_dir() or not path.parent.is_dir():
        raise typer.BadParameter(f"{path} can't be written: it is a folder, or its folder doesn't exist.")
    if path.exists() and not force:
        raise typer.BadParameter(f"{path} exists. Name another file, or write over it with --force.")


def _write(path: Path, record: dict[str, Any], *, force: bool) -> None:
    if path == _STDOUT:
        print_json(record)
        return
    # "<" as an escape, so that the record can stand in the <script> of a page. What isn't UTF-8 (half a
    # surrogate pair) becomes the escape that JSON has for it.
    text = json.dumps(record, indent=2, ensure_ascii=False).replace("<", "\\u003c") + "\n"
    try:
        with path.open("wb" if force else "xb") as file:
            file.write(text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise typer.BadParameter(f"{path} can't be written: {error.strerror or error}.") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise DossierError(f"{path} can't be read: {error.strerror or error}.") from error
    if len(content) > MOST_BYTES:
        raise DossierError(f"{path} is too large for a dossier: it has more than {MOST_BYTES:,} bytes.")
    try:
        record = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DossierError(f"{path} is not a dossier: it can't be read as JSON ({error}).") from error
    if not isinstance(record, dict):
        raise DossierError(f"{path} is not a dossier: it holds a JSON {type(record).__name__}.")
    return record


def _print_check(check: ClaimCheck, article: Callable[[str], Article]) -> None:
    typer.echo(describe_verdict(check) + "\n")
    several = len(check.parts) > 1
    for number, part in enumerate(check.parts, start=1):
        if several:
            typer.echo(printable(f"Part {number}: {one_line(part.text)}"))
            typer.echo(f"{describe_verdict(part)}\n")
        _print_evidence(part, article)
    shown = {evidence.citation.number for evidence in (*check.supporting, *check.refuting)}
    for pair in check.disagreements:
        typer.echo(printable(describe_disagreement(pair)) + "\n")
        for citation in (pair.one, pair.other):
            if citation.number not in shown:
                shown.add(citation.number)
                _print_citation(citation, article)
    if check.verdict is Verdict.NOT_ENOUGH_EVIDENCE:
        print_nearest("Nothing decides it surely enough.", check.nearest, article)


def _print_evidence(part: ClaimPart, article: Callable[[str], Article]) -> None:
    for title, side in (("For:", part.supporting), ("Against:", part.refuting)):
        if side:
            typer.echo(title)
        for evidence in side:
            _print_citation(evidence.citation, article, evidence)


def _print_citation(
    citation: Citation, article: Callable[[str], Article], evidence: ClaimEvidence | None = None
) -> None:
    said = said_by(citation)
    notes = evidence_notes(evidence, article) if evidence is not None else []
    mark = f"[{citation.number}]"
    print_source(mark, citation, citation.quote, article, notes=[said, *notes] if said else notes)
