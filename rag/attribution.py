"""Who says what in an article: rules over reporting verbs, quotation marks, names and pronouns.

A sentence is attributed as a whole, to the one who is quoted in it or whose words it reports. People known
by their occupation only ("detectives", "soldiers from Ukrainian brigades"), and those to whom the article
promises anonymity, are not `named`; bodies, documents, the holders of an office ("the mayor"), spokespeople
(who speak openly for a body) and people under a call sign are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from rag._outlets import expand_outlet, is_outlet, told_outlet
from rag._people import People
from rag._quotations import Quotation, covered, find_quotations
from rag._reporting import Cue, Tokens, cited, find_cues
from rag._speakers import Speaker
from rag._subjects import sentence_subject
from rag.schema import Article, Attribution, Citation, Evidence, Sentence, SentenceKind, Speech
from rag.sentences import split_sentences

_ANONYMOUS = re.compile(
    r"\b(?:condition (?:that )?(?:of anonymity|of not being|(?:they|he|she) not be)"
    r"|(?:speaking|spoke) anonymously"
    r"|not to be (?:further )?(?:named|identified|quoted by name)|not (?:be )?(?:named|identified)"
    r"|(?:declin|refus)(?:ed|ing) to be (?:named|identified)|remain anonymous|request(?:ed|ing) anonymity"
    r"|(?:cannot|can't|could not) be named|not authori[sz]ed to (?:speak|comment|discuss|talk))\b"
)
_DATELINE = re.compile(r"\W{0,3}[A-Z][A-Z .,'’-]+(?:,[^()\n]{0,40})?\((?:Reuters|AP|AFP|dpa)\)\s*[-–—]+\s*")
_QUESTION = re.compile(r"[*_#\s]*(?:Q|Question|Interviewer)\s?[:.]\s?", re.IGNORECASE)
_ANSWER = re.compile(r"[*_#\s]*(?:A|Answer)\s?[:.]\s")
_FIRST_PERSON = re.compile(r"\b(?:I|I'm|I’m|we|We|my|My|our|Our)\b")
_QUOTED_SHARE = 0.5  # from here on a sentence is word for word what was said
_REACH = 2  # sentences; so far after a quotation its speaker may be named


@dataclass(frozen=True, slots=True)
class _Line:
    """A body sentence with what stands in it."""

    sentence: Sentence
    text: str
    tokens: Tokens
    cues: tuple[Cue, ...]
    turns: frozenset[int]
    quoted: float  # share of the sentence in quotation marks
    whole: bool  # whether a whole sentence is quoted


@dataclass(frozen=True, slots=True)
class _Voice:
    """The speaker of a line, and the outlet that was told."""

    speaker: Speaker
    outlet: str = ""
    direct: bool = False


def attribute(article: Article) -> tuple[Attribution, ...]:
    """Say who says what in the body of `article`, in order of place; the rest the article asserts itself.

    Each attribution covers one or more consecutive whole sentences of one paragraph. Any text is accepted,
    and the same article gives the same attributions.
    """
    sentences = split_sentences(article.text, title=article.title)
    lines = _lines(article.text, [s for s in sentences if s.kind is SentenceKind.BODY])
    people = People.of(article.text, [(line.sentence.start, line.tokens) for line in lines])
    voices = _interview(article, lines, people) or _Reader(article, lines, people).voices()
    return _merged(lines, voices)


def said_between(attributions: Sequence[Attribution], start: int, end: int) -> tuple[Attribution, ...]:
    """The attributions that reach into the characters from `start` to `end` of their article, cut to them."""
    return tuple(
        replace(said, start=max(said.start, start), end=min(said.end, end))
        for said in attributions
        if said.start < end and start < said.end
    )


def citation_of(number: int, evidence: Evidence, attributions: Sequence[Attribution]) -> Citation:
    """The citation of a piece of evidence, with those of its article's `attributions` that cover it."""
    return Citation(
        number=number,
        article_id=evidence.article_id,
        title=evidence.title,
        quote=evidence.text,
        start=evidence.start,
        end=evidence.end,
        attributions=said_between(attributions, evidence.start, evidence.end),
    )


def _lines(text: str, sentences: Sequence[Sentence]) -> list[_Line]:
    paragraphs = [
        (group[0].start, group[-1].end)
        for _, members in groupby(sentences, key=lambda sentence: sentence.paragraph)
        if (group := list(members))
    ]
    quotations = find_quotations(text, paragraphs)
    masked = covered(text, quotations)
    lines: list[_Line] = []
    first = 0
    for sentence in sentences:
        while first < len(quotations) and quotations[first].end <= sentence.start:
            first += 1
        last = first
        while last < len(quotations) and quotations[last].start < sentence.end:
            last += 1
        lines.append(_line(sentence, text, masked, quotations[first:last]))
    return lines


def _line(sentence: Sentence, text: str, masked: str, quotations: Sequence[Quotation]) -> _Line:
    shown = masked[sentence.start : sentence.end]
    dateline = _DATELINE.match(shown)
    if dateline:
        shown = " " * dateline.end() + shown[dateline.end() :]
    tokens = Tokens.of(shown)
    speech = [quotation for quotation in quotations if quotation.speech]
    marked = sum(min(q.end, sentence.end) - max(q.start, sentence.start) for q in speech)
    return _Line(
        sentence=sentence,
        text=text[sentence.start : sentence.end],
        tokens=tokens,
        cues=tuple(find_cues(tokens, quotes=bool(quotations))),
        turns=frozenset(quotation.turn for quotation in speech),
        quoted=marked / max(1, sentence.end - sentence.start),
        whole=any(quotation.whole for quotation in speech),
    )


class _Reader:
    """Reads the lines of one article in order and remembers who was spoken of."""

    def __init__(self, article: Article, lines: Sequence[_Line], people: People) -> None:
        self._article = article
        self._lines = lines
        self._people = people
        self._of_turn: dict[int, tuple[Cue, str]] = {}
        for line in lines:
            if line.cues and line.turns:
                told = (_main(line.cues), told_outlet(line.text))
                for turn in line.turns:
                    self._of_turn.setdefault(turn, told)

    def voices(self) -> list[_Voice | None]:
        """The voice of each line; None where the article itself speaks."""
        found: list[_Voice | None] = []
        for number, line in enumerate(self._lines):
            voice = self._voice(number, line, found)
            found.append(voice)
            if voice:
                self._people.speaks(voice.speaker, line.sentence.start)
            else:
                self._people.mentions(sentence_subject(line.tokens.words), line.sentence.start)
        return found

    def _voice(self, number: int, line: _Line, before: Sequence[_Voice | None]) -> _Voice | None:
        if line.cues:
            return self._told(line)
        if line.quoted < _QUOTED_SHARE:
            return None
        told = next((self._of_turn[turn] for turn in sorted(line.turns) if turn in self._of_turn), None)
        if told:
            cue, outlet = told
            return _Voice(self._people.resolve(cue.speaker, line.sentence.start), outlet, direct=True)
        paragraph = line.sentence.paragraph
        if number and self._lines[number - 1].sentence.paragraph == paragraph and before[number - 1]:
            voice = before[number - 1]
            return replace(voice, direct=True) if voice else None
        speaker = self._own_subject(line) or self._people.last_speaker() or self._named_next(number)
        return _Voice(speaker, direct=True) if speaker else None

    def _own_subject(self, line: _Line) -> Speaker | None:
        """The person that an introduction names: 'Moss was blunt: "It failed."'."""
        subject = sentence_subject(line.tokens.words)
        return self._people.resolve(subject, line.sentence.start) if subject else None

    def _named_next(self, number: int) -> Speaker | None:
        for line in self._lines[number + 1 : number + 1 + _REACH]:
            if line.cues:
                return self._people.resolve(_main(line.cues).speaker, line.sentence.start)
        return None

    def _told(self, line: _Line) -> _Voice:
        """The voice of a line with a cue; an outlet among several speakers only passes on what they say."""
        cues = [cue for cue in line.cues if not is_outlet(cue.speaker.name)]
        outlets = [cue.speaker for cue in line.cues if is_outlet(cue.speaker.name)]
        told = told_outlet(line.text)
        source = cited(line.tokens) if outlets else None
        if cues:
            speaker, place = _main(cues).speaker, _main(cues).start
        elif source:
            speaker, place = source, len(line.text)
        else:
            return _Voice(replace(outlets[0], name=expand_outlet(outlets[0].name)))
        if outlets and not told:
            told = expand_outlet(outlets[0].name)
        speaker = self._people.resolve(speaker, line.sentence.start + place, since=line.sentence.start)
        if _ANONYMOUS.search(line.text) and not speaker.proper:
            speaker = replace(speaker, named=False)
        if told and self._article.source and self._article.source.casefold() in told.casefold():
            told = ""  # it was said to the article's own outlet
        return _Voice(speaker, told, direct=line.whole or line.quoted >= _QUOTED_SHARE)


def _main(cues: Sequence[Cue]) -> Cue:
    """The cue that the whole sentence hangs on: the one behind it all, or else the first."""
    return next((cue for cue in cues if cue.closing), cues[0])


# Interviews


def _interview(article: Article, lines: Sequence[_Line], people: People) -> list[_Voice | None] | None:
    """The voices of an interview with one person, in questions and answers; None when it is none."""
    paragraphs = [list(group) for _, group in groupby(lines, key=lambda line: line.sentence.paragraph)]
    asked = [bool(_QUESTION.match(paragraph[0].text)) for paragraph in paragraphs]
    if sum(asked) < 2:
        asked = _bare_questions(paragraphs)
    if sum(asked) < 2:
        return None
    first = asked.index(True)
    introduction = [line for paragraph in paragraphs[:first] for line in paragraph]
    end = introduction[-1].sentence.end if introduction else 0
    person = people.first_named(until=end, besides=article.author)
    if person is None:
        return None
    voices = _Reader(article, introduction, people).voices()
    for paragraph, question in zip(paragraphs[first:], asked[first:], strict=True):
        voices += [None if question else _Voice(person, direct=True) for _ in paragraph]
    return voices


def _bare_questions(paragraphs: Sequence[Sequence[_Line]]) -> list[bool]:
    """Which paragraphs ask what the next one answers in the first person, at least three of them."""
    asks = [
        len(paragraph) <= 3
        and paragraph[-1].text.rstrip("*_ ").endswith("?")
        and not any(p.quoted for p in paragraph)
        for paragraph in paragraphs
    ]
    answered = [
        asks[n]
        and n + 1 < len(asks)
        and not asks[n + 1]
        and any(_FIRST_PERSON.search(line.text) and not line.quoted for line in paragraphs[n + 1])
        for n in range(len(asks))
    ]
    return asks if sum(answered) >= 3 and sum(asks) - sum(answered) <= 2 else [False] * len(asks)


def _merged(lines: Sequence[_Line], voices: Sequence[_Voice | None]) -> tuple[Attribution, ...]:
    merged: list[Attribution] = []
    last = -2
    for number, (line, voice) in enumerate(zip(lines, voices, strict=True)):
        if voice is None:
            continue
        said = _attribution(line.sentence, voice)
        before = lines[number - 1].sentence if number else None
        together = last == number - 1 and before and before.paragraph == line.sentence.paragraph
        if together and replace(said, start=merged[-1].start, end=merged[-1].end) == merged[-1]:
            merged[-1] = replace(merged[-1], end=said.end)
        else:
            merged.append(said)
        last = number
    return tuple(merged)


def _attribution(sentence: Sentence, voice: _Voice) -> Attribution:
    speaker = voice.speaker
    return Attribution(
        start=sentence.start,
        end=sentence.end,
        speaker=speaker.name,
        speech=Speech.DIRECT if voice.direct else Speech.INDIRECT,
        named=speaker.named,
        role=speaker.role,
        organisation=speaker.organisation,
        outlet=voice.outlet,
    )
