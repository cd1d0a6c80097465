from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from evals.conversations import (
    ConversationFigures,
    ConversationFileError,
    TurnOutcome,
    changed_questions,
    hold_conversation,
    markdown_lines,
    read_conversations,
)
from evals.questions import CORPORA, QUESTIONS, read_corpus, read_questions
from rag import Article, FactChecker


@pytest.fixture(scope="module")
def corpora() -> dict[str, dict[str, Article]]:
    return {name: read_corpus(folder) for name, folder in CORPORA.items()}


def test_there_are_enough_conversations_of_two_to_four_turns(corpora: dict[str, dict[str, Article]]) -> None:
    cases = read_conversations(corpora)

    assert len(cases) >= 25
    assert {len(case.turns) for case in cases} == {2, 3, 4}
    turns = [turn for case in cases for turn in case.turns]
    assert sum(turn.follow_up for turn in turns) >= 50
    assert sum(not turn.follow_up for case in cases for turn in case.turns[1:]) >= 15
    assert all(case.turns[0].typed == case.turns[0].standalone.text for case in cases)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"question": "Why?", "follow_up": False}, "asked as it is"),
        ({"gold": [{"article": "us-authorization-of-strikes.txt", "quotes": ["No."]}]}, "stands 0 times"),
    ],
)
def test_a_case_that_does_not_fit_is_refused(
    change: dict[str, Any], told: str, corpora: dict[str, dict[str, Article]], tmp_path: Path
) -> None:
    line = json.loads((ROOT / "evals" / "conversations.jsonl").read_text(encoding="utf-8").splitlines()[0])
    line["corpus"] = "seed"
    line["turns"] = [
        {"question": "A?", "standalone": "A?", "follow_up": False, "kind": "standalone", "answerable": False,
         "gold": [], "alternatives": [], "answer": "", **extra}
        for extra in ({}, change)
    ]  # fmt: skip
    path = tmp_path / "conversations.jsonl"
    path.write_text(json.dumps(line), encoding="utf-8")

    with pytest.raises(ConversationFileError, match=told):
        read_conversations(corpora, path)


def test_turns_are_held_against_the_same_question_in_full(
    seed_checker: FactChecker, corpora: dict[str, dict[str, Article]]
) -> None:
    case = next(case for case in read_conversations(corpora) if case.corpus == "seed")
    articles = {article.id: article for article in corpora["seed"].values()}

    outcomes = list(hold_conversation(seed_checker, case, articles))

    assert [outcome.turn for outcome in outcomes] == list(case.turns)
    for outcome in outcomes:
        if not outcome.changed:
            assert outcome.asked == outcome.turn.typed
        if outcome.asked == outcome.turn.standalone.text:
            assert outcome.hit == outcome.hit_in_full


def test_the_figures_count_what_is_lost_and_what_is_changed(corpora: dict[str, dict[str, Article]]) -> None:
    turns = [turn for case in read_conversations(corpora) for turn in case.turns]
    follow_ups = [turn for turn in turns if turn.follow_up][:2]
    alone = next(turn for turn in turns if not turn.follow_up)
    figures = ConversationFigures(
        outcomes=(
            TurnOutcome(turn=follow_ups[0], asked=follow_ups[0].typed, hit=False, hit_in_full=True),
            TurnOutcome(turn=follow_ups[1], asked="Else?", hit=True, hit_in_full=True),
            TurnOutcome(turn=alone, asked="Something else?", hit=True, hit_in_full=True),
        ),
        questions_changed=("Who?",),
    )

    assert figures.values == {
        "follow_up_hit": 0.5,
        "in_full_hit": 1.0,
        "behind": 0.5,
        "alone_changed": 1.0,
        "questions_changed": 1.0,
    }
    told = "\n".join(markdown_lines(figures))
    assert f"`{follow_ups[0].standalone.id}`" in told
    assert f"`{alone.standalone.id}`" in told
    assert f"`{follow_ups[1].standalone.id}`" not in told


def test_no_question_that_stands_alone_is_changed_after_an_answer(
    seed_checker: FactChecker, corpora: dict[str, dict[str, Article]]
) -> None:
    before = [seed_checker.ask("What restrictions remain?")]

    assert changed_questions(read_questions(QUESTIONS, corpora), before) == ()
