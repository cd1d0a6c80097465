"""Dossiers: a claim check as a record that lasts, and what has become of it in today's index."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import PurePath
from typing import Any, Protocol

from pydantic import ValidationError

from rag._dossier_format import (
    ArticleRecord,
    CitationRecord,
    DisagreementRecord,
    DossierRecord,
    FiltersRecord,
    PartRecord,
    read_record,
    text_hash,
)
from rag.claim_review import claim_review
from rag.errors import ArticleNotFoundError, DossierError
from rag.schema import (
    Article,
    ArticleSummary,
    Citation,
    ClaimCheck,
    DossierReport,
    Filters,
    VerifiedArticle,
    VerifiedQuote,
)

__all__ = ["build_dossier", "check_from_dossier", "claim_review", "verify_dossier"]

_PLACES_SHOWN = 10
_FIELDS = ("title", "source", "author", "published", "url")


def build_dossier(
    check: ClaimCheck,
    *,
    article: Callable[[str], Article],
    checked_on: datetime.date,
    filters: Filters | None = None,
) -> dict[str, Any]:
    """A check as a record that JSON can hold, with all that is needed to verify it later.

    `article` gives the article of an id: of those that are cited, and of their copies, the record keeps
    title, source, author, date, address, and the SHA-256 and length of the text. `filters` are those that
    the claim was checked with. The nearest passages and the timings are left out. The same arguments make the
    same record. Raises DossierError for a check that is too large for the format, ValueError for one in which
    two citations share a number.
    """
    try:
        record = _record(check, article=article, checked_on=checked_on, filters=filters or Filters())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise DossierError(f"This check can't be written as a dossier: {place}: {first['msg']}.") from error
    return record.model_dump(mode="json")


def _record(
    check: ClaimCheck, *, article: Callable[[str], Article], checked_on: datetime.date, filters: Filters
) -> DossierRecord:
    return DossierRecord(
        format="presscheck-dossier",
        version=1,
        checked_on=checked_on,
        claim=check.claim,
        verdict=check.verdict,
        confidence=check.confidence,
        filters=FiltersRecord(**asdict(filters)),
        parts=tuple(PartRecord.of(part) for part in check.parts),
        citations=tuple(CitationRecord.of(citation) for citation in _all_citations(check)),
        disagreements=tuple(DisagreementRecord.of(pair) for pair in check.disagreements),
        articles=tuple(ArticleRecord.of(article(each)) for each in _articles_of(check)),
    )


def _all_citations(check: ClaimCheck) -> list[Citation]:
    # Not check.citations: two quotes under one number would make one of them disappear.
    unique: dict[int, Citation] = {}
    for citation in _each_citation(check):
        if unique.setdefault(citation.number, citation) != citation:
            raise ValueError(f"two citations of a check have the number {citation.number}: {citation}")
    return [unique[number] for number in sorted(unique)]


def _each_citation(check: ClaimCheck) -> Iterable[Citation]:
    for part in check.parts:
        yield from (evidence.citation for evidence in (*part.supporting, *part.refuting))
    for pair in check.disagreements:
        yield from (pair.one, pair.other)


def _articles_of(check: ClaimCheck) -> list[str]:
    ids = {citation.article_id for citation in _each_citation(check)}
    for part in check.parts:
        ids.update(copy for evidence in (*part.supporting, *part.refuting) for copy in evidence.copies)
    return sorted(ids)


def check_from_dossier(record: object) -> ClaimCheck:
    """The check that a dossier records, without its nearest passages and timings.

    Raises DossierError for anything that isn't a dossier of this version, is damaged, or contradicts itself
    (a verdict that the evidence doesn't give).
    """
    return read_record(record).check()


class CheckClaim(Protocol):
    """Checks a claim against the articles that pass the filters, as `FactChecker.check` does."""

    def __call__(self, claim: str, *, filters: Filters | None = None) -> ClaimCheck:
        """Check a claim."""


def verify_dossier(
    dossier: Mapping[str, Any],
    *,
    article: Callable[[str], Article],
    articles: Callable[[], tuple[ArticleSummary, ...]],
    check: CheckClaim,
) -> DossierReport:
    """Compare a dossier with today's index: its articles, its quotes, and the verdict on its claim.

    `article` gives the article of an id and raises ArticleNotFoundError when there is none, which alone
    counts as missing; any other exception ends the verification. `articles` lists what is in the index.
    `check` checks the claim again, with the filters of the first time; it isn't asked when no article passes
    them any more, for then nothing is said. Raises DossierError for what is no dossier.
    """
    # 1. read the dossier
    record = read_record(dossier)
    then = record.check()
    # 2. find its articles, or what replaced them
    index = _Index(article, articles)
    present = {known.id: index.successor(known, _quotes_of(then, known.id)) for known in record.articles}
    # 3. find its quotes in them
    quotes = tuple(
        VerifiedQuote(citation=citation, found=_places(citation, present[citation.article_id]))
        for citation in then.citations
    )
    # 4. check its claim again
    return DossierReport(
        checked_on=record.checked_on,
        then=then,
        now=_check_again(record, then, index, check),
        articles=tuple(_compare(known, present[known.id]) for known in record.articles),
        quotes=quotes,
    )


def _check_again(record: DossierRecord, then: ClaimCheck, index: _Index, check: CheckClaim) -> ClaimCheck:
    filters = Filters(**record.filters.model_dump())
    if any(filters.admits(summary) for summary in index.summaries()):
        return check(record.claim, filters=filters)
    parts = tuple(replace(part, confidence=1.0, supporting=(), refuting=()) for part in then.parts)
    return ClaimCheck(claim=then.claim, parts=parts)


class _Index:
    """Reads articles, and finds the one that took the place of one that is missing."""

    def __init__(
        self, article: Callable[[str], Article], articles: Callable[[], tuple[ArticleSummary, ...]]
    ) -> None:
        self._article = article
        self._articles = articles
        self._summaries: tuple[ArticleSummary, ...] | None = None

    def read(self, article_id: str) -> Article | None:
        try:
            return self._article(article_id)
        except ArticleNotFoundError:
            return None

    def successor(self, known: ArticleRecord, quotes: Sequence[str]) -> Article | None:
        """The article of the record's id, or else the likeliest replacement, or None.

        Of several, the first that has the same text, else that has most of the quotes.
        """
        if (same := self.read(known.id)) is not None:
            return same
        for summaries in self._likely(known):
            found = [article for each in summaries if (article := self.read(each.id)) is not None]
            if found:
                return max(found, key=lambda a: (text_hash(a) == known.text_sha256, _held(quotes, a)))
        # What has only the outlet and the day in common is another article, unless it has the same words.
        for summary in self._others(known):
            article = self.read(summary.id) if _same_day(known, summary) else None
            if article is not None and _is_reworked(known, quotes, article):
                return article
        return None

    def _likely(self, known: ArticleRecord) -> Iterator[list[ArticleSummary]]:
        """Those with the same address; with the same title and source; from the file of the same name."""
        others = self._others(known)
        yield [s for s in others if known.url and s.url == known.url]
        yield [s for s in others if known.title and (s.title, s.source) == (known.title, known.source)]
        # An article that names no outlet has the name of its file for a source.
        yield [s for s in others if known.source and PurePath(s.origin).name == known.source]

    def _others(self, known: ArticleRecord) -> list[ArticleSummary]:
        return [summary for summary in self.summaries() if summary.id != known.id]

    def summaries(self) -> tuple[ArticleSummary, ...]:
        if self._summaries is None:
            self._summaries = self._articles()
        return self._summaries


def _same_day(known: ArticleRecord, summary: ArticleSummary) -> bool:
    return known.published is not None and (summary.source, summary.published) == (
        known.source,
        known.published,
    )


def _is_reworked(known: ArticleRecord, quotes: Sequence[str], article: Article) -> bool:
    if text_hash(article) == known.text_sha256:
        return True
    return bool(quotes) and _held(quotes, article) == len(quotes)


def _held(quotes: Iterable[str], article: Article) -> int:
    return sum(quote in article.text for quote in quotes)


def _quotes_of(check: ClaimCheck, article_id: str) -> list[str]:
    return [citation.quote for citation in check.citations if citation.article_id == article_id]


def _places(citation: Citation, article: Article | None) -> tuple[Citation, ...]:
    """Where the words of a citation stand in the article: where they stood, or else wherever they do."""
    if article is None:
        return ()
    if article.text[citation.start : citation.end] == citation.quote:
        return (_moved(citation, article, citation.start),)
    places: list[Citation] = []
    start = article.text.find(citation.quote)
    while start >= 0 and len(places) < _PLACES_SHOWN:
        places.append(_moved(citation, article, start))
        start = article.text.find(citation.quote, start + 1)
    return tuple(places)


def _moved(citation: Citation, article: Article, start: int) -> Citation:
    if article.id == citation.article_id and start == citation.start:
        return citation  # as the dossier has it, whatever became of the article's title
    by = start - citation.start
    said = tuple(replace(a, start=max(a.start + by, 0), end=a.end + by) for a in citation.attributions)
    end = start + len(citation.quote)
    return replace(
        citation, article_id=article.id, title=article.title, start=start, end=end, attributions=said
    )


def _compare(known: ArticleRecord, article: Article | None) -> VerifiedArticle:
    if article is None:
        return VerifiedArticle(article_id=known.id, title=known.title, missing=True)
    missing = article.id != known.id
    return VerifiedArticle(
        article_id=known.id,
        title=known.title,
        missing=missing,
        replaced_by=article.id if missing else "",
        text_changed=text_hash(article) != known.text_sha256,
        changed=tuple(name for name in _FIELDS if getattr(article, name) != getattr(known, name)),
    )
