"""What it costs to read the candidates of a question, against encoding the same sentences, in one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.inprocess import Clock
from rag import FactChecker, Settings
from rag.cross_encoder import ReadPassage
from rag.encoder import Encoder, open_encoder
from rag.ranker import PASSAGES_READ
from rag.reader import Reader, open_reader
from rag.signals import texts_to_read

RATIO_TARGET = 3.0


def measure_reading(index: Path, questions: Sequence[str]) -> list[Figure]:
    """Read what the index in this folder has for each question, and encode it."""
    settings = Settings(index_dir=index, chroma_url="")
    reader = open_reader(settings.reader, threads=settings.threads)
    if reader is None:
        return [Figure(label="reading", value=None, unit="ms", note=f"RAG_READER={settings.reader}")]
    encoder = open_encoder(settings.embeddings, threads=settings.threads)
    with FactChecker.open(settings) as checker:
        candidates = {question: _candidates(checker, question) for question in questions}
    compare(dict(list(candidates.items())[:1]), reader=reader, encoder=encoder)  # loads both
    reading, encoding = compare(candidates, reader=reader, encoder=encoder)
    return [
        Figure(
            label="reading the candidates of a question",
            value=1000 * reading.wall / len(questions),
            unit="ms",
            note=f"mean; {sum(map(len, candidates.values())) / len(questions):.1f} passages a question",
        ),
        Figure(label="encoding them", value=1000 * encoding.wall / len(questions), unit="ms", note="mean"),
        Figure(
            label="reading / encoding the same sentences",
            value=reading.wall / encoding.wall,
            unit="",
            digits=2,
            target=RATIO_TARGET,
            note=f"by processor time {reading.cpu / encoding.cpu:.2f}",
        ),
    ]


def _candidates(checker: FactChecker, question: str) -> list[ReadPassage]:
    return [
        ReadPassage(title=found.title, sentences=texts_to_read(found.passage))
        for found in checker.search(question, limit=PASSAGES_READ)
    ]


def compare(
    candidates: Mapping[str, Sequence[ReadPassage]], *, reader: Reader, encoder: Encoder
) -> tuple[Clock, Clock]:
    """The time to read the candidates of each question, and to encode the same sentences in between.

    A question at a time, so that both meet the same load; the encoder takes a passage's in one text.
    """
    reading, encoding = Clock(), Clock()
    for question, passages in candidates.items():
        with reading.running():
            reader.read(question, passages)
        with encoding.running():
            for passage in passages:
                encoder.encode(" ".join(passage.sentences))
    return reading, encoding
