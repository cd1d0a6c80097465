"""Follow-up questions of a conversation -> questions that can be asked by themselves, by rules.

Only what surely depends on what was said before is changed: a question that stands alone stays as it is,
character for character. English only. What follow-ups leave out, and how, is described
with the data sets CAsT (Dalton et al. 2020) and CANARD (Elgohary et al. 2019): pronouns, questions cut down
to their question word, one part of the last question exchanged for another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag._fragments import Part, read_fragment, without_lead
from rag._pointers import bare_definite, pointers
from rag._pointing import filled_in
from rag._question_parts import read_question
from rag._rebuilding import rebuilt
from rag._referents import referents
from rag.background import stem_idf, stems

TURNS_READ = 3  # nobody's "he" means someone from further back
_LONGEST = 600  # characters of a question, beyond which it brings its own context
_OF_WEIGHT = 0.2  # the IDF of a word that tells a topic
_ANSWER = 2000  # characters of an answer that are read


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """A question as it was asked in full, and what was answered.

    `answer` is the text of the statements, "" where nothing was found; `titles` are those of the articles
    cited.
    """

    question: str
    answer: str = ""
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolution:
    """A question that can be asked by itself.

    `changed` says whether it differs from what was typed, `reason` in a few words what was filled in ("he:
    Ivan Havryliuk").
    """

    question: str
    changed: bool
    reason: str = ""


def stands_alone(question: str) -> bool:
    """Whether nothing in a question surely points back to an earlier one."""
    if len(question) > _LONGEST or not question.strip():
        return True
    asked = read_question(without_lead(question))
    return read_fragment(question) is None and not pointers(asked) and bare_definite(asked) is None


def resolve(question: str, turns: Sequence[Turn]) -> Resolution:
    """The question with what it leaves out filled in from the last turns, of which `turns[-1]` is the newest.

    Without a sure sign that it needs them, or with no turns, it comes back as it is. Never raises.
    """
    same = Resolution(question=question, changed=False)
    recent = [turn for turn in reversed(turns[-TURNS_READ:]) if turn.question.strip()]
    if not recent or stands_alone(question):
        return same
    before = read_question(recent[0].question[:_LONGEST])
    found = referents([(turn.question[:_LONGEST], turn.answer[:_ANSWER]) for turn in recent])
    fragment = read_fragment(question)
    if fragment is not None:
        text = rebuilt(fragment, before, found)
        if text is None and fragment.part is Part.THIRD and _goes_on(fragment.text, recent[0]):
            text = f"{before.text.rstrip('?! ')} with regard to {fragment.text}?"
        return (
            same
            if text is None or text == question
            else Resolution(question=text, changed=True, reason=before.text)
        )
    asked = read_question(without_lead(question))
    signs = pointers(asked)
    if not signs:
        definite = bare_definite(asked)
        # "the judge" needs help only where the last turn spoke of a judge.
        if definite is None or not _is_spoken_of(asked.lower[definite.end - 1], recent[0]):
            return same
        signs = (definite,)
    told = filled_in(asked, signs, before, found)
    if told is None or told[0] == question:
        return same
    text = told[0][:1].upper() + told[0][1:]
    return Resolution(question=text, changed=True, reason=told[1])


def _goes_on(topic: str, turn: Turn) -> bool:
    """Whether what is asked about next was spoken of before, by a word of some weight."""
    spoken = set(stems(f"{turn.question} {turn.answer}"))
    return any(stem in spoken and stem_idf(stem) >= _OF_WEIGHT for stem in stems(topic))


def _is_spoken_of(noun: str, turn: Turn) -> bool:
    return set(stems(noun)) <= set(stems(f"{turn.question} {turn.answer}"))
