"""Words of a parse -> text of a question, said a little differently than the sentence says it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping, Sequence

from training.weak.inflection import inflect
from training.weak.lexicon import broader, synonyms
from training.weak.parsing import Word

_VOWEL = re.compile(r"[aeiou]", re.IGNORECASE)
_FIXED = frozenset("time way day year people part number".split())
_DROPPED_ADVERBS = frozenset(
    """then also however thus so therefore soon now just even still yet too moreover furthermore indeed
    finally again once already meanwhile hence consequently afterwards thereafter later thereupon""".split()
)


class Phrasing:
    """Says words with synonyms, broader nouns, and without some modifiers.

    `names` are nouns to say for pronouns; `vary` is the share of the words that are said with a synonym.
    """

    def __init__(self, rng: random.Random, *, names: Mapping[str, str], vary: float = 0.5) -> None:
        self._rng = rng
        self._names = names
        self._vary = vary
        self._resolve = True
        self._named = False

    def begin(self, *, resolve: bool | None = None) -> None:
        """Start another question; `resolve` whether its pronouns may be said as names (kept if None)."""
        self._named = False
        self._resolve = self._resolve if resolve is None else resolve

    def say(self, words: Sequence[Word]) -> str:
        """The words as text; those that agree with a determiner stay as they are."""
        kept = [w for w in words if not self._is_dropped(w, words)]
        found = ""
        for n, word in enumerate(kept):
            before = kept[n - 1] if n else None
            gap = before is not None and before.end < word.start
            found += (" " if gap else "") + self._word(word, before)
        return tidy(found)

    def verb(self, word: Word, tag: str) -> str | None:
        """A verb in the form of a tag, at times by a synonym; None where the form can't be made."""
        others = synonyms("VERB", word.lemma, tag)
        if others and self._rng.random() < self._vary:
            return self._rng.choice(others)
        return word.text if tag == word.tag else inflect(word.lemma.lower(), tag)

    def _is_dropped(self, word: Word, words: Sequence[Word]) -> bool:
        if word.dep == "advmod" and word.lower in _DROPPED_ADVERBS:
            return True
        if word.dep not in ("amod", "advmod") or word.tag not in ("JJ", "RB") or word.entity:
            return False
        following = next((w for w in words if w.number == word.number + 1), None)
        before = next((w for w in words if w.number == word.number - 1), None)
        if following is None or following.text in (",", "-") or following.pos in ("CCONJ", "ADJ"):
            return False
        if before is not None and (before.lower in ("a", "an", "-", ",") or before.pos in ("CCONJ", "ADV")):
            return False
        return word.head == following.number and self._rng.random() < 0.3

    def _word(self, word: Word, before: Word | None) -> str:
        name = self._names.get(word.lower) if self._resolve and not self._named else None
        if word.pos == "PRON" and name is not None:
            self._named = True  # later pronouns of the question then refer to it
            return f"{name}'s" if word.tag == "PRP$" else name
        if word.entity or word.tag not in ("NN", "NNS", "JJ") or word.lower in _FIXED:
            return _lowered(word)
        other = self._other(word, before)
        if other is None or (
            before is not None and before.lower in ("a", "an") and _differ(word.text, other)
        ):
            return _lowered(word)
        return other

    def _other(self, word: Word, before: Word | None) -> str | None:
        if word.pos not in ("NOUN", "ADJ"):
            return None
        others = synonyms(word.pos, word.lemma, word.tag)
        if others and self._rng.random() < self._vary:
            return self._rng.choice(others)
        definite = before is not None and before.lower == "the" and word.dep != "compound"
        if definite and word.pos == "NOUN" and self._rng.random() < 0.3 * self._vary:
            return broader(word.lemma, word.tag)
        return None


def _lowered(word: Word) -> str:
    if word.pos == "DET" and not word.entity:
        return word.lower  # also after a heading's colon
    if word.number != 0 or word.text == "I" or not word.text[1:].islower():
        return "a" if word.number == 0 and word.text == "A" else word.text
    return word.text if word.pos == "PROPN" and word.lower != "the" else word.lower


def _differ(one: str, other: str) -> bool:
    return bool(_VOWEL.match(one)) != bool(_VOWEL.match(other))


def tidy(text: str) -> str:
    """The text without citations, doubled blanks, blanks before commas, and commas at its ends."""
    text = re.sub(r"\s*\[[^\]]*\]|\s*\([^)]*\)", "", text)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s+([,;.?!])", r"\1", text)
    text = re.sub(r",(\s*,)+", ",", text)
    return text.strip(" ,;:-–—")


def join(pieces: Iterable[str | None]) -> str:
    """Pieces -> one question with its question mark and a capital."""
    text = tidy(" ".join(piece for piece in pieces if piece))
    return text[:1].upper() + text[1:].rstrip(".!?, ") + "?"
