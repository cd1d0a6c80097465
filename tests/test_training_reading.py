from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rag.reader import Reading
from training.reading import (
    MOST_UNEVEN,
    Example,
    ask_elsewhere,
    balanced,
    read_examples,
    write_examples,
)
from training.readings import Readings, ToRead, read_to_read, write_to_read

PASSAGE = ("The observatory was founded in 1834.", "Two clerks lost the first catalogue in a fire.")


def example(question: str, *, answered: bool, sentences: tuple[str, ...] = PASSAGE) -> Example:
    return Example(
        question=question,
        title="The observatory",
        sentences=sentences,
        answers=(1,) if answered else (),
        spans=((1, 0, 10),) if answered else (),
        kind="made",
        group="observatory",
    )


def test_shared_words_do_not_tell_what_is_answered_in_a_balanced_sample() -> None:
    near, far = "Who lost the first catalogue in a fire?", "Which painter bought a submarine?"
    examples = [
        *[example(near, answered=True)] * 300,
        *[example(near, answered=False)] * 20,
        *[example(far, answered=True)] * 10,
        *[example(far, answered=False)] * 200,
    ]
    kept = balanced(examples, seed=0)
    for question in (near, far):
        counts = sorted(
            sum(e.question == question and bool(e.answers) is answered for e in kept)
            for answered in (True, False)
        )
        assert counts[0] > 0 and counts[1] <= MOST_UNEVEN * counts[0] + 1


def test_a_balanced_sample_depends_on_the_seed_alone() -> None:
    examples = [example(f"Who lost catalogue {n} in a fire?", answered=n % 3 == 0) for n in range(60)]
    assert balanced(examples, seed=1) == balanced(examples, seed=1)
    assert balanced(examples, seed=1) != balanced(examples, seed=2)


def test_a_question_asked_elsewhere_is_not_answered_there() -> None:
    other = ("The harbour was dredged.", "The clerks of the harbour kept no catalogue.")
    examples = [
        example("Who lost the first catalogue?", answered=True),
        example("Who dredged the harbour?", answered=True, sentences=other),
    ]
    found = ask_elsewhere(examples, share=1.0, seed=0)
    assert {(e.question, e.sentences) for e in found} == {
        ("Who lost the first catalogue?", other),
        ("Who dredged the harbour?", PASSAGE),
    }
    assert all(not e.answers and e.kind == "elsewhere" for e in found)


def test_examples_are_read_back_as_they_were_written(tmp_path: Path) -> None:
    examples = [example("Who?", answered=True), example("Who else?", answered=False)]
    assert write_examples(tmp_path / "examples.jsonl", examples) == 2
    assert list(read_examples(tmp_path / "examples.jsonl")) == examples


def test_what_is_to_be_read_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    item = ToRead(key=("q1", "p1"), group="a", question="Who?", title="T", sentences=PASSAGE)
    write_to_read(tmp_path / "asked.jsonl", [item])
    assert list(read_to_read(tmp_path / "asked.jsonl")) == [item]


def test_readings_come_back_in_half_precision_by_question_and_passage(tmp_path: Path) -> None:
    def reading(*answers: float) -> Reading:
        values = np.asarray(answers, dtype=np.float32)
        return Reading(answers=values, spans=-values, places=np.zeros((len(values), 2), dtype=np.int32))

    one = Readings({("q1", "p1"): reading(0.5, -2.25)})
    other = Readings({("q1", "p2"): reading(3.0), ("q2", "p1"): reading(-1.0, 0.0, 4.0)})
    Readings.joined([one, other]).save(tmp_path / "readings.npz")
    loaded = Readings.load(tmp_path / "readings.npz")
    assert len(loaded) == 3
    assert loaded._readings["q2", "p1"].answers == pytest.approx([-1.0, 0.0, 4.0])
    assert loaded._readings["q1", "p1"].spans == pytest.approx([-0.5, 2.25])
