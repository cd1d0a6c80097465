"""Which phrases say when, where or how, and which kind of thing a name is of."""

from __future__ import annotations

import random
import re

from training.weak.parsing import Word
from training.weak.words import MONTHS

_NOT_MANNER = frozenset(
    """only early likely recently finally really nearly hardly usually immediately suddenly actually probably
    originally previously especially currently generally typically commonly particularly eventually possibly
    certainly fully partly mainly largely highly approximately respectively subsequently additionally
    initially relatively significantly directly exactly simply merely scarcely formerly presently daily yearly
    truly surely similarly importantly interestingly ultimately consequently primarily shortly lately newly
    frequently increasingly necessarily notably widely clearly indeed briefly entirely exclusively officially
    mostly rarely normally potentially specifically apparently naturally completely totally exceedingly
    firstly secondly lastly family july reply italy rally occasionally traditionally thoroughly""".split()
)
_YEAR = re.compile(r"^(1[0-9]|20)\d\d$")
_UNITS = frozenset("second minute hour day night week month year decade century".split())
_ENTITIES = frozenset({"GPE", "LOC", "FAC"})
_SITES = frozenset(
    """forest wood woods house castle palace village town city room garden kitchen sea lake river tree hill
    mountain cave hut cottage island church road field bed well hospital laboratory""".split()
)
_KINDS = frozenset(
    """academy university college school institute company party club league association committee church
    river lake museum theatre theater hospital act treaty bay sea ocean county empire dynasty""".split()
)


def asks_how(adverb: str) -> bool:
    """Whether an adverb tells the manner of a deed."""
    return adverb.endswith("ly") and adverb not in _NOT_MANNER


def asks_when(prep: Word, words: tuple[Word, ...], rng: random.Random) -> str | None:
    """How to ask for the time in a phrase; None if it has none."""
    last = words[-1]
    if not any(w.entity == "DATE" for w in words):
        return None
    if prep.lower == "for":
        counted = any(w.tag == "CD" or w.lower in ("a", "many") for w in words)
        return "how long" if last.lemma in _UNITS and counted else None
    if prep.lower in ("since", "until"):
        return f"{prep.lower} when"
    if prep.lower not in ("in", "on", "at", "during"):
        return None
    if _YEAR.match(last.text) and len(words) == 1:
        return rng.choice(["when", "in what year", "in which year", "what year"])
    if any(w.text in MONTHS for w in words) and prep.lower == "on":
        return rng.choice(["when", "on what date", "on which day"])
    return "when"


def asks_where(prep: Word, thing: Word, words: tuple[Word, ...]) -> str | None:
    """ "where" for a phrase that names a place."""
    if prep.lower not in ("in", "at", "on", "from", "to", "near", "into", "under", "behind", "inside"):
        return None
    if thing.entity in _ENTITIES or any(w.entity in _ENTITIES for w in words):
        return "where"
    return "where" if thing.lemma.lower() in _SITES else None


def kind_of_name(thing: Word) -> str | None:
    """What kind of thing a proper noun names, as its last word tells: a university, a river."""
    if thing.pos != "PROPN":
        return None
    if thing.lower in _KINDS:
        return thing.lower
    return "place" if thing.entity == "GPE" else None
