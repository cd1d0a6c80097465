"""The hand-written questions fit their articles, and a file that doesn't is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evals.questions import (
    CORPORA,
    QUESTIONS,
    Kind,
    Question,
    QuestionFileError,
    Span,
    find_quote,
    read_corpus,
    read_questions,
)
from rag.schema import Article, SentenceKind
from rag.sentences import split_sentences

ARTICLE = Article.from_text(id="a1", title="Rain", text="It rained. Nobody minded. It rained again, a lot.")
OTHER = Article.from_text(id="b2", title="Sun", text="The sun shone.")
ARTICLES = {"rain.txt": ARTICLE, "sun.txt": OTHER}


@pytest.fixture(scope="module")
def corpora() -> dict[str, dict[str, Article]]:
    return {name: read_corpus(folder) for name, folder in CORPORA.items()}


@pytest.fixture(scope="module")
def questions(corpora: dict[str, dict[str, Article]]) -> tuple[Question, ...]:
    return read_questions(QUESTIONS, corpora)


def line(**changes: Any) -> dict[str, Any]:
    return {
        "id": "q1",
        "corpus": "tiny",
        "question": "Who minded?",
        "kind": "who",
        "answerable": True,
        "gold": [{"article": "rain.txt", "quotes": ["Nobody minded."]}],
        "alternatives": [],
        "answer": "nobody",
        "note": "",
        **changes,
    }


def read(tmp_path: Path, *lines: dict[str, Any]) -> tuple[Question, ...]:
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return read_questions(path, {"tiny": ARTICLES})


def test_there_are_as_many_questions_as_were_asked_for(questions: tuple[Question, ...]) -> None:
    seed = [question for question in questions if question.corpus == "seed"]
    assert len(seed) >= 30
    assert sum(not question.answerable for question in seed) >= 10
    assert len(questions) - len(seed) >= 60
    assert {question.kind for question in questions} == set(Kind)


def test_every_quote_is_one_whole_body_sentence_of_exactly_one_article(
    questions: tuple[Question, ...], corpora: dict[str, dict[str, Article]]
) -> None:
    articles = {article.id: article for some in corpora.values() for article in some.values()}
    bodies = {
        Span(article_id=article.id, start=sentence.start, end=sentence.end)
        for article in articles.values()
        for sentence in split_sentences(article.text, title=article.title)
        if sentence.kind is SentenceKind.BODY
    }
    quotes = {span for question in questions for span in question.gold}
    strays = [articles[span.article_id].text[span.start : span.end] for span in quotes - bodies]
    assert len(quotes) > 100
    assert strays == []


def test_no_question_is_asked_twice(questions: tuple[Question, ...]) -> None:
    texts = [(question.corpus, question.text.casefold()) for question in questions]
    assert len(set(texts)) == len(texts)


def test_a_quote_is_found_where_it_stands() -> None:
    assert find_quote("Nobody minded.", ARTICLES) == Span(article_id="a1", start=11, end=25)


@pytest.mark.parametrize("quote", ["It rained", "It snowed.", ""])
def test_a_quote_that_does_not_stand_once_is_refused(quote: str) -> None:
    with pytest.raises(QuestionFileError, match="times in its corpus"):
        find_quote(quote, ARTICLES)


def test_a_question_is_read_with_its_complete_answers(tmp_path: Path) -> None:
    (question,) = read(tmp_path, line(alternatives=[["Nobody minded.", "The sun shone."]]))
    mind, sun = Span(article_id="a1", start=11, end=25), Span(article_id="b2", start=0, end=14)
    assert question.answer_sets == ((mind,), (mind, sun))
    assert question.gold == (mind, sun)
    assert question.answerable


@pytest.mark.parametrize(
    "changes",
    [
        {"answerable": False},
        {"kind": "unanswerable"},
        {"kind": "riddle"},
        {"gold": []},
        {"gold": [{"article": "sun.txt", "quotes": ["Nobody minded."]}]},
        {"gold": [{"article": "rain.txt", "quotes": ["Nobody cared."]}]},
        {"alternatives": [[]]},
        {"question": " "},
        {"corpus": "vast"},
    ],
)
def test_a_line_that_contradicts_itself_or_its_articles_is_refused(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    with pytest.raises(QuestionFileError, match=r"questions\.jsonl, line 2"):
        read(tmp_path, line(id="q0"), line(**changes))


def test_an_id_that_comes_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QuestionFileError, match="q1 comes twice"):
        read(tmp_path, line(), line())
