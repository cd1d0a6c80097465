"""What the reader learns from: questions on passages cut in sentences, and which sentences answer.

The passages are cut as the product cuts them, so that training sees what reading will see.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag.background import stem_idf, stems
from rag.encoder import MiniLmEncoder
from rag.passages import PassageLimits, split_passages
from rag.schema import Article
from rag.settings import Settings
from rag.signals import sentences_to_read
from training.datasets import Paragraph, Question, read_claims, read_fairytales, read_squad, write_lines


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A passage without a question: its sentences in order, and the article or story it is from.

    `starts` are the sentences' places in the paragraph that it was cut from, in characters.
    """

    id: str
    group: str
    title: str
    sentences: tuple[str, ...]
    starts: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A question on a passage. `answers` are the numbers of the sentences that answer it, none if none does.

    `spans` (sentence, start, end) say where an answer stands in its sentence, in characters; they may be
    missing where the answer is inferred. `kind` says how it was made, `group` what article it is from.
    """

    question: str
    title: str
    sentences: tuple[str, ...]
    answers: tuple[int, ...]
    spans: tuple[tuple[int, int, int], ...]
    kind: str
    group: str


def cut(paragraphs: Iterable[Paragraph]) -> dict[str, list[Source]]:
    """The passages of each paragraph, by the paragraph's id, cut as the product cuts articles."""
    encoder = MiniLmEncoder()
    limits = PassageLimits(
        tokens=Settings.model_fields["passage_tokens"].default, word_pieces=encoder.max_word_pieces
    )
    found: defaultdict[str, list[Source]] = defaultdict(list)
    for paragraph in paragraphs:
        article = Article.from_text(id=paragraph.id, title=paragraph.title, text=paragraph.text)
        for passage in split_passages(article, limits=limits, count_word_pieces=encoder.count_word_pieces):
            body = [passage.sentences[number] for number in sentences_to_read(passage)]
            found[paragraph.id].append(
                Source(
                    id=passage.id,
                    group=paragraph.group,
                    title=paragraph.title,
                    sentences=tuple(paragraph.text[s.start : s.end] for s in body),
                    starts=tuple(s.start for s in body),
                )
            )
    return dict(found)


def ask(question: Question, source: Source, *, kind: str) -> Example:
    """A human question on one of its paragraph's passages; answered if an accepted answer starts in it."""
    spans = []
    for start, end in question.spans:
        for number, (at, text) in enumerate(zip(source.starts, source.sentences, strict=True)):
            if at <= start < at + len(text):
                spans.append((number, start - at, min(end - at, len(text))))
    return Example(
        question=question.text,
        title=source.title,
        sentences=source.sentences,
        answers=tuple(sorted({number for number, _, _ in spans})),
        spans=tuple(spans),
        kind=kind,
        group=question.group,
    )


def read_squad_examples(path: Path, *, kind: str) -> list[Example]:
    """The human questions of a file in SQuAD's format, each on the passage that it was asked on.

    Of a paragraph cut in several passages, a question takes those that hold an answer; one without an
    answer takes the passage that shares most with it.
    """
    paragraphs, questions = read_squad(path)
    passages = cut(paragraphs)
    return [example for question in questions for example in _asked(question, passages, kind)]


def _asked(question: Question, passages: dict[str, list[Source]], kind: str) -> list[Example]:
    own = passages[question.paragraph_id]
    examples = [ask(question, source, kind=kind) for source in own]
    if question.answerable:
        return [example for example in examples if example.answers]
    return [max(examples, key=lambda e: _overlap(question.text, " ".join(e.sentences)))]


def _overlap(wanted: str, text: str) -> float:
    """The share of the background IDF of `wanted`'s stems that `text` has, 0 to 1."""
    weights = {stem: stem_idf(stem) for stem in stems(wanted)}
    found = set(stems(text))
    return sum(idf for stem, idf in weights.items() if stem in found) / max(sum(weights.values()), 1e-9)


LIKELIEST = 3  # of the other passages of its article, from which one is drawn


def ask_elsewhere(examples: Sequence[Example], *, share: float, seed: int) -> list[Example]:
    """Questions on another passage of their article, one of the `LIKELIEST` by words, which does not answer.

    Stories repeat themselves: a passage that holds more than `ALIGNED` of the answering sentence is left out.
    """
    rng = random.Random(seed)
    passages: defaultdict[str, dict[tuple[str, ...], frozenset[str]]] = defaultdict(dict)
    for example in examples:
        passages[example.group][example.sentences] = frozenset(stems(" ".join(example.sentences)))
    found = []
    for example in examples:
        if not example.answers or rng.random() > share:
            continue
        wanted = {stem: stem_idf(stem) for stem in stems(example.question)}
        answer = " ".join(example.sentences[number] for number in example.answers)
        others = [p for p in passages[example.group] if p != example.sentences]
        others.sort(key=lambda p: -sum(wanted[s] for s in wanted if s in passages[example.group][p]))
        others = [p for p in others[:LIKELIEST] if _overlap(answer, " ".join(p)) <= ALIGNED]
        if others:
            found.append(
                replace(example, sentences=rng.choice(others), answers=(), spans=(), kind="elsewhere")
            )
    return found


ALIGNED = 0.6
"""The share of a free answer that a sentence must hold to count as the one it was taken from."""


def read_fairytale_examples(data: Path) -> list[Example]:
    """FairytaleQA's questions (Xu et al. 2022). The answers are free text: each is looked for in the section.

    An explicit answer that is there word for word gives a span; another one the sentence that shares most
    with question and answer, if that is at least `ALIGNED` of the answer. Inferred answers are left out
    unless they align, too.
    """
    sections = read_fairytales(data / "train/fairytaleqa.jsonl")
    passages = cut(section.paragraph for section in sections)
    return [
        example
        for section in sections
        for question in section.questions
        for source in passages[section.paragraph.id]
        for example in _aligned(question.text, question.answers, source)
    ]


def _aligned(question: str, answers: Sequence[str], source: Source) -> list[Example]:
    spans = {
        (number, place, place + len(answer))
        for answer in (a.strip(" .\n") for a in answers)
        for number, text in enumerate(source.sentences)
        if len(answer) > 2 and (place := text.lower().find(answer.lower())) >= 0
    }
    if spans:
        # Of several places, the one whose sentence is about what is asked.
        about = {number: _overlap(question, source.sentences[number]) for number, _, _ in spans}
        best = max(about.values())
        spans = {span for span in spans if about[span[0]] == best}
        numbers = {number for number, _, _ in spans}
    else:
        shares = [max(_overlap(answer, text) for answer in answers) for text in source.sentences]
        numbers = {
            max(
                range(len(shares)),
                key=lambda n: shares[n] + 0.5 * _overlap(question, source.sentences[n]),
            )
        }
        if max(shares[number] for number in numbers) < ALIGNED:
            return []
    return [
        Example(
            question=question,
            title=source.title,
            sentences=source.sentences,
            answers=tuple(sorted(numbers)),
            spans=tuple(sorted(spans)),
            kind="fairytale",
            group=source.group,
        )
    ]


OVERLAP_BINS = 20
MOST_UNEVEN = 1.15  # answered questions for each unanswered one of the same overlap, or the reverse


def balanced(examples: Sequence[Example], *, seed: int) -> list[Example]:
    """A sample of the examples in which shared words do not tell whether a question is answered.

    Of the examples whose best sentence holds the same share of the question's words, in `OVERLAP_BINS`
    steps, there are at most `MOST_UNEVEN` answered ones for each unanswered one, and the reverse.
    """
    sides: dict[int, dict[bool, list[Example]]] = {n: {True: [], False: []} for n in range(OVERLAP_BINS)}
    for example in examples:
        share = max(_overlap(example.question, sentence) for sentence in example.sentences)
        sides[min(int(share * OVERLAP_BINS), OVERLAP_BINS - 1)][bool(example.answers)].append(example)
    rng = random.Random(seed)
    kept: list[Example] = []
    for both in sides.values():
        fewer = min(map(len, both.values()))
        for own in both.values():
            kept += rng.sample(own, min(len(own), int(MOST_UNEVEN * fewer) + 1))
    return kept


def read_sources(data: Path) -> list[Source]:
    """The texts to make questions from: FairytaleQA, COVID-QA, and Fool Me Twice's evidence."""
    paragraphs = [section.paragraph for section in read_fairytales(data / "train/fairytaleqa.jsonl")]
    paragraphs += read_squad(data / "train/covid-qa.json")[0]
    paragraphs += [
        Paragraph(id=f"fm2-{n}", group=article, title=article, text=" ".join(evidence))
        for n, (article, evidence) in enumerate(read_claims(data / "train/fool-me-twice-dev.jsonl"))
    ]
    return [source for sources in cut(paragraphs).values() for source in sources]


def write_examples(path: Path, examples: Iterable[Example]) -> int:
    """Write examples as JSON lines; returns how many."""
    return write_lines(path, examples)


def read_examples(path: Path) -> Iterator[Example]:
    """The examples of a file that `write_examples` wrote."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            values = json.loads(line)
            values["sentences"] = tuple(values["sentences"])
            values["answers"] = tuple(values["answers"])
            values["spans"] = tuple((int(n), int(s), int(e)) for n, s, e in values["spans"])
            yield Example(**values)
