"""What is measured in this process: the ingest against the bare encoder, the questions, the index's size."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.text import Generated, Split, generate
from evals.metrics import percentile
from evals.questions import CORPORA, QUESTIONS, read_corpus, read_questions
from rag import FactChecker, Settings
from rag.encoder import Encoder, open_encoder
from rag.passages import PassageLimits, split_passages
from rag.schema import Article, Passage

COMPARED = 600
"""About how many passages the bare encoder is run over."""
_FEWEST = 100  # passages from which the rate of an ingest and the size of an index mean anything
_QUESTIONS = 60
_WARM_UP = 5

RATIO_TARGET = 0.8
QUESTION_TARGET_MS = 150.0

Tell = Callable[[str], None]


@dataclass
class Clock:
    """Seconds that passed, and seconds that the processor worked for this process, in all its threads."""

    wall: float = 0.0
    cpu: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count what passes inside."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall += time.perf_counter() - wall
        self.cpu += time.process_time() - cpu


class Ingest:
    """One ingest of a folder, with the bare encoder run over some of the articles in between.

    So both meet the same load from other processes. It is the `progress` of the ingest: after an article,
    the encoder goes over that article's passages, one at a time, and the product's clock stands still.
    """

    def __init__(self, corpus: Generated, encoder: Encoder) -> None:
        self.passages = len(corpus.passages)
        self.articles = len(corpus.articles)
        self.compared = 0
        self.bare = Clock()
        self.whole = Clock()
        self._encoder = encoder
        self._every = max(1, self.passages // COMPARED)
        own = groupby(corpus.passages, key=lambda passage: passage.article_id)
        self._texts = [[passage.text for passage in passages] for _, passages in own]

    def __call__(self, done: int, total: int, name: str) -> None:
        """An article was ingested."""
        if (done - 1) % self._every == 0:
            texts = self._texts[done - 1]
            with self.bare.running():
                for text in texts:
                    self._encoder.encode(text)
            self.compared += len(texts)

    @property
    def rate(self) -> float:
        """Passages a second that the product ingests."""
        return self.passages / (self.whole.wall - self.bare.wall)

    @property
    def bare_rate(self) -> float:
        """Passages a second that the encoder encodes."""
        return self.compared / self.bare.wall

    @property
    def cpu_ratio(self) -> float:
        """The ratio of the rates by processor time, which other processes matter less for."""
        return self.passages / (self.whole.cpu - self.bare.cpu) / (self.compared / self.bare.cpu)


def splitter(settings: Settings, encoder: Encoder) -> Split:
    """Articles cut into passages as the product does it."""
    limits = PassageLimits(tokens=settings.passage_tokens, word_pieces=encoder.max_word_pieces)

    def split(article: Article) -> Sequence[Passage]:
        return split_passages(article, limits=limits, count_word_pieces=encoder.count_word_pieces)

    return split


def measure_corpus(passages: int, folder: Path, tell: Tell) -> list[Figure]:
    """Ingest a corpus of this many passages into an index in `folder`, and ask it questions."""
    settings = Settings(index_dir=folder / "index", chroma_url="")
    encoder = open_encoder(settings.embeddings, threads=settings.threads)
    encoder.encode("Load the model, so that neither side pays for it.")
    with FactChecker.open(settings) as checker:
        _warm_up(checker)
        tell(f"{passages} passages: ingesting")
        corpus = generate(passages, split=splitter(settings, encoder))
        corpus.write(folder / "corpus")
        ingest = Ingest(corpus, encoder)
        with ingest.whole.running():
            checker.ingest(folder / "corpus", progress=ingest)
        tell(f"{ingest.passages} passages: asking {_QUESTIONS} questions")
        asked = _ask(checker, ingest.passages)
    size = sum(path.stat().st_size for path in settings.index_dir.rglob("*") if path.is_file())
    return [*_ingest_figures(ingest), *asked, *_size_figures(size, ingest)]


def _warm_up(checker: FactChecker) -> None:
    """Load the product's models, as the bare encoder's is loaded."""
    article = Article.from_text(text="Load the model, so that neither side pays for it.")
    checker.add([article])
    checker.remove([article.id])


def _ingest_figures(ingest: Ingest) -> list[Figure]:
    if ingest.passages < _FEWEST:
        return []
    name = f"{ingest.passages:,} passages"
    return [
        Figure(label=f"{name}: ingest", value=ingest.rate, unit="passages/s", digits=1),
        Figure(
            label=f"{name}: the bare encoder",
            value=ingest.bare_rate,
            unit="passages/s",
            digits=1,
            note=f"over {ingest.compared:,} of the passages, in between",
        ),
        Figure(
            label=f"{name}: ingest rate / bare encoder's rate",
            value=ingest.rate / ingest.bare_rate,
            unit="",
            digits=2,
            target=RATIO_TARGET,
            higher=True,
            note=f"by processor time {ingest.cpu_ratio:.2f}",
        ),
    ]


def _ask(checker: FactChecker, passages: int) -> list[Figure]:
    questions = fiction_questions()
    first = Clock()
    with first.running():
        checker.ask(questions[0])
    for question in questions[:_WARM_UP]:
        checker.ask(question)
    clocks, steps = [], []
    for question in questions:
        clock = Clock()
        with clock.running():
            answer = checker.ask(question)
        clocks.append(clock)
        steps.append(answer.timings)
    name = f"{passages:,} passages" if passages > 1 else "1 passage"
    walls = [1000 * clock.wall for clock in clocks]
    processor = statistics.median(1000 * clock.cpu for clock in clocks)
    parts = {step: statistics.median(timings.get(step, 0.0) for timings in steps) for step in steps[0]}
    return [
        Figure(
            label=f"{name}: a question, p50",
            value=percentile(walls, 50),
            unit="ms",
            target=QUESTION_TARGET_MS,
            note=", ".join(f"{step} {value:.0f}" for step, value in parts.items()),
        ),
        Figure(
            label=f"{name}: a question, p95",
            value=percentile(walls, 95),
            unit="ms",
            note=f"processor time of all threads, p50: {processor:.0f} ms",
        ),
        Figure(label=f"{name}: the first question after an ingest", value=1000 * first.wall, unit="ms"),
    ]


def fiction_questions() -> list[str]:
    """Questions of the evals on the articles that the text is made from."""
    corpora = {name: read_corpus(folder) for name, folder in CORPORA.items()}
    questions = read_questions(QUESTIONS, corpora)
    return [question.text for question in questions if question.corpus == "fiction"][:_QUESTIONS]


def _size_figures(size: int, ingest: Ingest) -> list[Figure]:
    if ingest.passages < _FEWEST:
        return []
    name = f"{ingest.passages:,} passages in {ingest.articles:,} articles"
    return [
        Figure(label=f"{name}: index, per article", value=size / ingest.articles / 1e3, unit="kB"),
        Figure(
            label=f"{name}: index, per passage",
            value=size / ingest.passages / 1e3,
            unit="kB",
            digits=1,
            note=f"{size / 1e6:.0f} MB in all",
        ),
    ]
