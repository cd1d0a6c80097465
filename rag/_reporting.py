"""Where a sentence says who says it: reporting verbs with their subjects, and "according to"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag._nouns import PRONOUNS
from rag._speakers import Kind, Speaker
from rag._speech_verbs import (
    BE,
    COMMAS,
    FINDINGS,
    FREE,
    QUOTED,
    VERBS,
    WITH_COMPLEMENT,
    has_complement,
    reports,
)
from rag._subjects import agrees, left_subject, right_subject, sentence_subject

_TOKEN = re.compile(
    rf"{QUOTED}+|(?:[^\W\d_]\.){{2,}}|(?:Mr|Mrs|Ms|Mx|Dr|Prof|Gen|Lt|Col|Maj|Capt|Sgt|Adm|Cmdr|Brig|Gov|Sen|Rep|Rev"
    r"|Insp|Det|Supt|Cpl|Pres|Cllr|Amb|Atty|Pvt|St|Jr|Sr|[A-Z])\.(?=[\s,])"
    r"|\w+(?:['’.,&-]\w+)*(?:(?<=s)['’](?=\s))?|&|[-–—,;:().?!…/]"
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words and marks of one sentence, and where each starts in it."""

    words: tuple[str, ...]
    starts: tuple[int, ...]

    @classmethod
    def of(cls, sentence: str) -> Tokens:
        """Read a sentence whose quotations are covered by `QUOTED`."""
        found = [(match.group(), match.start()) for match in _TOKEN.finditer(sentence)]
        return cls(tuple(word for word, _ in found), tuple(start for _, start in found))


@dataclass(frozen=True, slots=True)
class Cue:
    """That a sentence is said by `speaker`; `start` is the offset in it of the word that tells."""

    speaker: Speaker
    start: int
    closing: bool = False

    @property
    def pronoun(self) -> str:
        """ "he", "she", "they" or "it" when that is all the sentence names."""
        return self.speaker.name if self.speaker.name in PRONOUNS else ""


def find_cues(tokens: Tokens, *, quotes: bool) -> list[Cue]:
    """Every cue of a sentence, in order; `quotes` is whether any part of it stands in quotation marks."""
    found: list[Cue] = []
    for place, word in enumerate(tokens.words):
        lower = word.lower()
        if lower == "according" and tokens.words[place + 1 : place + 2] == ("to",):
            speaker = right_subject(tokens.words, place + 2)
        elif lower in VERBS or lower in WITH_COMPLEMENT or lower in ("quoted", "cited"):
            speaker = _speaker_of_verb(tokens.words, place, quotes=quotes)
        else:
            continue
        if speaker:
            found.append(Cue(speaker, tokens.starts[place], _closes(tokens.words, place)))
    return found or _participle(tokens)


def cited(tokens: Tokens) -> Speaker | None:
    """Whom a sentence cites: "local officials" in "the BBC reported, citing local officials"."""
    for place, word in enumerate(tokens.words):
        if word in ("citing", "quoting"):
            return right_subject(tokens.words, place + 1)
    return None


def _closes(words: Sequence[str], place: int) -> bool:
    """Whether the cue stands behind what is said: "..., the union said."."""
    last = len(words) - 1 - place
    return last <= 12 and any(word == "," or word[0] == QUOTED for word in words[max(0, place - 14) : place])


def _speaker_of_verb(words: Sequence[str], place: int, *, quotes: bool) -> Speaker | None:
    verb = words[place].lower()
    after = words[place + 1].lower() if place + 1 < len(words) else "."
    before = words[place - 1] if place else ""
    if verb in ("quoted", "cited"):
        quoted = "as" in words[place + 1 : place + 10] and words[place - 1 : place] and before.lower() in BE
        return left_subject(words, place - 1, "past") if quoted else None
    if verb in WITH_COMPLEMENT:
        if not has_complement(words, place, verb, quotes=quotes):
            return None
        return left_subject(words, place, "past")
    form = VERBS[verb]
    if form == "going":
        return left_subject(words, place - 1, form) if place and before.lower() in BE else None
    if verb in ("told", "tells", "tell") and after in ("to", "by", "in", "off", "apart", ".", ","):
        return None
    if after == "by" or (
        after == "to" and (verb in ("said", "thought") or (form == "past" and before.lower() in BE))
    ):
        return None
    left = left_subject(words, place, form)
    if left:
        weak = verb in FINDINGS and not left.proper and left.kind not in (Kind.BODY, Kind.DOCUMENT)
        return left if reports(words, place, verb, after) and not weak else None
    if verb in ("told", "tells", "tell") or not (
        (not place and verb in ("said", "says")) or before in COMMAS or before[:1] == QUOTED
    ):
        return None
    speaker = right_subject(words, place + 1)
    return speaker if speaker and agrees(speaker, form) else None


def _participle(tokens: Tokens) -> list[Cue]:
    """The cue of "The company closed two plants, saying that ..."."""
    for place, word in enumerate(tokens.words[1:], start=1):
        going = VERBS.get(word) == "going" and word not in (
            "continuing",
            "writing",
            "ruling",
            "reading",
            "posting",
        )
        after = tokens.words[place + 1 : place + 2]
        if going and tokens.words[place - 1] == "," and after and (word in FREE or after[0] in ("that", ":")):
            speaker = sentence_subject(tokens.words)
            if speaker:
                return [Cue(speaker, tokens.starts[place])]
    return []
