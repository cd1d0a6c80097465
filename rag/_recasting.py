"""Earlier questions said anew: asked with another question word, as a clause, or with a part replaced."""

from __future__ import annotations

from rag._clause_words import Kind
from rag._finite_verbs import BE, HAVE
from rag._noun_phrases import Phrase
from rag._phrase_kinds import Being
from rag._question_parts import Asked
from rag._verb_forms import MODALS, Form, form_of, lemma_of, past_of

_NEGATED_DO = {"didn't": "did not", "doesn't": "does not", "don't": "do not"}
_SPOKEN = frozenset("say tell write claim announce decide mean think promise".split())
_ADVERBIAL = frozenset("long often far soon fast quickly well badly".split())


def asked_with(asked: Asked, opening: str, *, negated: bool = False) -> str:
    """The same question with `opening` ("Why", "Since when") in place of what it asked for."""
    if asked.auxiliary is None and asked.verb is None:
        return f"{opening}: {_lowered(asked, 0, asked.stop)}?"
    if asked.by_subject:
        return f"{opening} {_with_stand_in(asked)}?"
    helper = asked.lower[asked.auxiliary or 0]
    subject = asked.piece((asked.auxiliary or 0) + 1, asked.predicate)
    verb = asked.verb if asked.verb is not None else asked.predicate - 1
    verb = max(verb, asked.predicate - 1)
    parts = [helper, subject, "not" if negated else "", asked.piece(asked.predicate, verb + 1)]
    parts += [_asked_thing(asked), asked.piece(verb + 1, asked.stop)]
    return f"{opening} {joined(parts)}?"


def _asked_thing(asked: Asked) -> str:
    """What stands in the place of what an earlier question asked for: "that", "the libraries"."""
    if asked.word in ("", "why", "when", "where"):
        return ""
    if asked.word == "how":
        if asked.counted is not None:
            return asked.counted.text
        adjective = asked.piece(1, asked.asking)
        return "" if not adjective or adjective in _ADVERBIAL else f"that {adjective}"
    if asked.verb is None or asked.lower[0] not in ("who", "whom", "what", "which"):
        return ""
    if asked.word in ("who", "whom"):
        return "someone"
    if asked.counted is not None:
        return f"the {asked.counted.text}"
    return "that" if lemma_of(asked.lower[asked.verb]) in _SPOKEN else ""


def _with_stand_in(asked: Asked) -> str:
    """A question for its subject turned round: "did people die in the flood"."""
    stand_in = "someone" if asked.word in ("who", "whom") else "that"
    if asked.counted is not None:
        stand_in = ("the " if asked.word in ("which", "what") else "") + asked.piece(
            asked.counted.start, asked.asking
        )
    if asked.auxiliary is not None:
        return joined([asked.lower[asked.auxiliary], stand_in, asked.piece(asked.auxiliary + 1, asked.stop)])
    verb = asked.verb or 0
    form = form_of(asked.lower[verb])
    helper = "did" if form & Form.PAST else "does" if form & Form.PRESENT else "do"
    return joined([helper, stand_in, _base_of(asked.lower[verb]), asked.piece(verb + 1, asked.stop)])


def _base_of(verb: str) -> str:
    """The base form of a verb, of one that is in no list by the rules of spelling."""
    lemma = lemma_of(verb)
    if lemma != verb or not verb.endswith("ed"):
        return lemma
    stem = verb[:-2]
    if stem[-1:] == stem[-2:-1] and stem[-1:] not in ("s", "l"):
        return stem[:-1]
    return stem + ("e" if stem.endswith(("at", "iz", "is", "c", "v", "g", "u")) else "")


def clause(asked: Asked) -> str:
    """What a question asks about, as a clause without its question word: "Norcom cut jobs"."""
    if asked.by_subject:
        stand_in = "someone" if asked.word in ("who", "whom") else "something"
        if asked.counted is not None:
            stand_in = ("the " if asked.word == "which" else "") + asked.piece(
                asked.counted.start, asked.asking
            )
        return joined([stand_in, asked.piece(asked.asking, asked.stop)])
    return _stated(asked, thing=_asked_thing(asked))


def embedded(asked: Asked) -> str:
    """The question as a part of another: "what the council decided", "whether Norcom cut jobs"."""
    if asked.auxiliary is None and asked.verb is None:
        return ""
    opening = _lowered(asked, 0, asked.asking) if asked.asking else "whether"
    if asked.by_subject:
        return joined([opening, asked.piece(asked.asking, asked.stop)])
    return joined([opening, _stated(asked, thing="")])


def event(asked: Asked) -> str:
    """A noun phrase or clause for what the question was about, to be the subject of another."""
    if asked.lower[:2] == ("how", "many") and asked.counted is not None:
        return f"the number of {described(asked, asked.counted)}"
    return embedded(asked)


def described(asked: Asked, phrase: Phrase) -> str:
    """What was counted or asked for, with what was said of it: "nurses who walked out in Arlmouth"."""
    noun = asked.piece(phrase.start, asked.asking)
    who = "who" if phrase.being in (Being.PERSON, Being.PEOPLE) else "that"
    if asked.by_subject:
        if asked.verb is None:
            return noun
        return joined([noun, who, asked.piece(asked.asking, asked.stop)])
    return joined([noun, "that", _stated(asked, thing="")])


def _stated(asked: Asked, *, thing: str) -> str:
    """The subject before its verb again: "Did Norcom cut jobs" is "Norcom cut jobs"."""
    if asked.auxiliary is None:
        return asked.piece(asked.asking, asked.stop)
    helper = asked.lower[asked.auxiliary]
    subject = asked.piece(asked.auxiliary + 1, asked.predicate)
    verb = asked.verb if asked.verb is not None else None
    if helper in ("did", "do", "does") and verb is not None:
        before = asked.piece(asked.predicate, verb)
        told = _conjugated(asked.lower[verb], helper)
        return joined([subject, before, told, thing, asked.piece(verb + 1, asked.stop)])
    helper = _NEGATED_DO.get(helper, helper)
    if verb is None:
        return joined([subject, helper, thing, asked.piece(asked.predicate, asked.stop)])
    after = [asked.piece(asked.predicate, verb + 1), thing, asked.piece(verb + 1, asked.stop)]
    return joined([subject, helper, *after])


def _conjugated(base: str, helper: str) -> str:
    """A verb as it is without "did", "does" or "do" before it."""
    if helper == "did":
        return {"be": "was", "have": "had", "do": "did"}.get(base) or past_of(base) or f"did {base}"
    if helper == "do":
        return base
    if base in ("be", "have", "do", "go"):
        return {"be": "is", "have": "has", "do": "does", "go": "goes"}[base]
    if base.endswith("y") and base[-2:-1] not in ("a", "e", "o", "u"):
        return base[:-1] + "ies"
    return base + ("es" if base.endswith(("s", "sh", "ch", "x", "z")) else "s")


def counted_with(asked: Asked, opening: str) -> str | None:
    """A yes/no question asked for the number or choice of its plural: "How many jobs did Norcom cut?"."""
    if asked.asking:
        return None
    helper = asked.auxiliary or 0
    subject = asked.subject
    found = [p for p in asked.phrases if p.plural and not p.nested and not p.subject and not p.preposition]
    if found and asked.verb is not None:
        noun = found[-1]
        bare = _undetermined(asked, noun)
        before, after = asked.piece(helper + 1, noun.start), asked.piece(noun.end, asked.stop)
        return f"{joined([opening, bare, asked.lower[helper], before, after])}?"
    if subject is not None and subject.plural:
        return f"{opening} {_undetermined(asked, subject)} {finite_rest(asked)}?"
    return None


def _undetermined(asked: Asked, phrase: Phrase) -> str:
    start = phrase.start
    while start < phrase.end - 1 and asked.words.kinds[start] in (Kind.DETERMINER, Kind.NUMBER):
        start += 1
    return asked.piece(start, phrase.end)


def finite_rest(asked: Asked) -> str:
    """What is said of the subject, with a finite verb: "resigned over the affair" of "Did he resign ..."."""
    if asked.by_subject:
        return asked.piece(asked.asking, asked.stop)
    helper = asked.lower[asked.auxiliary or 0]
    if helper in ("did", "does", "do") and asked.verb is not None:
        verb = _conjugated(asked.lower[asked.verb], "does" if helper != "did" else "did")
        return joined(
            [asked.piece(asked.predicate, asked.verb), verb, asked.piece(asked.verb + 1, asked.stop)]
        )
    return joined([_NEGATED_DO.get(helper, helper), asked.piece(asked.predicate, asked.stop)])


def with_subject(asked: Asked, subject: str, *, plural: bool) -> str:
    """The same question about another subject, the auxiliary agreeing with it."""
    helper = asked.auxiliary or 0
    told = agreeing(asked.words.tokens[helper].text, plural=plural)
    before = asked.piece(0, helper)
    return f"{joined([before, told, subject, asked.piece(asked.predicate, asked.stop)])}?"


def agreeing(helper: str, *, plural: bool) -> str:
    """An auxiliary in the number of its subject; its capital stays."""
    pairs = (("was", "were"), ("is", "are"), ("has", "have"), ("does", "do"))
    pair = next((pair for pair in pairs if helper.lower() in pair), None)
    if pair is None:
        return helper
    told = pair[1] if plural else pair[0]
    return told.capitalize() if helper[0].isupper() else told


def _lowered(asked: Asked, start: int, end: int) -> str:
    """A piece that may open the question, without its capital unless that is a name's."""
    text = asked.piece(start, end)
    keeps = asked.words.kinds[start] is Kind.OTHER or text[:2].isupper() if start < end else True
    return text if keeps or start else text[:1].lower() + text[1:]


def joined(parts: list[str]) -> str:
    """The parts that aren't empty, with one space between."""
    return " ".join(part for part in parts if part)


def is_helper(lower: str) -> bool:
    """Whether a word is an auxiliary that can stand for a whole predicate."""
    return lower in BE | HAVE | MODALS | {"did", "does", "do", "didn't", "doesn't", "don't"}
