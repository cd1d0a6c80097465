"""Follow-ups are filled in, and above all: a question that stands alone is never changed."""

from __future__ import annotations

import json
import time
from typing import TypedDict

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from rag.followups import Resolution, Turn, resolve, stands_alone


class Case(TypedDict):
    turns: list[dict[str, str]]
    question: str
    expected: str


CASES: list[Case] = [
    json.loads(line) for line in (ROOT / "tests" / "followups.jsonl").read_text(encoding="utf-8").splitlines()
]
FOLLOW_UPS = [case for case in CASES if case["question"] != case["expected"]]
INDEPENDENT = [case["question"] for case in CASES if case["question"] == case["expected"]]
EVALUATED = [
    json.loads(line)["question"]
    for line in (ROOT / "evals" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
]

CONVERSATIONS = [
    [Turn(question="Who leads the inquiry into the Brightwater dam?", answer="Judge Mira Okafor leads it.")],
    [
        Turn(question="How many nurses walked out in Arlmouth?", answer="About 400 nurses walked out."),
        Turn(
            question="Did Norcom cut jobs in 2030?",
            answer="Norcom cut 300 jobs at three sites, its chairman Karl Odum said.",
        ),
    ],
    [Turn(question="Which judges sat on the Sable panel?", answer="")],
    [
        Turn(
            question="How many HIMARS were delivered to Ukraine in May?",
            answer="The US delivered four HIMARS to Ukraine, its spokesman John Kirby said.",
        )
    ],
]
NEW_TOPICS = (
    "And what about climate change in Africa?",
    "What about inflation?",
    "And what about the war in Sudan?",
    "What about the death of Pope Francis?",
    "How about the price of oil?",
    "And the Olympics?",
    "What about AI?",
    "And immigration?",
    "And what about unemployment among young people in Spain?",
    "What about the weather in Rome?",
    "What about Taylor Swift's new album?",
    "How about football?",
    "And what about the earthquake in Myanmar?",
    "What about the Israeli hostages held in Gaza?",
    "And what about abortion rights in Poland?",
)
WORDS = st.sampled_from(
    "and what about he she it they that did was the of in who why when how many mayor bridge Velden 2019 ? "
    ", 's one other there to closed close not which his them Karl Odum No. ; “ ” before".split()
)


def test_enough_conversations_are_written_down() -> None:
    assert len(FOLLOW_UPS) >= 60
    assert len(INDEPENDENT) >= 60


@pytest.mark.parametrize(
    "case", FOLLOW_UPS, ids=lambda case: f"{case['turns'][-1]['question']} {case['question']}"
)
def test_a_follow_up_becomes_a_question_that_can_be_asked_by_itself(case: Case) -> None:
    turns = [Turn(question=turn["question"], answer=turn["answer"]) for turn in case["turns"]]
    resolution = resolve(case["question"], turns)

    assert resolution.question == case["expected"]
    assert resolution.changed
    assert resolution.reason


@pytest.mark.parametrize("question", INDEPENDENT)
def test_a_question_that_stands_alone_is_left_untouched(question: str) -> None:
    assert stands_alone(question)
    for turns in CONVERSATIONS:
        assert resolve(question, turns) == Resolution(question=question, changed=False)


@pytest.mark.parametrize("question", NEW_TOPICS)
def test_a_new_topic_is_not_put_into_the_last_question(question: str) -> None:
    for turns in CONVERSATIONS:
        assert resolve(question, turns) == Resolution(question=question, changed=False)


@pytest.mark.parametrize("turns", CONVERSATIONS, ids=["of one", "of two", "without an answer", "of the news"])
def test_no_question_of_the_evaluation_is_changed(turns: list[Turn]) -> None:
    assert len(EVALUATED) >= 222
    changed = [question for question in EVALUATED if resolve(question, turns).changed]
    assert changed == []


def test_no_question_of_the_evaluation_is_taken_for_a_follow_up() -> None:
    assert [question for question in EVALUATED if not stands_alone(question)] == []


@pytest.mark.parametrize("question", ["Why?", "Who is he?", "And in 2019?"])
def test_without_turns_nothing_is_filled_in(question: str) -> None:
    assert resolve(question, []) == Resolution(question=question, changed=False)


def test_the_reason_says_whom_a_pronoun_means() -> None:
    turn = Turn(
        question="Which official gave the figure?",
        answer="Deputy minister Ivan Havryliuk gave the figure, he said.",
    )
    assert resolve("Who is he?", [turn]).reason == "he: Ivan Havryliuk"


def test_the_gender_of_a_forename_tells_two_people_apart() -> None:
    turn = Turn(question="Who ran for mayor of Sallow?", answer="Tom Brask ran against Paula Venn.")
    assert resolve("Did she win?", [turn]).question == "Did Paula Venn win?"
    assert resolve("Did he win?", [turn]).question == "Did Tom Brask win?"


def test_it_is_rather_the_body_that_decides_and_the_thing_that_reopens() -> None:
    turn = Turn(question="Why did the council of Velden close the ferry pier?")
    assert resolve("When did it decide?", [turn]).question == "When did the council of Velden decide?"
    assert "ferry pier reopen" in resolve("When will it reopen?", [turn]).question


def test_a_follow_up_to_a_follow_up_finds_the_person_of_two_turns_before() -> None:
    turns = [
        Turn(question="Who opened the Sable road?", answer="Tom Brask, the mayor, opened it."),
        Turn(question="How long is the Sable road?", answer="It is 12 km long."),
    ]
    assert resolve("Who is he?", turns).question == "Who is Tom Brask?"


def test_a_definite_noun_is_explained_only_where_the_last_turn_spoke_of_it() -> None:
    spoken = Turn(question="Did the court stop the Sable road?", answer="The judge stopped it.")
    other = Turn(question="Who owns Norcom?", answer="Karl Odum owns half of it.")
    assert (
        resolve("What did the judge say?", [spoken]).question
        == "What did the judge say about the Sable road?"
    )
    assert not resolve("What did the judge say?", [other]).changed


@given(st.lists(WORDS, max_size=14).map(" ".join), st.lists(WORDS, max_size=14).map(" ".join))
def test_any_words_are_accepted_and_give_the_same_again(question: str, before: str) -> None:
    turns = [Turn(question=before, answer=before)]
    assert resolve(question, turns) == resolve(question, turns)


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_any_text_is_accepted(question: str, before: str, answer: str) -> None:
    resolution = resolve(question, [Turn(question=before, answer=answer)])
    assert resolution.changed == (resolution.question != question)


def test_it_takes_a_few_milliseconds_at_most() -> None:
    turns = CONVERSATIONS[1]
    resolve("Who is he?", turns)
    began = time.perf_counter()
    for number in range(50):
        resolve(f"When did he join the {number} others?", turns)
    assert (time.perf_counter() - began) / 50 < 0.02
