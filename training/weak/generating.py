"""All kinds of weak supervision in one stream: questions on unlabelled passages, and changed questions."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from training.reading import Example, Source
from training.weak.asking import template, yes_no
from training.weak.changes import Change, Setting
from training.weak.clozes import cloze, keywords, on_another
from training.weak.inventory import Inventory
from training.weak.nearmiss import missed, near_misses, of_another, renamed
from training.weak.pages import Page, content, page, share
from training.weak.parsing import Parser
from training.weak.recurring import recurring, unanswered
from training.weak.removal import without_answer_words, without_answers

LIMITS: Mapping[str, int] = {
    "template": 22_000,
    "cloze": 6_000,
    "recurring": 6_000,
    "whether": 9_000,
    "inverse-cloze": 6_000,
    "near-miss": 17_000,
    "renamed": 9_000,
    "removed": 5_000,
    "replaced": 7_000,
    "title": 3_000,
}
"""The most examples of each kind."""
VARIED = 0.7
"""The share of the template questions that are also changed."""
SINGLE = 0.1
"""The share of the passages of one sentence that are asked about."""
_DECIDED = frozenset(("antonym", "number", "negation"))
"""Changes that leave a yes/no question decided: the sentence says no."""


def generate(
    sources: Sequence[Source],
    *,
    human: Sequence[Example] = (),
    seed: int,
    limit: Mapping[str, int] | None = None,
    parser: Parser | None = None,
) -> Iterator[Example]:
    """Examples of all kinds from passages without questions, and from `human` questions changed.

    `limit` has the most examples of some kinds (of the others, `LIMITS`), drawn evenly over the passages.
    """
    parser = parser or Parser()
    parser.learn(sentence for source in sources for sentence in source.sentences)
    most = {**LIMITS, **(limit or {})}
    made = _by_kind(
        example
        for group in _groups(sources)
        for example in _made(group, parser, random.Random(f"{seed} {group[0].group}"))
    )
    made["template"] = _drawn(made["template"], most["template"], seed)
    rng = random.Random(f"varied {seed}")
    varied = rng.sample(made["template"], int(len(made["template"]) * VARIED))
    decided = [example for example in made.pop("whether", []) if example.answers]
    for example in _varied([*varied, *decided, *human], parser, seed):
        made[example.kind].append(example)
    for kind in sorted(made):
        yield from _drawn(made[kind], most.get(kind, len(made[kind])), seed)


def vary(human: Sequence[Example], *, seed: int, parser: Parser | None = None) -> Iterator[Example]:
    """Human questions changed, or on changed passages: near misses, renamed, removed, replaced, title."""
    yield from _varied(human, parser or Parser(), seed)


def _by_kind(examples: Iterable[Example]) -> defaultdict[str, list[Example]]:
    found: defaultdict[str, list[Example]] = defaultdict(list)
    for example in examples:
        found[example.kind].append(example)
    return found


def _groups(sources: Iterable[Source]) -> list[list[Source]]:
    groups: defaultdict[str, list[Source]] = defaultdict(list)
    for source in sources:
        groups[source.group].append(source)
    return list(groups.values())


def _made(group: Sequence[Source], parser: Parser, rng: random.Random) -> Iterator[Example]:
    pages = [
        # Fool Me Twice's evidence is from here and there in an article.
        page(s.title, s.group, s.sentences, parser, consecutive=not s.id.startswith("fm2-"))
        for s in group
    ]
    for own in pages:
        if len(own.sentences) < 2 and rng.random() > SINGLE:
            continue
        yield from template(own, rng, most=4)
        yield from yes_no(own, rng, most=1)
        for example in recurring(own, rng, most=1):
            yield (unanswered(example) if rng.random() < 0.45 else None) or example
        for example in cloze(own, rng, most=1):
            gone = without_answers(example) if rng.random() < 0.45 else None
            yield replace(gone, kind="cloze") if gone is not None else example
        for example in keywords(own, rng):
            away = rng.random() < 0.45
            yield (on_another(example, pages, rng, kind=example.kind) if away else None) or example


@dataclass(frozen=True)
class _Article:
    """The passages of the questions of one article."""

    pages: Mapping[tuple[str, ...], Page]
    inventories: Mapping[tuple[str, ...], Inventory]
    far: Inventory
    parser: Parser
    rng: random.Random


def _varied(examples: Sequence[Example], parser: Parser, seed: int) -> Iterator[Example]:
    parser.learn(example.question for example in examples)
    parser.learn(sentence for example in examples for sentence in example.sentences)
    groups: defaultdict[str, list[Example]] = defaultdict(list)
    for example in examples:
        if example.answers:
            groups[example.group].append(example)
    for name, group in groups.items():
        pages = {e.sentences: page(e.title, e.group, e.sentences, parser) for e in group}
        article = _Article(
            pages=pages,
            inventories={key: Inventory(own.parses) for key, own in pages.items()},
            far=Inventory(parse for own in pages.values() for parse in own.parses),
            parser=parser,
            rng=random.Random(f"vary {seed} {name}"),
        )
        for example in group:
            variants = _decided if example.kind == "whether" else _variants
            yield from variants(example, article)


def _changes(example: Example, article: _Article, *, most: int) -> Iterator[Change]:
    setting = Setting(
        question=article.parser.parse(example.question),
        example=example,
        page=article.pages[example.sentences],
        near=article.inventories[example.sentences],
        far=article.far,
        rng=article.rng,
    )
    yield from near_misses(setting, most=most)


def _variants(example: Example, article: _Article) -> Iterator[Example]:
    own, rng = article.pages[example.sentences], article.rng
    for change in _changes(example, article, most=2):
        choice = rng.random() * (0.75 if change.op == "negation" else 1.0)  # else "not" would mean no answer
        turn = renamed if choice < 0.5 else of_another if choice < 0.7 else None
        yield (turn(example, change, own) if turn is not None else None) or missed(example, change)
    choice = rng.random()
    if choice < 0.45:
        gone = without_answers(example)
        # What is left should still be about the question, most times.
        near = 0.0 if gone is None else max(share(content(gone.question), content(s)) for s in gone.sentences)
        if gone is not None and rng.random() < 0.15 + 2 * near:
            yield gone
    elif choice < 0.8 and (emptied := without_answer_words(example, rng)) is not None:
        yield emptied
    elif choice > 0.85:
        away = on_another(example, list(article.pages.values()), rng, kind="title")
        yield from (away,) if away is not None else ()


def _decided(example: Example, article: _Article) -> Iterator[Example]:
    """Yes/no questions as they are or changed but decided, and changed or bereft of their sentence."""
    rng = article.rng
    choice = rng.random()
    if choice < 0.3:
        yield example
        return
    if choice < 0.6 and (gone := without_answers(example)) is not None:
        yield replace(gone, kind="whether")
        return
    for change in _changes(example, article, most=1):
        decided = change.op in _DECIDED
        changed = example if decided else missed(example, change)
        yield replace(changed, question=change.question, kind="whether")
        return
    yield example


def _drawn(examples: list[Example], most: int, seed: int) -> list[Example]:
    return random.Random(f"draw {seed}").sample(examples, most) if len(examples) > most else examples
