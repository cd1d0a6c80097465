from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from test_chat import error, said, server
from test_writing import BRIDGE, checker_with

from rag import Conversation, FactChecker, QuestionError, Turn
from rag.conversation import turn_of

FIRST = "How many troops had Russia deployed?"


def test_a_follow_up_is_asked_in_full_and_says_so(seed_checker: FactChecker) -> None:
    talk = seed_checker.conversation()

    first = talk.ask(FIRST)
    second = talk.ask("And when?")

    assert (first.question, first.typed) == (FIRST, "")
    assert second.typed == "And when?"
    assert "Russia" in second.question
    assert second == replace(seed_checker.ask(second.question), typed="And when?")
    assert [turn.question for turn in talk.turns] == [FIRST, second.question]


def test_a_question_that_stands_alone_is_left_as_it_is(seed_checker: FactChecker) -> None:
    talk = seed_checker.conversation()
    talk.ask(FIRST)

    answer = talk.ask("What restrictions remain?")

    assert (answer.question, answer.typed) == ("What restrictions remain?", "")
    assert answer == seed_checker.ask("What restrictions remain?")


def test_the_first_question_is_never_changed(seed_checker: FactChecker) -> None:
    assert seed_checker.conversation().ask("Who is he?").question == "Who is he?"


def test_a_conversation_goes_on_where_it_was_left(seed_checker: FactChecker) -> None:
    talk = seed_checker.conversation()
    talk.ask(FIRST)

    later = seed_checker.conversation(talk.turns)

    assert later.resolve("And when?") == talk.resolve("And when?")
    assert later.resolve("And when?").changed


def test_it_grows_as_an_answer_does(seed_checker: FactChecker) -> None:
    talk = seed_checker.conversation([Turn(question=FIRST, answer="At least 90,000.")])

    growing = list(talk.stream("And when?"))

    assert growing
    assert {answer.typed for answer in growing} == {"And when?"}
    assert len(talk.turns) == 2


def test_what_cannot_be_asked_is_no_turn(seed_checker: FactChecker) -> None:
    talk = seed_checker.conversation()

    with pytest.raises(QuestionError):
        talk.ask("")
    with pytest.raises(QuestionError, match="text"):
        talk.ask(7)  # type: ignore[arg-type]

    assert talk.turns == ()


def test_an_answer_is_a_turn_with_its_articles(seed_checker: FactChecker) -> None:
    answer = seed_checker.ask(FIRST)

    turn = turn_of(answer)

    assert turn.question == FIRST
    assert "90,000" in turn.answer
    assert turn.titles == (answer.citations[0].title,)


# With a chat model

TURNS = (Turn(question="Who is the mayor of Orlen?", answer="The mayor, Ines Kolb, said repairs had begun."),)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("When was Ines Kolb elected?", "When was Ines Kolb elected?"),
        ('"When was Ines Kolb elected?"\nI hope this helps.', "When was Ines Kolb elected?"),
        ("When was Angela Merkel elected?", None),  # a name from nowhere
        ("When was Ines Kolb born?", None),  # another question
        ("Ines Kolb was elected in 2019.", None),  # an answer
        ("", None),
    ],
)
def test_the_chat_model_puts_it_in_full_unless_it_changes_the_question(
    written: str, asked: str | None, tmp_path: Path
) -> None:
    with server(lambda n: said(written)) as (url, _), checker_with(url, tmp_path) as checker:
        by_rules = Conversation(checker.stream, turns=TURNS).resolve("and when was she elected?").question
        resolved = checker.conversation(TURNS).resolve("and when was she elected?")

    assert resolved.question == (asked or by_rules)


def test_the_chat_model_is_not_asked_about_what_stands_alone(tmp_path: Path) -> None:
    with server(lambda n: said("Nonsense?")) as (url, asked), checker_with(url, tmp_path) as checker:
        assert not checker.conversation(TURNS).resolve("When was the Orlen bridge built?").changed

    assert asked == []


def test_without_the_model_the_rules_decide_where_the_settings_allow_it(tmp_path: Path) -> None:
    with (
        server(lambda n: error(500, "oops")) as (url, _),
        checker_with(url, tmp_path, chat_failure="extractive") as checker,
    ):
        answer = checker.conversation([Turn(question="Is the Orlen bridge closed?", answer=BRIDGE.text)]).ask(
            "And when was it built?"
        )

    assert "Orlen bridge" in answer.question
