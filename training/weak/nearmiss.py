"""Near misses: changed questions that the passage is about and does not answer, and their answered twins."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace

from rag.background import stem_idf
from training.reading import Example
from training.weak.changes import OPS, WORDS_FOR_WORDS, Change, Setting
from training.weak.clauses import clauses
from training.weak.pages import Page, content, share
from training.weak.parsing import Parse

TRIES = 14
DRAWN = 2
"""Of so many changes of one kind the one nearest to the passage is taken."""


def near_misses(setting: Setting, *, most: int, ops: Collection[str] = tuple(OPS)) -> Iterator[Change]:
    """Changed questions or claims that no sentence of the passage answers or states, as far as words tell."""
    given: set[str] = set()
    names, weights = list(ops), [OPS[name][1] for name in ops]
    for _ in range(TRIES):
        if len(given) == most:
            return
        name = setting.rng.choices(names, weights)[0]
        if name in given:
            continue
        made = [OPS[name][0](setting) for _ in range(DRAWN if name in WORDS_FOR_WORDS else 1)]
        fit = [change for change in made if change is not None and _is_missed(change, setting)]
        if fit:
            given.add(name)
            yield max(fit, key=lambda change: _nearness(change, setting.page))


def _nearness(change: Change, page: Page) -> float:
    wanted = content(change.question)
    return max(share(wanted, found) for found in page.contents)


def _is_missed(change: Change, at: Setting) -> bool:
    asked = at.question.text
    if change.question == asked or len(change.question) > 220:
        return False
    if change.op in ("negation", "role") or not change.new:
        return True
    wanted, new, old = content(change.question), content(change.new), content(asked)
    if not new or new <= old or max(stem_idf(stem) for stem in new) < 0.05:
        return False
    title = content(at.example.title)
    for n, found in enumerate(at.page.contents):
        if n in at.example.answers and new <= found:
            if _together(at.page.parses[n], change):
                return False
        elif wanted <= found | title or (new <= found and share(wanted - new, found) > 0.5):
            return False
    return True


def _together(parse: Parse, change: Change) -> bool:
    """Whether a sentence may say of `new` what it says of `old`, as of two names in a list."""
    if not change.old or change.op == "verb":
        return True
    one, other = parse.text.find(change.old), parse.text.find(change.new)
    if one < 0 or other < 0:
        return True
    between = parse.text[min(one, other) : max(one, other)]
    return len(between.split()) <= len(change.old.split()) + 3 or " and " in between or " or " in between


def missed(example: Example, change: Change) -> Example:
    """The changed question, which nothing answers."""
    return replace(example, question=change.question, answers=(), spans=(), kind="near-miss")


def renamed(example: Example, change: Change, page: Page) -> Example | None:
    """The changed question on a passage with the same change: answered as before.

    Without these, a question's odd word alone would tell that it is not answered. None where the passage
    can't be changed so.
    """
    if change.op == "negation":
        turned = negated(example, page)
    else:
        turned = swap_in(example, change) if change.op in WORDS_FOR_WORDS else None
    return None if turned is None else replace(turned, question=change.question, kind="renamed")


def of_another(example: Example, change: Change, page: Page) -> Example | None:
    """The question on a passage that says the same of something else, or denies it: not answered."""
    turned = negated(example, page) if change.op == "negation" else None
    if change.op in WORDS_FOR_WORDS:
        turned = swap_in(example, change)
    if turned is None:
        return None
    wanted = content(example.question)
    if change.op != "negation" and any(share(wanted, content(s)) > 0.97 for s in turned.sentences):
        return None
    return replace(turned, answers=(), spans=(), kind="replaced")


def swap_in(example: Example, change: Change) -> Example | None:
    """The example with `old` said as `new` (and `new` as `old`) throughout its passage.

    None where `old` does not stand in each sentence that answers, or either stands in an answer.
    """
    old, new = change.old, change.new
    either = re.compile(rf"(?<!\w)(?:{re.escape(old)}|{re.escape(new)})(?!\w)")
    one = re.compile(rf"(?<!\w){re.escape(old)}(?!\w)")
    if not example.answers or not all(one.search(example.sentences[n]) for n in example.answers):
        return None
    if any(either.search(example.sentences[n][start:end]) for n, start, end in example.spans):
        return None

    def say(match: re.Match[str]) -> str:
        return new if match.group() == old else old

    sentences = tuple(either.sub(say, sentence) for sentence in example.sentences)
    spans = []
    for n, start, end in example.spans:
        shift = len(either.sub(say, example.sentences[n][:start])) - start
        if sentences[n][start + shift : end + shift] != example.sentences[n][start:end]:
            return None
        spans.append((n, start + shift, end + shift))
    return replace(example, sentences=sentences, spans=tuple(spans))


def negated(example: Example, page: Page) -> Example | None:
    """The example with the answering clause denied in its sentence: "was sent" as "was not sent".

    None where the question's verb is not found in one clause there.
    """
    if len(example.answers) != 1 or page.sentences != example.sentences:
        return None
    number = example.answers[0]
    asked = content(example.question)
    for clause in clauses(page.parses[number]):
        verb = clause.verb
        if clause.negated or not content(verb.text) or not content(verb.text) <= asked:
            continue
        first = clause.auxiliaries[0] if clause.auxiliaries else verb
        if clause.auxiliaries or verb.lemma == "be":
            start, end, said = first.end, first.end, " not"
        elif verb.tag in ("VBD", "VBZ", "VBP"):
            did = {"VBD": "did", "VBZ": "does", "VBP": "do"}[verb.tag]
            start, end, said = verb.start, verb.end, f"{did} not {verb.lemma.lower()}"
        else:
            continue
        return _edited(example, number, start, end, said)
    return None


def _edited(example: Example, number: int, start: int, end: int, said: str) -> Example | None:
    text = example.sentences[number]
    shift = len(said) - (end - start)
    spans = []
    for n, a, b in example.spans:
        if n == number and a < end and start < b:
            return None
        moved = shift if n == number and a >= end else 0
        spans.append((n, a + moved, b + moved))
    changed = text[:start] + said + text[end:]
    sentences = (*example.sentences[:number], changed, *example.sentences[number + 1 :])
    return replace(example, sentences=sentences, spans=tuple(spans))
