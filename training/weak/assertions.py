"""Claims on a passage from its own clauses, true ones and ones changed so that the passage denies them.

Each change is made in the claim, in the passage, and in both: the claim's words alone then tell nothing
(after FEVER-Symmetric; Schuster et al. 2019).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from training.claims import NEITHER, NOT_SUPPORTS, REFUTES, SUPPORTS, ClaimExample, stances
from training.reading import Example
from training.weak.asking import is_specific, reads_well
from training.weak.changes import WORDS_FOR_WORDS, Change, Setting
from training.weak.claim_changes import another_day, bound, denial, exchanged
from training.weak.clauses import Clause, clauses
from training.weak.inventory import Inventory
from training.weak.nearmiss import near_misses, negated, swap_in
from training.weak.pages import Page, content, share
from training.weak.parsing import Parser
from training.weak.phrasing import Phrasing, tidy
from training.weak.wording import Wording

_SAYING = frozenset(
    "say report announce state confirm tell add explain note show find reveal learn see know".split()
)
_LIMITING = frozenset(
    """only nearly almost rarely hardly barely partly mostly perhaps probably possibly allegedly reportedly
    likely not never seldom mainly supposedly apparently""".split()
)
_UNNAMED = frozenset("it this that these those which there we i you".split())
_SURE = frozenset("entity number antonym negation role date bound".split())
"""The changes after which both can't be true; after the others the passage only doesn't say so."""
NEGATED = 0.4
"""Of the claims that no rarer change fits, how many are denied."""
_SWAPS = ("entity", "entity", "number", "antonym", "noun", "verb")


@dataclass(frozen=True)
class Claimed:
    """A claim that sentence `number` of a page states."""

    text: str
    number: int
    clause: Clause | None = None


def assertions(page: Page, rng: random.Random) -> list[Claimed]:
    """Claims that a page's own clauses make, said a little differently."""
    found = []
    for number, parse in enumerate(page.parses):
        if not page.prose[number]:
            continue
        phrasing = Phrasing(rng, names=page.names(number))
        for clause in clauses(parse):
            text = _said(clause, phrasing, rng) if _stands_alone(clause) else None
            if text is not None and len(content(text)) >= 2 and is_specific(text) and reads_well(text):
                found.append(Claimed(text, number, clause))
    return found


def _stands_alone(clause: Clause) -> bool:
    """Whether a clause is stated: not wished, doubted, or true under a condition only."""
    verb, words = clause.verb, clause.parse.words
    if verb.dep == "ccomp" and words[verb.head].lemma.lower() not in _SAYING:
        return False
    if verb.dep == "advcl":
        return False
    own = clause.parse.subtree(verb)
    if any(w.lower in ("if", "unless", "whether", "until") for w in own):
        return False
    return not any(w.dep == "advmod" and w.lower in _LIMITING and w.head == verb.number for w in own)


def _said(clause: Clause, phrasing: Phrasing, rng: random.Random) -> str | None:
    wording = Wording(clause, phrasing, rng)
    wording.begin(resolve=clause.subject_head.pos == "PRON")
    if rng.random() < 0.25 and (turned := wording.passive(clause.part("dobj"))) is not None:
        be, done, thing = turned
        text = f"{thing} {be} {done} by {wording.subject()}"
    else:
        text = f"{wording.subject()} {wording.predicate()}"
    text = tidy(text)
    if clause.subject_head.lower in _UNNAMED:
        return None
    return text[:1].upper() + text[1:].rstrip(".!?, ") + "." if text else None


def claims_on(
    page: Page, made: Sequence[Claimed], parser: Parser, rng: random.Random
) -> Iterator[ClaimExample]:
    """Examples of each claim: as it is, changed, on a changed passage, both, and on a passage without it."""
    near = Inventory(page.parses)
    for one in made:
        base = _example(page, one, SUPPORTS, "stated")
        yield base
        yield from _changed(page, one, base, _setting(page, one, near, parser, rng))
        if rng.random() < 0.35:
            yield from _without(base, one, rng)


def _example(page: Page, one: Claimed, label: str, kind: str) -> ClaimExample:
    return ClaimExample(
        claim=one.text,
        title=page.title,
        sentences=page.sentences,
        stances=stances(len(page.sentences), [one.number], label),
        whole=label,
        kind=kind,
        group=page.group,
    )


def _setting(page: Page, one: Claimed, near: Inventory, parser: Parser, rng: random.Random) -> Setting:
    asked = Example(
        question=one.text,
        title=page.title,
        sentences=page.sentences,
        answers=(one.number,),
        spans=(),
        kind="claim",
        group=page.group,
    )
    return Setting(question=parser.parse(one.text), example=asked, page=page, near=near, far=near, rng=rng)


def _changed(page: Page, one: Claimed, base: ClaimExample, setting: Setting) -> Iterator[ClaimExample]:
    rng = setting.rng
    changes = list(near_misses(setting, most=1, ops=_SWAPS))
    own = [change for make in (another_day, bound, exchanged) if (change := make(setting)) is not None]
    if own:
        changes += rng.sample(own, 1)
    elif rng.random() < NEGATED and (denied := denial(setting)) is not None:
        changes.append(denied)
    for change in changes:
        if change.op == "bound":
            yield from _bounded(base, change)
            continue
        label = REFUTES if change.op in _SURE else NOT_SUPPORTS
        changed = replace(base, claim=change.question)
        yield _labelled(changed, one.number, label, change.op)
        turned = _turned(setting.example, change, page)
        if turned is not None:
            other = replace(base, sentences=turned)
            yield _labelled(other, one.number, label, change.op)
            yield _labelled(replace(other, claim=change.question), one.number, SUPPORTS, change.op)


def _turned(asked: Example, change: Change, page: Page) -> tuple[str, ...] | None:
    """The passage with the same change as the claim; None where it can't be made there."""
    if change.op == "negation":
        turned = negated(asked, page)
    elif change.op in WORDS_FOR_WORDS or change.op == "date":
        turned = swap_in(asked, change)
    else:
        return None
    return None if turned is None else turned.sentences


def _labelled(example: ClaimExample, number: int, label: str, kind: str) -> ClaimExample:
    return replace(
        example,
        stances=stances(len(example.sentences), [number], label),
        whole=label,
        kind=kind,
    )


def _bounded(base: ClaimExample, change: Change) -> Iterator[ClaimExample]:
    label = {"true": SUPPORTS, "false": REFUTES}[change.old]
    number = base.stances.index(SUPPORTS)
    yield _labelled(replace(base, claim=change.question), number, label, "bound")


def _without(base: ClaimExample, one: Claimed, rng: random.Random) -> Iterator[ClaimExample]:
    """The claim on the rest of its passage, where no sentence shares much with it."""
    wanted = content(one.text)
    kept = tuple(
        s for n, s in enumerate(base.sentences) if n != one.number and share(wanted, content(s)) < 0.7
    )
    if kept:
        yield replace(base, sentences=kept, stances=(NEITHER,) * len(kept), whole=NEITHER, kind="removed")


def elsewhere(example: ClaimExample, pages: Sequence[Page], rng: random.Random) -> ClaimExample | None:
    """The claim on another passage of its article, one that shares words with it but doesn't state it."""
    wanted = content(example.claim)
    others = [p for p in rng.sample(list(pages), min(12, len(pages))) if p.sentences != example.sentences]
    scored = [(max(share(wanted, found) for found in p.contents), n) for n, p in enumerate(others)]
    fit = sorted((s, n) for s, n in scored if s < 0.65)
    if not fit:
        return None
    chosen = others[fit[-1][1]].sentences
    return replace(
        example, sentences=chosen, stances=(NEITHER,) * len(chosen), whole=NEITHER, kind="elsewhere"
    )


def reported(example: ClaimExample, names: Sequence[str], rng: random.Random) -> ClaimExample | None:
    """The deciding sentence said by somebody, or denied by somebody: what news sentences look like."""
    deciding = [n for n, stance in enumerate(example.stances) if stance in (SUPPORTS, REFUTES)]
    if len(deciding) != 1 or not names:
        return None
    number = deciding[0]
    sentence, label = example.sentences[number], example.stances[number]
    if not re.match(r"[A-Z][^\"“”]*\.$", sentence) or len(sentence) > 260:
        return None
    who = rng.choice(names)
    bare = sentence[:-1]
    first, rest = bare.split(" ", 1) if " " in bare else (bare, "")
    lowered = f"{first.lower() if first in _LOWERED else first} {rest}"
    denied = rng.random() < 0.3
    if denied:
        said = rng.choice([f"{who} denied that {lowered}.", f"{who} said it was not true that {lowered}."])
        label = {SUPPORTS: REFUTES, REFUTES: SUPPORTS}[label]
        if label == SUPPORTS:
            return None  # denying what differs from the claim doesn't state the claim
    else:
        said = rng.choice(
            [
                f"{who} said that {lowered}.",
                f"{bare}, {who} said.",
                f'"{bare}," said {who}.',
                f"According to {who}, {lowered}.",
            ]
        )
    changed = (*example.sentences[:number], said, *example.sentences[number + 1 :])
    return replace(_labelled(example, number, label, "denied" if denied else "reported"), sentences=changed)


_LOWERED = frozenset(
    "The A An In On At He She They It His Her Their Its This These After Before When While For As By".split()
)
