"""Who stands before or behind a reporting verb: its subject, with what stands beside the name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag._nouns import (
    DETERMINERS,
    FINITE,
    NO_SPEAKER,
    PREPOSITIONS,
    PRONOUNS,
    is_capital,
    is_known_noun,
    word_set,
)
from rag._speakers import Kind, Speaker, read_apposition, read_speaker
from rag._speech_verbs import BE, COMMAS, NOUNS_TOO, QUOTED, STOPS, VERBS

_ADVERBS = word_set(
    "also later then still now again never always often once only even just first already since further "
    "previously however therefore today yesterday himself herself themselves itself both all long too"
)
_HAVE = word_set("has have had")
_BARRED = word_set(
    "to not never did does do would could can will may might should must cannot can't couldn't wouldn't "
    "won't didn't doesn't don't hasn't haven't hadn't let"
)
_CLAUSE_OPENERS = word_set(
    "that because while whereas although though but so as and or nor than where how why what yet"
)
_ASIDE = word_set("if when after before since until unless whether till once")
_RELATIVE = word_set("who whose whom which that")
CONNECTIVES = word_set(
    "but when while if as because and yet still however meanwhile later earlier today yesterday also then "
    "now so separately afterwards nevertheless instead though or plus meantime overnight"
)
_TIMES = word_set(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july "
    "august september october november december week month year morning afternoon evening night day "
    "weekend spring summer autumn winter monday's statement interview report letter email post message "
    "briefing conference hearing court mon tue wed thu fri sat sun jan feb mar apr jun jul aug sep sept "
    "oct nov dec weeks months years days interviews"
)
_PLAIN_CAPITALS = word_set(
    "in on at by for from with after before during since until when while as if although though because "
    "despite following under over through once speaking asked writing citing given testifying addressing"
)
_END_OF_SUBJECT = word_set(
    "who whom which that as when while after during before because if since yesterday today earlier later "
    "last this next adding saying on told using via late early"
)
_POSSESSIVE_NAMES = word_set(
    "McDonald's Moody's Sainsbury's Lloyd's Macy's Kellogg's Sotheby's Christie's Domino's Levi's Lowe's "
    "Kohl's"
)
_OCCASIONS = word_set(
    "statement interview letter email e-mail post message briefing conference hearing court note report"
)
_AGE = re.compile(r"\d+-year-old")
_LONGEST_SUBJECT = 24  # words; longer ones are clauses that were misread


def agrees(speaker: Speaker, form: str) -> bool:
    """Whether a verb's form fits its subject: "the insurance claim" says nothing."""
    if form != "base":
        return True
    return speaker.kind is Kind.PEOPLE or speaker.name in ("they", "police") or speaker.name.endswith("s")


# Subjects


def left_subject(words: Sequence[str], place: int, form: str) -> Speaker | None:
    """The subject before the verb at `place`; None too where the verb is passive, negated or not finite."""
    last = place - 1
    while last >= 0 and (
        words[last].lower() in _ADVERBS or words[last].lower() in _HAVE or words[last].endswith("ly")
    ):
        last -= 1
    if last < 0 or words[last].lower() in _BARRED or (words[last].lower() in BE and form != "going"):
        return None
    if words[last] in ("and", "but", "then") and form != "base":
        return sentence_subject(words[:last])  # "The envoy left and warned that"
    subject = _subject_with_apposition if words[last] in COMMAS else _subject_beside
    speaker = subject(words, last)
    return speaker if speaker and agrees(speaker, form) else None


def _subject_beside(words: Sequence[str], last: int) -> Speaker | None:
    """The subject that ends right before the verb."""
    first = last
    while first >= 0 and not _bounds(words[first]):
        first -= 1
    boundary = words[first].lower() if first >= 0 else ""
    if boundary in _RELATIVE and first > 0 and words[first - 1] not in COMMAS:
        whole = first
        while whole > 0 and not _bounds(words[whole - 1]):
            whole -= 1
        if first < last or boundary != "who":
            speaker = _read(words[whole : last + 1]) if first < last and boundary != "that" else None
            if speaker:
                return speaker
        if first == last:
            return None  # "the man who said": another verb is the sentence's own
    if first == last and boundary == "who":
        return _subject_with_apposition(words, last)
    if boundary in _ASIDE:
        return None
    run = list(words[first + 1 : last + 1])
    return _read(run) or _read_after_and(run)


def _bounds(word: str) -> bool:
    lower = word.lower()
    return (
        word in COMMAS
        or word in STOPS
        or word[0] == QUOTED
        or lower in _RELATIVE
        or lower in _ASIDE
        or (lower in _CLAUSE_OPENERS and lower not in ("and", "or"))
    )


def _read_after_and(run: list[str]) -> Speaker | None:
    """The subject of the second of two clauses: "the fire spread and the police said"."""
    for place in range(len(run) - 2, 0, -1):
        if run[place] in ("and", "or"):
            return _read(run[place + 1 :])
    return None


def _trim(run: Sequence[str]) -> list[str]:
    """A subject without connectives and times around it: "But on Monday", "last week"."""
    words = list(run)
    while words and words[0].lower() in CONNECTIVES:
        del words[0]
    lead = words[0].lower() if words else ""
    if lead in ("on", "in", "at", "last", "this", "next", "late", "early", "by", "during", "over", "after"):
        end = next((n for n, word in enumerate(words[:6]) if word.lower() in _TIMES or word.isdigit()), -1)
        if end >= 0 and len(words) > end + 1:
            words = words[end + 1 :]
            if words[0].isdigit() and len(words) > 1:
                del words[0]
    for place in range(len(words) - 1, max(0, len(words) - 5), -1):
        timely = words[place].lower() in ("on", "in", "last", "this") and len(words) > place + 1
        if timely and (words[place + 1].lower().rstrip(".") in _TIMES or words[place + 1].isdigit()):
            words = words[:place]
            break
    return words


def _read(run: Sequence[str], *, strict: bool = False) -> Speaker | None:
    words = _trim(run)
    if not words or len(words) > _LONGEST_SUBJECT:
        return None
    lower = words[0].lower()
    if len(words) == 1 and lower in PRONOUNS:
        kind = {"they": Kind.PEOPLE, "it": Kind.BODY}.get(lower, Kind.PERSON)
        return Speaker(name=lower, kind=kind, proper=False, named=False)
    possessive = words[-1].endswith(("'s", "’s", "s'", "s’")) and words[-1] not in _POSSESSIVE_NAMES
    if lower in PRONOUNS or lower in _PLAIN_CAPITALS or lower in PREPOSITIONS or possessive:
        return None
    return _read_pair(words) or read_speaker(words, strict=strict)


def _read_pair(words: list[str]) -> Speaker | None:
    """Two who speak together: "Fire Chief Ann Lee and the mayor"."""
    if "and" not in words:
        return None
    place = words.index("and")
    one, other = (read_speaker(half, strict=True) for half in (words[:place], words[place + 1 :]))
    if one is None or other is None or one.name.lower() in PRONOUNS:
        return None
    if one.kind is Kind.BODY and is_capital(words[place + 1]):
        return None  # "Ministry of Trade and Industry"
    return Speaker(
        name=f"{one.name} and {other.name}",
        kind=Kind.PEOPLE,
        proper=one.proper and other.proper,
        named=one.named or other.named,
    )


def _subject_with_apposition(words: Sequence[str], last: int) -> Speaker | None:
    """The subject of "X, role of Y, said", whose last comma stands at `last`."""
    first = last - 1
    while first >= 0 and words[first] not in STOPS and words[first][0] != QUOTED:
        first -= 1
    parts: list[list[str]] = [[]]
    for word in words[first + 1 : last]:
        if word in COMMAS:
            parts.append([])
        else:
            parts[-1].append(word)
    parts = [part for part in parts if part]
    for place, part in enumerate(parts[:-1]):
        speaker = _read(part, strict=True)
        if speaker and speaker.name not in PRONOUNS:
            return with_apposition(speaker, parts[place + 1 :])
    if len(parts) == 1 and words[last] in COMMAS and last + 1 < len(words) and words[last + 1] == "who":
        return _read(parts[0], strict=True)
    return None


def with_apposition(speaker: Speaker, parts: Sequence[Sequence[str]]) -> Speaker:
    """Add what stands beside a name, between commas: "Ann Lee" and ["a baker"], "his wife" and ["Carol"]."""
    for part in parts:
        if not part:
            continue
        named = part[1:] if _AGE.fullmatch(part[0]) else part
        name = read_speaker(named, strict=True) if any(map(is_capital, named)) else None
        if name and name.proper and not speaker.proper and speaker.kind is Kind.PERSON:
            role, organisation = read_apposition(speaker.name.split()) or ("", "")
            role = role or name.role
            speaker = replace(
                name,
                kind=Kind.PERSON,
                role=role,
                organisation=organisation,
                gender=name.gender or speaker.gender,
            )
            continue
        read = read_apposition(part)
        if read is None or not speaker.proper or speaker.kind is Kind.PEOPLE:
            continue
        role, organisation = read
        speaker = replace(
            speaker,
            kind=Kind.PERSON,
            role=speaker.role or role,
            organisation=speaker.organisation or organisation,
        )
    return speaker


def right_subject(words: Sequence[str], first: int) -> Speaker | None:
    """The speaker behind "said" or "according to", with what stands beside the name."""
    while first < len(words) and (words[first].lower() in _ADVERBS or words[first].endswith("ly")):
        first += 1
    end = first
    while end < len(words) and not _ends_subject(words, first, end):
        end += 1
    speaker = _read(words[first:end])
    if speaker is None or (speaker.name in PRONOUNS and end < len(words) and words[end] not in STOPS):
        return None
    parts: list[Sequence[str]] = []
    while end < len(words) and words[end] in COMMAS and len(parts) < 3:
        start = end + 1
        end = start
        while (
            end < len(words)
            and words[end] not in COMMAS
            and words[end] not in STOPS
            and words[end][0] != QUOTED
        ):
            end += 1
        parts.append(words[start:end])
        if read_apposition(words[start:end]) is None and not (len(parts) == 1 and not speaker.proper):
            break
    return with_apposition(speaker, parts)


def _ends_subject(words: Sequence[str], first: int, place: int) -> bool:
    word = words[place]
    lower = word.lower()
    if word in COMMAS or word in STOPS or word[0] == QUOTED or lower in FINITE:
        return True
    if place == first:
        return False
    participle = word in ("published", "reported", "announced")
    if lower in _END_OF_SUBJECT and not (
        participle or (lower in ("on", "last") and "published" in words[first:place])
    ):
        return True
    if VERBS.get(lower, "base") != "base" and word.islower() and lower not in NOUNS_TOO and not participle:
        return True
    if lower in ("in", "at", "to", "through", "via", "by", "with", "from", "for", "about", "near"):
        if "published" in words[first:place]:
            return False
        named = is_capital(words[place - 1]) and is_capital(words[first])
        if (
            named
            and lower == "at"
            and is_capital(words[place + 1 : place + 2][0] if place + 1 < len(words) else "")
        ):
            return False
        occasion = any(following in _OCCASIONS for following in words[place + 1 : place + 4])
        return occasion or (named and lower != "for") or lower in ("to", "about")
    return False


def sentence_subject(sentence: Sequence[str]) -> Speaker | None:
    """The person or body that a sentence starts with: "The company" of "The company closed two plants."."""
    words = _trim(sentence[:12])
    for end in range(1, min(len(words), 9)):
        word = words[end]
        if words[end - 1] in COMMAS or words[end - 1] in STOPS or words[end - 1][0] == QUOTED:
            return None
        goes_on = (
            is_capital(word) or is_known_noun(word) or word in ("of", "for", "from", "at", "'s", "&", "and")
        )
        if goes_on or words[end - 1].lower() in DETERMINERS or words[end - 1] in PREPOSITIONS:
            continue
        speaker = _read(words[:end], strict=True)
        if speaker:
            return with_apposition(speaker, _parts(sentence, words, end))
    return None


def _parts(sentence: Sequence[str], words: Sequence[str], end: int) -> list[list[str]]:
    """What stands behind the first `end` of `words`, with which a sentence starts, up to its next comma."""
    if words[end] != ",":
        return []
    rest = list(sentence[len(sentence[:12]) - len(words) + end + 1 :])
    stop = next((n for n, word in enumerate(rest) if word in COMMAS or word in STOPS or word[0] == QUOTED), 0)
    return [rest[:stop]]


def is_subject_pronoun(word: str) -> bool:
    """Whether the word can't name a speaker by itself."""
    return word.lower() in PRONOUNS or word.lower() in NO_SPEAKER
