"""The types that flow through Presscheck: from Article and Passage to Evidence, Answer and ClaimCheck.

Every offset in this module counts Unicode code points (Python string indices) in the text of one
article, as it was normalised when it was read; `start` is inclusive, `end` exclusive.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class SentenceKind(StrEnum):
    """What a sentence is in its article; only `BODY` sentences are answered from.

    `INJECTED` ones speak to a program and not to a reader; that is seen when they are read, and not kept.
    """

    BODY = "body"
    HEADING = "heading"
    CAPTION = "caption"
    INJECTED = "injected"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """Where one sentence stands in its article, without the white space around it.

    `paragraph` counts the article's paragraphs from 0. `in_quotation` is true where a quotation
    that an earlier sentence opened is still open, so that a cut before it would split the quotation.
    """

    start: int
    end: int
    paragraph: int
    kind: SentenceKind = SentenceKind.BODY
    in_quotation: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Article:
    """One article as it was read: its text never changes after this.

    `source` is the outlet if the article names one, or else the name of its file. Of a datetime in
    `published` the day is kept. Raises TypeError for a value of another type.
    """

    id: str
    title: str
    text: str
    source: str = ""
    author: str = ""
    published: datetime.date | None = None
    url: str = ""

    def __post_init__(self) -> None:
        for name in ("id", "title", "text", "source", "author", "url"):
            value = getattr(self, name)
            if not isinstance(value, str):
                raise TypeError(f"Article.{name} is text, not {type(value).__name__}: {value!r}")
        object.__setattr__(self, "published", _day(self.published, "Article.published"))

    @classmethod
    def from_text(
        cls,
        *,
        text: str,
        title: str = "",
        source: str = "",
        author: str = "",
        published: datetime.date | None = None,
        url: str = "",
        id: str | None = None,
    ) -> Article:
        """Build an article from text that is used exactly as given.

        Without an `id` the id is 16 hexadecimal digits of a SHA-256 over every other field, so the
        same content has the same id everywhere and a changed article is another one.
        """
        article = cls(
            id="", title=title, text=text, source=source, author=author, published=published, url=url
        )
        return replace(article, id=id or _content_id(article))


def _day(value: object, name: str) -> datetime.date | None:
    # A datetime is a date to Python, but can't be compared with one, nor read back as one.
    if isinstance(value, datetime.datetime):
        return value.date()
    if value is None or isinstance(value, datetime.date):
        return value
    raise TypeError(f"{name} is a datetime.date or None, not {type(value).__name__}: {value!r}")


def _content_id(article: Article) -> str:
    published = article.published.isoformat() if article.published else ""
    fields = (article.title, article.text, article.source, article.author, published, article.url)
    # The length before each field keeps ("ab", "c") and ("a", "bc") apart.
    content = "".join(f"{len(value)}:{value}" for value in fields)
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, kw_only=True, slots=True)
class ArticleSummary:
    """What the index knows of an article, without its text.

    `passages` is their number. `origin` is the absolute path of the file it was ingested from, and
    `file_hash` the SHA-256 of that file's bytes; both are empty for an article that was added by code.
    """

    id: str
    title: str
    source: str
    author: str
    published: datetime.date | None
    url: str
    passages: int
    origin: str = ""
    file_hash: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """A run of whole sentences of one article, small enough for the encoder.

    The passages of an article, joined by `position`, give back its text: `text` is
    `article.text[start:end]` with the white space between sentences in it. `sentences` hold the
    passage's sentences in order, with offsets in the article.
    """

    id: str
    article_id: str
    position: int
    text: str
    start: int
    end: int
    sentences: tuple[Sentence, ...]

    def text_of(self, sentence: Sentence) -> str:
        """One of its sentences, as it stands in the article."""
        return self.text[sentence.start - self.start : sentence.end - self.start]


@dataclass(frozen=True, kw_only=True, slots=True)
class RankedPassage:
    """A passage with its place in a ranking (`rank` from 1).

    `score` is the fused score the ranking is by: comparable within one ranking only. The ranks that
    the single retrievers gave it, from 1, are None where a retriever did not return it.
    """

    passage: Passage
    title: str
    score: float
    rank: int
    dense_rank: int | None = None
    bm25_rank: int | None = None
    maxsim_rank: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """One or more whole sentences of an article; `score` is the probability (0 to 1) that they answer."""

    article_id: str
    passage_id: str
    title: str
    text: str
    start: int
    end: int
    score: float


class Speech(StrEnum):
    """Whether a speaker is quoted word for word, in quotation marks, or in the article's words."""

    DIRECT = "direct"
    INDIRECT = "indirect"


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribution:
    """Who says what stands from `start` to `end` of the article, when it isn't the article itself.

    `speaker` is the person, group or body as the article names it: "Ivan Havryliuk", "the fire service",
    "two people with knowledge of the talks". `role` ("First Deputy Defense Minister") and `organisation`
    ("Corvane Estates") are empty where the article gives none; `named` is false for a source that the
    article keeps anonymous. `outlet` is the other outlet to which it was said ("the Associated Press"),
    empty if it was said to the article's own.
    """

    start: int
    end: int
    speaker: str
    speech: Speech
    named: bool = True
    role: str = ""
    organisation: str = ""
    outlet: str = ""

    @property
    def text(self) -> str:
        """The speaker as a reader wants it: name, role, organisation, and to whom it was said."""
        body = (
            "" if self.organisation in self.speaker or self.organisation in self.role else self.organisation
        )
        told = f"to {self.outlet}" if self.outlet else ""
        return ", ".join(part for part in (self.speaker, self.role, body, told) if part)


@dataclass(frozen=True, kw_only=True, slots=True)
class Citation:
    """The exact characters a statement came from: `article.text[start:end] == quote`, always.

    `number` counts the citations of one answer or claim check from 1. `attributions` say who says which
    part of the quote; what none of them covers the article asserts itself.
    """

    number: int
    article_id: str
    title: str
    quote: str
    start: int
    end: int
    attributions: tuple[Attribution, ...] = ()

    @property
    def asserted(self) -> bool:
        """Whether the article itself says it: nobody to whom it is attributed."""
        return not self.attributions


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """One thing an answer says, with at least one citation that supports it.

    Raises ValueError when there is none: what can't be supported is not stated.
    """

    text: str
    citations: tuple[Citation, ...]

    def __post_init__(self) -> None:
        if not self.citations:
            raise ValueError(f"a statement needs at least one citation: {self.text!r}")

    @property
    def marked(self) -> str:
        """The text with its `[1]` markers."""
        return self.text + " " + "".join(f"[{citation.number}]" for citation in self.citations)


class AnswerStatus(StrEnum):
    """Whether the articles answer the question."""

    ANSWERED = "answered"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, kw_only=True, slots=True)
class RejectedStatement:
    """What a chat model wrote and the articles don't bear out; `reason` says in words why.

    `citations` are the sentences that it named, which do not support it; they have numbers of their own.
    """

    text: str
    reason: str
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Writing:
    """How a chat model came into an answer.

    `model` wrote `drafted` statements, of which `dropped` were not borne out; they are listed in `rejected`
    only where the settings ask for it (`RAG_UNSUPPORTED=flag`). `used` is false where the answer is made of
    the articles' own sentences after all, and `notice` then says why. `tokens_read` and `tokens_written` are
    as the model's server counts them, None where it doesn't.
    """

    model: str
    used: bool
    drafted: int = 0
    dropped: int = 0
    rejected: tuple[RejectedStatement, ...] = ()
    notice: str = ""
    tokens_read: int | None = None
    tokens_written: int | None = None

    @property
    def dropped_share(self) -> float:
        """The share (0 to 1) of what was drafted that was not borne out; 0 where nothing was."""
        return self.dropped / self.drafted if self.drafted else 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the articles say to a question, or that they don't say.

    `confidence` is the calibrated probability (0 to 1) that the best evidence answers the question,
    also when it was too low to answer. `evidence` is the ranked evidence, best first: the nearest
    passages of a `not_found`. `timings` are milliseconds by step and do not count in comparisons.
    `typed` is the question as it was typed in a conversation, where `question` is more than that; else "".
    `writing` says how a chat model came into it; None without one. Raises ValueError when `status` and
    `statements` contradict each other.
    """

    question: str
    statements: tuple[Statement, ...]
    status: AnswerStatus
    confidence: float
    evidence: tuple[Evidence, ...]
    timings: Mapping[str, float] = field(default_factory=dict, compare=False)
    typed: str = ""
    writing: Writing | None = None

    def __post_init__(self) -> None:
        if (self.status is AnswerStatus.ANSWERED) != bool(self.statements):
            raise ValueError(f"status {self.status} with {len(self.statements)} statements")

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Every citation once, in the order of their numbers."""
        unique = {citation.number: citation for s in self.statements for citation in s.citations}
        return tuple(unique[number] for number in sorted(unique))

    @property
    def text(self) -> str:
        """The statements with their `[1]` markers, separated by spaces; empty for a `not_found`."""
        return " ".join(statement.marked for statement in self.statements)


class Stance(StrEnum):
    """What a sentence says to a claim (FEVER's labels; Thorne et al. 2018)."""

    SUPPORTS = "supports"
    REFUTES = "refutes"
    NEITHER = "neither"


class Verdict(StrEnum):
    """What the articles say to a claim (AVeriTeC's labels; Schlichtkrull et al. 2023)."""

    SUPPORTED = "supported"
    REFUTED = "refuted"
    NOT_ENOUGH_EVIDENCE = "not_enough_evidence"
    CONFLICTING_EVIDENCE = "conflicting_evidence"


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimEvidence:
    """A quote for or against a part of a claim.

    `score` is the calibrated probability (0 to 1) that it takes this `stance`; `reason` says in words what
    decided, where something definite did ("The article says 90,000; the claim says 9,000."). `published` is
    its article's date. `superseded` is true when a later article says otherwise: it doesn't count for the
    verdict then. `copies` are the ids of other articles in which the same text stands.
    """

    citation: Citation
    stance: Stance
    score: float
    reason: str = ""
    published: datetime.date | None = None
    superseded: bool = False
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimPart:
    """One thing that a claim says, and the evidence for and against it, the surest first.

    `text` can be read by itself; it stands for the characters `start` to `end` of the claim. `confidence` is
    the probability (0 to 1) that the verdict is right. Raises ValueError for evidence on the wrong side.
    """

    text: str
    start: int
    end: int
    confidence: float
    supporting: tuple[ClaimEvidence, ...] = ()
    refuting: tuple[ClaimEvidence, ...] = ()

    def __post_init__(self) -> None:
        for stance, side in ((Stance.SUPPORTS, self.supporting), (Stance.REFUTES, self.refuting)):
            if any(evidence.stance is not stance for evidence in side):
                raise ValueError(f"evidence that doesn't say {stance} among what does: {self.text!r}")

    @property
    def verdict(self) -> Verdict:
        """What the evidence that is not superseded says; conflicting when it is on both sides."""
        supported = any(not evidence.superseded for evidence in self.supporting)
        refuted = any(not evidence.superseded for evidence in self.refuting)
        if supported and refuted:
            return Verdict.CONFLICTING_EVIDENCE
        if supported or refuted:
            return Verdict.SUPPORTED if supported else Verdict.REFUTED
        return Verdict.NOT_ENOUGH_EVIDENCE


@dataclass(frozen=True, kw_only=True, slots=True)
class Disagreement:
    """Two articles that say different things about the same.

    `about` says what in words ("148 km/h against 139 km/h"). `one` was published before `other` if both have
    a date; `superseded` is true when the later one replaces what the earlier one says.
    """

    one: Citation
    other: Citation
    about: str
    superseded: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimCheck:
    """What the articles say to a claim: the verdict, and the quotes for and against it.

    `parts` are the things that it says, at least one, in its order. `nearest` are the closest passages, best
    first, whatever the verdict. `timings` are milliseconds by step and do not count in comparisons.
    Raises ValueError without parts.
    """

    claim: str
    parts: tuple[ClaimPart, ...]
    nearest: tuple[Evidence, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError(f"a claim has at least one part: {self.claim!r}")

    @property
    def verdict(self) -> Verdict:
        """The verdict on the whole: the first of these that holds.

        Refuted if a part is refuted; conflicting if the evidence on a part conflicts; supported if every
        part is; or else not enough evidence.
        """
        verdicts = [part.verdict for part in self.parts]
        for verdict in (Verdict.REFUTED, Verdict.CONFLICTING_EVIDENCE):
            if verdict in verdicts:
                return verdict
        supported = all(verdict is Verdict.SUPPORTED for verdict in verdicts)
        return Verdict.SUPPORTED if supported else Verdict.NOT_ENOUGH_EVIDENCE

    @property
    def confidence(self) -> float:
        """The probability (0 to 1) that the verdict is right: of the parts that decide it.

        Of a supported claim the least sure part decides, of any other the surest with the whole's verdict.
        """
        own = [part.confidence for part in self.parts if part.verdict is self.verdict]
        return min(own) if self.verdict is Verdict.SUPPORTED else max(own)

    @property
    def supporting(self) -> tuple[ClaimEvidence, ...]:
        """The evidence for any part, each quote once, by number."""
        return _once(evidence for part in self.parts for evidence in part.supporting)

    @property
    def refuting(self) -> tuple[ClaimEvidence, ...]:
        """The evidence against any part, each quote once, by number."""
        return _once(evidence for part in self.parts for evidence in part.refuting)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Every citation once, in the order of their numbers."""
        own = [evidence.citation for evidence in (*self.supporting, *self.refuting)]
        own += [citation for pair in self.disagreements for citation in (pair.one, pair.other)]
        unique = {citation.number: citation for citation in own}
        return tuple(unique[number] for number in sorted(unique))


def _once(found: Iterable[ClaimEvidence]) -> tuple[ClaimEvidence, ...]:
    unique: dict[int, ClaimEvidence] = {}
    for evidence in found:
        unique.setdefault(evidence.citation.number, evidence)
    return tuple(unique[number] for number in sorted(unique))


@dataclass(frozen=True, kw_only=True, slots=True)
class Filters:
    """Which articles to look in; an empty field lets everything through, and all fields must hold.

    `sources`, `authors` and `article_ids` match exactly, any one of them; a string counts as one value. The
    dates are inclusive, and an article without a date is outside every date range. Raises TypeError for a
    date of another type.
    """

    sources: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    article_ids: tuple[str, ...] = ()
    published_from: datetime.date | None = None
    published_to: datetime.date | None = None

    def __post_init__(self) -> None:
        for name in ("sources", "authors", "article_ids"):
            value = getattr(self, name)
            # In a string, "in" would look for a part of it.
            object.__setattr__(self, name, (value,) if isinstance(value, str) else tuple(value))
        for name in ("published_from", "published_to"):
            object.__setattr__(self, name, _day(getattr(self, name), f"Filters.{name}"))

    def admits(self, article: ArticleSummary) -> bool:
        """Whether `article` may be looked in."""
        if self.article_ids and article.id not in self.article_ids:
            return False
        if self.sources and article.source not in self.sources:
            return False
        if self.authors and article.author not in self.authors:
            return False
        if self.published_from is None and self.published_to is None:
            return True
        if article.published is None:
            return False
        earliest = self.published_from or datetime.date.min
        latest = self.published_to or datetime.date.max
        return earliest <= article.published <= latest


@dataclass(frozen=True, kw_only=True, slots=True)
class FailedFile:
    """A file that was left out of the index, and why; `reason` fits on one line."""

    path: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class IngestReport:
    """What an ingest did, as paths relative to the ingested folder, each list sorted.

    `copies` have the same content as another file and are in the index once. A `failed` file that
    was in the index before keeps its earlier version there.
    """

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    failed: tuple[FailedFile, ...] = ()


class QuoteState(StrEnum):
    """Where a quote of a dossier stands today."""

    IN_PLACE = "in_place"
    MOVED = "moved"
    AMBIGUOUS = "ambiguous"
    GONE = "gone"


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifiedQuote:
    """A quote of a dossier, and where its words stand in the index today.

    `found` is the citation itself if it is still in place, or else each place in its article, or in the
    one that replaced it, where the same words stand (of many, the first few).
    """

    citation: Citation
    found: tuple[Citation, ...] = ()

    @property
    def state(self) -> QuoteState:
        """In place, moved to exactly one other place, ambiguous (several), or gone."""
        if self.found == (self.citation,):
            return QuoteState.IN_PLACE
        if not self.found:
            return QuoteState.GONE
        return QuoteState.MOVED if len(self.found) == 1 else QuoteState.AMBIGUOUS


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifiedArticle:
    """An article of a dossier against what the index holds today.

    `missing` says that no article has its id any more; `replaced_by` is the id of the one that took its
    place then, if one did. `text_changed` and `changed` (the names of other fields: "title", "published")
    compare with the article of the same id, or else with the replacement.
    """

    article_id: str
    title: str
    missing: bool = False
    replaced_by: str = ""
    text_changed: bool = False
    changed: tuple[str, ...] = ()

    @property
    def unchanged(self) -> bool:
        """Whether the index holds it as it was."""
        return not (self.missing or self.text_changed or self.changed)


@dataclass(frozen=True, kw_only=True, slots=True)
class DossierReport:
    """What became of a dossier's articles, quotes and verdict since the claim was checked.

    `then` is the check that the dossier holds (from the day `checked_on`), `now` the same claim checked
    against today's index. `quotes` are those of `then`, in the order of their numbers.
    """

    checked_on: datetime.date
    then: ClaimCheck
    now: ClaimCheck
    articles: tuple[VerifiedArticle, ...]
    quotes: tuple[VerifiedQuote, ...]

    @property
    def verdict_changed(self) -> bool:
        """Whether the articles say something else to the claim today."""
        return self.then.verdict is not self.now.verdict

    @property
    def new_evidence(self) -> tuple[ClaimEvidence, ...]:
        """Evidence of `now` that `then` didn't have, by number; a quote that only moved is not new."""
        known = {_stand(evidence, quote) for evidence, quote in self._evidence_then()}
        return tuple(e for e in _both_sides(self.now) if _stand(e, e.citation) not in known)

    @property
    def dropped_evidence(self) -> tuple[ClaimEvidence, ...]:
        """Evidence of `then` that `now` doesn't cite any more, by number, wherever its quote stands."""
        cited = {_stand(evidence, evidence.citation) for evidence in _both_sides(self.now)}
        return tuple(e for e, quote in self._evidence_then() if _stand(e, quote) not in cited)

    @property
    def falsified(self) -> tuple[VerifiedQuote, ...]:
        """Quotes that aren't in place though their article's text is what it was: the dossier was altered."""
        as_it_was = {a.article_id for a in self.articles if not a.missing and not a.text_changed}
        return tuple(
            quote
            for quote in self.quotes
            if quote.state is not QuoteState.IN_PLACE and quote.citation.article_id in as_it_was
        )

    @property
    def unchanged(self) -> bool:
        """Whether articles, quotes, verdict and evidence are all what they were."""
        return (
            all(article.unchanged for article in self.articles)
            and all(quote.state is QuoteState.IN_PLACE for quote in self.quotes)
            and not (self.verdict_changed or self.new_evidence or self.dropped_evidence)
        )

    def _evidence_then(self) -> list[tuple[ClaimEvidence, Citation]]:
        """The evidence of `then`, each with where it stands today (where it stood, if that isn't known)."""
        today = {q.citation.number: q.found[0] if len(q.found) == 1 else q.citation for q in self.quotes}
        return [(e, today.get(e.citation.number, e.citation)) for e in _both_sides(self.then)]


def _both_sides(check: ClaimCheck) -> list[ClaimEvidence]:
    return sorted((*check.supporting, *check.refuting), key=lambda evidence: evidence.citation.number)


def _stand(evidence: ClaimEvidence, citation: Citation) -> tuple[str, int, int, Stance]:
    return citation.article_id, citation.start, citation.end, evidence.stance
