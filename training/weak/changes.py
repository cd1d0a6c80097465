"""Ways to change a question so that it asks something else.

They are those of SQuAD 2's crowd workers (Rajpurkar et al. 2018, table 2): another entity, another number, an
antonym, a negation, roles exchanged, another noun or verb of the passage, a condition that was not met.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from training.reading import Example
from training.weak.inflection import inflect
from training.weak.inventory import Inventory
from training.weak.lexicon import opposites, siblings, synonyms
from training.weak.pages import Page, content
from training.weak.parsing import Parse, Word
from training.weak.phrasing import tidy
from training.weak.wording import contraction
from training.weak.words import NUMBERS, ORDINALS

_SWAPPED = frozenset("PERSON ORG GPE LOC FAC NORP WORK_OF_ART EVENT PRODUCT LANGUAGE".split())
_LIGHT = frozenset("do be have make get go come take say kind type year time way thing lot part".split())
_YEAR = re.compile(r"(1\d|20)\d\d")
_AUXILIARIES = frozenset("did does do was were is are has have had could would should can will".split())


@dataclass(frozen=True)
class Change:
    """A changed question; `old` and `new` if it says one word or name for another."""

    question: str
    op: str
    old: str = ""
    new: str = ""


@dataclass(frozen=True)
class Setting:
    """What a change may draw on: the question's parse, its passage, and the words of passage and article."""

    question: Parse
    example: Example
    page: Page
    near: Inventory
    far: Inventory
    rng: random.Random

    def pick(self, near: Sequence[str], far: Sequence[str] = ()) -> str | None:
        """Something that the question does not say: from the passage mostly, else from the article.

        At times from the answering sentence itself, where the question then turns round who did what.
        """
        asked = content(self.question.text)
        answer = content(" ".join(self.example.sentences[n][a:b] for n, a, b in self.example.spans))
        answering = content(" ".join(self.example.sentences[n] for n in self.example.answers))
        hidden = answer if self.rng.random() < 0.35 else answering
        for found in (near, far) if self.rng.random() < 0.75 else (far, near):
            kept = sorted({t for t in found if not content(t) & asked and not content(t) <= hidden})
            if kept:
                return self.rng.choice(kept)
        return None

    def swap(self, words: Sequence[Word], new: str | None, op: str) -> Change | None:
        """The question with some of its words said as `new`."""
        if not new or not words:
            return None
        text = self.question.text
        before = text[: words[0].start]
        if before.endswith((" a ", " an ")):
            before = re.sub(r"an? $", "an " if new[0] in "aeiou" else "a ", before)
        return Change(before + new + text[words[-1].end :], op, text[words[0].start : words[-1].end], new)


def _entity(at: Setting) -> Change | None:
    names = [e for e in at.question.entities if e[0].entity in _SWAPPED]
    if not names:
        return None
    words = at.rng.choice(names)
    while len(words) > 1 and (words[0].lower == "the" or words[-1].lower in ("'s", "’s")):
        words = words[1:] if words[0].lower == "the" else words[:-1]
    kind = words[0].entity
    return at.swap(words, at.pick(at.near.entities[kind], at.far.entities[kind]), "entity")


def _number(at: Setting) -> Change | None:
    found = [w for w in at.question.words if w.tag == "CD" or (w.lower in ORDINALS and w.dep == "amod")]
    if not found:
        return None
    word = at.rng.choice(found)
    if _YEAR.fullmatch(word.text):
        shift = at.rng.choice([-20, -10, -5, -3, -2, -1, 1, 2, 3, 5, 10, 20])
        years = [t for i in (at.near, at.far) for t in i.entities["DATE"] if _YEAR.fullmatch(t)]
        return at.swap([word], at.pick([*years, str(int(word.text) + shift)]), "number")
    for words in (NUMBERS, ORDINALS):
        if word.lower in words:
            return at.swap([word], at.pick([w for w in words if w != word.lower]), "number")
    if word.text.isdigit():
        number = int(word.text)
        return at.swap(
            [word], str(max(1, number + at.rng.choice([-3, -2, -1, 1, 2, 5, 10, number]))), "number"
        )
    return None


def _antonym(at: Setting) -> Change | None:
    found = []
    for word in at.question.words[1:]:
        how = word.lower in ("many", "much", "long", "often", "old", "far") and word.number == 1
        if not how and word.pos not in ("PROPN", "AUX", "PRON") and not word.entity:
            others = opposites(word.text, word.pos, word.lemma, word.tag)
            found += [(word, o) for o in others if word.dep == "prep" or o != "during"]
    if not found:
        return None
    word, new = at.rng.choice(found)
    return at.swap([word], at.pick([new]), "antonym")


def _negation(at: Setting) -> Change | None:
    words, text = at.question.words, at.question.text
    if re.search(r"\b(not|never|no)\b|n't", text):
        bare = re.sub(r"\bca(?=n't)", "can", text).replace("won't", "willn't")
        bare = re.sub(r"n't\b|\b(not|never) ", "", bare)
        return Change(bare, "negation") if bare != text else None
    for n, word in enumerate(words[1:5], start=1):
        short = contraction(word.lower) if word.pos == "AUX" and word.lower in _AUXILIARIES else None
        if short is not None and n + 1 < len(words):
            apart = words[0].lower in ("who", "what") and n == 1 and at.rng.random() < 0.5
            said = (
                f"{word.text} not" if apart and words[n + 1].pos in ("VERB", "ADJ", "AUX", "ADP") else short
            )
            return Change(text[: word.start] + said + text[word.end :], "negation")
    if len(words) > 2 and words[0].lower in ("who", "what") and words[1].tag in ("VBD", "VBZ"):
        base, did = words[1].lemma.lower(), "did" if words[1].tag == "VBD" else "does"
        said = at.rng.choice([f"{did} not {base}", f"{did}n't {base}", f"never {words[1].text}"])
        return Change(text[: words[1].start] + said + text[words[1].end :], "negation")
    return None


def _role(at: Setting) -> Change | None:
    """Who did X help? -> Who helped X? and the other way round."""
    parse, text, words = at.question, at.question.text, at.question.words
    root = parse.root
    if root is None or root.pos != "VERB" or len(words) < 4 or words[0].lower not in ("who", "what", "whom"):
        return None
    wh = "Who" if words[0].lower.startswith("who") else "What"
    subject, thing = parse.child(root, "nsubj"), parse.child(root, "dobj")
    did = words[1].lower in ("did", "does", "do") and root.tag == "VB"
    if did and subject is not None and subject != words[0] and thing in (None, words[0]):
        said = parse.slice(parse.subtree(subject))
        form = inflect(root.lemma.lower(), "VBD" if words[1].lower == "did" else "VBZ")
        return Change(f"{wh} {form} {said}{text[root.end :].rstrip('? ')}?", "role")
    if subject == words[0] and thing is not None and root.number == 1 and root.tag in ("VBD", "VBZ"):
        phrase = parse.subtree(thing)
        if phrase[0].number == 2:
            aux = "did" if root.tag == "VBD" else "does"
            after = text[phrase[-1].end :].rstrip("? ")
            return Change(f"{wh} {aux} {parse.slice(phrase)} {root.lemma.lower()}{after}?", "role")
    return None


def _noun(at: Setting) -> Change | None:
    word = _one_of(at, "NOUN", ("NN", "NNS"))
    if word is None:
        return None
    if at.rng.random() < 0.35 and (others := siblings("NOUN", word.lemma, word.tag)):
        return at.swap([word], at.pick(others), "noun")
    same = synonyms("NOUN", word.lemma, word.tag)
    said = [[w.text for w in i.words[word.tag] if w.text not in same] for i in (at.near, at.far)]
    return at.swap([word], at.pick(*said), "noun")


def _verb(at: Setting) -> Change | None:
    word = _one_of(at, "VERB", ("VB", "VBD", "VBN", "VBZ"))
    if word is None:
        return None
    same = synonyms("VERB", word.lemma, word.tag)
    said = []
    for inventory in (at.near, at.far):
        verbs = [w for tag in ("VB", "VBD", "VBZ", "VBN") for w in inventory.words[tag] if w.pos == "VERB"]
        fit = [
            v
            for v in verbs
            if v.lemma.lower() not in _LIGHT and v.lemma.isalpha() and (v.tag == "VBN") == (word.tag == "VBN")
        ]
        forms = (inflect(v.lemma.lower(), word.tag) for v in fit)
        said.append([form for form in forms if form is not None and form not in same])
    return at.swap([word], at.pick(*said), "verb")


def _one_of(at: Setting, pos: str, tags: tuple[str, ...]) -> Word | None:
    found = [
        w
        for w in at.question.words[1:]
        if w.pos == pos
        and w.tag in tags
        and not w.entity
        and w.lemma.lower() not in _LIGHT
        and w.text.isalpha()
    ]
    return at.rng.choice(found) if found else None


def _condition(at: Setting) -> Change | None:
    text = at.question.text.rstrip("? ")
    first, last = text.split(" ", 1)[0].lower(), text.rsplit(" ", 1)[-1].lower()
    if at.example.spans and at.rng.random() < 0.25 and first in ("who", "what", "which", "where"):
        n, start, end = at.example.spans[0]
        answer = tidy(at.example.sentences[n][start:end])
        if 0 < len(answer.split()) <= 5:
            said = f"{at.rng.choice(['besides', 'other than', 'apart from'])} {answer}"
            return Change(
                at.rng.choice(
                    [f"{said[0].upper()}{said[1:]}, {text[0].lower()}{text[1:]}?", f"{text} {said}?"]
                ),
                "condition",
            )
    phrase = at.pick(at.near.phrases, at.far.phrases)
    if phrase is None or last in ("in", "at", "of", "to", "with", "by", "from", "for", "on", "about", "into"):
        return None
    if first in ("when", "where") and phrase.split()[0] in ("in", "at", "on", "during", "since"):
        return None
    return Change(f"{text} {phrase}?", "condition", "", phrase)


OPS: Mapping[str, tuple[Callable[[Setting], Change | None], float]] = {
    "entity": (_entity, 4.0),
    "number": (_number, 2.5),
    "antonym": (_antonym, 3.0),
    "negation": (_negation, 0.8),
    "role": (_role, 1.5),
    "noun": (_noun, 2.2),
    "verb": (_verb, 0.7),
    "condition": (_condition, 0.6),
}
"""The changes, and how often each is tried next to the others."""
WORDS_FOR_WORDS = frozenset(("entity", "number", "noun", "verb", "antonym"))
"""The changes that say one word or name for another."""
