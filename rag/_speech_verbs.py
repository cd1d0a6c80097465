"""Reporting verbs: their forms, and whether what follows one in its sentence is what was said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag._nouns import DETERMINERS, is_capital, word_set

QUOTED = "\ue000"
"""The character that stands for each character of a quotation: what is said in there is no cue."""

COMMAS = frozenset([",", "-", "–", "—", "(", ")"])
STOPS = frozenset([";", ":", ".", "?", "!", "…", "/"])


def _forms(stems: str) -> Iterator[tuple[str, str]]:
    """The forms of regular verbs: each with "base", "present", "past" or "going"."""
    for stem in stems.split():
        silent = stem.endswith("e")
        soft = stem.endswith("y") and stem[-2] not in "aeo"
        sibilant = stem.endswith(("ss", "sh", "ch", "x"))
        yield stem, "base"
        yield (stem[:-1] + "ies" if soft else stem + ("es" if sibilant else "s")), "present"
        yield (stem[:-1] + "ied" if soft else stem + ("d" if silent else "ed")), "past"
        yield (stem[:-1] if silent else stem) + "ing", "going"


_FORMS = ("base", "present", "past", "going")


def _irregular(verbs: str) -> Iterator[tuple[str, str]]:
    """The same of other verbs, whose forms are all given; "/" separates the verbs."""
    for verb in verbs.split("/"):
        yield from zip(verb.split(), _FORMS, strict=False)


# These report whatever follows them.
FREE = dict(
    _forms(
        "warn insist announce confirm deny estimate argue claim acknowledge allege believe expect reckon "
        "suspect predict explain concede caution doubt fear maintain contend dispute testify reiterate "
        "report recount"
    )
)
FREE |= _irregular(
    "say says said saying / tell tells told telling / think thinks thought / admit admits admitted admitting"
)
FREE |= {"states": "present", "stated": "past", "stating": "going", "forecasts": "present"}
# These report only a clause or a quotation: "added that", but not "added salt".
CLAUSE = dict(
    _forms(
        "add recall note conclude reply respond stress emphasise emphasize reveal complain joke declare "
        "observe remember assert suggest continue promise pledge vow hint agree rule comment counter tweet "
        "post remark lament boast protest shout cry exclaim laugh ask guess signal imply answer propose "
        "urge demand plead indicate"
    )
)
CLAUSE |= _irregular(
    "write writes wrote writing / find finds found / quip quips quipped / swear swears swore"
)
CLAUSE |= {"show": "base", "shows": "present", "showed": "past"}
CLAUSE |= {"reads": "present", "read": "past", "went": "past"}
VERBS = FREE | CLAUSE
# Of these only people with a name, bodies and documents are a source: "the results suggest" is none.
FINDINGS = word_set("show shows showed indicate indicates indicated suggest suggests suggested imply implies")
NOUNS_TOO = word_set(
    "claims reports estimates forecasts states doubts fears notes answers comments posts rules plans signals"
)
_INFINITIVE = word_set("promise promises promised pledge pledges pledged vow vows vowed")

_CONTENT = word_set(
    "that it he she they the a an its his her their there no this these those we i all some many most two"
)

BE = word_set("is are was were be been being am isn't aren't wasn't weren't get gets got getting")


WITH_COMPLEMENT = word_set("called calls described describes put puts pointed points")


def has_complement(words: Sequence[str], place: int, verb: str, *, quotes: bool) -> bool:
    """Whether a verb that needs one has its complement: "called it", "described as", "pointed out"."""
    after = words[place + 1 : place + 2]
    if verb in ("put", "puts", "pointed", "points"):
        return after == (("it",) if verb in ("put", "puts") else ("out",))
    if verb in ("called", "calls"):
        return (
            quotes
            and bool(after)
            and (after[0] in DETERMINERS or after[0] in ("him", "it", "them") or is_capital(after[0]))
        )
    return "as" in words[place + 1 :] or (bool(after) and after[0].endswith("ing"))


def reports(words: Sequence[str], place: int, verb: str, after: str) -> bool:
    """Whether what follows a verb is what was said."""
    if verb in NOUNS_TOO and verb in FREE:
        return (
            after in _CONTENT
            or after in (",", ".", ":")
            or after[0] == QUOTED
            or is_capital(words[place + 1])
        )
    if verb in FREE:
        return True
    if after in ("that", "how", "why", "whether", "there", "he", "she", "they", ":") or after[0] == QUOTED:
        return verb != "asked" or after in (":", "that") or after[0] == QUOTED
    if after == "to":
        return verb in _INFINITIVE or (verb == "went" and "say" in words[place : place + 5])
    if verb in ("wrote", "write", "writes", "reads", "read") and QUOTED in {
        word[0] for word in words[place + 1 :]
    }:
        return True
    if _follows_quotation(words, place):
        return True
    if after in ("in", "on", "last", "this") and "that" in words[place + 2 : place + 6]:
        return True
    clause_before = any(word in (",",) or word[0] == QUOTED for word in words[:place])
    ends = after in (".", ",", "?", "!", ";") or after in ("on", "in", "at", "during", "after")
    return clause_before and ends and verb not in ("found", "agreed", "read", "ruled", "went")


def _follows_quotation(words: Sequence[str], place: int) -> bool:
    """Whether only a subject stands between a quotation and the verb at `place`."""
    first = place - 1
    while first >= 0 and words[first][0] != QUOTED:
        first -= 1
    between = words[first + 1 : place]
    return first >= 0 and len(between) <= 8 and "," not in between[1:]
