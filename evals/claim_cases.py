"""The hand-written claims, each with its verdict and the places of its gold sentences in the articles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from evals.questions import EVALS, Span, find_quote, read_cases
from rag.schema import Article, Stance, Verdict

CLAIMS = EVALS / "claims.jsonl"


class ClaimKind(StrEnum):
    """What decides the verdict, or makes it hard, first."""

    PARAPHRASE = "paraphrase"
    NUMBER = "number"
    UNIT = "unit"
    RANGE = "range"
    DATE = "date"
    NAME = "name"
    PLACE = "place"
    ROLE = "role"
    NEGATION = "negation"
    ANTONYM = "antonym"
    QUANTIFIER = "quantifier"
    MODALITY = "modality"
    QUALIFIER = "qualifier"
    COMPOUND = "compound"
    ATTRIBUTION = "attribution"
    UPDATE = "update"
    CONFLICT = "conflict"
    UNMENTIONED = "unmentioned"
    NEAR_MISS = "near_miss"


class ClaimFileError(ValueError):
    """The claim file doesn't fit its description or its articles; the message names the line."""


GoldSets = tuple[tuple[Span, ...], ...]


@dataclass(frozen=True, kw_only=True)
class ClaimCase:
    """A claim with its gold: each of `supporting` and `refuting` is a minimal set, the main one first.

    `also` may be shown beside them and counts neither way. `note` is for people.
    """

    id: str
    corpus: str
    text: str
    verdict: Verdict
    kind: ClaimKind
    supporting: GoldSets
    refuting: GoldSets
    also: tuple[Span, ...]
    note: str

    def sets(self, stance: Stance) -> GoldSets:
        """The sets that support it, or those that refute it."""
        return self.supporting if stance is Stance.SUPPORTS else self.refuting

    def gold(self, stance: Stance) -> tuple[Span, ...]:
        """Every sentence of a set of one side, once, in order."""
        return tuple(sorted({span for spans in self.sets(stance) for span in spans}))

    @property
    def has_gold(self) -> bool:
        """Whether any sentence decides it."""
        return bool(self.supporting or self.refuting)


def read_claim_cases(path: Path, corpora: Mapping[str, Mapping[str, Article]]) -> tuple[ClaimCase, ...]:
    """The claims of a file in the form that README.md describes, in their order.

    `corpora` are the articles by corpus and file name. Raises ClaimFileError when a line doesn't fit, an id
    comes twice, or a quote doesn't stand exactly once in its corpus.
    """
    return read_cases(path, lambda line: _case(line, corpora), error=ClaimFileError)


def _case(line: dict[str, Any], corpora: Mapping[str, Mapping[str, Article]]) -> ClaimCase:
    articles = corpora[line["corpus"]]
    case = ClaimCase(
        id=line["id"],
        corpus=line["corpus"],
        text=line["claim"],
        verdict=Verdict(line["verdict"]),
        kind=ClaimKind(line["kind"]),
        supporting=_sets(line["supporting"], articles),
        refuting=_sets(line["refuting"], articles),
        also=tuple(find_quote(quote, articles) for quote in line["also"]),
        note=line["note"],
    )
    if not case.text.strip():
        raise ClaimFileError(f"{case.id}: the claim is empty")
    if not _fits(case):
        raise ClaimFileError(f"{case.id}: its verdict, its kind and its gold contradict each other")
    return case


def _sets(sets: list[list[str]], articles: Mapping[str, Article]) -> GoldSets:
    if not all(sets):
        raise ClaimFileError("a gold set is empty")
    return tuple(tuple(find_quote(quote, articles) for quote in quotes) for quotes in sets)


def _fits(case: ClaimCase) -> bool:
    sides = (bool(case.supporting), bool(case.refuting))
    fitting = {
        Verdict.SUPPORTED: {(True, False)},
        # Of a compound claim, the parts that are true have their sentences too.
        Verdict.REFUTED: {(False, True), (case.kind is ClaimKind.COMPOUND, True)},
        Verdict.NOT_ENOUGH_EVIDENCE: {(False, False)},
        Verdict.CONFLICTING_EVIDENCE: {(True, True)},
    }
    return sides in fitting[case.verdict]
