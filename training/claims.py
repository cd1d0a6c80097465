"""What the verifier learns from: claims on passages, and what each sentence of these says to the claim."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag.background import stem_idf, stems
from rag.stances import share_found
from training.datasets import read_lines, write_lines

SUPPORTS, REFUTES, NEITHER = "supports", "refutes", "neither"
NOT_SUPPORTS = "not supports"
"""Refutes or neither: what is only known not to support."""
ANY = "any"
"""Nothing is known of the sentence."""
STANCES: dict[str, tuple[bool, bool, bool]] = {
    SUPPORTS: (True, False, False),
    REFUTES: (False, True, False),
    NEITHER: (False, False, True),
    NOT_SUPPORTS: (False, True, True),
    ANY: (True, True, True),
}
"""Of each label, which of supports, refutes and neither it may be."""

SET_APART = 0.15
"""Of the hand-written passages: their claims are never trained on, to calibrate on and to measure with."""
HAND_WRITTEN = Path(__file__).parent / "claims"
FEVER = "fever-symmetric-dev.jsonl"
FOOL_ME_TWICE = "train/fool-me-twice-dev.jsonl"
FOLDS = 3
WHOLE_PASSAGES, ALONE = 0.1, 0.5
"""Of the claims in an epoch: on all of their passages, and on the deciding sentences alone."""
BESIDES = 0.1
"""Of the decided claims in an epoch, that come once more on the sentences that don't decide them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimExample:
    """A claim on a passage. `stances` say what each sentence says to it, `whole` all of them together.

    `kind` says how it was made, `group` what article it is from.
    """

    claim: str
    title: str
    sentences: tuple[str, ...]
    stances: tuple[str, ...]
    whole: str
    kind: str
    group: str


def stances(count: int, evidence: Iterable[int], label: str, *, others: str = NEITHER) -> tuple[str, ...]:
    """The stances of `count` sentences of which those in `evidence` have the label."""
    deciding = set(evidence)
    return tuple(label if number in deciding else others for number in range(count))


def read_fever(data: Path) -> list[ClaimExample]:
    """FEVER-Symmetric's development set (Schuster et al. 2019): one sentence a claim, without its title.

    The pairs of a claim and those with the same evidence are one group, so that none is learnt by heart.
    """
    rows = list(read_lines(data / FEVER))
    groups = _joined((tidy_wiki(row["claim"]), tidy_wiki(row["evidence"])) for row in rows)
    return [
        ClaimExample(
            claim=tidy_wiki(row["claim"]),
            title="",
            sentences=(tidy_wiki(row["evidence"]),),
            stances=(row["label"].lower(),),
            whole=row["label"].lower(),
            kind="fever",
            group=f"fever {group}",
        )
        for row, group in zip(rows, groups, strict=True)
    ]


def _joined(pairs: Iterable[tuple[str, str]]) -> list[int]:
    """A number for each pair; pairs that share either side have the same."""
    parents: dict[tuple[str, str], tuple[str, str]] = {}

    def root(one: tuple[str, str]) -> tuple[str, str]:
        while parents.setdefault(one, one) != one:
            one = parents[one]
        return one

    sides = [(("claim", claim), ("evidence", evidence)) for claim, evidence in pairs]
    for one, other in sides:
        parents[root(one)] = root(other)
    numbers: dict[tuple[str, str], int] = {}
    return [numbers.setdefault(root(one), len(numbers)) for one, _ in sides]


def read_fool_me_twice(data: Path, *, others: int = 4) -> list[ClaimExample]:
    """Fool Me Twice's development set (Eisenschlos et al. 2021), each claim with its gold sentences.

    The first `others` of the retrieved sentences stand around them in the order they were retrieved.
    """
    found = []
    for row in read_lines(data / FOOL_ME_TWICE):
        gold = list(dict.fromkeys(row["gold_evidence"]))
        more = [s for s in row["retrieved_evidence"] if s not in gold][:others]
        sentences = tuple(more[: len(more) // 2] + gold + more[len(more) // 2 :])
        label = row["label"].lower()
        found.append(
            ClaimExample(
                claim=row["claim"],
                title=row["article"],
                sentences=sentences,
                stances=tuple(label if s in gold else ANY for s in sentences),
                whole=label,
                kind="fool me twice",
                group=row["article"],
            )
        )
    return found


def read_hand_written(folder: Path = HAND_WRITTEN) -> list[ClaimExample]:
    """The claims on passages that were written for this project, `training/claims/*.jsonl`."""
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, row in enumerate(read_lines(path)):
            sentences = tuple(row["sentences"])
            for claim in row["claims"]:
                label, evidence = claim["label"], claim["evidence"]
                found.append(
                    ClaimExample(
                        claim=claim["claim"],
                        title=row["title"],
                        sentences=sentences,
                        stances=stances(len(sentences), evidence, label),
                        whole=label,
                        kind=f"written: {claim['kind']}",
                        group=f"{path.stem} {number}",
                    )
                )
    return found


def public_claims(data: Path) -> list[ClaimExample]:
    """The claims of public data sets that may be trained on: FEVER-Symmetric's and Fool Me Twice's."""
    return [*read_fever(data), *read_fool_me_twice(data)]


def measured_claims(data: Path) -> list[ClaimExample]:
    """What to calibrate on and to measure with: the public claims, and the hand-written ones set apart."""
    return [*public_claims(data), *unseen(read_hand_written())]


def fold_of(groups: Sequence[str], folds: int = FOLDS) -> dict[str, int]:
    """The fold of each group; it depends on nothing but which groups there are."""
    names = sorted(set(groups))
    random.Random("folds").shuffle(names)
    return {name: place % folds for place, name in enumerate(names)}


def is_set_apart(example: ClaimExample) -> bool:
    """Whether no verifier is trained on a hand-written claim; so it is for all claims of its passage."""
    return example.kind.startswith("written") and random.Random(example.group).random() < SET_APART


def unseen(written: Iterable[ClaimExample]) -> list[ClaimExample]:
    """The hand-written claims that are set apart, but for those with a trained passage of the same title."""
    every = list(written)
    known = {example.title.casefold() for example in every if not is_set_apart(example)}
    return [e for e in every if is_set_apart(e) and e.title.casefold() not in known]


def claim_epoch(examples: Sequence[ClaimExample], rng: random.Random) -> list[ClaimExample]:
    """Each claim once, on a part of its passage or all of it, and some on what does not decide it."""
    found = []
    for example in examples:
        found.append(_part(example, rng))
        deciding = _deciding(example)
        rest = [n for n in range(len(example.sentences)) if n not in deciding]
        known = all(example.stances[n] == NEITHER for n in rest)
        if deciding and rest and known and rng.random() < BESIDES:
            found.append(_only(example, rest, whole=NEITHER))
    return found


def _deciding(example: ClaimExample) -> list[int]:
    return [n for n, stance in enumerate(example.stances) if stance == example.whole != NEITHER]


def _part(example: ClaimExample, rng: random.Random) -> ClaimExample:
    """The example with all its sentences, or those that decide it, alone or with some around them.

    One that nothing decides keeps the sentence that shares most with it instead, so that the length of what
    is read does not tell the label.
    """
    if rng.random() < 0.15:
        example = replace(example, title="")
    drawn = rng.random()
    if len(example.sentences) == 1 or drawn < WHOLE_PASSAGES:
        return example
    centre = _deciding(example) or [_nearest(example)]
    if drawn < WHOLE_PASSAGES + ALONE:
        return _only(example, centre, whole=example.whole)
    first, last = max(0, min(centre) - rng.randint(0, 2)), max(centre) + rng.randint(0, 2)
    return _only(example, range(first, min(last, len(example.sentences) - 1) + 1), whole=example.whole)


def _nearest(example: ClaimExample) -> int:
    """The sentence that shares the most of a claim's words."""
    wanted = {stem: stem_idf(stem) for stem in stems(example.claim)}
    shares = [share_found(wanted, set(stems(text))) for text in example.sentences]
    return shares.index(max(shares))


def _only(example: ClaimExample, kept: Sequence[int], *, whole: str) -> ClaimExample:
    """The example on some of its sentences."""
    return replace(
        example,
        sentences=tuple(example.sentences[n] for n in kept),
        stances=tuple(example.stances[n] for n in kept),
        whole=whole,
    )


def tidy_wiki(text: str) -> str:
    """Text cut in tokens as FEVER has it, as it is written: without blanks before marks, with brackets."""
    for code, mark in {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "--": "–", "``": "“"}.items():
        text = text.replace(code, mark)
    text = re.sub(r"\s+'s\b", "'s", text.replace("''", "”"))
    text = re.sub(r"\s+([,;:.?!)\]”])", r"\1", text)
    text = re.sub(r"([(\[“])\s+", r"\1", text)
    return " ".join(text.split())


def write_claims(path: Path, examples: Iterable[ClaimExample]) -> int:
    """Write examples as JSON lines; returns how many."""
    return write_lines(path, examples)


def read_claims(path: Path) -> list[ClaimExample]:
    """The examples of a file that `write_claims` wrote."""
    return [
        ClaimExample(**row | {"sentences": tuple(row["sentences"]), "stances": tuple(row["stances"])})
        for row in read_lines(path)
    ]
