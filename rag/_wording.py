"""The words of a sentence as the comparison of a claim sees them: stems, synonyms, and what they weigh."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from rag.background import stem_idf, word_stem

# A hyphen parts "US-made" and "two-week"; a point stays in "U.S." and a comma in "90,000".
_WORD = re.compile(r"[^\W_]+(?:[.,'’&][^\W_]+)*")

FUNCTION_WORDS = frozenset(
    """a about above after again against all also although always am among an and another any are as at away
    back be because been before being below between both but by can cannot could did do does doing down
    during each either else even ever every few first for from further had has have having he hence her here
    hers herself him himself his how however i if in indeed instead into is it its itself just last later
    least less many may me meanwhile might more moreover most much must my near nearly neither never next no
    nobody none nor not nothing now of off on once one only onto or other others otherwise our out over own
    per perhaps rather said same says she should since so some soon still such than that the their them then
    there therefore these they this those though through throughout thus to together too toward towards
    under unless until up upon us very was we well were what when where whereas whether which while who whom
    whose why will with within without would yet you your according earlier today tomorrow yesterday
    """.split()
)
"""Words that say nothing by themselves, in lower case."""

_SAME = """
    soldier troop serviceman servicemen; people person inhabitant resident human individual; home
    house household dwelling; film movie picture; car vehicle automobile; plane aircraft airplane
    jet; child kid children; company firm business corporation; employee worker staff; dead death
    fatality killed casualty; injured wounded hurt; song track single; woman women female; man men
    male; country nation state; book novel; student pupil; ship vessel boat; voter elector; rocket
    missile; attack strike; city town; year season; episode instalment; refugee migrant; policeman
    officer policemen police; seat mandate; kill slay; buy purchase acquire; start begin; end finish
    conclude; show reveal; wife spouse husband; physician doctor; build construct; allow permit
    authorise authorize; author writer; large big; hurricane typhoon cyclone storm; goal point; game
    match; drone uav; war conflict; win victory
"""


_IRREGULAR = """
    rose rise; risen rise; fell fall; fallen fall; grew grow; grown grow; shrank shrink; won win; lost
    lose; began begin; begun begin; forbade forbid; forbidden forbid; left leave; bought buy; sold sell;
    built build; sought seek; died die; dying die; women woman; men man; born birth; drew draw; led
    lead; took take; went go; gone go; made make; gave give; given give; wrote write; written write;
    said say; told tell; came come; broke break; broken break; chose choose; chosen choose; flew fly;
    held hold; kept keep; met meet; ran run; sent send; shot shoot; spoke speak; spoken speak; struck
    strike; beaten beat; ate eat; drove drive; driven drive; fought fight; found find; heard hear; knew
    know; known know; paid pay; saw see; seen see; sang sing; sung sing; taught teach; thought think;
    threw throw; thrown throw; wore wear; hid hide; hidden hide
"""


@lru_cache(maxsize=1)
def _folds() -> dict[str, str]:
    folds: dict[str, str] = {}
    for group in _SAME.split(";"):
        stems = [word_stem(word) for word in group.split()]
        folds.update(dict.fromkeys(stems, stems[0]))
    for entry in _IRREGULAR.split(";"):
        form, verb = map(word_stem, entry.split())
        folds.setdefault(form, folds.get(verb, verb))
    return folds


def fold(stem: str) -> str:
    """The stem that stands for this one, its forms and synonyms: "troop" is "soldier", "rose" "rise"."""
    return _folds().get(stem, stem)


class Agreement(IntEnum):
    """How what a sentence says stands to what a claim says, the better the higher."""

    CONTRARY = 0
    UNKNOWN = 1
    ENTAILED = 2


@dataclass(frozen=True, slots=True)
class Word:
    """One word where it stands: `lower` as written in lower case, `stem` folded with its synonyms."""

    text: str
    lower: str
    stem: str
    start: int
    end: int

    @property
    def capital(self) -> bool:
        return self.text[0].isupper()

    @property
    def function(self) -> bool:
        return self.lower in FUNCTION_WORDS


@lru_cache(maxsize=4096)
def read_words(text: str) -> tuple[Word, ...]:
    """The words of a text in order; a possessive ending belongs to the word but not to its stem."""
    found = []
    for match in _WORD.finditer(text):
        lower = match[0].lower().replace("’", "'")
        found.append(Word(match[0], lower, fold(word_stem(match[0])), match.start(), match.end()))
    return tuple(found)


def masked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text with each span blotted out by a sign that is no part of any word, so that offsets stay."""
    signs = list(text)
    for start, end in spans:
        signs[start:end] = "¦" * (end - start)
    return "".join(signs)


def overlap(
    claim: Sequence[Word], stems: frozenset[str] | None, left_out: frozenset[str] = frozenset()
) -> float:
    """The share (0 to 1) of a claim's content, weighed by IDF, whose stems are among `stems` (None: all are).

    `left_out` are stems that don't count. A claim without any other content has 0.
    """
    total = shared = 0.0
    for word in claim:
        if word.function or word.stem in left_out or word.lower[0].isdigit():
            continue
        weight = stem_idf(word.stem)
        total += weight
        shared += weight if stems is None or word.stem in stems else 0.0
    return shared / total if total else 0.0
