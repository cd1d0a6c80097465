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
from training.weak.clauses import Clause, clauses
from training.weak.inventory import Inventory
from training.weak.nearmiss import near_misses, negated, swap_in
from training.weak.pages import Page, content, share
from training.weak.parsing import Parser, Word
from training.weak.phrasing import Phrasing, tidy
from training.weak.wording import Wording, contraction
from training.weak.words import MONTHS

_SAYING = frozenset(
    "say report announce state confirm tell add explain note show find reveal learn see know".split()
)
_LIMITING = frozenset(
    """only nearly almost rarely hardly barely partly mostly perhaps probably possibly allegedly reportedly
    likely not never seldom mainly supposedly apparently""".split()
)
_MAY = frozenset("may might could would should".split())
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
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
    if clause.subject_head.lower in (
        "it",
        "this",
        "that",
        "these",
        "those",
        "which",
        "there",
        "we",
        "i",
        "you",
    ):
        return None
    return text[:1].upper() + text[1:].rstrip(".!?, ") + "." if text else None


def claims_on(
    page: Page, made: Sequence[Claimed], parser: Parser, rng: random.Random
) -> Iterator[ClaimExample]:
    """Examples of each claim: as it is, changed, on a changed passage, both, and on what is left without it."""
    near = Inventory(page.parses)
    for one in made:
        base = _example(page, one, SUPPORTS, "stated")
        yield base
        yield from _changed(page, one, base, near, parser, rng)
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


def _changed(
    page: Page, one: Claimed, base: ClaimExample, near: Inventory, parser: Parser, rng: random.Random
) -> Iterator[ClaimExample]:
    asked = Example(
        question=one.text,
        title=page.title,
        sentences=page.sentences,
        answers=(one.number,),
        spans=(),
        kind="claim",
        group=page.group,
    )
    parse = parser.parse(one.text)
    setting = Setting(question=parse, example=asked, page=page, near=near, far=near, rng=rng)
    changes = list(near_misses(setting, most=1, ops=_SWAPS))
    own = [change for make in (_dates, _bounds, _roles) if (change := make(setting)) is not None]
    if own:
        changes += rng.sample(own, 1)
    elif rng.random() < NEGATED and (denied := _negation(setting)) is not None:
        changes.append(denied)
    for change in changes:
        if change.op == "bound":
            yield from _bounded(base, change)
            continue
        label = REFUTES if change.op in _SURE else NOT_SUPPORTS
        changed = replace(base, claim=change.question)
        yield _labelled(changed, one.number, label, change.op)
        turned = _turned(asked, change, page)
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


def _negation(at: Setting) -> Change | None:
    """The claim denied: "was sent" as "was not sent", or the other way round."""
    text = at.question.text
    if re.search(r"\b(not|never)\b|n't", text):
        bare = re.sub(r"\bca(?=n't)", "can", text).replace("won't", "willn't")
        bare = re.sub(r"\b(did|does|do)(n't| not) ", "", re.sub(r"n't\b| (not|never)\b", "", bare))
        return Change(bare, "negation") if bare != text and "did" not in text and "do" not in text else None
    for clause in clauses(at.question):
        if clause.verb.dep != "ROOT" or clause.negated:
            continue
        first = clause.auxiliaries[0] if clause.auxiliaries else clause.verb
        if clause.auxiliaries or clause.verb.lemma == "be":
            short = contraction(first.lower) if at.rng.random() < 0.4 else None
            said = short or f"{first.text} {at.rng.choice(['not', 'not', 'never'])}"
            return Change(text[: first.start] + said + text[first.end :], "negation")
        did = {"VBD": "did", "VBZ": "does", "VBP": "do"}.get(clause.verb.tag)
        if did is not None and clause.verb.lemma.isalpha():
            negative = at.rng.choice(
                [f"{did} not", f"{did} not", f"{did}n't", "failed to" if did == "did" else ""]
            )
            said = f"{negative or did + ' not'} {clause.verb.lemma.lower()}"
            return Change(text[: first.start] + said + text[first.end :], "negation")
    return None


def _dates(at: Setting) -> Change | None:
    """Another month or day of the week."""
    for group in (sorted(MONTHS), _DAYS):
        named = [w for w in at.question.words if w.text in group and w.pos == "PROPN"]
        if named:
            others = [name for name in group if name != named[0].text and name not in at.question.text]
            return at.swap([named[0]], at.rng.choice(others), "date")
    return None


def _bounds(at: Setting) -> Change | None:
    """A figure said as a bound that it keeps ("more than 200" of 212) or breaks; `old` tells which."""
    found = [
        w for w in at.question.words if w.tag == "CD" and re.fullmatch(r"\d{1,3}(,\d{3})*|\d{2,}", w.text)
    ]
    found = [w for w in found if w.entity not in ("DATE", "TIME") and not w.text.startswith("0")]
    if not found:
        return None
    word = at.rng.choice(found)
    value = int(word.text.replace(",", ""))
    before = at.question.text[: word.start]
    if value < 10 or re.search(
        r"(than|least|most|about|around|over|under|nearly|almost|to|\$|£|€)\s*$", before
    ):
        return None
    unit = 10 ** (len(str(value)) - 1)
    rounded = max(1, round(value / unit)) * unit
    below, above = (value // unit) * unit, (value // unit + 1) * unit
    below = below if below < value else below - unit
    below = below if below > 0 else value // 2
    true = at.rng.random() < 0.5
    if true:
        said = [f"more than {below:,}", f"over {below:,}", f"fewer than {above:,}", f"at least {below:,}"]
        said += [f"at least {value:,}", f"at most {above:,}"]
        if abs(rounded - value) <= 0.06 * value:
            said += [f"about {rounded:,}", f"around {rounded:,}", f"roughly {rounded:,}"]
        if 0.9 * above <= value:
            said += [f"nearly {above:,}", f"almost {above:,}"]
    else:
        said = [f"more than {above:,}", f"over {above:,}", f"fewer than {below:,}", f"at most {below:,}"]
        said += [
            f"at least {above:,}",
            f"more than {value:,}",
            f"about {above * 3:,}",
            f"nearly {above * 2:,}",
        ]
    text = before + at.rng.choice(said) + at.question.text[word.end :]
    return Change(text, "bound", "true" if true else "false", "")


def _roles(at: Setting) -> Change | None:
    """Who does it and to whom exchanged, where both are names or people."""
    for clause in clauses(at.question):
        thing = clause.part("dobj") or clause.part("agent")
        if clause.verb.dep != "ROOT" or thing is None or clause.verb.lemma in ("be", "have", "marry", "meet"):
            continue
        words: Sequence[Word] = thing.words[1:] if thing.role == "agent" else thing.words
        if not words or not _is_actor(clause.subject_head) or not _is_actor(words[-1]):
            continue
        text, subject = at.question.text, clause.subject
        if words[0].number <= subject[-1].number:
            continue
        one, other = at.question.slice(subject), at.question.slice(words)
        said = (
            text[: subject[0].start]
            + (other[:1].upper() + other[1:] if subject[0].start == 0 else other)
            + text[subject[-1].end : words[0].start]
            + (one[:1].lower() + one[1:] if subject[0].pos == "DET" else one)
            + text[words[-1].end :]
        )
        return Change(said, "role")
    return None


def _is_actor(word: Word) -> bool:
    return word.entity in ("PERSON", "ORG", "GPE", "NORP") and word.pos == "PROPN"


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
