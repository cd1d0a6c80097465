"""What the page shows of answers and articles: escaped, and cut at the exact characters."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import IndexBusyError
from rag.schema import Answer, AnswerStatus, Article, Attribution, Citation, Evidence, Speech, Statement
from web.render import (
    answer_html,
    byline,
    escape,
    evidence_record,
    marks,
    question_html,
    said_html,
    segments,
)

TEXTS = st.text(max_size=80)
ARTICLE = Article.from_text(
    title="A <title>",
    text="A caption.\n\nThe minister 👍 said no.\nShe said it twice.\n \nThen she left.",
    source="The Wire",
    published=datetime.date(2024, 5, 3),
    url="javascript:alert(1)",
)


def citation(number: int, quote: str) -> Citation:
    start = ARTICLE.text.index(quote)
    return Citation(
        number=number,
        article_id=ARTICLE.id,
        title=ARTICLE.title,
        quote=quote,
        start=start,
        end=start + len(quote),
    )


def answered(*quotes: str) -> Answer:
    cited = [citation(number, quote) for number, quote in enumerate(quotes, start=1)]
    return Answer(
        question="Did she?",
        statements=tuple(Statement(text=c.quote, citations=(c,)) for c in cited),
        status=AnswerStatus.ANSWERED,
        confidence=0.9,
        evidence=(),
    )


def panel(answer: Answer, *, turn: int = 1, article: Article = ARTICLE) -> dict[str, Any]:
    return evidence_record(marks(answer, turn=turn), turn=turn, article=lambda _: article)


def said(quote: str, *speakers: tuple[str, str]) -> str:
    """Who says a quote, given its speakers, each with the words that are theirs."""
    start = ARTICLE.text.index(quote)
    attributions = tuple(
        Attribution(
            start=start + quote.index(words),
            end=start + quote.index(words) + len(words),
            speaker=speaker,
            speech=Speech.INDIRECT,
        )
        for speaker, words in speakers
    )
    html = said_html(replace(citation(1, quote), attributions=attributions))
    return html.removeprefix('<p class="said">').removesuffix("</p>")


@given(TEXTS)
def test_escaped_text_reads_back_and_holds_no_markup(text: str) -> None:
    escaped = escape(text)
    assert re.fullmatch(r"(<br>|&#\d+;|[A-Za-z0-9 \u0080-\ud7ff\ue000-\U0010ffff])*", escaped)
    characters = re.findall(r"<br>|&#(\d+);|(.)", escaped, re.DOTALL)
    assert "".join(chr(int(n)) if n else c or "\n" for n, c in characters) == text


@given(TEXTS, st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80))))
def test_segments_join_to_the_text_and_each_span_is_what_it_marks(
    text: str, spans: list[tuple[int, int]]
) -> None:
    named = [(start, end, str(number)) for number, (start, end) in enumerate(spans)]
    pieces = segments(text, named)
    assert "".join(piece["text"] for piece in pieces) == text
    for start, end, key in named:
        assert "".join(piece["text"] for piece in pieces if key in piece["keys"]) == text[start:end]


def test_the_panel_holds_the_whole_article_with_the_quotes_marked() -> None:
    quotes = ("The minister 👍 said no.", "twice.\n \nThen")
    record = panel(answered(*quotes), turn=3)
    (shown,) = record["articles"]
    pieces = [piece for block in shown["blocks"] for piece in block["segments"]]
    assert "".join(piece["text"] for piece in pieces) == ARTICLE.text
    for number, quote in enumerate(quotes, start=1):
        key = f"t3-{number}"
        assert "".join(piece["text"] for piece in pieces if key in piece["keys"]) == quote
    assert [mark["key"] for mark in record["marks"]] == ["t3-1", "t3-2"]
    assert shown["byline"] == "The Wire · 3 May 2024"


def test_no_other_characters_are_marked_in_an_article_that_was_replaced() -> None:
    longer = replace(ARTICLE, text=f"A longer caption.\n{ARTICLE.text}")
    with pytest.raises(IndexBusyError, match="Ask again"):
        panel(answered("Then she left."), article=longer)


def test_an_address_that_is_not_of_the_web_is_no_link() -> None:
    record = panel(answered("Then she left."))
    assert record["articles"][0]["url"] == ""


def test_an_answer_has_a_chip_for_each_citation_and_says_how_sure_it_is() -> None:
    shown = answer_html(answered("Then she left."), turn=2, article=lambda _: ARTICLE)
    chip = '<button type="button" class="cite" value="t2-1" title="Then she left&#46;">&#91;1&#93;</button>'
    assert shown.count(chip) == 2
    assert "very high &#40;0&#46;90&#41;" in shown
    assert "A &#60;title&#62;" in shown
    assert "\n" not in shown
    growing = answer_html(answered("Then she left."), turn=2, article=lambda _: ARTICLE, whole=False)
    assert "very high" not in growing


def test_not_found_shows_the_nearest_passages_as_not_answering() -> None:
    text = "Then she left."
    start = ARTICLE.text.index(text)
    nearest = Evidence(
        article_id=ARTICLE.id,
        passage_id="p",
        title=ARTICLE.title,
        text=text,
        start=start,
        end=start + len(text),
        score=0.1,
    )
    answer = Answer(
        question="?", statements=(), status=AnswerStatus.NOT_FOUND, confidence=0.1, evidence=(nearest,) * 5
    )
    shown = answer_html(answer, turn=1, article=lambda _: ARTICLE)
    assert shown.startswith('<div class="answer"><p class="verdict">The articles don&#39;t say&#46;</p>')
    assert shown.count("<blockquote>") == 3
    record = panel(answer)
    assert [mark["cited"] for mark in record["marks"]] == [False] * 3


def test_an_answer_says_who_says_it() -> None:
    cited = citation(1, "The minister 👍 said no.")
    speaker = Attribution(
        start=cited.start,
        end=cited.end,
        speaker="<Ada> Storm",
        speech=Speech.INDIRECT,
        role="minister",
        outlet="the AP",
    )
    attributed = replace(cited, attributions=(speaker,))
    answer = replace(
        answered(cited.quote), statements=(Statement(text=cited.quote, citations=(attributed, attributed)),)
    )
    shown = answer_html(answer, turn=1, article=lambda _: ARTICLE)
    told = "According to &#60;Ada&#62; Storm&#44; minister&#44; to the AP"
    assert shown.count(f'<p class="said">{told}</p>') == 1
    assert "According" not in answer_html(answered(cited.quote), turn=1, article=lambda _: ARTICLE)


def test_who_says_only_a_part_of_a_quote_is_not_given_the_whole() -> None:
    quote = "The minister 👍 said no.\nShe said it twice."
    first, second = quote.split("\n")
    assert said(quote) == ""
    assert said(quote, ("Ada Storm", first)) == "Partly according to Ada Storm"
    assert said(quote, ("Ada Storm", first), ("a witness", second)) == "According to Ada Storm&#59; a witness"
    assert said(quote, ("Ada Storm", first), ("Ada Storm", second)) == "According to Ada Storm"


def test_a_question_is_one_line_of_text() -> None:
    assert question_html("<b>\n$x") == '<div class="question">&#60;b&#62;<br>&#36;x</div>'


def test_an_article_without_a_date_says_so() -> None:
    assert byline(Article.from_text(text="x", source="AP", author="B")) == "AP · B · no date given"
