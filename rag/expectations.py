"""What kind of thing a question asks for, and whether a sentence has one to offer."""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import StrEnum


class Kind(StrEnum):
    """A kind of thing that is asked for."""

    NUMBER = "number"
    TIME = "time"
    PERSON = "person"
    PLACE = "place"
    REASON = "reason"
    WHETHER = "whether"


_ASKS = {
    Kind.NUMBER: r"""
        \bhow\ (?:many|much|old|far|long|large|big|high|tall|deep|fast|heavy|wide|often)\b
        |\bwhat\ (?:(?:is|was|are|were)\ the\ )?(?:\w+\ )?
         (?:number|percentage|percent|proportion|share|amount|price|cost|age|rate|sum)s?\b
        """,
    Kind.TIME: r"""
        \bwhen\b|\bhow\ (?:soon|long\ ago)\b
        |\b(?:what|which)\ (?:\w+\ )?(?:year|date|day|month|time|century|decade|week|period|era)s?\b
        """,
    Kind.PERSON: r"\bwho(?:se|m)?\b|\b(?:what|which)\ (?:person|man|woman|people|leader)\b",
    Kind.PLACE: r"""
        \bwhere\b
        |\b(?:what|which)\ (?:\w+\ )?
         (?:places?|cit(?:y|ies)|countr(?:y|ies)|towns?|states?|regions?|locations?|areas?|streets?|rivers?)\b
        """,
    Kind.REASON: r"\bwhy\b|\bwhat\ (?:was\ |is\ |were\ )?(?:the\ )?(?:reason|cause|caused|led|made)\b",
    Kind.WHETHER: r"""
        ^\W*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must)(?:n't)?\b
        """,
}
_PATTERNS = {kind: re.compile(pattern, re.IGNORECASE | re.VERBOSE) for kind, pattern in _ASKS.items()}

_NUMBERS = frozenset(
    """one two three four five six seven eight nine ten eleven twelve thirteen fifteen twenty thirty forty
    fifty sixty seventy eighty ninety hundred hundreds thousand thousands million millions billion billions
    trillion dozen dozens half third quarter both none single couple twice double""".split()
)
_TIMES = frozenset(
    """january february march april may june july august september october november december monday tuesday
    wednesday thursday friday saturday sunday today yesterday tomorrow tonight morning afternoon evening night
    noon midnight week weeks month months year years day days hour hours minute minutes century centuries
    decade decades spring summer autumn winter ago earlier later soon after before since until during when
    while immediately weekend a.m p.m am pm""".split()
)
_PERSONS = frozenset(
    """he she they president minister officer commander official officials spokesman spokeswoman spokesperson
    soldiers police people man woman company team group court judge king queen director author""".split()
)
_PLACES = frozenset("in at near on from across inside outside between along around where".split())
_REASONS = frozenset(
    """because since due thanks as so therefore owing caused cause causes reason reasons led after to for amid
    over blamed despite result order prevent avoid ensure allow""".split()
)


def asked_for(question: str) -> frozenset[Kind]:
    """The kinds of thing that a question asks for; empty for "what" and other open ones."""
    return frozenset(kind for kind, pattern in _PATTERNS.items() if pattern.search(question))


def found_in(sentence: Collection[str], new: Collection[str], asked: Collection[Kind]) -> float:
    """1 if a sentence offers a thing of a kind asked for, -1 if not, 0 if no definite kind is asked for.

    `sentence` are its words, `new` those of them that are not in the question. A figure, time, name or
    place must be new; a word that gives a reason need not be.
    """
    figure = any(word[:1].isdigit() for word in new)
    name = any(word[:1].isupper() for word in new)
    lower = {word.lower() for word in new}
    offers = {
        Kind.NUMBER: figure or bool(lower & _NUMBERS),
        Kind.TIME: figure or bool(lower & _TIMES),
        Kind.PERSON: name or bool(lower & _PERSONS),
        Kind.PLACE: name or bool(lower & _PLACES),
        Kind.REASON: bool({word.lower() for word in sentence} & _REASONS),
    }
    wanted = [offered for kind, offered in offers.items() if kind in asked]
    return 0.0 if not wanted else 1.0 if any(wanted) else -1.0
