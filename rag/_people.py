"""The people and bodies of one article: who was introduced how, and whom a surname or a pronoun means."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from rag._nouns import DETERMINERS, FINITE, PREPOSITIONS, is_capital, is_known_noun
from rag._reporting import Tokens
from rag._speakers import Kind, Speaker, read_speaker
from rag._speech_verbs import NOUNS_TOO, QUOTED, VERBS
from rag._subjects import CONNECTIVES, is_subject_pronoun, with_apposition

_ABBREVIATED = re.compile(r"\(\s?([A-Z][A-Za-z]{1,7})\s?\)")
_FUNCTION_WORDS = DETERMINERS | PREPOSITIONS | FINITE | CONNECTIVES
_MARKS = frozenset(",-–—();:.?!…/")
_MEMORY = 30  # mentions; nobody looks further back for whom a pronoun means
_PRONOUN_KINDS = {
    "he": (Kind.PERSON,),
    "she": (Kind.PERSON,),
    "they": (Kind.PEOPLE, Kind.BODY),
    "it": (Kind.BODY, Kind.DOCUMENT),
}


@dataclass(slots=True)
class People:
    """Who was introduced where, and who spoke or was spoken of last; it is filled in the order of reading."""

    _introduced: dict[str, tuple[int, Speaker]] = field(default_factory=dict)
    _in_sentence: dict[int, list[tuple[int, str]]] = field(default_factory=dict)
    _by_word: dict[str, list[str]] = field(default_factory=dict)
    _abbreviations: dict[str, str] = field(default_factory=dict)
    _recent: list[Speaker] = field(default_factory=list)
    _genders: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str, sentences: Sequence[tuple[int, Tokens]]) -> People:
        """Read the introductions in sentences, each with its place in the article."""
        people = cls(_abbreviations=dict(_abbreviations(text)))
        for start, tokens in sentences:
            for place, speaker in _introductions(tokens):
                people._introduce(start + place, speaker)
                people._in_sentence.setdefault(start, []).append((start + place, speaker.name))
        return people

    def resolve(self, speaker: Speaker, place: int, *, since: int | None = None) -> Speaker:
        """The fullest form of a speaker named at `place`, whose sentence starts at `since`."""
        if is_subject_pronoun(speaker.name):
            return self._meant(speaker, place, place if since is None else since)
        if not speaker.proper:
            return self._holder(speaker) or speaker
        bare = speaker.name.removeprefix("the ")
        if bare in self._abbreviations:
            return replace(speaker, name=self._abbreviations[bare], kind=Kind.BODY)
        known = self._known(speaker, place)
        return _filled(known, speaker) if known else speaker

    def speaks(self, speaker: Speaker, place: int) -> None:
        """Remember that `speaker` spoke at `place`."""
        self._recent.append(speaker)
        if speaker.proper and speaker.kind is Kind.PERSON:
            self._introduce(place, speaker)

    def mentions(self, subject: Speaker | None, start: int) -> None:
        """Remember whom the sentence at `start` introduces, and above all its subject."""
        named = [self._introduced[name][1] for _, name in self._in_sentence.get(start, ())]
        self._recent += reversed(named)
        if subject and not is_subject_pronoun(subject.name):
            self._recent.append(self.resolve(subject, start))

    def last_speaker(self) -> Speaker | None:
        """Who spoke or was spoken of last."""
        return self._recent[-1] if self._recent else None

    def first_named(self, *, until: int, besides: str) -> Speaker | None:
        """The person introduced first before `until`, one with a role before others, but not `besides`."""
        persons = [
            speaker
            for place, speaker in self._introduced.values()
            if place < until and speaker.kind is Kind.PERSON and speaker.name not in besides
        ]
        return next((speaker for speaker in persons if speaker.role), persons[0] if persons else None)

    def _introduce(self, place: int, speaker: Speaker) -> None:
        if speaker.name in self._introduced:
            where, known = self._introduced[speaker.name]
            self._introduced[speaker.name] = (where, _filled(known, speaker))
            return
        self._introduced[speaker.name] = (place, speaker)
        words = speaker.name.split()
        for word in {words[0], words[-1]}:
            self._by_word.setdefault(word, []).append(speaker.name)

    def _known(self, speaker: Speaker, place: int) -> Speaker | None:
        """The person introduced last before `place`, or else first after it, whom the name fits."""
        if speaker.name in self._introduced:
            single = " " not in speaker.name and len(self._by_word.get(speaker.name, ())) > 1
            if not single:
                return self._introduced[speaker.name][1]
        named = [self._introduced[name] for name in self._by_word.get(speaker.name, ()) if " " in name]
        surnamed = [entry for entry in named if entry[1].name.split()[-1] == speaker.name]
        fits = surnamed or [entry for entry in named if entry[1].kind is Kind.PERSON]
        before = [known for where, known in fits if where <= place]
        return before[-1] if before else fits[0][1] if fits else None

    def _holder(self, speaker: Speaker) -> Speaker | None:
        """The one person introduced whose role a description repeats: "the mayor"."""
        words = speaker.name.lower().split()
        if words[0] != "the" or speaker.kind is not Kind.PERSON or len(words) < 2:
            return None
        fits = [
            known
            for _, known in self._introduced.values()
            if set(words[1:]) <= set(f"the {known.role} {known.organisation}".lower().split())
        ]
        return fits[0] if len(fits) == 1 else None

    def _meant(self, pronoun: Speaker, place: int, since: int) -> Speaker:
        """Whom "he", "she", "they" or "it" stands for; the pronoun itself when nobody fits."""
        kinds = _PRONOUN_KINDS.get(pronoun.name, ())
        gender = {"he": "m", "she": "f"}.get(pronoun.name, "")
        here = [
            self._introduced[name][1] for where, name in self._in_sentence.get(since, ()) if where < place
        ]
        for speaker in [*here, *self._recent[: -_MEMORY - 1 : -1]]:
            known = self._genders.get(speaker.name, speaker.gender)
            if speaker.kind in kinds and not (gender and known and known != gender):
                if gender:
                    self._genders[speaker.name] = gender
                return speaker
        if pronoun.name == "they" and self._recent:
            return self._recent[-1]
        return pronoun


def _filled(known: Speaker, other: Speaker) -> Speaker:
    return replace(
        known,
        kind=Kind.PERSON if Kind.PERSON in (known.kind, other.kind) else known.kind,
        role=known.role or other.role,
        organisation=known.organisation or other.organisation,
        gender=known.gender or other.gender,
    )


def _abbreviations(text: str) -> Iterator[tuple[str, str]]:
    """Each abbreviation that stands in brackets behind what it abbreviates, with its full name."""
    for match in _ABBREVIATED.finditer(text):
        letters = [letter for letter in match[1] if letter.isupper()]
        before = text[max(0, match.start() - 120) : match.start()].split()
        for place in range(len(before) - 1, -1, -1):
            capitals = [word[0] for word in before[place:] if is_capital(word)]
            if capitals == letters and is_capital(before[place]):
                article = before[place - 1].lower() == "the" if place else False
                yield match[1], " ".join([*(["the"] if article else []), *before[place:]])
                break


def _introductions(tokens: Tokens) -> Iterator[tuple[int, Speaker]]:
    """The persons whom a sentence names in full, or by title, each with its place in the sentence."""
    words = tokens.words
    place = 0
    while place < len(words):
        if not _opens_name(words, place):
            place += 1
            continue
        first = place
        while place < len(words) and (is_capital(words[place]) or _joins(words, place)):
            place += 1
        title = _before(words, first)
        if place - first == 1 and not title:
            continue
        speaker = read_speaker([*title, *words[first:place]])
        if speaker and speaker.proper and speaker.kind is Kind.PERSON:
            speaker = with_apposition(speaker, _beside(words, place))
            if len(speaker.name.split()) > 1:
                yield tokens.starts[first], speaker


def _opens_name(words: Sequence[str], place: int) -> bool:
    word = words[place]
    return is_capital(word) and word.lower() not in _FUNCTION_WORDS and not is_subject_pronoun(word)


def _joins(words: Sequence[str], place: int) -> bool:
    particle = words[place] in (
        "de",
        "del",
        "della",
        "da",
        "dos",
        "van",
        "von",
        "der",
        "den",
        "bin",
        "ibn",
        "al",
        "la",
        "le",
    )
    return (
        particle
        and place + 1 < len(words)
        and (is_capital(words[place + 1]) or words[place + 1] in ("der", "den", "la"))
    )


def _before(words: Sequence[str], first: int) -> list[str]:
    """The title in lower case before a name: "police spokesman", "the union's chief negotiator"."""
    if not first or not is_known_noun(words[first - 1]) or not words[first - 1].islower():
        return []
    start = first - 1
    while start > 0 and first - start < 5:
        word = words[start - 1]
        of_name = word == "of" and start > 1 and is_capital(words[start - 2])  # "Bank of Orland governor"
        if not of_name and (
            word in _MARKS
            or word[0] == QUOTED
            or word.lower() in _FUNCTION_WORDS
            or word in ("and", "that", "when")
            or (word in VERBS and word not in NOUNS_TOO)
        ):
            break
        start -= 1
    return list(words[start:first])


def _beside(words: Sequence[str], place: int) -> list[list[str]]:
    """What stands behind a name between commas, or after "is"."""
    if place + 1 < len(words) and words[place] in ("is", "was") and words[place + 1] in ("a", "an", "the"):
        end = next((n for n in range(place, len(words)) if words[n] in _MARKS), len(words))
        return [list(words[place + 1 : end])]
    parts: list[list[str]] = []
    while place < len(words) and words[place] in (",", "(", "–", "—") and len(parts) < 2:
        end = next(
            (n for n in range(place + 1, len(words)) if words[n] in _MARKS or words[n][0] == QUOTED),
            len(words),
        )
        parts.append(list(words[place + 1 : end]))
        place = end
    return parts
