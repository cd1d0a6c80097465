"""What the verifier learns from: claims on passages cut in sentences, and what each sentence says to the claim."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

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


def tidy_wiki(text: str) -> str:
    """Text cut in tokens as FEVER has it, as it is written: without blanks before marks, with brackets."""
    for code, mark in {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "--": "–", "``": "“"}.items():
        text = text.replace(code, mark)
    text = re.sub(r"\s+'s\b", "'s", text.replace("''", "”"))
    text = re.sub(r"\s+([,;:.?!)\]”])", r"\1", text)
    text = re.sub(r"([(\[“])\s+", r"\1", text)
    return " ".join(text.split())


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a JSON lines file."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def write_claims(path: Path, examples: Iterable[ClaimExample]) -> int:
    """Write examples as JSON lines; returns how many."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for example in examples:
            file.write(json.dumps(asdict(example), ensure_ascii=False) + "\n")
            count += 1
    return count


def read_claims(path: Path) -> list[ClaimExample]:
    """The examples of a file that `write_claims` wrote."""
    return [
        ClaimExample(**row | {"sentences": tuple(row["sentences"]), "stances": tuple(row["stances"])})
        for row in read_lines(path)
    ]
