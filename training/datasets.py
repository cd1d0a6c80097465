"""The public data sets that training and evaluation read, in the formats they are published in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

SQUAD = "squad2-dev-8articles.json"


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """A paragraph of a data set; `group` is the article it belongs to."""

    id: str
    group: str
    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question on one paragraph, with the spans (start, end) of its accepted answers in it.

    `answerable` is false for SQuAD 2's adversarial questions, which have no spans.
    """

    id: str
    text: str
    paragraph_id: str
    group: str
    answerable: bool
    spans: tuple[tuple[int, int], ...]


def read_squad(path: Path) -> tuple[list[Paragraph], list[Question]]:
    """Paragraphs and questions of a file in SQuAD 2.0's format (Rajpurkar et al. 2018; also COVID-QA)."""
    paragraphs, questions = [], []
    for number, article in enumerate(json.loads(path.read_text(encoding="utf-8"))["data"]):
        title = article.get("title", f"article {number}").replace("_", " ")
        for position, entry in enumerate(article["paragraphs"]):
            paragraph = Paragraph(id=f"{number}-{position}", group=title, title=title, text=entry["context"])
            paragraphs.append(paragraph)
            questions += [_squad_question(item, paragraph) for item in entry["qas"]]
    return paragraphs, questions


def _squad_question(item: dict[str, Any], paragraph: Paragraph) -> Question:
    spans = {(a["answer_start"], a["answer_start"] + len(a["text"])) for a in item["answers"]}
    return Question(
        id=str(item["id"]),
        text=item["question"].strip(),
        paragraph_id=paragraph.id,
        group=paragraph.group,
        answerable=not item.get("is_impossible", False),
        spans=tuple(sorted(spans)),
    )


@dataclass(frozen=True, kw_only=True)
class FreeQuestion:
    """A question with answers in free words, which need not stand in the text."""

    text: str
    answers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section of a story and the questions on it."""

    paragraph: Paragraph
    questions: tuple[FreeQuestion, ...]


def read_fairytales(path: Path) -> list[Section]:
    """FairytaleQA (Xu et al. 2022)."""
    sections = []
    for number, line in enumerate(read_lines(path)):
        story = line["story"].replace("-", " ")
        sections.append(
            Section(
                paragraph=Paragraph(id=f"tale-{number}", group=story, title=story, text=line["text"]),
                questions=tuple(
                    FreeQuestion(text=q["question"].strip(), answers=tuple(q["answers"]))
                    for q in line["questions"]
                ),
            )
        )
    return sections


def read_claims(path: Path) -> list[tuple[str, list[str]]]:
    """Fool Me Twice (Eisenschlos et al. 2021): the article and the evidence sentences of each claim."""
    found = []
    for line in read_lines(path):
        evidence = dict.fromkeys([*line["gold_evidence"], *line["retrieved_evidence"]])
        found.append((line["article"], list(evidence)))
    return found


def read_texts(data: Path) -> Iterator[str]:
    """Paragraphs of the data sets under `train/`: what the token projection is fitted on."""
    for paragraph in read_squad(data / "train/covid-qa.json")[0]:
        yield from (block for block in paragraph.text.split("\n") if len(block) > 200)
    for line in read_lines(data / "train/fairytaleqa.jsonl"):
        yield line["text"]
    for line in read_lines(data / "train/fool-me-twice-dev.jsonl"):
        yield " ".join(line["retrieved_evidence"])


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a JSON lines file."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def write_lines(path: Path, records: Iterable[DataclassInstance]) -> int:
    """Write dataclasses as JSON lines; returns how many."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")
            count += 1
    return count
