"""Writes claims that are made of sentences and questions, as JSON lines in a work folder.

    python -m training.prepare_claims --data FOLDER --work WORK

`claims.jsonl` has claims made of the sentences of FairytaleQA, COVID-QA, Fool Me Twice and eight articles of
SQuAD 2 (training/weak/assertions.py), and statements made of the human questions on them: with their answers,
with other answers of the same passage, with SQuAD's plausible but wrong ones (training/weak/statements.py).
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from multiprocessing import Pool
from pathlib import Path
from typing import Any

from rag.background import stems
from rag.stances import share_found, weighted_stems
from training.claims import (
    NEITHER,
    NOT_SUPPORTS,
    REFUTES,
    SUPPORTS,
    ClaimExample,
    stances,
    write_claims,
)
from training.datasets import SQUAD, read_squad
from training.reading import Example, Source, cut, read_fairytale_examples, read_sources, read_squad_examples
from training.weak.assertions import assertions, claims_on, elsewhere, reported
from training.weak.inventory import Inventory
from training.weak.pages import content, page
from training.weak.parsing import Parser
from training.weak.statements import statement

SHARES = {"tale": 0.55, "covid": 0.55, "fm2": 1.0, "squad": 1.0}
"""How many of the passages of each source are read; the parser takes most of the time."""
CLAIMS_A_PAGE = 2
ELSEWHERE = 0.25
REPORTED = 0.15
MOST_UNEVEN = 1.25
OVERLAP_BINS = 10
UNRELATED = 0.12


def sources(data: Path, *, seed: int) -> list[list[Source]]:
    """Passages by article, drawn by `SHARES`."""
    squad = [s for own in cut(read_squad(data / SQUAD)[0]).values() for s in own]
    rng = random.Random(seed)
    groups: defaultdict[str, list[Source]] = defaultdict(list)
    for source in read_sources(data):
        kind = source.id.split("-")[0] if source.id.startswith(("tale", "fm2")) else "covid"
        if rng.random() < SHARES[kind]:
            groups[source.group].append(source)
    for source in squad:
        groups[source.group].append(source)
    return list(groups.values())


def made_claims(group: Sequence[Source], seed: int) -> list[ClaimExample]:
    """Claims made of one article's sentences."""
    parser, rng = _parser(), random.Random(f"{seed} {group[0].group}")
    parser.learn(sentence for source in group for sentence in source.sentences)
    pages = [
        page(s.title, s.group, s.sentences, parser, consecutive=not s.id.startswith("fm2-")) for s in group
    ]
    names = [
        name for own in pages for kind in ("PERSON", "ORG") for name in Inventory(own.parses).entities[kind]
    ]
    chosen = []
    for own in pages:
        every = assertions(own, rng)
        chosen.append((own, rng.sample(every, min(len(every), CLAIMS_A_PAGE))))
    parser.learn(one.text for _, made in chosen for one in made)
    found: list[ClaimExample] = []
    for own, made in chosen:
        for example in claims_on(own, made, parser, rng):
            found.append(example)
            if rng.random() < ELSEWHERE and (other := elsewhere(example, pages, rng)) is not None:
                found.append(other)
            if rng.random() < REPORTED and (told := reported(example, names, rng)) is not None:
                found.append(told)
    return found


def asked_claims(examples: Sequence[Example], seed: int) -> list[ClaimExample]:
    """Statements made of human questions and their answers, right and wrong ones."""
    parser, rng = _parser(), random.Random(seed)
    parser.learn(example.question.strip().rstrip("?. ") + "?" for example in examples)
    by_passage: defaultdict[tuple[str, ...], list[Example]] = defaultdict(list)
    for example in examples:
        if example.spans:
            by_passage[example.sentences].append(example)
    return [
        made for example in examples if example.spans for made in _stated(example, by_passage, parser, rng)
    ]


def _stated(
    example: Example,
    by_passage: dict[tuple[str, ...], list[Example]],
    parser: Parser,
    rng: random.Random,
) -> Iterator[ClaimExample]:
    answer, before = _answer(example)
    text = statement(parser, example.question, answer, before=before)
    if text is None:
        return
    right = ClaimExample(
        claim=text,
        title=example.title,
        sentences=example.sentences,
        stances=stances(len(example.sentences), example.answers, SUPPORTS),
        whole=SUPPORTS,
        kind="asked",
        group=example.group,
    )
    yield right
    others = [o for o in by_passage[example.sentences] if o.question != example.question]
    wrong = [a for a in (_answer(o)[0] for o in others) if _alike(a, answer)]
    if wrong:
        said = statement(parser, example.question, rng.choice(wrong), before=before)
        if said is not None and said != text:
            label = REFUTES if any(c.isdigit() for c in answer) or rng.random() < 0.7 else NOT_SUPPORTS
            yield replace(
                right,
                claim=said,
                stances=stances(len(example.sentences), example.answers, label),
                whole=label,
                kind="asked, other answer",
            )
    kept = tuple(s for n, s in enumerate(example.sentences) if n not in example.answers)
    if kept and rng.random() < 0.3:
        yield replace(
            right, sentences=kept, stances=(NEITHER,) * len(kept), whole=NEITHER, kind="asked, removed"
        )


def _answer(example: Example) -> tuple[str, str]:
    number, start, end = example.spans[0]
    text = example.sentences[number]
    return text[start:end], (text[:start].split() or [""])[-1]


def _alike(one: str, other: str) -> bool:
    """Whether two answers are of the same sort: both figures, both names, or both neither, and different."""
    if content(one) & content(other) or not content(one):
        return False
    return _sort(one) == _sort(other)


def _sort(text: str) -> str:
    if any(c.isdigit() for c in text):
        return "figure"
    return "name" if text.split(maxsplit=1)[0][:1].isupper() else "words"


def plausible_claims(data: Path) -> list[ClaimExample]:
    """Statements made of SQuAD's adversarial questions and the answers that only look right."""
    parser, found = _parser(), []
    passages = cut(read_squad(data / SQUAD)[0])
    for paragraph, context, item in _adversarial(data):
        answer = item["plausible_answers"][0]
        at, said = answer["answer_start"], answer["text"]
        text = statement(parser, item["question"], said, before=(context[:at].split() or [""])[-1])
        for source in passages[paragraph] if text else ():
            own = [n for n, s in enumerate(source.starts) if s <= at < s + len(source.sentences[n])]
            if own and text:
                found.append(
                    ClaimExample(
                        claim=text,
                        title=source.title,
                        sentences=source.sentences,
                        stances=stances(len(source.sentences), own, NOT_SUPPORTS),
                        whole=NOT_SUPPORTS,
                        kind="asked, plausible",
                        group=source.group,
                    )
                )
    return found


def _adversarial(data: Path) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """SQuAD's questions that nothing answers: the id of their paragraph, its text, and the question."""
    for number, article in enumerate(json.loads((data / SQUAD).read_text(encoding="utf-8"))["data"]):
        for position, entry in enumerate(article["paragraphs"]):
            for item in entry["qas"]:
                if item.get("is_impossible") and item.get("plausible_answers"):
                    yield f"{number}-{position}", entry["context"], item


def windows(examples: Iterable[ClaimExample], rng: random.Random) -> Iterator[ClaimExample]:
    """Each example on a part of its passage: the deciding sentence alone, with neighbours, or all."""
    for example in examples:
        count = len(example.sentences)
        deciding = [n for n, stance in enumerate(example.stances) if stance != NEITHER] or [
            rng.randrange(count)
        ]
        first, last = min(deciding), max(deciding)
        drawn = rng.random()
        if drawn < 0.3:
            room = (0, 0)
        elif drawn < 0.75:
            room = (rng.randint(0, 2), rng.randint(0, 2))
        else:
            room = (count, count)
        first, last = max(0, first - room[0]), min(count - 1, last + room[1])
        yield replace(
            example,
            title=example.title if rng.random() < 0.8 else "",
            sentences=example.sentences[first : last + 1],
            stances=example.stances[first : last + 1],
        )


def balanced(examples: Sequence[ClaimExample], rng: random.Random) -> list[ClaimExample]:
    """A sample in which the share of a claim's words that its passage has tells little of its label.

    Passages that say neither share fewer words than any others; `UNRELATED` of the sample are such.
    """
    bins: defaultdict[int, dict[bool, list[ClaimExample]]] = defaultdict(lambda: {True: [], False: []})
    for example in examples:
        wanted = weighted_stems(example.claim)
        best = max(share_found(wanted, set(stems(sentence))) for sentence in example.sentences)
        bins[min(int(best * OVERLAP_BINS), OVERLAP_BINS - 1)][example.whole == SUPPORTS].append(example)
    kept: list[ClaimExample] = []
    for both in bins.values():
        fewer = min(map(len, both.values()))
        for own in both.values():
            kept += rng.sample(own, min(len(own), int(MOST_UNEVEN * fewer) + 1))
    taken = set(map(id, kept))
    left = [e for e in examples if e.whole == NEITHER and id(e) not in taken]
    return [*kept, *rng.sample(left, min(len(left), int(UNRELATED * len(kept))))]


_parsers: list[Parser] = []


def _parser() -> Parser:
    if not _parsers:
        _parsers.append(Parser())
    return _parsers[0]


def _task(task: tuple[Sequence[Source], int]) -> list[ClaimExample]:
    return made_claims(*task)


def main() -> None:
    """Prepare the claims."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder of the public data sets")
    parser.add_argument("--work", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    with Pool(given.processes) as pool:
        tasks = [(group, given.seed) for group in sources(given.data, seed=given.seed)]
        made = [example for found in pool.imap(_task, tasks) for example in found]
    human = read_squad_examples(given.data / SQUAD, kind="squad")
    human += read_squad_examples(given.data / "train/covid-qa.json", kind="covid")
    human += read_fairytale_examples(given.data)
    asked = [*asked_claims(human, given.seed), *plausible_claims(given.data)]
    rng = random.Random(given.seed)
    chosen = balanced(list(windows([*made, *asked], rng)), rng)
    rng.shuffle(chosen)
    counts = Counter((example.kind, example.whole) for example in chosen)
    for (kind, label), count in sorted(counts.items()):
        print(f"{kind:20} {label:12} {count:7,}")
    print(f"{write_claims(given.work / 'claims.jsonl', chosen):,} claims of {len(made) + len(asked):,}")


if __name__ == "__main__":
    main()
