from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import QuestionError
from rag.questions import MOST_CHARACTERS, MOST_WORDS, QUESTION, Noun, read_line, read_question


def test_a_plain_question_stays_as_it_is() -> None:
    assert read_question("What restrictions remain?") == "What restrictions remain?"


def test_white_space_control_and_invisible_characters_go() -> None:
    typed = "\ufeff  What\u00a0 restrictions\r\n\x00re\u200bmain\u2028\u202e?\x1b[31m "

    assert read_question(typed) == "What restrictions remain ?"


def test_letters_are_composed() -> None:
    assert read_question("What did Zoe\u0308 say?") == "What did Zoë say?"


@pytest.mark.parametrize("typed", ["", "   ", "\n\t", "\u200b\u200d", "\x00", "\ud800"])
def test_an_empty_question_is_refused(typed: str) -> None:
    with pytest.raises(QuestionError, match="empty"):
        read_question(typed)


@pytest.mark.parametrize("typed", ["?", "!!! ...", "🙂", "🏳️‍🌈"])
def test_a_question_without_a_word_is_refused(typed: str) -> None:
    with pytest.raises(QuestionError, match="no word"):
        read_question(typed)


@pytest.mark.parametrize("typed", ["word " * 10_000, "word " * (MOST_WORDS + 1), "x" * (MOST_CHARACTERS + 1)])
def test_a_question_that_is_too_long_is_refused_with_its_length(typed: str) -> None:
    with pytest.raises(QuestionError, match=rf"has {len(typed.split()):,} words.*at most {MOST_WORDS} words"):
        read_question(typed)


def test_the_longest_question_passes() -> None:
    assert len(read_question("What " + "word " * (MOST_WORDS - 1)).split()) == MOST_WORDS


@pytest.mark.parametrize(
    "typed",
    [
        "¿Qué restricciones quedan todavía?",
        "Wer ist der Präsident von Frankreich?",
        "Qui a autorisé les frappes contre la Russie ?",
        "Какие ограничения остаются?",
        "还有哪些限制？",
        "ما هي القيود المتبقية؟",
        "Які обмеження залишаються?",
    ],
)
def test_a_question_in_another_language_is_sent_back(typed: str) -> None:
    with pytest.raises(QuestionError, match="ask in English"):
        read_question(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "HIMARS",
        "Ivan Havryliuk Hephaestus",
        "Kharkiv offensive",
        "Did Володимир Зеленський speak with Reuters reporters?",
        "Who is Angela Merkel's Bundeskanzleramt Staatsminister?",
        "why cant ukraine strike",
        "restrictions remaining",
    ],
)
def test_names_and_hasty_english_are_not_taken_for_another_language(typed: str) -> None:
    assert read_question(typed) == typed


@given(st.text(max_size=80))
def test_whatever_is_typed_is_one_clean_line_or_a_question_error(typed: str) -> None:
    try:
        question = read_question(typed)
    except QuestionError as error:
        assert str(error)
        return
    assert question == " ".join(question.split())
    assert question.isprintable()
    assert read_question(question) == question


def test_a_figure_by_itself_can_be_looked_for() -> None:
    assert read_question("90,000") == "90,000"


def test_a_terminal_colour_leaves_nothing_behind() -> None:
    assert read_question("What restrictions\x1b[31m remain?\x1b[0m") == "What restrictions remain?"


def test_a_question_that_is_not_text_is_refused() -> None:
    with pytest.raises(QuestionError, match="text"):
        read_question(None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "typed", ["", "?!", "word " * (MOST_WORDS + 1), "Какие ограничения", "Wer ist der da?"]
)
def test_a_message_names_what_was_typed(typed: str) -> None:
    class TitleError(QuestionError):
        pass

    title = Noun(name="title", verb="Print", example="Dam bursts", error=TitleError)
    with pytest.raises(QuestionError) as asked:
        read_line(typed, QUESTION)
    with pytest.raises(TitleError) as printed:
        read_line(typed, title)

    assert "title" not in str(asked.value)
    assert "question" not in str(printed.value)
    as_title = str(asked.value).replace("question", "title").replace(QUESTION.example, title.example)
    assert as_title.replace("Ask", "Print").replace("ask", "print") == str(printed.value)
