"""A question with what its pronouns mean written in their place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from rag._clause_words import Kind
from rag._nouns import word_set
from rag._phrase_kinds import Being, is_adjective
from rag._pointers import Pointer
from rag._question_parts import Asked, read_question
from rag._rebuilding import noun_of, surroundings
from rag._recasting import clause, described, event
from rag._referents import Referent, chosen, topic
from rag._verb_forms import lemma_of
from rag.background import word_stem

# What happens to an event or a fact: "When did that change?", "Did that surprise anyone?".
_OF_EVENTS = word_set("change surprise matter happen")
_TOLD = word_set("say decide claim announce confirm deny think believe know admit reveal report tell find")


@dataclass(slots=True)
class _Filling:
    """What is filled in where, and what it was."""

    asked: Asked
    before: Asked
    found: Sequence[Referent]
    pieces: list[tuple[int, int, str]] = field(default_factory=list)
    used: list[Referent] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    added: str = ""


def filled_in(
    asked: Asked, pointers: Sequence[Pointer], before: Asked, found: Sequence[Referent]
) -> tuple[str, str] | None:
    """The question with its pointers filled in, and what they mean in a few words; None if nothing fits."""
    filling = _Filling(asked, before, found)
    seen: set[str] = set()
    for pointer in pointers:
        # A second "he" means the same as the first, which now stands there by name.
        if pointer.word not in seen:
            _fill(filling, pointer)
        seen.add(pointer.word)
    if not filling.pieces:
        about = topic(found)
        if about is None:
            return None
        return f"{asked.piece(0, asked.stop)} in connection with {about.text}?", about.text
    return _written(filling), "; ".join(filling.reasons)


def _fill(filling: _Filling, pointer: Pointer) -> None:
    asked, before = filling.asked, filling.before
    if pointer.word in ("one", "other", "many"):
        _fill_noun(filling, pointer)
    elif pointer.word == "there":
        _fill_place(filling, pointer)
    elif pointer.word == "noun":
        _fill_pointed(filling, pointer)
    elif pointer.word == "that" and _is_judged(asked, before, pointer):
        _put(filling, pointer, "it")
        filling.added = f"that {clause(before)}"
    elif pointer.word == "that" and (told := _told(asked, before, pointer)):
        _put(filling, pointer, told)
    else:
        meant = chosen(pointer, asked, filling.found, filling.used)
        if meant is not None:
            filling.used.append(meant)
            text = meant.possessive if pointer.possessive or pointer.owned else meant.text
            _put(filling, pointer, text)
        elif pointer.word in ("that", "it") and (happening := event(before)):
            _put(filling, pointer, happening)


def _is_judged(asked: Asked, before: Asked, pointer: Pointer) -> bool:
    """Whether the question is how a fact is: "Is that legal?"."""
    rest = asked.lower[pointer.end : asked.stop]
    fact = before.verb is not None and (not before.asking or before.word in ("why", "when", "where", "how"))
    return pointer.subject and fact and asked.asking == 0 and len(rest) == 1 and is_adjective(rest[0])


def _told(asked: Asked, before: Asked, pointer: Pointer) -> str:
    """The clause that "that" means behind a verb of saying, behind "after", or before a verb of change."""
    previous = asked.lower[pointer.start - 1] if pointer.start else ""
    if before.verb is None:
        return ""
    if previous in ("after", "before", "since"):
        return clause(before)
    if lemma_of(previous) in _TOLD and before.word == "what":
        about = next((p for p in before.phrases if p.preposition in ("about", "on") and not p.nested), None)
        return "that" if about is None else f"that about {before.piece(about.start, about.whole)}"
    if lemma_of(previous) in _TOLD and previous not in ("did", "was"):
        return (
            f"that {clause(before)}" if not before.asking or before.word in ("why", "when", "where") else ""
        )
    if pointer.subject and asked.verb is not None and lemma_of(asked.lower[asked.verb]) in _OF_EVENTS:
        return event(before)
    return ""


def _fill_noun(filling: _Filling, pointer: Pointer) -> None:
    """ "the other one" is "the other tunnel", "how many were injured" "how many people were injured"."""
    noun = noun_of(filling.before)
    if noun is None:
        return
    text, plural = noun
    lower = filling.asked.lower[pointer.start] if pointer.start < pointer.end else ""
    if lower == "one" and plural:
        text = _singular(text)
    if pointer.word == "other":
        text = {"others": f"other {text}", "rest": f"rest of the {text}"}.get(
            lower, f"other {_singular(text)}"
        )
    counted = filling.before.counted
    if lower == "one" and counted is not None and filling.asked.lower[pointer.start - 1] == "which":
        _put(filling, pointer, f"of the {described(filling.before, counted)}")
        return
    _put(filling, pointer, text)
    named = any(p.named for p in filling.asked.phrases)
    filling.added = "" if named else surroundings(filling.before)


def _singular(noun: str) -> str:
    if noun == "people":
        return "person"
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    return noun[:-1] if noun.endswith("s") and not noun.endswith("ss") else noun


def _fill_place(filling: _Filling, pointer: Pointer) -> None:
    before = filling.before
    placed = [
        p
        for p in before.phrases
        if p.preposition in ("in", "at", "on", "near", "to") and p.being is not Being.TIME
    ]
    found = [p for p in placed if p.named] or placed
    if found:
        preposition = "in" if found[0].preposition == "to" else found[0].preposition
        _put(filling, pointer, f"{preposition} {before.piece(found[0].start, found[0].whole)}")
    elif (about := topic(filling.found)) is not None and about.being is not Being.PERSON:
        _put(filling, pointer, f"at {about.text}")


def _fill_pointed(filling: _Filling, pointer: Pointer) -> None:
    """ "that decision" or "the judge" with the fuller phrase that it repeats, or with the topic."""
    head = word_stem(filling.asked.lower[pointer.end - 1])
    same = [one for one in filling.found if not one.answered and head in map(word_stem, one.text.split())]
    fuller = next((one for one in same if word_stem(_core_head(one.text)) == head), None)
    noun = filling.asked.piece(pointer.start + 1, pointer.end)
    about = topic(filling.found)
    if fuller is not None:
        _put(filling, pointer, fuller.text)
    elif about is not None:
        _put(filling, pointer, f"the {noun}")
        filling.added = f"about {about.text}"
        filling.reasons.append(about.text)


def _core_head(text: str) -> str:
    asked = read_question(text)
    return asked.lower[asked.phrases[0].end - 1] if asked.phrases else ""


def _put(filling: _Filling, pointer: Pointer, text: str) -> None:
    if pointer.start < pointer.end:
        typed = filling.asked.piece(pointer.start, pointer.end)
        filling.reasons.append(f"{typed.lower()}: {text}")
    else:
        filling.reasons.append(text)
    filling.pieces.append((pointer.start, pointer.end, text))


def _written(filling: _Filling) -> str:
    asked, parts, place = filling.asked, [], 0
    for start, end, text in filling.pieces:
        parts += [asked.piece(place, start), text[:1].upper() + text[1:] if not start else text]
        place = end
    parts += [asked.piece(place, asked.stop), filling.added]
    written = re.sub(r" (?=[,:;]|'s )", "", " ".join(part for part in parts if part))
    ending = "?" if asked.words.kinds[asked.stop - 1] is not Kind.MARK else ""
    return written + ending
