"""Whole questions built from a fragment and the question before it."""

from __future__ import annotations

from collections.abc import Sequence

from rag._clause_words import Kind
from rag._finite_verbs import BE
from rag._fragments import Fragment, Part
from rag._noun_phrases import Phrase
from rag._phrase_kinds import Being
from rag._pointers import Pointer
from rag._question_parts import Asked, read_question
from rag._recasting import (
    asked_with,
    clause,
    counted_with,
    embedded,
    finite_rest,
    joined,
    with_subject,
)
from rag._referents import Referent, chosen, topic
from rag._replacing import put_in
from rag.background import word_stem

_ONLY_NUMBER = ("how many", "which", "which ones", "which one", "which exactly", "how many exactly")
_PRONOUNS = {"him": "he", "he": "he", "her": "she", "she": "she", "them": "they", "they": "they", "it": "it"}


def rebuilt(fragment: Fragment, before: Asked, found: Sequence[Referent]) -> str | None:
    """The whole question that a fragment stands for after `before`; None where there is no telling."""
    if fragment.part is Part.CONFIRMS:
        return before.text
    if fragment.part is Part.ASKS:
        return _asked(fragment, before)
    if fragment.part is Part.THIRD:
        return _third(fragment.text, before, found)
    if fragment.part is Part.HELPER:
        return _helped(fragment, before, found)
    if fragment.part is Part.ELSE:
        return _else(fragment.opening, before, found)
    if fragment.part is Part.NEXT:
        return _next(fragment.opening, before, found)
    if fragment.part is Part.MEANS:
        return _means(before, found)
    if fragment.part is Part.WHO:
        return _who(found)
    if fragment.part is Part.WHAT:
        return _what(before, found)
    about = topic(found)
    return f"What happened in connection with {about.text}?" if about else None


# Question words


def _asked(fragment: Fragment, before: Asked) -> str | None:
    opening = fragment.opening
    if fragment.text:
        with_word = _asked(Fragment(part=Part.ASKS, opening=opening), before)
        return put_in(read_question(with_word), fragment.text) if with_word else None
    capital = opening[:1].upper() + opening[1:]
    if opening.split()[0] in ("who", "whom") and len(opening.split()) <= 2:
        return _asks_who(before)
    if opening in ("what", "what exactly"):
        return _asks_what(before)
    if opening.endswith(" not"):
        return asked_with(before, capital.removesuffix(" not"), negated=True)
    if opening in _ONLY_NUMBER:
        return _asks_which(
            capital.removesuffix(" ones").removesuffix(" one").removesuffix(" exactly"), before
        )
    words = opening.split()
    if words[0] in ("which", "what") and (noun := _phrase_of(before, words[-1])) is not None:
        return _asks_which_of(capital, noun, before)
    return asked_with(before, capital.removesuffix(" exactly").removesuffix(" precisely"))


def _asks_who(before: Asked) -> str:
    helper = before.lower[before.auxiliary] if before.auxiliary is not None else ""
    passive = helper in BE and before.verb is not None and not before.by_subject
    if passive and before.word in ("when", "where", "why", "how"):
        return asked_with(before, "By whom")
    rest = finite_rest(before)
    first, _, others = rest.partition(" ")
    return f"Who {joined([{'were': 'was', 'are': 'is', 'have': 'has'}.get(first, first), others])}?"


def _asks_what(before: Asked) -> str:
    thing = next((p for p in before.phrases if p.text.lower() in ("anything", "something")), None)
    if thing is not None and not before.asking and before.auxiliary is not None:
        helper = before.lower[before.auxiliary]
        pieces = [before.piece(before.auxiliary + 1, thing.start), before.piece(thing.end, before.stop)]
        return f"What {joined([helper, *pieces])}?"
    return asked_with(before, "What")


def _asks_which(opening: str, before: Asked) -> str:
    if before.counted is not None:
        rest = before.piece(before.counted.start, before.stop)
        return f"{opening} {rest}?"
    return counted_with(before, opening) or asked_with(before, opening)


def _phrase_of(before: Asked, noun: str) -> Phrase | None:
    nouns = [p for p in before.phrases if word_stem(before.lower[p.end - 1]) == word_stem(noun)]
    return next(iter(nouns), None)


def _asks_which_of(opening: str, noun: Phrase, before: Asked) -> str:
    if noun.subject:
        return f"{opening} {finite_rest(before)}?"
    if before.auxiliary is None or noun.nested:
        return asked_with(before, opening)
    start = noun.start - 1 if noun.preposition else noun.start
    lead = f"{noun.preposition.capitalize()} {opening.lower()}" if noun.preposition else opening
    pieces = [before.piece(before.auxiliary + 1, start), before.piece(noun.end, before.stop)]
    return f"{joined([lead, before.lower[before.auxiliary], *pieces])}?"


# Other fragments


def _third(text: str, before: Asked, found: Sequence[Referent]) -> str | None:
    if (word := _PRONOUNS.get(text.lower())) is not None:
        meant = chosen(Pointer(start=0, end=1, word=word), before, found, ())
        return None if meant is None else put_in(before, meant.text)
    return put_in(before, text)


def _helped(fragment: Fragment, before: Asked, found: Sequence[Referent]) -> str | None:
    if before.auxiliary is None and before.verb is None:
        return None
    if fragment.opening == "who":
        negated = fragment.text.endswith("n't")
        if negated and before.auxiliary is not None:
            helper = fragment.text.removesuffix("n't").replace("wo", "will").replace("ca", "can")
            return f"Who {joined([helper, 'not', before.piece(before.predicate, before.stop)])}?"
        return _asks_who(before)
    subject = fragment.text
    if (word := _PRONOUNS.get(subject.lower())) is not None:
        meant = chosen(Pointer(start=0, end=1, word=word, subject=True), before, found, ())
        if meant is None:
            return None
        subject = meant.text
    if before.auxiliary is None:
        return None
    if not before.asking:
        return with_subject(before, subject, plural=fragment.opening in ("do", "are", "were", "have"))
    opening = fragment.opening[:1].upper() + fragment.opening[1:]
    return f"{joined([opening, subject, before.piece(before.predicate, before.stop)])}?"


def _else(opening: str, before: Asked, found: Sequence[Referent]) -> str | None:
    word = opening.capitalize()
    place = next((n for n in range(before.asking) if before.lower[n] == opening), None)
    if place is not None and before.counted is None:
        again = before.lower[place + 1 : place + 2] == ("else",)
        rest = before.piece(place + (2 if again else 1), before.stop)
        return f"{joined([before.piece(0, place + 1), 'else', rest])}?"
    if opening in ("who", "whom") and (before.auxiliary is not None or before.verb is not None):
        return _asks_who(before).replace("Who ", "Who else ", 1)
    if opening in ("where", "when", "why", "how") and before.auxiliary is not None:
        return asked_with(before, f"{word} else")
    about = topic(found)
    return f"What else is known about {about.text}?" if about else None


def _next(opening: str, before: Asked, found: Sequence[Referent]) -> str | None:
    if before.by_subject and before.word == "what":
        about = topic(found)
        return f"What happened {opening} {about.text}?" if about else None
    if before.auxiliary is None and before.verb is None:
        return None
    if before.verb is None or before.word == "what":
        about = topic(found)
        return f"What happened {opening} that to {about.text}?" if about else None
    return f"What happened {opening} {clause(before)}?"


def _means(before: Asked, found: Sequence[Referent]) -> str | None:
    if before.asking and before.word in ("what", "who") and before.verb is None:
        about = topic(found)
        return f"What does {about.text} mean?" if about else None
    if not before.asking or before.word in ("why", "when", "where"):
        return f"What does it mean that {clause(before)}?" if before.verb is not None else before.text
    inner = embedded(before)
    return f"What does it mean {inner}?" if inner else None


def _who(found: Sequence[Referent]) -> str | None:
    people = [one for one in found if one.being is Being.PERSON or (one.being is Being.NAME and one.answered)]
    people = [one for one in people if one.named] or people
    newest = min((one.back for one in people), default=0)
    last = [one for one in people if one.back == newest]
    meant = next((one for one in last if one.answered and one.being is Being.PERSON), next(iter(last), None))
    return f"Who is {meant.text}?" if meant else None


def _what(before: Asked, found: Sequence[Referent]) -> str | None:
    """ "What is that?" asks for the one name that the answer brought up, or else for what was asked about."""
    names = [one for one in found if one.answered and not one.back and one.being in (Being.NAME, Being.THING)]
    things = names if len(names) == 1 else []
    meant = next(iter(things), None) or chosen(Pointer(start=0, end=1, word="it"), before, found, ())
    return f"What is {meant.text}?" if meant else None


def noun_of(before: Asked) -> tuple[str, bool] | None:
    """The noun that a count or "one" without its noun takes from an earlier question, and if it is plural."""
    plural = [p for p in before.phrases if p.plural and not p.nested]
    phrase = (
        before.counted or next(iter(plural), None) or next((p for p in before.phrases if not p.named), None)
    )
    if phrase is None or phrase.being is Being.TIME or phrase.named:
        return None
    start = phrase.start
    while start < phrase.end - 1 and before.words.kinds[start] in (Kind.DETERMINER, Kind.NUMBER):
        start += 1
    start = start if phrase is before.counted else phrase.end - 1
    return before.piece(start, phrase.end), phrase.plural


def surroundings(before: Asked) -> str:
    """Where and in what an earlier question asked about something: "in the Merrin flood"."""
    found = [
        p
        for p in before.phrases
        if p.preposition and not p.nested and not p.subject and p.start > before.asking
    ]
    named = [p for p in found if any(before.words.is_name(n) for n in range(p.start, p.whole))]
    return " ".join(before.piece(p.start - 1, p.whole) for p in named)
