from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import CORPUS, free_port, settings_for
from langchain_core.callbacks import BaseCallbackHandler
from test_chat import error, said, server

from rag import Answer, AnswerStatus, Article, ChatUnavailableError, FactChecker, ModelError
from rag.comparison import compare
from rag.writing import BESIDE_THE_POINT, BROKEN_OFF, NO_DRAFT, NONE_HOLDS, NOTHING_FOUND, NOTHING_HOLDS

QUESTION = "When was the Orlen bridge built?"
UNANSWERABLE = "How many trams does the city of Velden own?"
BRIDGE = Article.from_text(
    id="bridge",
    title="Bridge closed",
    text="The Orlen bridge was closed to lorries on Monday. Engineers had found cracks in two of its "
    "pillars. Repairs will take at least six weeks, the mayor, Ines Kolb, said. "
    "The bridge was built in 1956.",
)
RIGHT = "The bridge was built in 1956."
WRONG = "The bridge was built in 1965."

Opening = Callable[..., FactChecker]


def record(*statements: tuple[str, list[int]]) -> Any:
    drafts = [{"evidence": numbers, "text": text} for text, numbers in statements]
    return said(json.dumps({"statements": drafts}))


@contextmanager
def checker_with(url: str, folder: Path, **others: Any) -> Iterator[FactChecker]:
    settings = settings_for(
        folder / "index", threads=1, chat_model="small", chat_base_url=url, chat_retries=0, **others
    )
    with FactChecker.open(settings) as checker:
        checker.add([BRIDGE])
        yield checker


@contextmanager
def scripted(answer: Any, folder: Path, **others: Any) -> Iterator[FactChecker]:
    """A checker whose chat model says `answer`, whatever it is asked."""
    with server(lambda n: answer) as (url, _), checker_with(url, folder, **others) as checker:
        yield checker


def assert_exact(answer: Answer) -> None:
    for citation in answer.citations:
        assert BRIDGE.text[citation.start : citation.end] == citation.quote


def test_what_holds_is_shown_with_its_sentences_and_the_rest_is_dropped(tmp_path: Path) -> None:
    with scripted(record((WRONG, [4]), (RIGHT, [4]), ("It is red.", [7])), tmp_path) as checker:
        answer = checker.ask(QUESTION)

    assert [statement.text for statement in answer.statements] == [RIGHT]
    assert answer.text == f"{RIGHT} [1]"
    assert_exact(answer)
    assert answer.writing is not None
    assert (answer.writing.model, answer.writing.used) == ("small", True)
    assert (answer.writing.drafted, answer.writing.dropped, answer.writing.rejected) == (3, 2, ())
    assert answer.writing.dropped_share == pytest.approx(2 / 3)
    assert "first_statement" in answer.timings
    assert "write" in answer.timings


def test_what_does_not_hold_is_shown_as_such_where_the_settings_want_it(tmp_path: Path) -> None:
    with scripted(record((WRONG, [4]), (RIGHT, [4])), tmp_path, unsupported="flag") as checker:
        answer = checker.ask(QUESTION)

    assert answer.writing is not None
    (rejected,) = answer.writing.rejected
    assert (rejected.text, rejected.reason) == (WRONG, "It says 1965; its evidence says 1956.")
    assert rejected.citations[0].quote == RIGHT
    assert [statement.text for statement in answer.statements] == [RIGHT]


def test_the_same_sentence_is_cited_by_one_number(tmp_path: Path) -> None:
    statements = record((RIGHT, [4]), (RIGHT.upper(), [4]), ("The Orlen bridge was closed to lorries.", [1]))
    with scripted(statements, tmp_path) as checker:
        answer = checker.ask(QUESTION)

    assert [[c.number for c in s.citations] for s in answer.statements] == [[1], [2]]


@pytest.mark.parametrize(
    ("said_by_model", "notice", "dropped"),
    [(record((WRONG, [4])), NONE_HOLDS, 1), (record(), NO_DRAFT, 0)],
)
def test_if_nothing_is_left_the_articles_own_words_are_given_and_it_says_so(
    said_by_model: Any, notice: str, dropped: int, tmp_path: Path
) -> None:
    with scripted(said_by_model, tmp_path) as checker:
        answer = checker.ask(QUESTION)

    assert answer.status is AnswerStatus.ANSWERED
    assert RIGHT in answer.text
    assert answer.writing is not None
    assert (answer.writing.used, answer.writing.notice) == (False, notice)
    assert answer.writing.dropped == dropped


@pytest.mark.parametrize(
    ("said_by_model", "notice"),
    [(record(("Velden owns 40 trams.", [1])), NOTHING_HOLDS), (record(), NOTHING_FOUND)],
)
def test_what_neither_answers_is_not_found(said_by_model: Any, notice: str, tmp_path: Path) -> None:
    with scripted(said_by_model, tmp_path) as checker:
        answer = checker.ask(UNANSWERABLE)

    assert answer.status is AnswerStatus.NOT_FOUND
    assert answer.statements == ()
    assert answer.evidence
    assert answer.writing is not None
    assert answer.writing.notice == notice


def test_what_stands_in_the_articles_but_answers_nothing_is_no_answer(tmp_path: Path) -> None:
    with scripted(record((RIGHT, [4])), tmp_path) as checker:
        answer = checker.ask(UNANSWERABLE)

    assert answer.status is AnswerStatus.NOT_FOUND
    assert answer.writing is not None
    assert (answer.writing.used, answer.writing.notice) == (False, BESIDE_THE_POINT)


def test_statements_stream_as_they_are_verified(tmp_path: Path) -> None:
    statements = record((RIGHT, [4]), (WRONG, [4]), ("The Orlen bridge was closed to lorries.", [1]))
    with scripted(statements, tmp_path) as checker:
        growing = list(checker.stream(QUESTION))

    assert [len(answer.statements) for answer in growing] == [1, 2, 2]
    assert growing[-1].writing is not None
    assert growing[-1].writing.dropped == 1


def test_a_dead_server_is_an_error_or_by_setting_an_answer_with_a_notice(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}/v1"
    with (
        checker_with(url, tmp_path / "one") as checker,
        pytest.raises(ChatUnavailableError, match="can't be reached"),
    ):
        checker.ask(QUESTION)

    with checker_with(url, tmp_path / "other", chat_failure="extractive") as checker:
        answer = checker.ask(QUESTION)

    assert RIGHT in answer.text
    assert answer.writing is not None
    assert not answer.writing.used
    assert answer.writing.notice.startswith(BROKEN_OFF)


def test_an_error_of_the_chat_model_is_one_of_the_models(tmp_path: Path) -> None:
    with scripted(error(401, "no"), tmp_path) as checker, pytest.raises(ModelError, match="RAG_CHAT_API_KEY"):
        checker.ask(QUESTION)


def test_callbacks_are_told_of_the_whole_run(tmp_path: Path) -> None:
    class Watching(BaseCallbackHandler):
        def __init__(self) -> None:
            self.names: list[str] = []
            self.parents: dict[Any, Any] = {}

        def on_chain_start(self, serialized: Any, inputs: Any, **kwargs: Any) -> None:
            self.names.append(kwargs.get("name", ""))
            self.parents[kwargs["run_id"]] = kwargs.get("parent_run_id")

        def on_chat_model_start(self, serialized: Any, messages: Any, **kwargs: Any) -> None:
            self.names.append("model")
            self.parents[kwargs["run_id"]] = kwargs.get("parent_run_id")

    watching = Watching()
    with scripted(record((RIGHT, [4])), tmp_path) as checker:
        answer = checker.ask(QUESTION, callbacks=[watching])
        streamed = list(checker.as_runnable().stream(QUESTION))

    assert watching.names[0] == "presscheck"
    assert "write" in watching.names
    assert "model" in watching.names
    assert [parent for parent in watching.parents.values() if parent is None] == [None]
    assert streamed[-1].text == answer.text


def test_the_articles_own_words_are_those_without_a_chat_model(
    tmp_path: Path, seed_checker: FactChecker
) -> None:
    with server(lambda n: record()) as (url, _), checker_with(url, tmp_path) as checker:
        checker.remove([BRIDGE.id])
        checker.ingest(CORPUS)
        for question in ("What restrictions remain?", "Who is Hephaestus?", "What is the capital of France?"):
            answer, plain = checker.ask(question), seed_checker.ask(question)
            assert (answer.status, answer.statements) == (plain.status, plain.statements)
            assert answer.confidence == pytest.approx(plain.confidence, abs=1e-4)
            assert [e.text for e in answer.evidence] == [e.text for e in plain.evidence]


def test_without_a_chat_model_nothing_is_said_of_one(seed_checker: FactChecker) -> None:
    answer = seed_checker.ask("What restrictions remain?")

    assert answer.writing is None
    assert list(answer.timings) == ["read", "retrieve", "rank", "answer", "total"]


def test_a_real_and_careless_model_never_shows_what_is_not_there(chat_url: str, tmp_path: Path) -> None:
    settings = settings_for(
        tmp_path / "index", threads=1, chat_model="small", chat_base_url=chat_url, chat_timeout_s=100
    )
    with FactChecker.open(settings) as checker:
        checker.ingest(CORPUS)
        for question in ("What restrictions remain?", "How many HIMARS were delivered?"):
            answer = checker.ask(question)
            assert answer.writing is not None
            assert answer.writing.dropped <= answer.writing.drafted
            for citation in answer.citations:
                text = checker.article(citation.article_id).text
                assert text[citation.start : citation.end] == citation.quote
            for statement in answer.statements if answer.writing.used else ():
                said = " ".join(citation.quote for citation in statement.citations)
                assert not compare(statement.text, said).differences
