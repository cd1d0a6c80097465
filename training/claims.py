"""What the verifier learns from: claims on passages, and what each sentence of these says to the claim."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

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

HAND_WRITTEN = Path(__file__).parent / "claims"
FEVER = "fever-symmetric-dev.jsonl"
FOOL_ME_TWICE = "train/fool-me-twice-dev.jsonl"
FOLDS = 3


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
    """The claims on invented passages that were written for this project, `training/claims/*.jsonl`."""
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


def human_claims(data: Path) -> list[ClaimExample]:
    """The claims that people wrote: FEVER-Symmetric's, Fool Me Twice's, and this project's own."""
    return [*read_fever(data), *read_fool_me_twice(data), *read_hand_written()]


def fold_of(groups: Sequence[str], folds: int = FOLDS) -> dict[str, int]:
    """The fold of each group; it depends on nothing but which groups there are."""
    names = sorted(set(groups))
    random.Random("folds").shuffle(names)
    return {name: place % folds for place, name in enumerate(names)}


def human_epoch(examples: Sequence[ClaimExample], rng: random.Random) -> list[ClaimExample]:
    """Each claim once: on its whole passage, on a part of it, and some on what does not decide it."""
    found = []
    for example in examples:
        found.append(_part(example, rng))
        deciding = [n for n, stance in enumerate(example.stances) if stance == example.whole]
        rest = [n for n in range(len(example.sentences)) if n not in deciding]
        if deciding and rest and rng.random() < 0.3:
            found.append(_only(example, rest, whole=NEITHER, rest=True))
    return found


def _part(example: ClaimExample, rng: random.Random) -> ClaimExample:
    if rng.random() < 0.15:
        example = _only(example, range(len(example.sentences)), whole=example.whole, title="")
    deciding = [n for n, stance in enumerate(example.stances) if stance == example.whole]
    if not deciding or len(example.sentences) == 1 or rng.random() < 0.5:
        return example
    if rng.random() < 0.5:
        return _only(example, deciding, whole=example.whole)
    first, last = max(0, min(deciding) - rng.randint(0, 2)), max(deciding) + rng.randint(0, 2)
    return _only(example, range(first, min(last, len(example.sentences) - 1) + 1), whole=example.whole)


def _only(
    example: ClaimExample, kept: Sequence[int], *, whole: str, title: str | None = None, rest: bool = False
) -> ClaimExample:
    """The example on some of its sentences; `rest` labels them as not deciding it."""
    return replace(
        example,
        title=example.title if title is None else title,
        sentences=tuple(example.sentences[n] for n in kept),
        stances=tuple(NEITHER if rest else example.stances[n] for n in kept),
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
