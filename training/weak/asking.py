"""Questions from the clauses of a passage: the good ones among those that the templates give."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator

from rag.background import stem_idf
from training.reading import Example
from training.weak.appositions import appositions
from training.weak.clauses import clauses
from training.weak.pages import Page, content, share
from training.weak.phrasing import Phrasing
from training.weak.templates import Draft, drafts, whether

_ODD = re.compile(
    r"[\"“”`;:\[\]()…/=<>]|\.\.|--|\b(I|me|my|mine|we|our|ours|you|your|yours|thee|thou|thy|this|these|those"
    r"|such|former|latter|here|above|below|following|et al|same|there of|oh|ah|respectively)\b|\s'\s"
    r"|\bthat way\b|[a-z]\.\s|[a-z]\.[A-Z]|[a-z] \d{1,3}\?$|\bdo (a|an|each|one)\b",
    re.IGNORECASE,
)
_DANGLING = re.compile(
    r"^(?!.*\b(that|when|after|before|because|if|while|who|which|to|until)\b.*\b(him|it|them|her)\b)"
    r".*\b(him|it|them|her(?= (to|in|on|at|with|from|for|by|into|a|the)\b|\?))\b"
)
"""An object that is a pronoun can't refer to its own clause's subject."""
_PRONOUN = re.compile(
    r"\b(he|she|him|her|his|hers|himself|herself|it|its|itself|they|them|their|themselves)\b"
)
_NOUN_BEFORE = re.compile(r"\b(the|an?)\b|'s\b|[ ][A-Z][a-z]+")
_SHARES = {
    "subject": 0.5,
    "object": 0.6,
    "which": 0.5,
    "phrase": 0.25,
    "content": 0.5,
    "how": 0.4,
    "purpose": 0.5,
    "definition": 0.8,
    "where": 0.9,
    "passive": 0.6,
    "besides": 0.5,
}
"""How many of the questions of a frequent form are kept; 1 of all others."""
COPIED = 0.35
"""How many of the questions are kept whose content words all stand in their sentence."""


def template(page: Page, rng: random.Random, *, most: int) -> list[Example]:
    """Wh-questions on a passage, answered by the constituent that was taken out."""
    found = [
        _example(page, draft.question, number, (draft.start, draft.end), "template")
        for number, draft in _good(page, rng)
        if rng.random() < _SHARES.get(draft.form, 1.0) * _freshness(draft.question, page, number)
    ]
    rng.shuffle(found)
    chosen: list[Example] = []
    used: Counter[int] = Counter()
    for example in found:
        number = example.answers[0]
        if used[number] < 2 and len(chosen) < most:
            used[number] += 1
            chosen.append(example)
    return chosen


def _freshness(question: str, page: Page, number: int) -> float:
    return COPIED if share(content(question), page.contents[number]) > 0.98 else 1.0


def _good(page: Page, rng: random.Random) -> Iterator[tuple[int, Draft]]:
    for number, parse in enumerate(page.parses):
        if not page.prose[number]:
            continue
        phrasing = Phrasing(rng, names=page.names(number))
        made = [draft for clause in clauses(parse) for draft in drafts(clause, phrasing, rng)]
        for draft in [*made, *appositions(parse)]:
            if is_good(draft, page, number):
                yield number, draft


def is_good(draft: Draft, page: Page, number: int) -> bool:
    """Whether a question reads well, does not give its answer away, and is answered by one sentence only."""
    question, answer = draft.question, page.parses[number].text[draft.start : draft.end]
    wanted, given = content(question), content(answer)
    if not reads_well(question) or not 1 <= len(answer.split()) <= 25 or not given:
        return False
    if given <= wanted or re.search(r"[\[\]]", answer) or answer.count("(") != answer.count(")"):
        return False
    if draft.form == "definition" and len(wanted) == 1 and re.search(r" [A-Z]", question):
        return True
    return is_specific(question) and not page.answered_elsewhere(question, apart=[number], limit=0.9)


def reads_well(question: str) -> bool:
    """Whether a question has a sound length, no stray marks, and no pronoun that refers to nothing."""
    if not 4 <= len(question.split()) <= 24 or _ODD.search(question) or "  " in question:
        return False
    if (
        question.count(",") > 3
        or question.count("'") > 3
        or len(question) > 180
        or _DANGLING.search(question)
    ):
        return False
    pronoun = _PRONOUN.search(question)
    if pronoun is None:
        return True
    before = question[: pronoun.start()].split(" ", 1)[-1]
    return bool(_NOUN_BEFORE.search(" " + before))


def is_specific(question: str) -> bool:
    """Whether a question says enough to be about one thing."""
    wanted = content(question)
    return len(wanted) >= 2 and sum(stem_idf(stem) for stem in wanted) >= 0.6


def yes_no(page: Page, rng: random.Random, *, most: int) -> list[Example]:
    """Yes/no questions that one sentence decides; what decides has no span."""
    found = []
    for number, parse in enumerate(page.parses):
        if not page.prose[number]:
            continue
        phrasing = Phrasing(rng, names=page.names(number))
        for clause in clauses(parse):
            if clause.verb.dep not in ("ROOT", "conj"):
                continue  # what is only thought or said decides nothing
            question = whether(clause, phrasing, rng)
            enough = len(content(question)) >= 3 and is_specific(question) and reads_well(question)
            if enough and not page.answered_elsewhere(question, apart=[number], limit=0.8):
                found.append(_example(page, question, number, None, "whether"))
    rng.shuffle(found)
    return found[:most]


def _example(page: Page, question: str, number: int, span: tuple[int, int] | None, kind: str) -> Example:
    return Example(
        question=question,
        title=page.title,
        sentences=page.sentences,
        answers=(number,),
        spans=() if span is None else ((number, *span),),
        kind=kind,
        group=page.group,
    )
