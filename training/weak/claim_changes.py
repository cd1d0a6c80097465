"""Changes of a claim that questions (changes.py) don't have or word otherwise.

It is denied, put on another day, its figure said as a bound, or who does it and to whom exchanged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from training.weak.changes import Change, Setting
from training.weak.clauses import clauses
from training.weak.parsing import Word
from training.weak.wording import contraction
from training.weak.words import MONTHS

_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


def denial(at: Setting) -> Change | None:
    """The claim denied: "was sent" as "was not sent", or the other way round."""
    text = at.question.text
    if re.search(r"\b(not|never)\b|n't", text):
        bare = re.sub(r"\bca(?=n't)", "can", text).replace("won't", "willn't")
        bare = re.sub(r"n't\b| (not|never)\b", "", bare)
        # After "did not" stands a bare verb, which would have to be inflected.
        inflected = not re.search(r"\b(did|does|do)(n't)?\b", text)
        return Change(bare, "negation") if inflected and bare != text else None
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


def another_day(at: Setting) -> Change | None:
    """Another month or day of the week."""
    for group in (sorted(MONTHS), _DAYS):
        named = [w for w in at.question.words if w.text in group and w.pos == "PROPN"]
        if named:
            others = [name for name in group if name != named[0].text and name not in at.question.text]
            return at.swap([named[0]], at.rng.choice(others), "date")
    return None


def bound(at: Setting) -> Change | None:
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
    true = at.rng.random() < 0.5
    text = before + at.rng.choice(_true_bounds(value) if true else _false_bounds(value))
    return Change(text + at.question.text[word.end :], "bound", "true" if true else "false", "")


def _true_bounds(value: int) -> list[str]:
    below, above = _round_neighbours(value)
    unit = 10 ** (len(str(value)) - 1)
    rounded = max(1, round(value / unit)) * unit
    said = [f"more than {below:,}", f"over {below:,}", f"fewer than {above:,}", f"at least {below:,}"]
    said += [f"at least {value:,}", f"at most {above:,}"]
    if abs(rounded - value) <= 0.06 * value:
        said += [f"about {rounded:,}", f"around {rounded:,}", f"roughly {rounded:,}"]
    if 0.9 * above <= value:
        said += [f"nearly {above:,}", f"almost {above:,}"]
    return said


def _false_bounds(value: int) -> list[str]:
    below, above = _round_neighbours(value)
    said = [f"more than {above:,}", f"over {above:,}", f"fewer than {below:,}", f"at most {below:,}"]
    said += [f"at least {above:,}", f"more than {value:,}"]
    return [*said, f"about {above * 3:,}", f"nearly {above * 2:,}"]


def _round_neighbours(value: int) -> tuple[int, int]:
    """The round figures below and above: 200 and 300 of 212, 100 and 300 of 200, 5 and 20 of 10."""
    unit = 10 ** (len(str(value)) - 1)
    below, above = (value // unit) * unit, (value // unit + 1) * unit
    below = below if below < value else below - unit
    return below if below > 0 else value // 2, above


def exchanged(at: Setting) -> Change | None:
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
