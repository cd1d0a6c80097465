"""The numbered steps from a claim to its check."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from rag.attribution import citation_of, said_between
from rag.claims import SplitPart, opposite, split_claim
from rag.comparison import compare
from rag.encoder import Encoder
from rag.injections import trusted, trusted_neighbours
from rag.library import Shelf
from rag.retrieval import Candidate, Query, Retriever
from rag.schema import (
    Attribution,
    Citation,
    ClaimCheck,
    ClaimEvidence,
    ClaimPart,
    Disagreement,
    Evidence,
)
from rag.verification import ClaimVerifier, JudgedSentence, Weighed, nearest, quoted, weigh

PASSAGES_JUDGED = 5  # for each part of a claim
_FOR_THE_PART, _FOR_OTHERS = 4, 2  # passages of the part's own search, and of its opposite's and the claim's
_ATTRIBUTED = Callable[[str], tuple[Attribution, ...]]


@dataclass(frozen=True, kw_only=True)
class _Quote:
    """A weighed sentence with the quote that shows it."""

    weighed: Weighed
    evidence: Evidence

    @property
    def place(self) -> tuple[str, int, int]:
        """Where the quote stands; the same for two parts that quote the same."""
        return self.evidence.article_id, self.evidence.start, self.evidence.end


@dataclass(frozen=True, kw_only=True)
class _PartFound:
    """A part of a claim with what was found on either side."""

    part: SplitPart
    supporting: tuple[_Quote, ...]
    refuting: tuple[_Quote, ...]
    confidence: float


class ClaimChecker:
    """Checks claims in the articles of a shelf."""

    def __init__(self, *, encoder: Encoder, verifier: ClaimVerifier) -> None:
        self._encoder = encoder
        self._verifier = verifier

    def load(self) -> None:
        """Read what the first claim would wait for."""
        self._verifier.load()

    def check(
        self,
        claim: str,
        shelf: Shelf,
        among: Collection[str] | None,
        *,
        attributions: _ATTRIBUTED,
        lap: Callable[[str], None],
    ) -> ClaimCheck:
        """What the articles say to a claim, only those of `among` if given.

        `attributions` gives those of an article by its id; `lap` is called with the name of each step done.
        """
        # 1. split the claim into what it says
        parts = split_claim(claim)
        # 2. find passages for each part, for its opposite, and for the whole
        asked = [dict.fromkeys([part.text, opposite(part.text), claim]) for part in parts]
        read = {text: Query.read(text, self._encoder) for own in asked for text in own}
        queries = [[read[text] for text in own] for own in asked]
        lap("read")
        found = [passages_for(own, shelf.retriever, among) for own in queries]
        lap("retrieve")
        # 3. judge their sentences
        titles = shelf.titles()
        judged = [
            self._verifier.judge(read[part.text], candidates, titles)
            for part, candidates in zip(parts, found, strict=True)
        ]
        lap("judge")
        # 4. weigh what speaks for and against each part
        weighed = [
            self._weighed(part, own, shelf, attributions) for part, own in zip(parts, judged, strict=True)
        ]
        # 5. number the quotes, and say who says what and where articles disagree
        numbered = _numbered(weighed, attributions)
        checked = tuple(_checked(part, numbered) for part in weighed)
        made = ClaimCheck(
            claim=claim,
            parts=checked,
            nearest=nearest([sentence for own in judged for sentence in own]),
            disagreements=tuple(_disagreements(checked)),
        )
        lap("weigh")
        return made

    def _weighed(
        self,
        part: SplitPart,
        judged: Sequence[JudgedSentence],
        shelf: Shelf,
        attributions: _ATTRIBUTED,
    ) -> _PartFound:
        published = {article.id: article.published for article in shelf.articles}

        def voices(article_id: str, start: int, end: int) -> frozenset[str]:
            return frozenset(a.speaker for a in said_between(attributions(article_id), start, end))

        neighbours = trusted_neighbours(shelf.retriever.neighbours)
        supporting, refuting = (
            tuple(_Quote(weighed=w, evidence=quoted(w, neighbours)) for w in side)
            for side in weigh(judged, published=published, voices=voices)
        )
        scores = (max((q.weighed.judged.score for q in side), default=0.0) for side in (supporting, refuting))
        return _PartFound(
            part=part,
            supporting=supporting,
            refuting=refuting,
            confidence=self._verifier.confidence(judged, *scores),
        )


def passages_for(
    queries: Sequence[Query], retriever: Retriever, among: Collection[str] | None
) -> list[Candidate]:
    """The best passages of the first query, then those of the others that it missed, each once."""
    own, *others = (
        retriever.candidates(query, limit=_FOR_OTHERS if place else PASSAGES_JUDGED, articles=among)
        for place, query in enumerate(queries)
    )
    found = {candidate.passage.id: candidate for candidate in own[:_FOR_THE_PART]}
    for candidate in [c for more in others for c in more] + list(own[_FOR_THE_PART:]):
        if len(found) < PASSAGES_JUDGED:
            found.setdefault(candidate.passage.id, candidate)
    return list(trusted(found.values(), retriever.neighbours))


def _numbered(
    parts: Sequence[_PartFound], attributions: _ATTRIBUTED
) -> Mapping[tuple[str, int, int], Citation]:
    """A citation for each quote, numbered from 1 in the order in which they are shown."""
    found: dict[tuple[str, int, int], Citation] = {}
    for part in parts:
        for quote in (*part.supporting, *part.refuting):
            if quote.place not in found:
                said = attributions(quote.evidence.article_id)
                found[quote.place] = citation_of(len(found) + 1, quote.evidence, said)
    return found


def _checked(found: _PartFound, numbered: Mapping[tuple[str, int, int], Citation]) -> ClaimPart:
    supporting, refuting = (
        tuple(_evidence(quote, numbered) for quote in _each_quote_once(side))
        for side in (found.supporting, found.refuting)
    )
    return ClaimPart(
        text=found.part.text,
        start=found.part.start,
        end=found.part.end,
        confidence=found.confidence,
        supporting=supporting,
        refuting=refuting,
    )


def _each_quote_once(side: Sequence[_Quote]) -> list[_Quote]:
    """Two sentences that can't stand without each other give one quote."""
    return list({quote.place: quote for quote in reversed(side)}.values())[::-1]


def _evidence(quote: _Quote, numbered: Mapping[tuple[str, int, int], Citation]) -> ClaimEvidence:
    judged = quote.weighed.judged
    return ClaimEvidence(
        citation=numbered[quote.place],
        stance=judged.stance,
        score=judged.score,
        reason=judged.reason,
        published=quote.weighed.published,
        superseded=quote.weighed.superseded,
        copies=quote.weighed.copies,
    )


def _disagreements(parts: Sequence[ClaimPart]) -> list[Disagreement]:
    """Pairs of quotes of different articles on one part that can't both be right, each pair once."""
    found: dict[tuple[int, int], Disagreement] = {}
    for part in parts:
        opposed = {(s.citation.number, r.citation.number) for s in part.supporting for r in part.refuting}
        for one, other in combinations([*part.supporting, *part.refuting], 2):
            if one.citation.article_id == other.citation.article_id:
                continue
            about = _apart(one.citation, other.citation)
            if (one.citation.number, other.citation.number) not in opposed and not about:
                continue
            first, second = sorted((one, other), key=_when)
            found.setdefault(
                (first.citation.number, second.citation.number),
                Disagreement(
                    one=first.citation,
                    other=second.citation,
                    about=about or part.text,
                    superseded=_is_later(first.published, second.published),
                ),
            )
    return list(found.values())


def _apart(one: Citation, other: Citation) -> str:
    """In what figures or words two quotes differ; "" where nothing definite does."""
    against = [d for d in compare(one.quote, other.quote, context=other.title).differences if d.contradicts]
    return "; ".join(dict.fromkeys(f"{d.claimed} against {d.found}" for d in against if d.found))


def _when(evidence: ClaimEvidence) -> tuple[datetime.date, int]:
    return evidence.published or datetime.date.max, evidence.citation.number


def _is_later(one: datetime.date | None, other: datetime.date | None) -> bool:
    return one is not None and other is not None and other > one
