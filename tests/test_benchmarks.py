"""What the benchmarks are made of: their text, their figures and their page. No test looks at a time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure
from benchmarks.reading import compare
from benchmarks.report import markdown
from benchmarks.text import generate
from benchmarks.worker import peak_bytes
from rag.articles import find_files, read_article
from rag.cross_encoder import ReadPassage
from rag.encoder import Encoding
from rag.passages import PassageLimits, split_passages
from rag.reader import Reading
from rag.schema import Article, Passage

LIMITS = PassageLimits(tokens=200, word_pieces=254)


def split(article: Article) -> Sequence[Passage]:
    return split_passages(article, limits=LIMITS, count_word_pieces=lambda text: len(text.split()))


def test_the_text_is_the_same_for_everybody() -> None:
    assert generate(20, split=split) == generate(20, split=split)
    assert generate(20, split=split) != generate(20, split=split, seed=1)


def test_there_are_as_many_passages_as_asked_for_or_the_rest_of_an_article_more() -> None:
    made = generate(40, split=split)
    assert 40 <= len(made.passages) < 40 + len(split(made.articles[-1]))
    assert len(generate(1, split=split).passages) == 1


def test_no_two_articles_have_the_same_words() -> None:
    made = generate(60, split=split)
    assert len({article.text for article in made.articles}) == len(made.articles)
    words = {word for article in made.articles for word in re.findall(r"\w+", article.text)}
    assert len(words) > 1000


def test_the_files_are_read_as_the_articles_that_were_written(tmp_path: Path) -> None:
    made = generate(20, split=split)
    made.write(tmp_path / "corpus")
    read = [read_article(path, max_bytes=10**6) for path in find_files(tmp_path / "corpus")]
    assert [(a.title, a.text) for a in read] == [(a.title, a.text) for a in made.articles]


def test_a_figure_is_held_against_its_target_in_its_own_direction() -> None:
    slow = Figure(label="a question", value=61, unit="ms", target=60)
    ratio = Figure(label="ratio", value=0.9, unit="", digits=2, target=0.8, higher=True)
    lost = Figure(label="the page", value=None, unit="s", target=4, note="there is no page")
    assert (slow.shown, slow.shown_target, slow.verdict) == ("61 ms", "at most 60 ms", "missed")
    assert (ratio.shown, ratio.shown_target, ratio.verdict) == ("0.90", "at least 0.8", "reached")
    assert (lost.shown, lost.verdict) == ("not measured", "")


def test_the_page_has_every_figure_with_its_target_and_verdict() -> None:
    page = markdown([Figure(label="a question", value=61, unit="ms", target=60, note="busy")], load=0.0)
    assert "| a question | 61 ms | at most 60 ms | missed | busy |" in page
    assert "cores" in page


def test_the_peak_of_a_process_is_in_bytes() -> None:
    assert 10**7 < peak_bytes() < 10**11


class Listening:
    """A reader and an encoder that keep what they are given."""

    name = "listening"
    max_word_pieces = 254
    dimensions = 1

    def __init__(self) -> None:
        self.read_sentences: list[str] = []
        self.encoded: list[str] = []

    def load(self) -> None:
        pass

    def read(self, question: str, passages: Sequence[ReadPassage]) -> list[Reading]:
        self.read_sentences += [" ".join(passage.sentences) for passage in passages]
        return []

    def count_word_pieces(self, text: str) -> int:
        return 0

    def encode(self, text: str) -> Encoding:
        self.encoded.append(text)
        return Encoding(vector=np.ones(1, np.float32), tokens=None)

    def encode_question(self, text: str) -> Encoding:
        return self.encode(text)


def test_reader_and_encoder_are_compared_on_the_same_sentences() -> None:
    both = Listening()
    first = ReadPassage(title="Bridge", sentences=("It opened.", "It closed."))
    second = ReadPassage(title="", sentences=("Nobody came.",))

    compare({"When?": [first, second], "Who?": [second]}, reader=both, encoder=both)

    assert both.read_sentences == both.encoded == ["It opened. It closed.", "Nobody came.", "Nobody came."]
