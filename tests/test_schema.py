from __future__ import annotations

import dataclasses
import datetime
import inspect
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import (
    Answer,
    AnswerStatus,
    Article,
    ArticleSummary,
    Citation,
    Filters,
    Statement,
    schema,
)

MAY, JUNE, JULY = (datetime.date(2024, month, 1) for month in (5, 6, 7))


def citation(number: int) -> Citation:
    return Citation(number=number, article_id="a", title="T", quote="Rain fell.", start=0, end=10)


def answer(*statements: Statement, status: AnswerStatus = AnswerStatus.ANSWERED, took: float = 1) -> Answer:
    return Answer(
        question="Did rain fall?",
        statements=statements,
        status=status,
        confidence=0.5,
        evidence=(),
        timings={"total": took},
    )


def summary(**others: str | datetime.date | None) -> ArticleSummary:
    values = {"id": "a", "title": "T", "source": "AP", "author": "Ann Lee", "published": JUNE, "url": ""}
    return ArticleSummary(**{**values, **others}, passages=1)  # type: ignore[arg-type]


def test_every_type_is_frozen_and_takes_keywords_only() -> None:
    types = [t for _, t in inspect.getmembers(schema, dataclasses.is_dataclass) if inspect.isclass(t)]

    assert len(types) >= 12
    for each in types:
        assert vars(each)["__dataclass_params__"].frozen, each
        assert all(field.kw_only for field in dataclasses.fields(each)), each


def test_an_article_has_the_id_of_its_content() -> None:
    one = Article.from_text(text="Rain fell.", title="Rain", published=MAY)

    assert one == Article.from_text(text="Rain fell.", title="Rain", published=MAY)
    assert len(one.id) == 16
    assert int(one.id, 16) >= 0


@pytest.mark.parametrize("field", ["text", "title", "source", "author", "url"])
def test_another_content_is_another_article(field: str) -> None:
    values: dict[str, Any] = {
        "text": "Rain fell.",
        "title": "Rain",
        "source": "AP",
        "author": "Ann",
        "url": "u",
    }

    changed = Article.from_text(**{**values, field: values[field] + "!"})
    assert changed.id != Article.from_text(**values).id


@given(st.text(max_size=5), st.text(max_size=5), st.text(max_size=5), st.text(max_size=5))
def test_no_two_contents_share_an_id(title: str, text: str, other_title: str, other_text: str) -> None:
    one = Article.from_text(title=title, text=text)
    other = Article.from_text(title=other_title, text=other_text)

    assert (one.id == other.id) == ((title, text) == (other_title, other_text))


def test_a_given_id_is_kept() -> None:
    assert Article.from_text(text="Rain fell.", id="rain-1").id == "rain-1"


def test_a_statement_without_a_citation_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="at least one citation"):
        Statement(text="Rain fell.", citations=())


def test_a_status_cannot_contradict_the_statements() -> None:
    statement = Statement(text="Rain fell.", citations=(citation(1),))

    with pytest.raises(ValueError, match="answered with 0 statements"):
        answer()
    with pytest.raises(ValueError, match="not_found with 1 statements"):
        answer(statement, status=AnswerStatus.NOT_FOUND)


def test_an_answers_text_has_markers_and_its_citations_come_once() -> None:
    found = answer(
        Statement(text="Rain fell.", citations=(citation(2), citation(1))),
        Statement(text="Trams stopped.", citations=(citation(2),)),
    )

    assert found.text == "Rain fell. [2][1] Trams stopped. [2]"
    assert [c.number for c in found.citations] == [1, 2]


def test_not_found_has_no_text() -> None:
    found = answer(status=AnswerStatus.NOT_FOUND)

    assert (found.text, found.citations) == ("", ())


def test_how_long_it_took_does_not_make_another_answer() -> None:
    statement = Statement(text="Rain fell.", citations=(citation(1),))

    assert answer(statement, took=1) == answer(statement, took=2)


@pytest.mark.parametrize(
    ("filters", "admitted"),
    [
        (Filters(), True),
        (Filters(sources=("AP", "AFP")), True),
        (Filters(sources=("ap",)), False),
        (Filters(authors=("Ann Lee",)), True),
        (Filters(authors=("Ann",)), False),
        (Filters(article_ids=("a", "b")), True),
        (Filters(article_ids=("b",)), False),
        (Filters(published_from=JUNE), True),
        (Filters(published_to=JUNE), True),
        (Filters(published_from=JULY), False),
        (Filters(published_to=MAY), False),
        (Filters(published_from=MAY, published_to=JULY), True),
        (Filters(published_from=JULY, published_to=MAY), False),
        (Filters(sources=("AP",), authors=("Bob",)), False),
    ],
)
def test_filters_admit_what_passes_all_of_them(filters: Filters, admitted: bool) -> None:
    assert filters.admits(summary()) is admitted


def test_an_article_without_a_date_is_outside_every_range() -> None:
    undated = summary(published=None)

    assert Filters(sources=("AP",)).admits(undated)
    assert not Filters(published_from=datetime.date.min).admits(undated)
    assert not Filters(published_to=datetime.date.max).admits(undated)


def test_of_a_datetime_the_day_is_kept() -> None:
    moment = datetime.datetime(2024, 6, 3, 1, 2)

    assert Article.from_text(text="x", published=moment).published == datetime.date(2024, 6, 3)
    assert Filters(published_from=moment).published_from == datetime.date(2024, 6, 3)


def test_a_string_in_a_filter_is_one_value() -> None:
    assert Filters(sources="Reuters").sources == ("Reuters",)  # type: ignore[arg-type]


@pytest.mark.parametrize("field", [{"title": None}, {"text": 3}, {"published": "2024-06-03"}])
def test_an_article_of_other_types_says_which_field(field: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=rf"Article\.{next(iter(field))}"):
        Article.from_text(**({"text": "x"} | field))
