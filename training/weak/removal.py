"""Passages changed so that the question is no longer answered: the sentence taken out, or made another."""

from __future__ import annotations

import random
import re
from dataclasses import replace

from training.reading import Example
from training.weak.pages import content, share
from training.weak.parsing import plain

_PREPOSITION = re.compile(
    r"(?:,\s*)?\b(in|on|at|by|from|with|for|to|during|since|until|because of|due to)\s+(the\s+)?$", re.I
)

_DETERMINER = re.compile(r"\b(the|an?|his|her|its|their)\s+$", re.IGNORECASE)


def without_answers(example: Example) -> Example | None:
    """The question on the passage without its answering sentences; None if another one may answer it."""
    kept = [n for n in range(len(example.sentences)) if n not in example.answers]
    if len(kept) < 2 or not example.answers:
        return None
    wanted = content(example.question)
    answers = [content(example.sentences[n][start:end]) for n, start, end in example.spans]
    for n in kept:
        found = content(example.sentences[n])
        if share(wanted, found) > 0.8 or any(
            a and a <= found and share(wanted, found) > 0.2 for a in answers
        ):
            return None
    return replace(
        example, sentences=tuple(example.sentences[n] for n in kept), answers=(), spans=(), kind="removed"
    )


def without_answer_words(example: Example, rng: random.Random) -> Example | None:
    """The question on a passage whose answering sentence no longer says the answer.

    A phrase goes with its preposition; a subject or object becomes "someone" or "something".
    """
    if len(example.answers) != 1 or len(example.spans) != 1 or len(example.sentences) < 2:
        return None
    number, start, end = example.spans[0]
    text = example.sentences[number]
    others = [content(s) for n, s in enumerate(example.sentences) if n != number]
    answer = content(text[start:end])
    if not answer or any(answer <= found for found in others) or end - start > 0.6 * len(text):
        return None
    before, after = text[:start], text[end:]
    phrase = _PREPOSITION.search(plain(before))
    if phrase is not None and phrase.start() > 10:
        said = before[: phrase.start()].rstrip() + after
    else:
        asked = example.question.split(" ", 1)[0].lower()
        some = {
            "who": "someone",
            "whom": "someone",
            "whose": "someone",
            "what": "something",
            "which": "one of them",
            "how": "some",
            "in": "something",
            "by": "someone",
        }.get(asked)
        if some is None or after[:2] in ("'s", "’s"):
            return None
        before = _DETERMINER.sub("", before)
        said = before + (some if before else some.capitalize()) + after
    if len(content(said)) < 3:
        return None
    sentences = (*example.sentences[:number], said, *example.sentences[number + 1 :])
    return replace(example, sentences=sentences, answers=(), spans=(), kind="replaced")
