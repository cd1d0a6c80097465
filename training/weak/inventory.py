"""What an article speaks of, to put in place of something else: names, dates, nouns, verbs, phrases."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from training.weak.parsing import Parse, Word

_OPENING = frozenset("in at before after without during since until near on".split())
_LISTED = frozenset("NN NNS VB VBD VBN VBZ VBP".split())


class Inventory:
    """The entities of some parses by type, their words by tag, and their short phrases of time and place."""

    def __init__(self, parses: Iterable[Parse]) -> None:
        self.entities: defaultdict[str, list[str]] = defaultdict(list)
        self.words: defaultdict[str, list[Word]] = defaultdict(list)
        self.phrases: list[str] = []
        for parse in parses:
            for words in parse.entities:
                self._add_entity(parse, list(words))
            for word in parse.words:
                if word.tag in _LISTED and not word.entity and len(word.text) > 2 and word.text.isalpha():
                    self.words[word.tag].append(word)
                elif word.dep == "prep":
                    self._add_phrase(parse, word)

    def _add_entity(self, parse: Parse, words: list[Word]) -> None:
        kind = words[0].entity
        words = words[1:] if words[0].lower == "the" else words
        words = words[:-1] if words and words[-1].text in ("'s", "’s") else words
        text = parse.slice(words)
        if words and len(words) <= 5 and re.fullmatch(r"\w[\w .,'’&-]*", text):
            self.entities[kind].append(text)

    def _add_phrase(self, parse: Parse, prep: Word) -> None:
        words, thing = parse.subtree(prep), parse.child(prep, "pobj")
        if thing is None or not 2 <= len(words) <= 5 or any(w.pos == "PRON" for w in words):
            return
        text = parse.slice(words)
        placed = thing.entity in ("DATE", "GPE", "LOC", "FAC") or prep.lower in (
            "before",
            "after",
            "without",
            "during",
        )
        if placed and prep.lower in _OPENING and re.fullmatch(r"[\w '’-]+", text):
            self.phrases.append(text[0].lower() + text[1:])
