from __future__ import annotations

import json

import pytest

from rag import Turn
from web.conversation import read_turns, write_turns


def test_the_last_turns_come_back_as_they_were() -> None:
    turns = [Turn(question=f"Question {n}?", answer="So.") for n in range(5)]

    assert read_turns(write_turns(turns)) == tuple(turns[-3:])


@pytest.mark.parametrize(
    "text",
    ["", "{", "7", "{}", '["a"]', '[{"question": 1, "answer": "a"}]', '[{"question": "a"}]', "[" * 9999],
)
def test_what_a_browser_makes_up_is_no_turn(text: str) -> None:
    assert read_turns(text) == ()


def test_a_long_turn_is_cut() -> None:
    (turn,) = read_turns(json.dumps([{"question": "a" * 9999, "answer": "b" * 9999, "titles": ["x"]}]))

    assert (len(turn.question), len(turn.answer), turn.titles) == (4000, 4000, ())
