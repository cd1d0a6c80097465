from __future__ import annotations

import pytest

from rag.background import words
from rag.expectations import Kind, asked_for, found_in


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("How many HIMARS were delivered?", {Kind.NUMBER}),
        ("What percentage of voters agreed?", {Kind.NUMBER}),
        ("When did it begin?", {Kind.TIME}),
        ("In which year was it built?", {Kind.TIME}),
        ("Who spoke to AP?", {Kind.PERSON}),
        ("Whose decision was it?", {Kind.PERSON}),
        ("Where are the soldiers?", {Kind.PLACE}),
        ("Which city was hit?", {Kind.PLACE}),
        ("Why couldn't Ukraine strike?", {Kind.REASON}),
        ("Did the US allow deep strikes?", {Kind.WHETHER}),
        ("Couldn't they strike?", {Kind.WHETHER}),
        ("Who decided, and when?", {Kind.PERSON, Kind.TIME}),
        ("What restrictions remain?", set()),
        ("", set()),
    ],
)
def test_a_question_asks_for_kinds_of_things(question: str, kinds: set[Kind]) -> None:
    assert asked_for(question) == kinds


@pytest.mark.parametrize(
    ("kind", "sentence", "found"),
    [
        (Kind.NUMBER, "they moved 90,000 soldiers", 1),
        (Kind.NUMBER, "they moved dozens of soldiers", 1),
        (Kind.NUMBER, "they moved soldiers", -1),
        (Kind.TIME, "it began in may", 1),
        (Kind.TIME, "it began at 11", 1),
        (Kind.TIME, "it began quietly", -1),
        (Kind.PERSON, "reported by Hephaestus", 1),
        (Kind.PERSON, "reported by the minister", 1),
        (Kind.PERSON, "it was reported", -1),
        (Kind.PLACE, "the troops near the border", 1),
        (Kind.PLACE, "the troops waited", -1),
        (Kind.REASON, "they failed because of rain", 1),
        (Kind.REASON, "they failed", -1),
        (Kind.WHETHER, "they failed", 0),
    ],
)
def test_a_sentence_offers_what_is_asked_for_or_not(kind: Kind, sentence: str, found: int) -> None:
    assert found_in(words(sentence), words(sentence), {kind}) == found


def test_a_figure_of_the_question_is_no_answer() -> None:
    sentence = words("the 90,000 soldiers waited")

    assert found_in(sentence, ["waited"], {Kind.NUMBER}) == -1


def test_nothing_definite_asked_for_is_neither_found_nor_missed() -> None:
    assert found_in(["any"], ["any"], frozenset()) == 0
