"""The public claims that are measured on with `--data FOLDER`, as they are checked.

Climate-FEVER (Diggelmann et al. 2020): real claims about the climate, each with five labelled sentences of
Wikipedia. WiCE (Kamoi et al. 2023): claims of Wikipedia, each with the sentences of the web article that it
cites. Both are for measuring only.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.schema import Article, Stance

CLIMATE_FILE = "climate-fever-even.jsonl"
WICE_FILE = "wice-dev.jsonl"
FILES = (CLIMATE_FILE, WICE_FILE)
_STANCES = {
    "SUPPORTS": Stance.SUPPORTS,
    "REFUTES": Stance.REFUTES,
    "NOT_ENOUGH_INFO": Stance.NEITHER,
}
_META = "(meta data) "
_TITLE = "TITLE: "


@dataclass(frozen=True, kw_only=True)
class LabelledPair:
    """A claim, one sentence of the article with this title, and what it says to the claim."""

    claim: str
    title: str
    sentence: str
    stance: Stance


@dataclass(frozen=True, kw_only=True)
class CitingClaim:
    """A claim, the article that it cites, and whether that supports all of it."""

    claim: str
    article: Article
    supported: bool


def read_climate(path: Path) -> list[LabelledPair]:
    """Every labelled pair of Climate-FEVER, in the order of the file."""
    return [
        LabelledPair(
            claim=line["claim"],
            title=evidence["article"],
            sentence=evidence["text"],
            stance=_STANCES[evidence["label"]],
        )
        for line in _lines(path)
        for evidence in line["evidence"]
    ]


def balanced(pairs: Sequence[LabelledPair], *, seed: int = 0) -> list[LabelledPair]:
    """As many pairs of each stance as there are of the rarest, drawn by `seed`, in their order."""
    places: defaultdict[Stance, list[int]] = defaultdict(list)
    for place, pair in enumerate(pairs):
        places[pair.stance].append(place)
    least = min(map(len, places.values()), default=0)
    rng = random.Random(seed)
    kept = sorted(
        place for stance in Stance if stance in places for place in rng.sample(places[stance], least)
    )
    return [pairs[place] for place in kept]


def read_wice(path: Path) -> list[CitingClaim]:
    """Every claim of WiCE with its web article; what is supported in part only is not supported."""
    return [
        CitingClaim(
            claim=line["claim"],
            article=web_article(line["id"], line["evidence_sentences"]),
            supported=line["label"] == "supported",
        )
        for line in _lines(path)
    ]


def web_article(article_id: str, sentences: Sequence[str]) -> Article:
    """A cited page as an article: the title from its metadata, then a line for each sentence.

    The other metadata stay in the text, for they count as evidence: some claims rest on the date.
    """
    bare = [sentence.removeprefix(_META) for sentence in sentences]
    is_title = [sentence.startswith(_META + _TITLE) for sentence in sentences]
    titles = [one.removeprefix(_TITLE) for one, title in zip(bare, is_title, strict=True) if title]
    text = "\n".join(one for one, title in zip(bare, is_title, strict=True) if not title)
    return Article.from_text(id=article_id, title=titles[0] if titles else "", text=text)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())
