"""Recurring spans (Ram et al. 2021): what one sentence says of a name, another sentence is asked for."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace

from rag.background import stem_idf
from training.reading import Example
from training.weak.clauses import is_person, noun_phrase
from training.weak.pages import Page, content
from training.weak.parsing import Parse, Word
from training.weak.phrasing import tidy


def recurring(page: Page, rng: random.Random, *, most: int = 2) -> Iterator[Example]:
    """One sentence with a name or phrase put as a question, the others with the same phrase answering it.

    The sentence that became the question is not in the passage.
    """
    found: dict[str, list[tuple[int, tuple[Word, ...]]]] = {}
    for number, parse in enumerate(page.parses):
        for words in _phrases(parse) if page.prose[number] else ():
            found.setdefault(re.sub(r"^(the|a|an) ", "", parse.slice(words).lower()), []).append(
                (number, words)
            )
    phrases = [
        p for p, places in found.items() if len({n for n, _ in places}) > 1 and p != page.title.lower()
    ]
    rng.shuffle(phrases)
    given = 0
    for phrase in phrases:
        number, words = rng.choice(found[phrase])
        example = _ask(page, phrase, number, words, rng)
        if example is not None and given < most:
            given += 1
            yield example


def _phrases(parse: Parse) -> Iterator[tuple[Word, ...]]:
    for word in parse.words:
        if word.pos in ("NOUN", "PROPN") and word.dep not in ("compound", "poss", "nmod", "npadvmod"):
            words = noun_phrase(parse, word)
            text = parse.slice(words)
            rare = sum(stem_idf(stem) for stem in content(text))
            if (
                words
                and len(words) <= 6
                and rare >= 0.3
                and re.fullmatch(r"[\w '’.-]+", text)
                and words[-1] == word
            ):
                yield words


def _ask(page: Page, phrase: str, number: int, words: tuple[Word, ...], rng: random.Random) -> Example | None:
    parse = page.parses[number]
    start, end = _window(parse, words)
    wh = "who" if is_person(words[-1]) else "what"
    text = tidy(parse.text[start : words[0].start] + wh + parse.text[words[-1].end : end])
    text = re.sub(
        r"[\s.,;:!?'’”\"]+$",
        "",
        re.sub(r"\b(and|or|but|of|in|by|the|a|an|to|with|from|for)$", "", text.rstrip(".!? ")),
    )
    if phrase in text.lower() or len(text.split()) < 5 or not text:
        return None
    kept = [n for n in range(len(page.sentences)) if n != number]
    place = re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)", re.IGNORECASE)
    spans = tuple(
        (row, match.start(), match.end())
        for row, n in enumerate(kept)
        if (match := place.search(re.sub(r"\s", " ", page.sentences[n])))
    )
    about = content(text) - content(phrase)
    spans = tuple(s for s in spans if about & page.contents[kept[s[0]]])  # else only the phrase is common
    if not spans or len(kept) < 2 or len(spans) == len(kept):
        return None
    return Example(
        question=text[0].upper() + text[1:] + "?",
        title=page.title,
        sentences=tuple(page.sentences[n] for n in kept),
        answers=tuple(n for n, _, _ in spans),
        spans=spans,
        kind="recurring",
        group=page.group,
    )


def _window(parse: Parse, words: tuple[Word, ...]) -> tuple[int, int]:
    """The part of a sentence around some words, from comma to comma, of at most about 20 words."""
    marks = [w for w in parse.words if w.text in (",", ";", ":", "-", "—", ".") or w.text in '"“”()[]']
    start = max((w.end for w in marks if w.number < words[0].number - 5), default=0)
    end = min((w.start for w in marks if w.number > words[-1].number + 8), default=len(parse.text))
    first, last = max(0, words[0].number - 12), min(len(parse.words), words[-1].number + 13) - 1
    return max(start, parse.words[first].start), min(end, parse.words[last].end)


def unanswered(example: Example) -> Example | None:
    """The question on the passage without the sentences that have the phrase."""
    kept = tuple(s for n, s in enumerate(example.sentences) if n not in example.answers)
    return replace(example, sentences=kept, answers=(), spans=()) if len(kept) >= 2 else None
