"""Noun phrases of news prose -> speakers: name, role, organisation, and whether the source is named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from rag._nouns import (
    ADJECTIVE,
    AFTER_HEAD,
    ARTICLES,
    BODIES,
    CONTRACTED,
    DETERMINERS,
    DOCUMENTS,
    FEMALE,
    FINITE,
    HONORIFICS,
    LOOSE,
    MALE,
    NATIONAL,
    NO_SPEAKER,
    OF_A_PLACE,
    OFFICES,
    PARTICLES,
    PREPOSITIONS,
    QUANTIFIERS,
    ROLES,
    SPOKESPEOPLE,
    TITLE_WORDS,
    is_capital,
    is_known_noun,
    is_person_noun,
    is_title,
    singular,
)

_CALL_SIGN = re.compile(
    r"(.*?) (?:(?:with|by|using|under) (?:the |a |his |her )?)?(?:call ?-?sign|nom de guerre)s? (\w[\w-]*)"
)


class Kind(StrEnum):
    """What a speaker is: it decides which pronouns may stand for it."""

    PERSON = "person"
    PEOPLE = "people"
    BODY = "body"
    DOCUMENT = "document"


@dataclass(frozen=True, kw_only=True, slots=True)
class Speaker:
    """Who speaks, as far as one phrase tells; `proper` is true for a name, and false for a description.

    `gender` is "m", "f" or "" (unknown).
    """

    name: str
    kind: Kind
    proper: bool
    named: bool = True
    role: str = ""
    organisation: str = ""
    gender: str = ""


def gender_of(words: Sequence[str]) -> str:
    """The gender that titles and nouns give away: "m", "f" or ""."""
    lower = {word.lower() for word in words}
    if lower & FEMALE:
        return "f"
    return "m" if lower & MALE else ""


def _possessor(word: str) -> str:
    return CONTRACTED.sub("", word)


def _owner(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Split "the union's chief negotiator" into the owner and what is owned."""
    for place in range(len(words) - 2, -1, -1):
        if re.search(r"['’]s$|s['’]$", words[place]):
            return [*words[:place], _possessor(words[place])], list(words[place + 1 :])
    return [], list(words)


def _join(words: Sequence[str]) -> str:
    return " ".join(words)


def _undetermined(words: Sequence[str]) -> list[str]:
    return list(words[1:] if words and words[0].lower() in ARTICLES else words)


def read_apposition(words: Sequence[str]) -> tuple[str, str] | None:
    """Read what stands beside a name, between commas, as role and organisation.

    None when it is neither a role, nor an age, nor a relative clause.
    """
    if not words:
        return None
    first = words[0].lower()
    if first[:1].isdigit():
        return ("", "")
    if first == "who" and len(words) > 2:
        present = words[1].islower() and words[1].endswith("s") and words[1] not in FINITE
        return (_join(words), "") if present else ("", "")
    if first in ("of", "at") and len(words) > 1 and any(map(is_capital, words[1:3])):
        return ("", _join(words[1:]))
    if first in ("whose", "whom", "which", "himself", "herself", "aged"):
        return ("", "")
    owner, rest = _owner(_undetermined(words) if first != "the" else words)
    rest = _undetermined(rest)
    stop = next((n for n, word in enumerate(rest) if word in PREPOSITIONS or word in AFTER_HEAD), len(rest))
    if not stop or not any(is_person_noun(word) for word in rest[max(0, stop - 3) : stop]):
        return None
    if any(word in FINITE for word in rest[:stop]):
        return None
    end = next((n for n, word in enumerate(rest) if word in ("who", "whose", "which", "that")), len(rest))
    role, organisation = _employer(rest[:end], stop)
    return role, organisation or _join(owner)


def _employer(words: Sequence[str], stop: int) -> tuple[str, str]:
    """Split "professor of chemistry at the University of Ostvik" into role and organisation."""
    place_role = singular(words[stop - 1]) in OF_A_PLACE
    for place in range(stop, len(words) - 1):
        if words[place] not in ("at", "of", "for", "with", "from") or (words[place] == "of" and place_role):
            continue
        phrase = list(words[place + 1 :])
        end = next(
            (n for n, word in enumerate(phrase) if word in ("and", "in", "on", "at") and n), len(phrase)
        )
        body = phrase[:end]
        if any(singular(word) in BODIES or is_capital(word) for word in _undetermined(body)):
            return _join(words[:place]), _join(body)
    return _join(words), ""


def _titled(words: Sequence[str]) -> Speaker | None:
    """Read a name behind its title: "Westgrid chief executive Ann Lee", "grid operator Nordvolt"."""
    for place in range(len(words) - 2, -1, -1):
        body = (
            words[place].islower()
            and singular(words[place]) in BODIES
            and singular(words[place]) not in ROLES
        )
        if not (body or is_title(words[place])) or not is_capital(words[place + 1]):
            continue
        name = words[place + 1 :]
        if not all(is_capital(word) or word in PARTICLES for word in name):
            return None
        first = place
        of_state = words[place].lower() in ("minister", "secretary")  # "Culture Minister"
        while first > 0 and (
            _belongs_to_title(words[first - 1])
            or (
                of_state
                and is_capital(words[first - 1])
                and words[first - 1].isalpha()
                and words[first - 1].lower() not in DETERMINERS
            )
        ):
            first -= 1
        if first > 0 and words[first - 1].lower() in PREPOSITIONS:
            return None  # "a spokesman for President Lee"
        title = [word for word in words[first : place + 1] if word.lower() not in HONORIFICS]
        owner = [_possessor(word) for word in words[:first]]
        has_body = any(is_capital(word) or singular(word) in BODIES for word in _undetermined(owner))
        return Speaker(
            name=_join(name),
            kind=Kind.BODY if body else Kind.PERSON,
            proper=True,
            role=_join(title),
            organisation=_join(owner) if has_body else "",
            gender=gender_of(words[: place + 1]),
        )
    return None


def _belongs_to_title(word: str) -> bool:
    if word.endswith(("'s", "’s", "s'", "s’")) or word.lower() in DETERMINERS or word.lower() in PREPOSITIONS:
        return False
    titular = word.islower() or word.lower() in TITLE_WORDS or is_title(word)
    return titular or bool(NATIONAL.fullmatch(word) or ADJECTIVE.fullmatch(word))


def _is_body_name(words: Sequence[str]) -> bool:
    return any(singular(word) in BODIES for word in words) or "&" in words or "of" in words


def read_speaker(words: Sequence[str], *, strict: bool = False) -> Speaker | None:
    """Read a whole noun phrase, without commas, as a speaker; None when it is none.

    `strict` refuses a description whose noun isn't known to speak.
    """
    if not words or any(word.lower() in NO_SPEAKER for word in words[:1]):
        return None
    if len(words) == 1 and (words[0].lower() == "one" or words[0].lower() in QUANTIFIERS):
        kind = Kind.PERSON if words[0].lower() == "one" else Kind.PEOPLE
        return Speaker(name=words[0].lower(), kind=kind, proper=False, named=False)
    call_sign = _CALL_SIGN.fullmatch(_join(words)) if len(words) > 3 else None
    if call_sign:
        role = _join(_undetermined(call_sign[1].split()))
        return Speaker(name=call_sign[2], kind=Kind.PERSON, proper=True, role=role)
    head_end = next(
        (n for n in range(1, len(words)) if _ends_head(words, n)),
        len(words),
    )
    clause = next(
        (n for n, word in enumerate(words) if word in ("who", "whose", "whom", "which", "that")), len(words)
    )
    if not clause or any(word.lower() in FINITE for word in words[:clause]) or _has_object(words[:clause]):
        return None
    titled = _titled(words)
    if titled:
        return titled
    return _proper(words, head_end) or _described(words[:clause], min(head_end, clause), strict=strict)


def _ends_head(words: Sequence[str], place: int) -> bool:
    """Whether the noun of a phrase stands before `place`: "people | briefed on the talks"."""
    word = words[place]
    participle = word.endswith(("ed", "ing")) and word.islower() and is_known_noun(words[place - 1])
    return participle or word in AFTER_HEAD or word in PREPOSITIONS


def _has_object(words: Sequence[str]) -> bool:
    """Whether a verb with its object is in there: "Fire destroyed two homes"."""
    return any(
        word.endswith("ed") and words[n + 1].lower() in DETERMINERS for n, word in enumerate(words[:-1]) if n
    )


def _proper(words: Sequence[str], head_end: int) -> Speaker | None:
    """A person's or body's own name, "the" before it included."""
    bare = _undetermined(words)
    article = words[0].lower() == "the"
    if not bare or not is_capital(bare[0]):
        return None
    if all(is_capital(word) or word in PARTICLES or word == "and" for word in bare):
        if is_known_noun(bare[0]) and len(bare) == 1:
            return None  # "Detectives", "Police"
        return _called(bare, article=article)
    head = bare[: head_end - (1 if article else 0)]
    if head and all(is_capital(word) or word in PARTICLES for word in head) and not is_known_noun(head[-1]):
        rest = bare[len(head) :]
        if rest[0] in ("of", "from", "at") and len(head) > 1 and not article and not _is_body_name(head):
            person = _titled(head) or Speaker(name=_join(head), kind=Kind.PERSON, proper=True)
            body = rest[0] != "from" or any(singular(word) in BODIES for word in rest)
            return replace(person, organisation=_join(rest[1:]) if body else person.organisation)
    lower = [word for word in bare if not is_capital(word)]
    if article and set(lower) <= {"of", "for", "and", "in", "the", "on", "&"}:
        return Speaker(name=_join(["the", *bare]), kind=Kind.BODY, proper=True)
    if set(lower) <= {"of", "for", "and", "the", "&"} and _is_body_name(head) and not is_person_noun(bare[0]):
        return Speaker(name=_join(bare), kind=Kind.BODY, proper=True)
    return None


def _called(name: list[str], *, article: bool) -> Speaker:
    if article:
        return Speaker(name=_join(["the", *name]), kind=Kind.BODY, proper=True)
    if "and" in name:
        return Speaker(name=_join(name), kind=Kind.PEOPLE, proper=True)
    person = (
        len(name) > 1
        and not _is_body_name(name)
        and not any(word.isupper() and len(word) > 2 for word in name)
    )
    return Speaker(name=_join(name), kind=Kind.PERSON if person else Kind.BODY, proper=True)


def _uncapitalised(words: Sequence[str]) -> str:
    """The first word of a description without the capital that only opened its sentence."""
    first = words[0]
    name = first.isupper() and len(first) > 1
    name = name or (
        len(words) > 1 and (words[1] == "of" or is_capital(words[1])) and first.lower() not in DETERMINERS
    )
    adjective = (len(words) > 1 and is_known_noun(words[1])) or not is_known_noun(first.lower())
    name = name or (bool(NATIONAL.fullmatch(first)) and adjective)
    name = name or bool(re.search(r"['’]s?$", first))
    return first if name else first.lower()


def _described(words: Sequence[str], head_end: int, *, strict: bool) -> Speaker | None:
    """A description: "a spokesman for the service", "Ukrainian officials", "the company"."""
    if words[-1].islower() and is_person_noun(words[-1]) and all(map(is_capital, words[head_end + 1 : -1])):
        head_end = len(words)  # "University of Leeds researchers"
    head = words[head_end - 1] if head_end else ""
    lead = words[0].lower()
    if is_person_noun(head):
        words = words[: next((n for n, word in enumerate(words) if n and word in LOOSE), len(words))]
    text = _join([_uncapitalised(words), *words[1:]])
    if not head or (not is_known_noun(head) and (strict or lead not in DETERMINERS or len(words) < 2)):
        return None
    noun = singular(head)
    if noun in BODIES and not (noun in ROLES and noun != "police"):
        return Speaker(name=text, kind=Kind.BODY, proper=False)
    if noun in DOCUMENTS:
        return Speaker(name=text, kind=Kind.DOCUMENT, proper=False)
    plural = (
        head.lower() != noun or noun in ("people", "men", "women", "personnel") or head.lower().endswith("s")
    )
    speaks_for = noun in SPOKESPEOPLE or head.lower() in SPOKESPEOPLE
    in_office = noun in OFFICES and lead in ("the", "his", "her", "its", "their")
    return Speaker(
        name=text,
        kind=Kind.PEOPLE if plural else Kind.PERSON,
        proper=False,
        named=speaks_for or (in_office and not plural),
        gender=gender_of(words[:head_end]),
    )
