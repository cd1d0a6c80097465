"""A claim check as schema.org's ClaimReview, in JSON-LD, for the page on which it is published.

The types used are ClaimReview, Claim, Rating, Organization, Person, NewsArticle, Quotation and PropertyValue,
with the properties that https://schema.org gives them; what isn't known is left out, never left empty.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from pathlib import PurePath
from typing import Any

from rag._dossier_format import text_hash
from rag.articles import SUFFIXES
from rag.schema import Article, Citation, ClaimCheck, ClaimEvidence, Verdict

PUBLISHER = "Presscheck"

VERDICT_WORDS = {
    Verdict.SUPPORTED: "Supported by the articles",
    Verdict.REFUTED: "Refuted by the articles",
    Verdict.CONFLICTING_EVIDENCE: "Conflicting: the articles disagree",
    Verdict.NOT_ENOUGH_EVIDENCE: "Not enough evidence in the articles",
}
"""Each verdict as readers see it: about what the articles say, not about what is true."""

_BEST, _WORST = 5, 1
# A number in between means "half true" to everyone who reads these scales. That is neither what articles
# that disagree say nor what silence says, so both verdicts are told in words only.
_RATINGS = {Verdict.SUPPORTED: _BEST, Verdict.REFUTED: _WORST}


def claim_review(
    check: ClaimCheck,
    *,
    article: Callable[[str], Article],
    checked_on: datetime.date,
    author: str = PUBLISHER,
    url: str = "",
    appearances: Iterable[str] = (),
) -> dict[str, Any]:
    """The check as a ClaimReview that JSON can hold.

    `article` gives the article of an id, `author` is the organisation that publishes the review at `url`,
    `appearances` are web addresses where the claim was made. The rating is 5 (of 1 to 5) for a supported
    claim, 1 for a refuted one; conflicting evidence and not enough evidence are rated in words only
    (`alternateName`, which Google requires and shows, while the number is optional; Search Central,
    "Fact check (ClaimReview) structured data"). Each cited article is a `citation` with the SHA-256 of its
    text, and its quotes are parts of it, with their characters written as RFC 5147 does: `char=24,59`,
    counted from 0 in code points, the end exclusive.
    """
    verdict = VERDICT_WORDS[check.verdict]
    number = _RATINGS.get(check.verdict)
    scale = {"ratingValue": number, "bestRating": _BEST, "worstRating": _WORST} if number else {}
    made_in = list(appearances)
    cited = {id: article(id) for id in dict.fromkeys(c.article_id for c in check.citations)}
    return _known(
        {
            "@context": "https://schema.org",
            "@type": "ClaimReview",
            "url": url,
            "claimReviewed": check.claim,
            "itemReviewed": _known({"@type": "Claim", "text": check.claim, "appearance": made_in}),
            "reviewRating": {
                "@type": "Rating",
                **scale,
                "alternateName": verdict,
                "ratingExplanation": _explanation(check),
            },
            "datePublished": checked_on.isoformat(),
            "author": {"@type": "Organization", "name": author},
            "reviewBody": _body(check, cited),
            "citation": [_article_entry(source, check) for source in cited.values()],
        }
    )


def publisher(article: Article) -> str:
    """The outlet that published an article; empty where its `source` is only the name of its file."""
    return "" if PurePath(article.source).suffix.lower() in SUFFIXES else article.source


def _known(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value or value == 0}


def _explanation(check: ClaimCheck) -> str:
    return (
        f"Quotes in the articles that were searched: {len(check.supporting)} for it, {len(check.refuting)} "
        "against it. The rating tells what these articles say; an article can be wrong."
    )


def _body(check: ClaimCheck, cited: dict[str, Article]) -> str:
    sentences = [f"{VERDICT_WORDS[check.verdict]}."]
    for side, word in ((check.supporting, "For"), (check.refuting, "Against")):
        for evidence in side:
            source = cited[evidence.citation.article_id]
            day = f" ({source.published.isoformat()})" if source.published else ""
            whose = f"{publisher(source) or source.title or source.source or 'an article'}{day}"
            late = ", superseded by a later article" if evidence.superseded else ""
            quote = " ".join(evidence.citation.quote.split())
            reason = f" {evidence.reason}" if evidence.reason else ""
            sentences.append(f"{word} it, {whose}{late}: “{quote}” [{evidence.citation.number}]{reason}")
    return "\n".join(sentences)


def _article_entry(article: Article, check: ClaimCheck) -> dict[str, Any]:
    outlet = publisher(article)
    return _known(
        {
            "@type": "NewsArticle",
            "headline": article.title,
            "author": {"@type": "Person", "name": article.author} if article.author else None,
            "publisher": {"@type": "Organization", "name": outlet} if outlet else None,
            "datePublished": article.published.isoformat() if article.published else None,
            "url": article.url,
            "identifier": {
                "@type": "PropertyValue",
                "propertyID": "SHA-256",
                "name": "SHA-256 of the article's text in UTF-8",
                "value": text_hash(article),
            },
            "hasPart": [_quotation(c, check) for c in check.citations if c.article_id == article.id],
        }
    )


def _quotation(citation: Citation, check: ClaimCheck) -> dict[str, Any]:
    what = "the claim" if len(check.parts) == 1 else "a part of the claim"
    sides = ((check.supporting, f"Supports {what}"), (check.refuting, f"Refutes {what}"))
    notes = [
        _note(evidence, words)
        for side, words in sides
        for evidence in side
        if evidence.citation.number == citation.number
    ]
    return _known(
        {
            "@type": "Quotation",
            "position": citation.number,
            "text": citation.quote,
            # Not spokenByCharacter: that wants a Person or an Organization, and the article's words for a
            # speaker ("two officials") don't say which.
            "creditText": "; ".join(dict.fromkeys(said.text for said in citation.attributions)),
            "description": " ".join(notes),
            "identifier": {
                "@type": "PropertyValue",
                "propertyID": "https://www.rfc-editor.org/rfc/rfc5147",
                "name": "Characters of the article's text",
                "value": f"char={citation.start},{citation.end}",
            },
        }
    )


def _note(evidence: ClaimEvidence, words: str) -> str:
    return f"{words}{', but is superseded by a later article' if evidence.superseded else ''}."
