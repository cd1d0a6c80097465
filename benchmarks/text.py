"""As many articles as wanted, made from the sentences of the fictional ones: the same for everybody."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from rag.articles import find_files, read_article
from rag.schema import Article, Passage, SentenceKind
from rag.sentences import split_sentences

SOURCE = Path(__file__).parents[1] / "evals" / "corpus"
_LARGEST = 1_000_000  # bytes
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b")  # inside a sentence
_NUMBER = re.compile(r"\d")
_SWAPPED = 0.5  # of the names, so that some questions still find theirs
_PARAGRAPHS = 12
_SENTENCES = (2, 5)  # of a paragraph

Split = Callable[[Article], Sequence[Passage]]


@dataclass(frozen=True, kw_only=True)
class Generated:
    """Articles made for a benchmark, with the passages they are cut into."""

    articles: tuple[Article, ...]
    passages: tuple[Passage, ...]

    def write(self, folder: Path) -> None:
        """Write the articles as text files, the title in the first line."""
        folder.mkdir(parents=True)
        for number, article in enumerate(self.articles):
            content = f"{article.title}\n\n{article.text}\n"
            (folder / f"article-{number:05d}.txt").write_text(content, encoding="utf-8")


def generate(passages: int, *, split: Split, seed: int = 0) -> Generated:
    """Articles with `passages` passages or, for the last article is whole, a few more."""
    articles: list[Article] = []
    cut: list[Passage] = []
    source = _articles(seed, paragraphs=1 if passages == 1 else _PARAGRAPHS)
    while len(cut) < passages:
        article = next(source)
        articles.append(article)
        cut += split(article)
    return Generated(articles=tuple(articles), passages=tuple(cut))


def _articles(seed: int, *, paragraphs: int) -> Iterator[Article]:
    chance = random.Random(seed)
    sentences = _sentences()
    names = sorted({name for sentence in sentences for name in _NAME.findall(sentence)})

    def varied(sentence: str) -> str:
        sentence = _NAME.sub(lambda m: chance.choice(names) if chance.random() < _SWAPPED else m[0], sentence)
        return _NUMBER.sub(lambda m: str(chance.randint(1, 9)), sentence)

    for number in count():
        blocks = [
            " ".join(varied(s) for s in chance.sample(sentences, chance.randint(*_SENTENCES)))
            for _ in range(paragraphs)
        ]
        title = f"{chance.choice(names)} and {chance.choice(names)}: report {number} of series {seed}"
        yield Article.from_text(title=title, text="\n\n".join(blocks))


def _sentences() -> list[str]:
    articles = (read_article(path, max_bytes=_LARGEST) for path in find_files(SOURCE))
    return [
        article.text[sentence.start : sentence.end]
        for article in articles
        for sentence in split_sentences(article.text, title=article.title)
        if sentence.kind is SentenceKind.BODY
    ]
