"""Cloze and inverse-cloze questions: less English than the templates', and nearer to what is typed in a box.

Cloze translation with noise follows Lewis et al. 2019, inverse cloze Lee et al. 2019.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace

from rag.background import stem_idf
from training.reading import Example
from training.weak.clauses import clauses, is_person, noun_phrase, without_brackets
from training.weak.pages import Page, content, share
from training.weak.parsing import Parse, Word
from training.weak.phrasing import Phrasing, tidy

_WH = {
    "PERSON": ("who",),
    "NORP": ("who", "which people"),
    "ORG": ("who", "what organization", "which organization"),
    "GPE": ("where", "what place", "which place"),
    "LOC": ("where", "what place"),
    "FAC": ("where", "what place"),
    "DATE": ("when", "what time"),
    "TIME": ("when", "what time"),
    "CARDINAL": ("how many",),
    "QUANTITY": ("how much",),
    "MONEY": ("how much", "how much money"),
    "PERCENT": ("how much", "what percentage"),
    "ORDINAL": ("which",),
    "WORK_OF_ART": ("what", "which work"),
    "EVENT": ("what", "which event"),
    "PRODUCT": ("what",),
    "LAW": ("what",),
    "LANGUAGE": ("what language",),
}
_ODD = re.compile(r"[.!?][A-Z]|[.?!] |[()\[\]:;=<>/]|\b(and|or|of|the|a)$", re.IGNORECASE)
_LEFT_OUT = frozenset("the a an also then that which this very so just".split())


def cloze(page: Page, rng: random.Random, *, most: int = 1) -> Iterator[Example]:
    """A clause with an entity, number or noun phrase asked for, its words a little mixed."""
    made = []
    for number, parse in enumerate(page.parses):
        for words, wh in _answers(parse, rng) if page.prose[number] else ():
            question = _noisy(parse, words, wh, rng)
            if question and not page.answered_elsewhere(question, apart=[number], limit=0.8):
                span = (number, words[0].start, words[-1].end)
                made.append((question, number, span))
    rng.shuffle(made)
    for question, number, span in made[:most]:
        yield Example(
            question=question,
            title=page.title,
            sentences=page.sentences,
            answers=(number,),
            spans=(span,),
            kind="cloze",
            group=page.group,
        )


def _answers(parse: Parse, rng: random.Random) -> Iterator[tuple[tuple[Word, ...], str]]:
    for words in parse.entities:
        if words[0].entity in _WH and len(words) <= 6:
            yield words, rng.choice(_WH[words[0].entity])
    for word in parse.words:
        if word.pos == "NOUN" and word.dep in ("nsubj", "nsubjpass", "dobj", "pobj") and not word.entity:
            phrase = noun_phrase(parse, word)
            if 1 <= len(phrase) <= 7 and rng.random() < 0.4:
                yield phrase, "who" if is_person(word) else "what"


def _noisy(parse: Parse, words: tuple[Word, ...], wh: str, rng: random.Random) -> str | None:
    inside = _clause_words(parse, words)
    rest = [w for w in inside if not words[0].number <= w.number <= words[-1].number]
    before = [w for w in rest if w.number < words[0].number]
    after = [w for w in rest if w.number > words[-1].number]
    if not 4 <= len(rest) <= 25 or any(w.text in '"“”' for w in rest):
        return None
    if words[-1].number + 1 < len(parse.words) and parse.words[words[-1].number + 1].dep == "cc":
        return None
    phrasing = Phrasing(rng, names={}, vary=0.5)
    if before and before[-1].tag == "IN" and wh in ("where", "when"):
        before = before[:-1]
    parts = [phrasing.say(_dropped(some, rng)) for some in (before, after)]
    asked = [parts[0], wh, parts[1]] if rng.random() < 0.35 else [wh, *parts]
    if rng.random() < 0.2:
        asked = [wh, parts[1], parts[0]]
    text = _mixed(re.sub(r"[.!?,]+$", "", tidy(" ".join(p for p in asked if p))), rng)
    if content(parse.slice(words)) <= content(text) or len(content(text)) < 3 or _ODD.search(text):
        return None
    return text + ("?" if rng.random() < 0.7 else "")


def _clause_words(parse: Parse, words: tuple[Word, ...]) -> list[Word]:
    """The words of the smallest clause around some words, without what stands in brackets."""
    best = [w for w in without_brackets(parse.words) if w.pos not in ("SPACE",)]
    for clause in clauses(parse):
        own = [w for w in without_brackets(parse.subtree(clause.verb)) if w.pos != "SPACE"]
        numbers = {w.number for w in own}
        if all(w.number in numbers for w in words) and 6 <= len(own) < len(best):
            best = own
    return best


def _dropped(words: list[Word], rng: random.Random) -> list[Word]:
    return [
        w
        for w in words
        if not ((w.lower in _LEFT_OUT and rng.random() < 0.4) or rng.random() < 0.06 or w.text in ",;:-—")
    ]


def _mixed(text: str, rng: random.Random) -> str:
    """Some words changed with a neighbour, as in Lample et al. 2018."""
    words = text.split()
    if rng.random() < 0.65:
        return text
    keys = [n + rng.uniform(0, 1.6) for n in range(len(words))]
    return " ".join(word for _, word in sorted(zip(keys, words, strict=True)))


def keywords(page: Page, rng: random.Random) -> Iterator[Example]:
    """What one sentence is about, in a phrase or in keywords; that sentence answers, as a whole."""
    numbers = [n for n in range(len(page.sentences)) if page.prose[n]]
    rng.shuffle(numbers)
    for number in numbers[:2]:
        query = _phrase_query(page.parses[number], rng) if rng.random() < 0.6 else None
        query = query or _keyword_query(page.parses[number], rng)
        wanted = content(query)
        if len(wanted) < 2 or sum(stem_idf(stem) for stem in wanted) < 0.7:
            continue
        if page.answered_elsewhere(query, apart=[number], limit=0.6):
            continue
        yield Example(
            question=query,
            title=page.title,
            sentences=page.sentences,
            answers=(number,),
            spans=(),
            kind="inverse-cloze",
            group=page.group,
        )
        return


def _phrase_query(parse: Parse, rng: random.Random) -> str | None:
    """Noun phrases of the sentence, the longest ones first: "restrictions on the use of missiles"."""
    found = []
    for word in parse.words:
        if word.pos in ("NOUN", "PROPN") and word.dep in ("nsubj", "nsubjpass", "dobj", "pobj", "attr"):
            words = noun_phrase(parse, word)
            text = tidy(parse.slice(words))
            if 3 <= len(text.split()) <= 10 and re.fullmatch(r"[\w '’,.%-]+", text):
                found.append(
                    re.sub(r"^(the|a|an|his|her|their|its|this|these) ", "", text, flags=re.IGNORECASE)
                )
    if not found:
        return None
    longest = sorted(set(found), key=lambda t: (-len(t), t))[:3]
    return rng.choice(longest)


def _keyword_query(parse: Parse, rng: random.Random) -> str:
    words = [w for w in parse.words if w.pos in ("NOUN", "PROPN", "NUM", "VERB", "ADJ") and w.text.isalnum()]
    heavy = sorted(words, key=lambda w: -stem_idf(w.lower) - rng.random())[: rng.randint(3, 6)]
    if rng.random() < 0.7:
        heavy.sort(key=lambda w: w.number)
    return " ".join(w.lemma.lower() if w.pos == "VERB" else w.lower for w in heavy)


def on_another(example: Example, others: list[Page], rng: random.Random, *, kind: str) -> Example | None:
    """The question on another passage of its article, one that lacks some of its content: not answered."""
    wanted = content(example.question)
    title = content(example.title)
    fit = []
    for other in others:
        most = max((share(wanted, found | title) for found in other.contents), default=1.0)
        if other.sentences != example.sentences and 0.1 < most < 0.65 and len(other.sentences) >= 2:
            fit.append((most, other))
    if not fit:
        return None
    fit.sort(key=lambda pair: -pair[0])
    _, other = rng.choice(fit[:3])
    if any(example.sentences[n] in other.sentences for n in example.answers):
        return None
    return replace(example, sentences=other.sentences, answers=(), spans=(), kind=kind)
