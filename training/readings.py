"""The reader's judgements of every question and passage that training asks about, made once and kept.

Each question is read by a reader that saw no question on its article.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from rag.reader import Reading
from rag.retrieval import Candidate
from rag.schema import Passage
from rag.signals import texts_to_read
from training.datasets import Question
from training.reading import Example

READINGS = Path(__file__).parent / "readings.npz"
"""Those of the shipped reader's recipe, seed 0: the ranker is trained and measured on them."""
LATE_READINGS = READINGS.with_name("late.npz")
"""Those of the late-interaction head."""

Key = tuple[str, str]  # question, passage


@dataclass(frozen=True, kw_only=True)
class ToRead:
    """A question and a passage, and the sentences of it that are read."""

    key: Key
    group: str
    question: str
    title: str
    sentences: tuple[str, ...]

    def as_example(self, kind: str) -> Example:
        """The question on a passage that is not known to answer it."""
        return Example(
            question=self.question,
            title=self.title,
            sentences=self.sentences,
            answers=(),
            spans=(),
            kind=kind,
            group=self.group,
        )


def to_read(question: Question, passage: Passage, title: str) -> ToRead:
    """What the reader is shown of a passage for a question."""
    return ToRead(
        key=(question.id, passage.id),
        group=question.group,
        question=question.text,
        title=title,
        sentences=texts_to_read(passage),
    )


class Readings:
    """The readings of passages by question, kept as one table of sentences."""

    def __init__(self, readings: dict[Key, Reading]) -> None:
        self._readings = readings

    def of(self, question: Question, found: Sequence[Candidate]) -> list[Reading]:
        """The readings of a question's candidates; KeyError for one that was not read."""
        return [self._readings[question.id, candidate.passage.id] for candidate in found]

    @classmethod
    def joined(cls, parts: Iterable[Readings]) -> Readings:
        """Those of all parts."""
        return cls({key: reading for part in parts for key, reading in part._readings.items()})

    def __len__(self) -> int:
        return len(self._readings)

    @classmethod
    def load(cls, path: Path) -> Readings:
        """Read a file that `save` wrote."""
        with np.load(path) as table:
            counts, answers, spans = table["counts"], table["answers"], table["spans"]
            keys = zip(table["questions"].tolist(), table["passages"].tolist(), strict=True)
        ends = np.cumsum(counts)
        return cls(
            {
                key: Reading(
                    answers=answers[end - count : end].astype(np.float32),
                    spans=spans[end - count : end].astype(np.float32),
                    places=np.zeros((count, 2), dtype=np.int32),
                )
                for key, count, end in zip(keys, counts, ends, strict=True)
            }
        )

    def save(self, path: Path) -> None:
        """Write the log-odds, in half precision, without the places of the spans."""
        items = sorted(self._readings.items())
        np.savez_compressed(
            path,
            questions=np.asarray([key[0] for key, _ in items]),
            passages=np.asarray([key[1] for key, _ in items]),
            counts=np.asarray([len(reading.answers) for _, reading in items], dtype=np.int32),
            answers=np.concatenate([reading.answers for _, reading in items]).astype(np.float16),
            spans=np.concatenate([reading.spans for _, reading in items]).astype(np.float16),
        )


def distinct(items: Iterable[ToRead]) -> list[ToRead]:
    """Each question and passage once."""
    return list({item.key: item for item in items}.values())


def write_to_read(path: Path, items: Sequence[ToRead]) -> int:
    """Write them as JSON lines; returns how many."""
    lines = (json.dumps(asdict(item), ensure_ascii=False) + "\n" for item in items)
    path.write_text("".join(lines), encoding="utf-8")
    return len(items)


def read_to_read(path: Path) -> Iterator[ToRead]:
    """The items of a file that `write_to_read` wrote."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            values = json.loads(line)
            question, passage = values["key"]
            yield ToRead(
                key=(question, passage),
                group=values["group"],
                question=values["question"],
                title=values["title"],
                sentences=tuple(values["sentences"]),
            )
