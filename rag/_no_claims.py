"""What people type that is no claim: a question, a request, an opinion or wish, a topic.

A real claim sent back is worse than any of these let through, so each asks for a definite sign.
"""

from __future__ import annotations

import re

from rag._clause_words import NEGATIVE, Kind, Words
from rag._clauses import Clause
from rag._finite_verbs import BE, HAVE, SPEECH, is_modal, looks_plural
from rag._framing import frame_end, speaker_behind
from rag._verb_forms import Form, form_of, is_noun_too, lemma_of

_ASKING = frozenset("who whom whose what when where why how which whether".split())
_DO = frozenset("do does did don't doesn't didn't".split())
_OPENERS = frozenset("so and but well ok okay hey then".split())
_BEGUN = re.compile(
    r"(?:please|kindly)\b(?!\s+(?-i:[A-Z]))|let['’]?s\b|let (?:us|me)\b|(?:can|could|would|will) you\b"
    r"|(?:do not|don['’]t|never)\s+(?:\w+\s+)?(?:me|us|the|your|any)\b"
    r"|(?:tell|show|give|help|remind|send|teach) (?:me|us)\b|(?:find|check|look) (?:out|up|for)\b"
    r"|(?:ignore|disregard|forget) (?:all|any|every|previous|your|the|my|everything)\b"
    r"|(?:fact[- ]?check|summari[sz]e|translate|explain|verify|prove|list)\s+"
    r"(?:me|us|the|this|that|these|all|every|whether|if|how|why|what)\b",
    re.IGNORECASE,
)
_IN_MY_VIEW = re.compile(
    r"(?:i|we)\s+(?:\w+ly\s+|do\s+|don['’]t\s+|would\s+|also\s+|just\s+|still\s+)?"
    r"(?:think|believe|feel|hope|wish|guess|suppose|love|hate|like|prefer|want|doubt)\b"
    r"|(?:i['’]d|we['’]d|i['’]m|i am)\s+(?:like|prefer|sure|afraid|convinced|hoping|glad|sad)\b"
    r"|in\s+(?:my|our)\s+(?:\w+\s+)?(?:opinion|view)\b|to\s+my\s+mind\b|imh?o\b|personally\b|hopefully\b"
    r"|if\s+only\b|long\s+live\b|god\s+(?:save|bless)\b|shame\s+on\b|down\s+with\b|what\s+an?\b"
    r"|how\s+(?:awful|terrible|sad|stupid|dare)\b",
    re.IGNORECASE,
)
_STRONG = (
    "awful|horrible|wonderful|amazing|disgusting|disgraceful|shameful|stupid|ridiculous|pathetic|outrageous|"
    "fantastic|lovely"
)
_WEAK = "terrible|beautiful|ugly|great|boring|brilliant|nice|cool|evil|overrated|underrated|unfair|immoral"
_GOODS = (
    "president|leader|player|footballer|singer|band|song|film|movie|book|country|city|team|food|idea|thing|"
    "actor|writer|politician"
)
_EVALUATION = re.compile(
    rf"\b(?:is|are|was|were)\s+(?:\w+ly\s+|so\s+|such\s+|very\s+|just\s+|quite\s+)*(?:an?\s+)?"
    rf"(?:(?:{_STRONG})(?:\s+\w+)?|(?:{_WEAK}))[.!]*$"
    rf"|\bis\s+(?:an?\s+)?(?:\w+\s+)?(?:disgrace|shame|joke)[.!]*$"
    rf"|\b(?:is|are)\s+(?:by\s+far\s+)?the\s+(?:best|worst|greatest|nicest)\s+(?:\w+\s+)?(?:{_GOODS})s?"
    r"(?:\s+(?:ever|of all time|in the world|in history))?[.!]*$|\bdeserves?\s+(?:to\b|better\b|more\b)",
    re.IGNORECASE,
)
# What "should" be by a rule, on advice, or soon, can be checked.
_RULED = re.compile(
    r"\b(?:laws?|rules?|guid\w+|plans?|treat(?:y|ies)|constitution|courts?|recommend\w*|advice|standards?|"
    r"according|contract|protocol|regulations?|schedule|code|manual|originally|soon|january|february|march|april|"
    r"june|july|august|september|october|november|december)\b|\d"
    r"|\b(?:should|ought to)\s+(?:not\s+)?(?:arrive|last|take|come|end|finish|open|see|expect|receive|avoid|"
    r"drink|eat|wash|wear|consult|"
    r"be\s+(?:ready|given|taken|used|kept|stored|washed|\w+\s+by))\b",
    re.IGNORECASE,
)
# Predicates of headlines without a verb: "Mayor dead", "Talks off".
_PREDICATES = frozenset(
    """dead alive guilty missing safe over off out free open closed gone wrong false true fake real ill sick
    dying homeless innocent illegal legal dangerous flat hollow down up back ahead behind""".split()
)
_LONGEST_TOPIC = 5  # words


def is_question(words: Words) -> bool:
    """Whether words ask something, with a question mark or without."""
    last = len(words) - 1
    while last > 0 and words.lower[last] in ("!", '"', "”", ")", "'", "’"):
        last -= 1
    if words.lower[last] == "?":
        # Not 'She wrote "Who Am I?"'
        return not words.tokens[last].hidden or words.tokens[0].hidden
    first = 0
    while first < last and (words.lower[first] in _OPENERS or words.kinds[first] is Kind.MARK):
        first += 1
    rest = Words(words.tokens[first:])
    if rest.tokens[0].hidden or len(rest) < 2:
        return False
    if rest.lower[0] in _ASKING:
        return _asks(rest)
    return rest.kinds[0] is Kind.AUXILIARY and _is_inverted(rest)


def _asks(words: Words) -> bool:
    """Whether words that begin with "who", "what", "when" ask: "What he saw was a bird" does not."""
    first = words.tokens[0]
    if first.text == "WHO" and first.name:
        return False  # the World Health Organization
    if words.lower[:2] in (("what", "a"), ("what", "an")):
        return False  # "What a disgrace!"
    clause, after = Clause(words), words.lower[1]
    if words.kinds[1] is Kind.AUXILIARY:
        return after in _DO or not any(_is_sure(words, head) for head in clause.heads)
    if words.is_name(1) and form_of(after) & (Form.PAST | Form.PRESENT):
        return False  # "Who Framed Roger Rabbit won three Oscars"
    if clause.heads or (words.lower[0] in ("when", "where") and "," in words.lower):
        return False  # "When hunting, the platypus ..."
    # "Where the border runs is left open.": a verb was missed, for nobody ends a question in that way.
    stated = words.lower[-1] == "." and (words.kinds[1] is Kind.DETERMINER or words.is_name(1))
    return not (stated and Kind.AUXILIARY in words.kinds[1:])


def _is_sure(words: Words, head: int) -> bool:
    """Whether a verb can't be a participle: in "When was the bridge built" nothing is said of the bridge."""
    return words.kinds[head] is Kind.AUXILIARY or not form_of(words.lower[head]) & Form.PARTICIPLE


def _is_inverted(words: Words) -> bool:
    """Whether an auxiliary that begins it makes a question: not in "May is hot", "Will Smith won"."""
    first, heads = words.lower[0], Clause(words).heads
    if first in _DO:
        # "Do Kwon was arrested", "Do Not Go Gentle is a poem"
        return not (first == "do" and words.is_name(1) and (heads[:1] == [2] or words.lower[1] == "not"))
    if words.kinds[1] is Kind.PRONOUN:
        return "," not in words.lower or first not in ("had", "were", "should")
    if first == "may" and not heads:
        return False  # a wish
    if not heads or "," in words.lower[: heads[0]]:
        return not heads
    if is_modal(first):
        head = words.lower[heads[0]]
        if words.kinds[heads[0]] is Kind.VERB and form_of(head) & Form.BASE and words.lower[-1] != ".":
            return True  # "Could the dam burst"
        before = range(1, heads[0])
        return any(words.kinds[p] is Kind.VERB and _is_base(words.lower[p]) for p in before)
    return not any(_is_sure(words, head) for head in heads) if first in BE | HAVE else True


def _is_base(lower: str) -> bool:
    return bool(form_of(lower) & Form.BASE) and not is_noun_too(lower)


def is_request(words: Words, claim: str) -> bool:
    """Whether words tell somebody to do something."""
    if _BEGUN.match(claim.lstrip("\"'“‘ ")):
        return True
    order = words.kinds[0] is Kind.VERB and form_of(words.lower[0]) & Form.BASE and len(words) > 2
    if not order or Clause(words).heads:
        return False
    asked = words.lower[1] in ("me", "us", "it", "whether", "if", "that", "what", "how", "why", "who")
    return asked or (words.kinds[1] is Kind.DETERMINER and not words.is_name(2))


def is_opinion(words: Words, claim: str) -> bool:
    """Whether words say what somebody thinks or wishes, rather than what is so or was said."""
    plain = claim.lstrip("\"'“‘ ")
    if _IN_MY_VIEW.match(plain):
        return True
    clause = Clause(words)
    if words.lower[0] == "may" and not clause.heads:
        return True
    if _is_said(words, clause):
        return False
    heads = [words.lower[head] for head in clause.heads]
    if heads[:1] and heads[0] in ("should", "shouldn't", "ought"):
        return not _RULED.search(claim)
    return bool(_EVALUATION.search(claim)) and len(heads) == 1


def _is_said(words: Words, clause: Clause) -> bool:
    """Whether it is said by somebody: that can be checked, whatever it is."""
    if frame_end(words) != 0 or speaker_behind(words) is not None:
        return True
    verbs = [*clause.heads, *clause.embedded]
    return any(lemma_of(words.lower[verb]) in SPEECH | {"call", "describe"} for verb in verbs)


def is_topic(words: Words) -> bool:
    """Whether words name something and say nothing of it: "HIMARS", "the war in Ukraine"."""
    shown = [place for place, token in enumerate(words.tokens) if token.text[0].isalnum()]
    if len(shown) < 2:
        return True
    if len(shown) > _LONGEST_TOPIC or (len(shown) > 2 and words.lower[-1] in (".", "!")):
        return False
    return not any(_says(words, place) for place in shown)


def _says(words: Words, place: int) -> bool:
    kind, lower = words.kinds[place], words.lower[place]
    if kind in (Kind.AUXILIARY, Kind.NUMBER, Kind.NEGATION, Kind.ADVERB) or lower in _PREDICATES | NEGATIVE:
        return place > 0 or kind is Kind.NUMBER or lower in NEGATIVE
    form = form_of(lower)
    if not form or place == 0 or kind is Kind.DETERMINER:
        return False
    sure = form & ~Form.BASE or not is_noun_too(lower)
    return bool(sure) or looks_plural(words.lower[place - 1])
