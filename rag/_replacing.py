"""A part of an earlier question exchanged for another of its kind: a date, a place, a name, a thing."""

from __future__ import annotations

import re

from rag._alikeness import attached_to, is_alike
from rag._clause_words import Kind
from rag._dates import read_moments
from rag._noun_phrases import PLACING, Phrase, is_time_adverb
from rag._phrase_kinds import Being
from rag._question_parts import Asked, read_question
from rag._recasting import agreeing
from rag.background import word_stem

_YEARS = re.compile(r"the year (?P<side>before|after)")
_SITES = frozenset("in at near on around outside inside across to from".split())
_TIMED = frozenset("in on at since until before after by during from for over".split())
_GROUPS = ((Being.PERSON,), (Being.PEOPLE, Being.BODY), (Being.PLACE, Being.NAME), (Being.THING,))
_LEAST = 1.4


def put_in(asked: Asked, text: str) -> str | None:
    """The question with `text` ("in 2019", "the south tunnel") in place of a part like it, or added to it.

    None for a thing that could replace no part of it, which is a new topic.
    """
    if (shifted := _shifted(asked, text)) is not None:
        return shifted
    text = (
        text[:1].lower() + text[1:]
        if text.split(maxsplit=1)[0].lower() in _SITES | _TIMED | {"the", "a", "an"}
        else text
    )
    new = read_question(text)
    if text[0].isupper() and not any(p.named or p.plural or p.being is Being.TIME for p in new.phrases[:1]):
        new = read_question(f"about {text}")  # no capital of a sentence: "What about Germany?"
    if not new.phrases:
        new = read_question(f"a {text}")  # "bears" may be a verb by itself
    phrase = next(iter(new.phrases), None)
    if _is_time(text, phrase):
        return _timed(asked, new, text)
    if phrase is None:
        return _added(asked, text)
    if phrase.start and new.text == text and (phrase.preposition or new.lower[0] in PLACING):
        return _placed(asked, new, phrase, text)
    return _exchanged(asked, new, phrase, text)


# Times


def _is_time(text: str, phrase: Phrase | None) -> bool:
    adverb = is_time_adverb(text.lower()) or text.lower() in ("now", "earlier", "later", "before", "then")
    return adverb or (phrase is not None and phrase.being is Being.TIME)


def _shifted(asked: Asked, text: str) -> str | None:
    """ "the year before" counted from the year of the question."""
    match = _YEARS.fullmatch(text.lower())
    if match is None:
        return None
    moment = next((m for m in read_moments(asked.text) if m.year is not None and m.until is None), None)
    if moment is None or moment.year is None:
        return None
    year = moment.year + (-1 if match["side"] == "before" else 1)
    replaced = moment.text.replace(str(moment.year), str(year))
    return asked.text[: moment.start] + replaced + asked.text[moment.end :]


def _timed(asked: Asked, new: Asked, text: str) -> str:
    old = next((p for p in reversed(asked.phrases) if p.being is Being.TIME), None)
    adverb = next((n for n in range(asked.stop) if is_time_adverb(asked.lower[n])), None)
    if old is None and adverb is None:
        return _added(asked, _with_preposition(new, text, ""))
    if old is None or adverb is not None:
        place = adverb or 0
        return _spliced(asked, place, place + 1, _with_preposition(new, text, ""))
    start = old.start
    if start and asked.lower[start - 1] in _TIMED:
        start -= 1
    kept = asked.lower[start] if start < old.start else ""
    return _spliced(asked, start, old.end, _with_preposition(new, text, kept))


def _with_preposition(new: Asked, text: str, kept: str) -> str:
    """A time with the preposition it needs: "2020" after "in 2018" is "in 2020"."""
    deictic = new.lower[0] in ("last", "next", "this", "the", "every", "now") or is_time_adverb(new.lower[0])
    if new.words.kinds[0] is Kind.PREPOSITION or new.lower[0] in PLACING or deictic:
        return text
    return f"{kept or ('on' if new.lower[0].endswith('day') else 'in')} {text}"


# Places and other phrases with a preposition


def _placed(asked: Asked, new: Asked, phrase: Phrase, text: str) -> str:
    own = new.lower[0]
    same = [p for p in asked.phrases if p.preposition == own and p.being is not Being.TIME]
    same = [p for p in same if _is_site(p, own)] or same
    if own in _SITES and not same:
        same = [p for p in asked.phrases if p.being is Being.PLACE]
        same = same or [p for p in asked.phrases if p.preposition == "of" and p.being is Being.NAME]
    if not same or (phrase.named and not any(_named(asked, p) for p in same)):
        return _added(asked, text)
    old = next((p for p in same if p.named == phrase.named), same[-1])
    return _spliced(asked, old.start - 1, _whole(old), text)


def _is_site(phrase: Phrase, own: str) -> bool:
    return own not in _SITES or phrase.being in (Being.PLACE, Being.NAME) or phrase.named


def _named(asked: Asked, phrase: Phrase) -> bool:
    return any(asked.words.is_name(n) for n in range(phrase.start, phrase.whole))


def _whole(phrase: Phrase) -> int:
    return phrase.end if phrase.subject else phrase.whole


# Names and things


def _exchanged(asked: Asked, new: Asked, phrase: Phrase, text: str) -> str | None:
    candidates = [p for p in asked.phrases if p.being is not Being.TIME]
    if asked.counted is not None and asked.counted.being is not Being.TIME:
        candidates.append(asked.counted)
    candidates = [old for old in candidates if is_alike(asked, old, new, phrase)]
    best = max(candidates, key=lambda old: _alike(asked, old, new, phrase), default=None)
    if best is None or _alike(asked, best, new, phrase) < _LEAST:
        return None
    same = _head(asked, best) == _head(new, phrase)
    end = (
        best.whole
        if phrase.named and not same and best is not asked.counted and not best.nested
        else best.end
    )
    if (attached := attached_to(asked, best)) is not None and attached_to(new, phrase) is not None:
        end = max(end, attached.end)
    start, told = best.start, text
    if best is asked.counted or asked.words.kinds[best.start] not in (Kind.DETERMINER,):
        told = re.sub(r"^the (?=[a-z])", "", text) if best is asked.counted else text
    replaced = _spliced(asked, start, end, told)
    return _agreed(asked, replaced, best, phrase)


def _alike(asked: Asked, old: Phrase, new: Asked, phrase: Phrase) -> float:
    """How well a part of the earlier question can be exchanged for a phrase."""
    score = 4.0 if _head(asked, old) == _head(new, phrase) else 0.0
    group = next((group for group in _GROUPS if phrase.being in group), ())
    score += 3.0 if old.being is phrase.being is not Being.THING else 2.0 if old.being in group else 0.0
    score += 1.0 if old.named == phrase.named else -0.5
    score += 0.5 if old.plural == phrase.plural else 0.0
    score += 0.5 if _opens_alike(asked, old, new, phrase) else 0.0
    return score + (0.3 if old.subject or old is asked.counted else 0.0)


def _opens_alike(asked: Asked, old: Phrase, new: Asked, phrase: Phrase) -> bool:
    one, other = asked.words.kinds[old.start], new.words.kinds[phrase.start]
    return (one is Kind.DETERMINER) == (other is Kind.DETERMINER)


def _head(asked: Asked, phrase: Phrase) -> str:
    return word_stem(asked.lower[phrase.end - 1])


def _agreed(asked: Asked, replaced: str, old: Phrase, new: Phrase) -> str:
    """With "do" for "does" where the new subject is of another number."""
    if not old.subject or asked.auxiliary is None or new.being is Being.NAME:
        return replaced
    token = asked.words.tokens[asked.auxiliary]
    plural = new.plural or new.being is Being.PEOPLE
    if plural == (old.plural or old.being is Being.PEOPLE) or token.start is None or token.end is None:
        return replaced
    return replaced[: token.start] + agreeing(token.text, plural=plural) + replaced[token.end :]


# Text


def _spliced(asked: Asked, start: int, end: int, text: str) -> str:
    parts = [asked.piece(0, start), text, asked.piece(end, asked.stop)]
    return " ".join(part for part in parts if part) + "?"


def _added(asked: Asked, text: str) -> str:
    return f"{asked.piece(0, asked.stop)} {text}?"
