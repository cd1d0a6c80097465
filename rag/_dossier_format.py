"""What a dossier looks like: the border between a claim check and JSON that anyone may have written."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from rag.errors import DossierError
from rag.schema import (
    Article,
    Attribution,
    Citation,
    ClaimCheck,
    ClaimEvidence,
    ClaimPart,
    Disagreement,
    Speech,
    Stance,
    Verdict,
)

FORMAT = "presscheck-dossier"
VERSION = 1

_Line = Annotated[str, Field(max_length=10_000)]
_Text = Annotated[str, Field(max_length=1_000_000)]
_Id = Annotated[str, Field(min_length=1, max_length=1_000)]
_Place = Annotated[int, Field(ge=0, le=1_000_000_000)]
_Number = Annotated[int, Field(ge=1, le=1_000_000)]
_Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_Sha256 = Annotated[str, Field(pattern=r"\A[0-9a-f]{64}\z")]
_FEW, _MANY = Field(max_length=100), Field(max_length=10_000)


class _Record(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ArticleRecord(_Record):
    """An article as it was, without its text: of that the hash and the number of characters."""

    id: _Id
    title: _Line
    source: _Line
    author: _Line
    published: datetime.date | None
    url: _Line
    text_sha256: _Sha256
    text_characters: _Place

    @classmethod
    def of(cls, article: Article) -> ArticleRecord:
        """The record of an article."""
        return cls(
            id=article.id,
            title=article.title,
            source=article.source,
            author=article.author,
            published=article.published,
            url=article.url,
            text_sha256=text_hash(article),
            text_characters=len(article.text),
        )


class _AttributionRecord(_Record):
    start: _Place
    end: _Place
    speaker: _Line
    speech: Speech
    named: bool
    role: _Line
    organisation: _Line
    outlet: _Line


class CitationRecord(_Record):
    """A quote, the characters it stands at, and who says it."""

    number: _Number
    article_id: _Id
    title: _Line
    quote: Annotated[_Text, Field(min_length=1)]
    start: _Place
    end: _Place
    attributions: Annotated[tuple[_AttributionRecord, ...], _FEW]

    @model_validator(mode="after")
    def _spans_its_quote(self) -> CitationRecord:
        if self.end - self.start != len(self.quote):
            raise ValueError(f"citation {self.number} has a quote of another length than its place")
        return self

    @classmethod
    def of(cls, citation: Citation) -> CitationRecord:
        """The record of a citation."""
        said = tuple(_AttributionRecord(**asdict(each)) for each in citation.attributions)
        return cls(
            number=citation.number,
            article_id=citation.article_id,
            title=citation.title,
            quote=citation.quote,
            start=citation.start,
            end=citation.end,
            attributions=said,
        )

    def citation(self) -> Citation:
        """The citation that it records."""
        said = tuple(Attribution(**each.model_dump()) for each in self.attributions)
        return Citation(**{**self.model_dump(), "attributions": said})


class _EvidenceRecord(_Record):
    """What a citation says to one part: the same quote may support one part and refute another."""

    number: _Number
    stance: Literal[Stance.SUPPORTS, Stance.REFUTES]
    score: _Probability
    reason: _Line
    published: datetime.date | None
    superseded: bool
    copies: Annotated[tuple[_Id, ...], _MANY]


class PartRecord(_Record):
    """A part of the claim with its evidence, what supports it before what refutes it."""

    text: _Line
    start: _Place
    end: _Place
    verdict: Verdict
    confidence: _Probability
    evidence: Annotated[tuple[_EvidenceRecord, ...], _MANY]

    @classmethod
    def of(cls, part: ClaimPart) -> PartRecord:
        """The record of a part."""
        return cls(
            text=part.text,
            start=part.start,
            end=part.end,
            verdict=part.verdict,
            confidence=part.confidence,
            evidence=tuple(
                _EvidenceRecord.model_validate(
                    {
                        "number": evidence.citation.number,
                        "stance": evidence.stance,
                        "score": evidence.score,
                        "reason": evidence.reason,
                        "published": evidence.published,
                        "superseded": evidence.superseded,
                        "copies": evidence.copies,
                    }
                )
                for evidence in (*part.supporting, *part.refuting)
            ),
        )

    def part(self, cited: Mapping[int, Citation]) -> ClaimPart:
        """The part that it records; `cited` are the citations by number."""
        sides: dict[Stance, list[ClaimEvidence]] = {Stance.SUPPORTS: [], Stance.REFUTES: []}
        for each in self.evidence:
            values = each.model_dump(exclude={"number"})
            sides[each.stance].append(ClaimEvidence(citation=cited[each.number], **values))
        return ClaimPart(
            text=self.text,
            start=self.start,
            end=self.end,
            confidence=self.confidence,
            supporting=tuple(sides[Stance.SUPPORTS]),
            refuting=tuple(sides[Stance.REFUTES]),
        )


class DisagreementRecord(_Record):
    """A disagreement, with its citations by number."""

    one: _Number
    other: _Number
    about: _Line
    superseded: bool

    @classmethod
    def of(cls, pair: Disagreement) -> DisagreementRecord:
        """The record of a disagreement."""
        return cls(one=pair.one.number, other=pair.other.number, about=pair.about, superseded=pair.superseded)


class FiltersRecord(_Record):
    """The filters that the claim was checked with."""

    sources: Annotated[tuple[_Line, ...], _MANY]
    authors: Annotated[tuple[_Line, ...], _MANY]
    article_ids: Annotated[tuple[_Id, ...], _MANY]
    published_from: datetime.date | None
    published_to: datetime.date | None


class DossierRecord(_Record):
    """A whole dossier; what is said twice in it (verdicts, confidence) must agree."""

    format: Literal["presscheck-dossier"]
    version: Literal[1]
    checked_on: datetime.date
    claim: Annotated[_Line, Field(min_length=1)]
    verdict: Verdict
    confidence: _Probability
    filters: FiltersRecord
    parts: Annotated[tuple[PartRecord, ...], Field(min_length=1, max_length=100)]
    citations: Annotated[tuple[CitationRecord, ...], _MANY]
    disagreements: Annotated[tuple[DisagreementRecord, ...], _MANY]
    articles: Annotated[tuple[ArticleRecord, ...], _MANY]

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> DossierRecord:
        numbers = [citation.number for citation in self.citations]
        ids = [article.id for article in self.articles]
        if len(set(numbers)) < len(numbers) or len(set(ids)) < len(ids):
            raise ValueError("it lists a citation or an article twice")
        named = {each.number for part in self.parts for each in part.evidence}
        named |= {number for pair in self.disagreements for number in (pair.one, pair.other)}
        if named != set(numbers):
            raise ValueError(f"citation {min(named ^ set(numbers))} is missing or is evidence of nothing")
        needed = {citation.article_id for citation in self.citations}
        needed |= {copy for part in self.parts for each in part.evidence for copy in each.copies}
        if needed != set(ids):
            raise ValueError(f"article {min(needed ^ set(ids))!r} is missing or is cited nowhere")
        check = self.check()
        for part, of_record in zip(check.parts, self.parts, strict=True):
            if not part.start < part.end <= len(self.claim):
                raise ValueError(f"the part {part.text[:80]!r} is outside the claim")
            _agree(of_record.verdict, part.verdict, "a part's evidence")
        _agree(self.verdict, check.verdict, "the parts' evidence")
        if self.confidence != check.confidence:
            raise ValueError(f"its confidence is {self.confidence}, but its parts' is {check.confidence}")
        return self

    def check(self) -> ClaimCheck:
        """The check that it records, without the nearest passages and the timings."""
        cited = {record.number: record.citation() for record in self.citations}
        return ClaimCheck(
            claim=self.claim,
            parts=tuple(part.part(cited) for part in self.parts),
            disagreements=tuple(
                Disagreement(
                    one=cited[pair.one],
                    other=cited[pair.other],
                    about=pair.about,
                    superseded=pair.superseded,
                )
                for pair in self.disagreements
            ),
        )


def read_record(record: object) -> DossierRecord:
    """What someone says is a dossier, checked; raises DossierError with the first thing that is wrong."""
    if not isinstance(record, Mapping) or record.get("format") != FORMAT:
        raise DossierError(
            "This is not a dossier of a claim check: it doesn't begin with its format. "
            'Make one with `python -m rag check "CLAIM" --dossier FILE`.'
        )
    if record.get("version") != VERSION:
        raise DossierError(
            f"This dossier has the version {record.get('version')!r}; this program reads version {VERSION}. "
            "Read it with the program that wrote it, or check the claim again."
        )
    try:
        # As JSON, for only there may pydantic's strict mode read a date or an enum from text.
        return DossierRecord.model_validate_json(json.dumps(dict(record), allow_nan=False))
    except ValidationError as error:
        raise DossierError(_told(error)) from error
    except (TypeError, ValueError, RecursionError) as error:
        raise DossierError(f"This is not a dossier, for JSON can't hold it: {error}.") from error


def text_hash(article: Article) -> str:
    """The SHA-256 of an article's text in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(article.text.encode("utf-8", "surrogatepass")).hexdigest()


def _agree(said: Verdict, found: Verdict, whose: str) -> None:
    if said is not found:
        raise ValueError(f"it says {said.value!r}, but {whose} says {found.value!r}")


def _told(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(str(step) for step in first["loc"])
    what = first["msg"].removeprefix("Value error, ")
    return (
        f"This dossier is damaged or was altered: {f'{place}: ' if place else ''}{what}. "
        "Get it again from where it came from, or check the claim again."
    )
