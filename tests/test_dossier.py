"""Dossiers: what they hold, what is refused, and what a verification finds."""

from __future__ import annotations

import copy
import datetime
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import settings_for
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag import (
    Article,
    ArticleNotFoundError,
    ArticleSummary,
    Attribution,
    Citation,
    ClaimCheck,
    ClaimEvidence,
    ClaimPart,
    Disagreement,
    DossierError,
    DossierReport,
    Evidence,
    FactChecker,
    Filters,
    IndexUnavailableError,
    QuoteState,
    Speech,
    Stance,
    Verdict,
)
from rag.claim_review import VERDICT_WORDS
from rag.dossier import (
    build_dossier,
    check_from_dossier,
    claim_review,
    verify_dossier,
)
from rag.presentation import check_markdown, check_record, dossier_lines, dossier_report_record, said_by

TODAY = datetime.date(2024, 6, 20)
CLAIM = "The storm felled 9,000 trees."
FELLED = "The storm felled 90,000 trees, the forest service said."
STORM = Article.from_text(
    title="Storm",
    text=f"A storm crossed the coast.\n\n{FELLED} Trains stopped.",
    source="The Wire",
    author="Ann Lee",
    published=datetime.date(2024, 6, 3),
    url="https://wire.example/storm",
)
COUNT = Article.from_text(
    title="Count", text="In the end 9,000 trees lay on the ground.", source="count.txt", id="count-1"
)


def cite(article: Article, quote: str, number: int = 1) -> Citation:
    start = article.text.index(quote)
    said = (
        (
            Attribution(
                start=start, end=start + len(quote), speaker="the forest service", speech=Speech.INDIRECT
            ),
        )
        if quote == FELLED
        else ()
    )
    return Citation(
        number=number,
        article_id=article.id,
        title=article.title,
        quote=quote,
        start=start,
        end=start + len(quote),
        attributions=said,
    )


def evidence(article: Article, quote: str, stance: Stance, number: int = 1, **others: Any) -> ClaimEvidence:
    return ClaimEvidence(
        citation=cite(article, quote, number),
        stance=stance,
        score=0.9,
        published=article.published,
        **others,
    )


def check_of(*found: ClaimEvidence, **others: Any) -> ClaimCheck:
    part = ClaimPart(
        text=CLAIM,
        start=0,
        end=len(CLAIM),
        confidence=0.83,
        supporting=tuple(e for e in found if e.stance is Stance.SUPPORTS),
        refuting=tuple(e for e in found if e.stance is Stance.REFUTES),
    )
    return ClaimCheck(claim=CLAIM, parts=(part,), **others)


AGAINST = evidence(STORM, FELLED, Stance.REFUTES, reason="The article says 90,000; the claim says 9,000.")
FOR = evidence(COUNT, COUNT.text, Stance.SUPPORTS, 2, copies=("count-1",))
REFUTED = check_of(AGAINST)
OF_EACH_VERDICT = {
    Verdict.SUPPORTED: check_of(FOR),
    Verdict.REFUTED: REFUTED,
    Verdict.CONFLICTING_EVIDENCE: check_of(FOR, AGAINST),
    Verdict.NOT_ENOUGH_EVIDENCE: check_of(),
}


class Shelf:
    """An index of a few articles, in which each claim is checked with the same outcome."""

    def __init__(self, *held: Article, check: ClaimCheck = REFUTED, origin: str = "") -> None:
        self.held = {article.id: article for article in held}
        self.outcome = check
        self.origin = origin
        self.failure: Exception | None = None
        self.filters: list[Filters | None] = []

    def article(self, article_id: str) -> Article:
        if self.failure is not None:
            raise self.failure
        if article_id not in self.held:
            raise ArticleNotFoundError(article_id)
        return self.held[article_id]

    def articles(self) -> tuple[ArticleSummary, ...]:
        return tuple(
            ArticleSummary(
                id=a.id,
                title=a.title,
                source=a.source,
                author=a.author,
                published=a.published,
                url=a.url,
                passages=1,
                origin=self.origin,
            )
            for a in self.held.values()
        )

    def check(self, claim: str, *, filters: Filters | None = None) -> ClaimCheck:
        self.filters.append(filters)
        return replace(self.outcome, claim=claim)


BEFORE = Shelf(STORM, COUNT)


def dossier_of(check: ClaimCheck = REFUTED, shelf: Shelf = BEFORE) -> dict[str, Any]:
    return build_dossier(check, article=shelf.article, checked_on=TODAY)


def verify(dossier: dict[str, Any], shelf: Shelf) -> DossierReport:
    return verify_dossier(dossier, article=shelf.article, articles=shelf.articles, check=shelf.check)


# Any check at all

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
WORDS = TEXTS.filter(bool)
DAYS = st.none() | st.dates()
PROBABILITIES = st.floats(0, 1)


@st.composite
def articles(draw: st.DrawFn) -> list[Article]:
    fields = dict.fromkeys(("title", "source", "author", "url"), TEXTS)
    made = st.builds(
        Article, id=WORDS, text=st.text(min_size=1, max_size=40), published=DAYS, **fields
    ).filter(lambda article: article.text.isprintable())
    return draw(st.lists(made, min_size=1, max_size=3, unique_by=lambda article: article.id))


@st.composite
def attributions(draw: st.DrawFn) -> Attribution:
    start = draw(st.integers(0, 99))
    return Attribution(
        start=start,
        end=start + draw(st.integers(0, 99)),
        speaker=draw(TEXTS),
        speech=draw(st.sampled_from(Speech)),
        named=draw(st.booleans()),
        role=draw(TEXTS),
        organisation=draw(TEXTS),
        outlet=draw(TEXTS),
    )


@st.composite
def citations(draw: st.DrawFn, held: list[Article]) -> list[Citation]:
    made = []
    for number in range(1, 1 + draw(st.integers(1, 4))):
        article = draw(st.sampled_from(held))
        start = draw(st.integers(0, len(article.text) - 1))
        end = draw(st.integers(start + 1, len(article.text)))
        said = tuple(draw(st.lists(attributions(), max_size=2)))
        made.append(
            Citation(
                number=number,
                article_id=article.id,
                title=article.title,
                quote=article.text[start:end],
                start=start,
                end=end,
                attributions=said,
            )
        )
    return made


@st.composite
def checks(draw: st.DrawFn) -> tuple[ClaimCheck, list[Article]]:
    """Any check, with the articles it cites; a quote may stand in several parts, on either side."""
    held = draw(articles())
    cited = st.sampled_from(draw(citations(held)))
    copies = st.lists(st.sampled_from([article.id for article in held]), max_size=2).map(tuple)
    claim = draw(WORDS)

    def side(stance: Stance) -> st.SearchStrategy[tuple[ClaimEvidence, ...]]:
        made = st.builds(
            ClaimEvidence,
            citation=cited,
            stance=st.just(stance),
            score=PROBABILITIES,
            reason=TEXTS,
            published=DAYS,
            superseded=st.booleans(),
            copies=copies,
        )
        return st.lists(made, max_size=3).map(tuple)

    part = st.builds(
        ClaimPart,
        text=TEXTS,
        start=st.just(0),
        end=st.integers(1, len(claim)),
        confidence=PROBABILITIES,
        supporting=side(Stance.SUPPORTS),
        refuting=side(Stance.REFUTES),
    )
    pair = st.builds(Disagreement, one=cited, other=cited, about=TEXTS, superseded=st.booleans())
    parts = tuple(draw(st.lists(part, min_size=1, max_size=3)))
    return ClaimCheck(claim=claim, parts=parts, disagreements=tuple(draw(st.lists(pair, max_size=2)))), held


@given(checks())
def test_a_dossier_holds_the_whole_check(made: tuple[ClaimCheck, list[Article]]) -> None:
    check, held = made
    dossier = build_dossier(check, article=Shelf(*held).article, checked_on=TODAY)

    assert check_from_dossier(dossier) == check
    assert check_from_dossier(json.loads(json.dumps(dossier))) == check
    assert dossier == build_dossier(check, article=Shelf(*held).article, checked_on=TODAY)


@given(checks())
def test_nothing_changes_while_the_index_stays_as_it_is(made: tuple[ClaimCheck, list[Article]]) -> None:
    check, held = made
    shelf = Shelf(*held, check=check)
    report = verify(build_dossier(check, article=shelf.article, checked_on=TODAY), shelf)

    assert report.unchanged
    assert [quote.state for quote in report.quotes] == [QuoteState.IN_PLACE] * len(check.citations)
    assert report.falsified == ()
    assert next(dossier_lines(report)).startswith("Unchanged")


@given(checks())
def test_a_check_shows_all_its_quotes_in_markdown_and_in_its_record(
    made: tuple[ClaimCheck, list[Article]],
) -> None:
    check, held = made
    record = check_record(check, Shelf(*held).article)
    numbers = [citation["number"] for citation in record["citations"]]
    assert sorted(set(numbers)) == [citation.number for citation in check.citations]
    assert json.loads(json.dumps(record)) == record

    text = check_markdown(check, Shelf(*held).article, lambda citation: "")
    for citation in check.citations:
        assert f"\\[{citation.number}\\]" in text


# What a dossier is


def test_a_dossier_knows_its_articles_and_their_texts() -> None:
    dossier = dossier_of(OF_EACH_VERDICT[Verdict.CONFLICTING_EVIDENCE])

    assert (dossier["format"], dossier["version"]) == ("presscheck-dossier", 1)
    assert (dossier["verdict"], dossier["confidence"]) == ("conflicting_evidence", 0.83)
    count, storm = sorted(dossier["articles"], key=lambda article: article["title"])
    assert storm["published"] == "2024-06-03"
    assert storm["text_characters"] == len(STORM.text)
    assert len(storm["text_sha256"]) == 64
    assert count["published"] is None
    assert dossier["parts"][0]["evidence"][1]["number"] == 1
    assert dossier["citations"][0]["quote"] == FELLED


def test_a_claim_is_checked_again_with_the_filters_of_the_first_time() -> None:
    filters = Filters(sources=("The Wire",), published_to=TODAY)
    dossier = build_dossier(REFUTED, article=BEFORE.article, checked_on=TODAY, filters=filters)
    shelf = Shelf(STORM, COUNT)

    assert verify(json.loads(json.dumps(dossier)), shelf).unchanged
    assert shelf.filters == [filters]


def test_where_no_article_passes_the_filters_any_more_nothing_is_said() -> None:
    filters = Filters(sources=("The Wire",))
    dossier = build_dossier(REFUTED, article=BEFORE.article, checked_on=TODAY, filters=filters)
    shelf = Shelf(COUNT)
    report = verify(dossier, shelf)

    assert shelf.filters == []
    assert (report.now.verdict, report.now.confidence) == (Verdict.NOT_ENOUGH_EVIDENCE, 1.0)
    assert report.verdict_changed
    assert report.dropped_evidence == (AGAINST,)


def test_the_nearest_passages_and_timings_are_left_out() -> None:
    near = Evidence(article_id="x", passage_id="p", title="T", text="x", start=0, end=1, score=0.1)
    check = replace(REFUTED, nearest=(near,), timings={"total": 1.0})

    assert dossier_of(check) == dossier_of()


def set_in(record: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(record)
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place: Any = changed
    for step in way:
        place = place[step]
    place[last] = value
    return changed


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("format", "other", "not a dossier"),
        ("version", 2, "version 2"),
        ("verdict", "supported", "it says 'supported', but the parts' evidence says 'refuted'"),
        ("parts.0.verdict", "supported", "a part's evidence says 'refuted'"),
        ("confidence", 0.99, "its parts' is 0.83"),
        ("confidence", float("nan"), "JSON"),
        ("confidence", "high", "confidence"),
        ("checked_on", "yesterday", "checked_on"),
        ("checked_on", 5, "checked_on"),
        ("claim", "", "claim"),
        ("claim", "x" * 10_001, "claim"),
        ("parts", [], "parts"),
        ("parts.0.end", 10_000, "outside the claim"),
        ("parts.0.start", -1, "start"),
        ("parts.0.evidence.0.stance", "supports", "a part's evidence says 'supported'"),
        ("parts.0.evidence.0.stance", "neither", "stance"),
        ("parts.0.evidence.0.number", 7, "citation 1 is missing"),
        ("parts.0.evidence.0.copies", ["nowhere"], "'nowhere' is missing"),
        ("citations.0.quote", "Shorter.", "another length"),
        ("citations.0.start", 1.5, "start"),
        ("articles", [], "is missing"),
        ("articles.0.text_sha256", "0" * 63, "text_sha256"),
        ("note", "hello", "note"),
        ("claim", {1}, "JSON"),
    ],
)
def test_what_is_no_dossier_or_contradicts_itself_is_refused(path: str, value: Any, told: str) -> None:
    with pytest.raises(DossierError, match=told):
        check_from_dossier(set_in(dossier_of(), path, value))


@pytest.mark.parametrize("value", [None, [], "x", {}, {"format": None}])
def test_something_else_is_no_dossier(value: object) -> None:
    with pytest.raises(DossierError, match="not a dossier"):
        check_from_dossier(value)


def test_a_deeply_nested_record_is_refused() -> None:
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]

    with pytest.raises(DossierError):
        check_from_dossier({**dossier_of(), "claim": nested})


def test_a_citation_that_is_listed_twice_is_refused() -> None:
    dossier = dossier_of()
    dossier["citations"] *= 2

    with pytest.raises(DossierError, match="twice"):
        check_from_dossier(dossier)


def test_two_quotes_with_one_number_make_no_dossier() -> None:
    other = evidence(COUNT, COUNT.text, Stance.SUPPORTS, 1)

    with pytest.raises(ValueError, match="have the number 1"):
        dossier_of(check_of(other, AGAINST))


def test_a_check_that_is_too_large_makes_no_dossier() -> None:
    with pytest.raises(DossierError, match="claim"):
        dossier_of(replace(REFUTED, claim="x" * 20_000))


# What a verification finds


def shelf_with(article: Article, stance: Stance = Stance.REFUTES) -> Shelf:
    """The index after a change: STORM is `article` now, and the claim checked against that."""
    return Shelf(article, COUNT, check=check_of(evidence(article, FELLED, stance)))


def told(report: DossierReport) -> str:
    return "\n".join(dossier_lines(report))


def test_a_quote_moves_when_a_paragraph_is_put_in_front() -> None:
    longer = replace(STORM, text="Updated at noon.\n\n" + STORM.text)
    report = verify(dossier_of(), shelf_with(longer))

    (article,), (quote,) = report.articles, report.quotes
    assert article.text_changed
    assert not article.missing
    assert quote.state is QuoteState.MOVED
    (found,) = quote.found
    assert longer.text[found.start : found.end] == FELLED
    assert (found.attributions[0].start, found.attributions[0].end) == (found.start, found.end)
    assert report.new_evidence == report.dropped_evidence == ()
    assert not report.unchanged
    assert f"[1] moved to characters {found.start} to {found.end}." in told(report)


def test_a_quote_is_gone_when_its_words_are_changed() -> None:
    corrected = replace(STORM, text=STORM.text.replace("90,000", "9,000"))
    shelf = Shelf(corrected, COUNT, check=check_of(FOR))
    report = verify(dossier_of(), shelf)

    assert [quote.state for quote in report.quotes] == [QuoteState.GONE]
    assert report.verdict_changed
    assert [e.citation.article_id for e in report.new_evidence] == ["count-1"]
    assert report.dropped_evidence == (AGAINST,)
    lines = told(report)
    assert lines.startswith("Changed since 2024-06-20:")
    assert "Verdict on 2024-06-20: Refuted by the articles, confidence high (0.83)." in lines
    assert "Verdict today: Supported by the articles" in lines
    assert "[1] is gone" in lines
    assert "against the claim, “Storm”" in lines


def test_a_quote_that_stands_twice_elsewhere_is_ambiguous() -> None:
    twice = replace(STORM, text=f"{FELLED}\n\n{FELLED}")
    report = verify(dossier_of(), Shelf(twice, COUNT))

    (quote,) = report.quotes
    assert quote.state is QuoteState.AMBIGUOUS
    assert [twice.text[f.start : f.end] for f in quote.found] == [FELLED, FELLED]
    assert "several places" in told(report)


def test_a_quote_in_its_place_is_in_place_wherever_else_it_stands() -> None:
    report = verify(dossier_of(), shelf_with(replace(STORM, text=f"{STORM.text} {FELLED}")))

    assert [quote.state for quote in report.quotes] == [QuoteState.IN_PLACE]
    assert report.articles[0].text_changed


def test_a_quote_that_was_tampered_with_is_told_from_one_that_went() -> None:
    dossier = dossier_of()
    dossier["citations"][0]["quote"] = FELLED.replace("90,000", "10,000")
    report = verify(dossier, BEFORE)

    assert [quote.citation.number for quote in report.falsified] == [1]
    assert not report.unchanged
    assert "The dossier was altered" in told(report)
    assert dossier_report_record(report)["quotes"][0]["falsified"]


def test_a_removed_article_is_missing_and_its_quotes_gone() -> None:
    report = verify(dossier_of(), Shelf(COUNT, check=check_of()))

    assert report.articles[0].missing
    assert report.articles[0].replaced_by == ""
    assert report.quotes[0].state is QuoteState.GONE
    assert report.now.verdict is Verdict.NOT_ENOUGH_EVIDENCE
    assert "not in the index any more" in told(report)


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"title": "Storm, corrected", "source": "Wire"}, ("title", "source")),  # the same address
        ({"url": ""}, ("url",)),  # the same title and source
        ({"url": "", "title": "Storm, corrected"}, ("title", "url")),  # the same outlet, day and text
    ],
)
def test_a_replaced_article_is_found_again(changed: dict[str, str], fields: tuple[str, ...]) -> None:
    values: dict[str, Any] = {
        name: getattr(STORM, name) for name in ("title", "text", "source", "author", "published", "url")
    }
    again = Article.from_text(**(values | changed))
    report = verify(dossier_of(), shelf_with(again))

    (article,), (quote,) = report.articles, report.quotes
    assert again.id != STORM.id
    assert (article.missing, article.replaced_by) == (True, again.id)
    assert not article.text_changed
    assert article.changed == fields
    assert quote.state is QuoteState.MOVED
    assert quote.found[0].article_id == again.id
    assert report.new_evidence == report.dropped_evidence == ()
    assert f"probably replaced by {again.id}" in told(report)


def test_the_file_of_an_article_without_an_outlet_is_found_again() -> None:
    check = check_of(FOR)
    again = replace(COUNT, id="count-2", title="Another", text="Corrected. " + COUNT.text)
    report = verify(dossier_of(check), Shelf(again, origin="/news/count.txt"))

    assert report.articles[0].replaced_by == "count-2"
    assert report.quotes[0].state is QuoteState.MOVED


def test_another_article_of_the_same_outlet_and_day_replaces_nothing() -> None:
    other = replace(STORM, id="other", title="Trams", text="Trams run again.", url="")
    report = verify(dossier_of(), Shelf(other, check=check_of()))

    assert report.articles[0].replaced_by == ""


def test_of_several_replacements_the_one_with_the_same_text_is_taken() -> None:
    newer = replace(STORM, id="0", text="Nothing of it.")
    same = replace(STORM, id="1", author="A. Lee")
    report = verify(dossier_of(), Shelf(newer, same))

    assert report.articles[0].replaced_by == "1"


def test_changed_metadata_is_named() -> None:
    report = verify(dossier_of(), shelf_with(replace(STORM, published=TODAY, title="Gale")))

    assert report.articles[0].changed == ("title", "published")
    assert report.quotes[0].state is QuoteState.IN_PLACE
    assert "title changed, published changed" in told(report)


def test_a_broken_index_is_an_error_and_never_a_missing_article() -> None:
    dossier = dossier_of()
    shelf = Shelf(STORM)
    shelf.failure = IndexUnavailableError("The disk is full.")

    with pytest.raises(IndexUnavailableError):
        verify(dossier, shelf)


def test_the_other_stance_of_a_quote_is_new_evidence() -> None:
    report = verify(dossier_of(), shelf_with(STORM, Stance.SUPPORTS))

    assert [e.stance for e in report.new_evidence] == [Stance.SUPPORTS]
    assert [e.stance for e in report.dropped_evidence] == [Stance.REFUTES]


def test_a_report_is_a_record_that_json_can_hold() -> None:
    report = verify(dossier_of(), Shelf(COUNT, check=check_of(FOR)))
    record = dossier_report_record(report)

    assert json.loads(json.dumps(record)) == record
    assert record["unchanged"] is False
    assert (record["verdict_then"], record["verdict_now"]) == ("refuted", "supported")
    assert record["quotes"][0] == {
        "number": 1,
        "quote": FELLED,
        "state": "gone",
        "falsified": False,
        "found": [],
    }


def test_an_edited_file_is_found_again_in_a_real_index(tmp_path: Path) -> None:
    file = tmp_path / "news" / "storm.txt"
    file.parent.mkdir()
    file.write_text(STORM.text, encoding="utf-8")
    with FactChecker.open(settings_for(tmp_path / "index", threads=1, reader="none")) as checker:
        checker.ingest(file.parent)
        (before,) = checker.articles()
        check = check_of(evidence(checker.article(before.id), FELLED, Stance.REFUTES))
        dossier = build_dossier(check, article=checker.article, checked_on=TODAY)
        file.write_text("Updated at noon.\n\n" + STORM.text, encoding="utf-8")
        checker.ingest(file.parent)
        report = verify_dossier(
            dossier,
            article=checker.article,
            articles=checker.articles,
            check=Shelf(check=check).check,
        )

        (article,), (quote,) = report.articles, report.quotes
        assert article.missing
        assert article.text_changed
        assert [article.replaced_by] == [summary.id for summary in checker.articles()]
        assert quote.state is QuoteState.MOVED
        (found,) = quote.found
        assert checker.article(found.article_id).text[found.start : found.end] == FELLED


# ClaimReview

THING = {"name", "alternateName", "description", "identifier", "url"}
CREATIVE_WORK = THING | {
    *("author", "citation", "creditText", "datePublished", "hasPart", "headline", "position", "publisher"),
    "text",
}
ALLOWED = {
    "ClaimReview": CREATIVE_WORK | {"claimReviewed", "itemReviewed", "reviewBody", "reviewRating"},
    "Claim": CREATIVE_WORK | {"appearance", "firstAppearance", "claimInterpreter"},
    "Rating": THING | {"ratingValue", "bestRating", "worstRating", "ratingExplanation", "author"},
    "NewsArticle": CREATIVE_WORK | {"articleBody", "dateline"},
    "Quotation": CREATIVE_WORK | {"spokenByCharacter"},
    "Organization": THING,
    "Person": THING,
    "PropertyValue": THING | {"propertyID", "value"},
}
"""What each type may have by schema.org, as far as we could use it."""


def things(value: Any) -> Iterable[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from things(inner)


@pytest.mark.parametrize("verdict", Verdict)
def test_a_claim_review_uses_only_properties_that_its_types_have(verdict: Verdict) -> None:
    check = OF_EACH_VERDICT[verdict]
    assert check.verdict is verdict
    review = claim_review(check, article=BEFORE.article, checked_on=TODAY, url="https://x.example/1")

    assert review.pop("@context") == "https://schema.org"
    for thing in things(review):
        names = set(thing) - {"@type"}
        assert names <= ALLOWED[thing["@type"]], thing
        assert all(value not in ("", None, [], {}) for value in thing.values()), thing
    assert review["claimReviewed"] == review["itemReviewed"]["text"] == CLAIM
    assert review["reviewRating"]["alternateName"] == VERDICT_WORDS[verdict]
    assert review["datePublished"] == "2024-06-20"
    assert len(review.get("citation", [])) == len({c.article_id for c in check.citations})


@pytest.mark.parametrize(
    ("verdict", "number"),
    [
        (Verdict.SUPPORTED, 5),
        (Verdict.REFUTED, 1),
        (Verdict.CONFLICTING_EVIDENCE, None),
        (Verdict.NOT_ENOUGH_EVIDENCE, None),
    ],
)
def test_only_supported_and_refuted_are_rated_in_numbers(verdict: Verdict, number: int | None) -> None:
    rating = claim_review(OF_EACH_VERDICT[verdict], article=BEFORE.article, checked_on=TODAY)["reviewRating"]

    assert rating.get("ratingValue") == number
    assert ("bestRating" in rating) == ("worstRating" in rating) == (number is not None)


def test_a_claim_review_cites_the_exact_characters() -> None:
    review = claim_review(REFUTED, article=BEFORE.article, checked_on=TODAY)
    (cited,) = review["citation"]
    (quotation,) = cited["hasPart"]

    assert (cited["headline"], cited["publisher"]["name"], cited["author"]["name"]) == (
        "Storm",
        "The Wire",
        "Ann Lee",
    )
    assert cited["identifier"]["value"] == dossier_of()["articles"][0]["text_sha256"]
    start, end = map(int, quotation["identifier"]["value"].removeprefix("char=").split(","))
    assert STORM.text[start:end] == quotation["text"] == FELLED
    assert quotation["creditText"] == "the forest service"
    assert quotation["description"] == "Refutes the claim."
    assert (
        f"Against it, The Wire (2024-06-03): “{FELLED}” [1] The article says 90,000" in review["reviewBody"]
    )


def test_what_is_not_known_is_left_out_of_a_claim_review() -> None:
    review = claim_review(check_of(FOR), article=BEFORE.article, checked_on=TODAY)
    (cited,) = review["citation"]

    assert "url" not in review
    assert "appearance" not in review["itemReviewed"]
    # The source of an article that names no outlet is its file, which published nothing.
    assert set(cited) == {"@type", "headline", "identifier", "hasPart"}


def test_where_the_claim_was_made_is_told_if_it_is_known() -> None:
    review = claim_review(
        REFUTED,
        article=BEFORE.article,
        checked_on=TODAY,
        author="Desk",
        appearances=["https://x.example/post"],
    )

    assert review["itemReviewed"]["appearance"] == ["https://x.example/post"]
    assert review["author"] == {"@type": "Organization", "name": "Desk"}


# What people read

HOSTILE = (
    "<script>alert(1)</script> *a* _b_ `c` [x](javascript:y) ![i](http://u.example) &copy; ~~d~~ | e\n"
    "# Heading\n- item\n1. one\n2) two\n> quoted\n===\n---\n\n    code\n\n"
    "```\nfence\n```\nhttps://w.example @me"
)


def shown(markdown: str) -> str:
    """The text of rendered Markdown, without what its tokens make of it."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    inline = [child for token in tokens for child in token.children or ()]
    assert {token.type for token in tokens} <= {
        *("heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "hr"),
        *("blockquote_open", "blockquote_close", "bullet_list_open", "bullet_list_close"),
        *("list_item_open", "list_item_close"),
    }
    kinds = {child.type for child in inline}
    assert kinds <= {"text", "text_special", "softbreak", "strong_open", "strong_close"}, kinds
    blocks = ["".join(child.content or " " for child in token.children or ()) for token in tokens]
    return " ".join(" ".join(blocks).split())


def test_markdown_shows_hostile_text_as_it_is_and_does_nothing_with_it() -> None:
    article = replace(STORM, title="T *x* ](y)", text=HOSTILE, source="<b>S</b>", author="[A](b)", url="")
    check = check_of(evidence(article, HOSTILE, Stance.REFUTES, reason="a *reason* <i>"))
    text = check_markdown(
        replace(check, claim="- # <claim> *1*"), Shelf(article).article, lambda c: "says _who_"
    )

    rendered = shown(text)
    assert " ".join(HOSTILE.split()) in rendered
    for part in ("Claim: - # <claim> *1*", "T *x* ](y)", "<b>S</b>, [A](b)", "says _who_", "a *reason* <i>"):
        assert part in rendered
    assert text.count("\n- ") == 0


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_any_quote_reads_the_same_in_markdown(quote: str) -> None:
    words = " ".join(quote.split())
    if not words.isprintable() or not words:
        return
    article = replace(STORM, text=words)
    text = check_markdown(
        check_of(evidence(article, words, Stance.SUPPORTS)), Shelf(article).article, lambda c: ""
    )
    body = text.split("\n> ", 1)[1].split("\n\n\\[1", 1)[0]

    assert shown("> " + body) == words


def test_markdown_links_only_to_web_addresses() -> None:
    def links(url: str) -> str:
        article = replace(STORM, url=url)
        return check_markdown(REFUTED, Shelf(article).article, lambda c: "")

    assert "[Storm](https://wire.example/a%28b%29?c=1&amp;d)" in links("https://wire.example/a(b)?c=1&d")
    assert "](" not in links("javascript:alert(1)")


def test_markdown_tells_part_by_part_who_says_what_where() -> None:
    one = replace(REFUTED.parts[0], text="The storm felled trees.", end=16)
    check = replace(
        check_of(FOR),
        parts=(*check_of(FOR).parts, one),
        disagreements=(
            Disagreement(one=AGAINST.citation, other=FOR.citation, about="9 against 8", superseded=True),
        ),
    )
    text = check_markdown(check, BEFORE.article, said_by)

    assert "**Refuted by the articles, confidence high (0.83).**" in text
    assert "## Part 2: The storm felled trees." in text
    place = f"characters {AGAINST.citation.start} to {AGAINST.citation.end}, according to the forest service"
    assert f"\\[1\\] [Storm](https://wire.example/storm), The Wire, Ann Lee, 2024-06-03, {place}" in text
    assert "9 against 8" in text
    assert "the later article replaces the earlier one" in text
