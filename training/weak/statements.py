"""A question and its answer as one statement: "When did he arrive?", "1066" is "He arrived in 1066."

What people ask is worded by people, so that such a statement says in other words what its passage says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from training.weak.inflection import inflect
from training.weak.parsing import Parse, Parser, Word
from training.weak.phrasing import tidy

_WH = frozenset("who whom whose what which when where why how".split())
_DO = {"did": "VBD", "does": "VBZ", "do": "VBP"}
_PREPOSITIONS = frozenset(
    "in on at by to from of for with during after before near until since about".split()
)
_YEAR = re.compile(
    r"(?:1\d|20)\d\d(?:s)?$|.*\b(?:century|January|February|March|April|May|June|July|August"
    r"|September|October|November|December)\b(?! \d)"
)
_MOST_WORDS = 32
_LONGEST_ANSWER = 14


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question to be answered.

    `wh` is its question word and `lead` what stands before that ("In" of "In what year"); `given` is the
    answer with the noun that it counts, `before` the word that stands before the answer in its text.
    """

    parse: Parse
    wh: Word
    lead: str
    answer: str
    given: str
    before: str


def statement(parser: Parser, question: str, answer: str, *, before: str = "") -> str | None:
    """The statement that an answer makes of a question; None where the question's form is not one of ours.

    `before` is the word that stands before the answer in its text, which may be its preposition.
    """
    answer = answer.strip(" .\n,;")
    if not 1 <= len(answer.split()) <= _LONGEST_ANSWER or re.search(r"[.?!;\[\]\"“”]", answer):
        return None
    parse = parser.parse(question.strip().rstrip("?. ") + "?")
    words = [word for word in parse.words if word.pos != "SPACE"]
    place = next((n for n, word in enumerate(words) if word.lower in _WH), None)
    if place is None or len(words) < 4 or place > 4:
        return None
    said = _stated(parse, words, place, answer, before)
    if said is None:
        return None
    text = tidy(said)
    if not 4 <= len(text.split()) <= _MOST_WORDS or any(w in _WH for w in text.lower().split()[:1]):
        return None
    return text[:1].upper() + text[1:].rstrip("?. ") + "."


def _stated(parse: Parse, words: Sequence[Word], place: int, answer: str, before: str) -> str | None:
    wh = words[place]
    lead = parse.slice(words[:place])  # "In what year", "During which war"
    verb_at = next(
        (
            n
            for n in range(place + 1, len(words))
            if words[n].pos in ("AUX", "VERB") and words[n].dep != "amod"
        ),
        None,
    )
    if verb_at is None:
        return None
    noun = parse.slice(words[place + 1 : verb_at])  # after "what", "which", "how many"
    verb, rest = words[verb_at], words[verb_at + 1 : -1]
    given = _given(wh, noun, answer)
    if given is None:
        return None
    subject = _subject_after(parse, verb, words, verb_at)
    if subject is None:
        if lead or verb.lower in _DO or (wh.lower in ("when", "where", "why", "how") and not noun):
            return None
        return f"{given} {parse.slice(words[verb_at:-1])}"
    after = [word for word in rest if word.number > subject[-1].number]
    asked = _Asked(parse, wh, lead=lead, answer=answer, given=given, before=before)
    return _inverted(asked, verb, subject, after)


def _given(wh: Word, noun: str, answer: str) -> str | None:
    """The answer with the noun that was asked for, where it needs it."""
    if wh.lower == "how" and noun:
        first, *more = noun.split()
        if first.lower() not in ("many", "much"):
            return None
        counted = " ".join(more)
        return (
            answer if not counted or counted.split()[-1].lower() in answer.lower() else f"{answer} {counted}"
        )
    if wh.lower == "whose":
        return f"{answer}'s {noun}" if noun else None
    return answer


def _subject_after(parse: Parse, verb: Word, words: Sequence[Word], verb_at: int) -> tuple[Word, ...] | None:
    """The subject that stands behind the auxiliary; None where the question word is the subject."""
    if verb.pos != "AUX" and verb.lemma != "be":
        return None
    main = parse.words[verb.head] if verb.dep in ("aux", "auxpass") else verb
    head = parse.child(main, "nsubj", "nsubjpass", "expl")
    if head is None or head.number < verb.number:
        # "What is the capital?": the parser may take either for the subject.
        head = parse.child(main, "attr") if main.lemma == "be" and main is verb else None
    if head is None or head.number < verb.number or words[verb_at + 1].number > head.number:
        return None
    own = tuple(w for w in parse.subtree(head) if w.number > verb.number)
    return own if own and own[0].number == verb.number + 1 else None


def _inverted(asked: _Asked, verb: Word, subject: Sequence[Word], after: list[Word]) -> str | None:
    """The statement of a question whose subject stands behind its first verb, with `after` behind that."""
    parse, wh, lead, given = asked.parse, asked.wh, asked.lead, asked.given
    who = parse.slice(subject)
    tail = parse.slice(after)
    if verb.lower in _DO:
        if not after:
            return None
        main = next((w for w in after if w.tag in ("VB", "VBP") and w.pos in ("VERB", "AUX")), None)
        if main is None or any(w.dep == "neg" for w in after if w.number < main.number):
            return None
        if main.lemma == "do" and wh.lower == "what":
            return None  # "What did she do?": the answer is a clause
        done = inflect(main.lemma.lower(), _DO[verb.lower])
        front = parse.slice(after[: after.index(main)])
        behind = after[after.index(main) + 1 :]
        return _placed(asked, f"{who} {front} {done}", behind)
    if not after and verb.lemma == "be":
        if wh.lower in ("when", "where", "why", "how") and not lead:
            return _placed(asked, f"{who} {verb.text}", [])
        return f"{who} {verb.text} {lead} {given}"
    if (
        verb.lemma == "be"
        and wh.lower in ("what", "who")
        and not lead
        and after[0].tag not in ("VBN", "VBG", "JJ")
    ):
        return f"{who} {verb.text} {given} {tail}" if after[0].dep == "prep" else None
    main_at = next((n for n, w in enumerate(after) if w.tag in ("VB", "VBN", "VBG", "JJ")), None)
    if main_at is None:
        return None
    head = parse.slice(after[: main_at + 1])
    return _placed(asked, f"{who} {verb.text} {head}", after[main_at + 1 :])


def _placed(asked: _Asked, clause: str, behind: list[Word]) -> str | None:
    """The clause with the answer at its place among what stands `behind` its verb."""
    parse, wh, given = asked.parse, asked.wh, asked.given
    tail = parse.slice(behind)
    if asked.lead:  # "In what year ...": its preposition takes the answer
        return f"{clause} {tail} {asked.lead.lower()} {given}"
    if wh.lower in ("what", "who", "whom", "which", "whose") or (wh.lower == "how" and given):
        stranded = next(
            (n for n, w in enumerate(behind) if w.dep == "prep" and not parse.children[w.number]), None
        )
        if wh.lower == "how" and given == asked.answer and not re.search(r"\d|\w+ \w+", given):
            return None
        if stranded is not None:
            first, last = parse.slice(behind[: stranded + 1]), parse.slice(behind[stranded + 1 :])
            return f"{clause} {first} {given} {last}"
        if behind and behind[0].dep == "prt":
            return f"{clause} {behind[0].text} {given} {parse.slice(behind[1:])}"
        return f"{clause} {given} {tail}"
    said = _circumstance(wh, asked.answer, asked.before)
    return f"{clause} {tail} {said}" if said else None


def _circumstance(wh: Word, answer: str, before: str) -> str | None:
    """The answer to when, where or why, with the preposition that it has in its text or takes."""
    first = answer.split(maxsplit=1)[0].lower()
    if first in _PREPOSITIONS or first in ("because", "due", "when", "as", "so", "later", "yesterday"):
        return answer
    near = before.lower() if before.lower() in _PREPOSITIONS else ""
    if wh.lower == "when":
        usual = "in" if _YEAR.match(answer) else "on" if re.search(r"[0-9]", answer) else ""
        return f"{near or usual} {answer}".strip()
    if wh.lower == "where":
        return f"{near or 'in'} {answer}"
    if wh.lower == "why":
        return f"because {answer}" if len(answer.split()) > 3 else f"because of {answer}"
    return None
