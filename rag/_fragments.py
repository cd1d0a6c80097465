"""Questions that are only a part of one: "Why?", "And in 2019?", "What else?", "No, I meant the Courier."."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from rag._clause_words import Kind
from rag._noun_phrases import ASKING, PLACING, is_time_adverb
from rag._phrase_kinds import Being
from rag._question_parts import Asked, read_question
from rag._recasting import is_helper
from rag._verb_forms import Form, form_of, is_noun_too


class Part(Enum):
    """What a fragment is: it decides how the whole question is built from the one before."""

    ASKS = auto()  # "Why?", "Since when?", "Which ones?"
    CONFIRMS = auto()  # "Really?"
    ELSE = auto()  # "Who else?", "Tell me more."
    NEXT = auto()  # "What happened then?"
    MEANS = auto()  # "What does that mean?"
    THIRD = auto()  # "What about the tram?", "And in 2019?"
    HELPER = auto()  # "Did the mayor?", "Who did?"
    WHO = auto()  # "Who is that?"
    WHAT = auto()  # "What is that?"
    HAPPENED = auto()  # "What happened?"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fragment:
    """A part of a question: its `opening` ("why", "who else", "after") or its content (`text`)."""

    part: Part
    opening: str = ""
    text: str = ""


_LEAD = re.compile(
    r"""(?:(?:and|but|or|so|ok|okay|also|then|thanks|thank\ you|great|well|oh|hm+|ah|right|yes|yeah|sorry
    |interesting|i\ see|actually|please|now|no(?=[,;.!]\ ?i\ ))(?:[,.!;]+\s*|\s+))+""",
    re.IGNORECASE | re.VERBOSE,
)
_JOINING = re.compile(r"^(?:.*[,.!;]\s*)?(?:and|but|or)\b", re.IGNORECASE)
_WH = r"(?:why|when|where|how|since\ when|until\ when|how\ long|by\ whom|who|how\ often)"
_THAT = r"(?:that|this|it)"
_PATTERNS: tuple[tuple[Part, str], ...] = (
    (
        Part.CONFIRMS,
        rf"""really|seriously|for\ real|are\ you\ sure|sure|(?:is|was)\ that\ a\ fact
        |(?:is|was)\ {_THAT}\ (?:really\ )?(?:so|true|right|correct|certain|confirmed|the\ case)""",
    ),
    (
        Part.ELSE,
        rf"""(?P<else>who|what|where|when|which|how|why|whom)\ else
        |any(?:one|body|thing)?\ (?:else|others?|more)
        |is\ that\ (?:all|everything)|go\ on|continue|elaborate|(?:can|could)\ you\ elaborate
        |(?:(?:please|can\ you|could\ you)\ )?(?:tell|give|show)\ me\ (?:some\ )?more
         (?:\ details?|\ information)?(?:\ (?:about|on)\ {_THAT})?
        |more(?:\ details?|\ information)?(?:\ please)?|more\ (?:about|on)\ {_THAT}
        |what\ more(?:\ is\ (?:there|known))?
        |what\ else\ (?:is|do\ (?:we|you))\ (?:known?|there)(?:\ about\ {_THAT})?""",
    ),
    (
        Part.NEXT,
        r"""(?:what\ (?:happened|came|happens|comes|will\ happen)\ |what\ |then\ )
        (?P<next>next|then|after(?:wards?|\ that|\ this)?|later|since(?:\ then)?|before(?:\ that|\ this)?
         |what)
        |and\ then""",
    ),
    (
        Part.HAPPENED,
        rf"what\ (?:happened|is\ going\ on|was\ that\ about|is\ {_THAT}\ (?:all\ )?about)(?:\ exactly)?",
    ),
    (Part.MEANS, rf"what\ (?:does|did|would|do)\ {_THAT}\ mean(?:\ exactly)?"),
    (Part.WHAT, r"what(?:\ is|['’]?s|\ was)\ that"),
    (Part.WHO, r"who(?:\ is|['’]?s|\ was)\ that"),
    (
        Part.ASKS,
        rf"""(?P<event>{_WH})\ (?:did|does|will|was|is|has|had|would|could|do)
        \ (?:{_THAT}|all\ this|all\ that)\x20
        (?:happen|occur|take\ place|come\ about|happened|occurred|happening)(?:\ exactly)?""",
    ),
    (
        Part.ASKS,
        r"""(?P<so>why|how)(?:\ is|['’]s|\ was)\ (?:that|this)(?:\ so|\ the\ case)?
        |(?P<was>when|where)\ was\ (?:that|this)""",
    ),
    (
        Part.ASKS,
        rf"""(?P<done>{_WH})\ (?:did|does|do|will|would|has|have|had)\ (?:he|she|they|it)\ (?:do|done)\x20
        (?:{_THAT}|so)""",
    ),
    (
        Part.ASKS,
        r"""(?P<says>says\ who|who\ (?:says|said|claims)\ (?:so|that|this)|according\ to\ whom?)""",
    ),
    (Part.ASKS, r"(?P<come>how\ come|how\ so|why\ so|what\ for|why\ exactly)"),
)
_COMPILED = tuple((part, re.compile(pattern, re.VERBOSE)) for part, pattern in _PATTERNS)
_MEANT = re.compile(
    r"""(?:(?:no|sorry|actually|well|not\ that(?:\ one)?|ok)[,.;!]*\s+)*
    (?:i\ (?:mean|meant|(?:was|am)\ (?:asking|talking)\ about)|i['’]m\ (?:asking|talking)\ about)
    \s+(?P<text>.+)""",
    re.IGNORECASE | re.VERBOSE,
)
_ABOUT = re.compile(r"(?:what|how)(?:['’]s)? (?:about|of)\s+(?P<text>.+)", re.IGNORECASE)
_WANTED = re.compile(r"^an? (?:list|summary|table|timeline|overview)\b")
_PRECISE = frozenset("exactly precisely then not ones one again".split())
_LOOSE = frozenset("only just even now then also maybe perhaps today before after instead later".split())
_DEGREES = frozenset(
    "many much long often far soon old big high large fast quickly badly bad serious late early".split()
)
_MOST_ASKING, _MOST_BARE = 5, 3  # words of "In which month exactly?", of "The south tunnel?"


def without_lead(question: str) -> str:
    """The question without "and", "thanks, and" and the like before it."""
    core = question.strip()
    match = _LEAD.match(core)
    return core[match.end() :] if match and match.end() < len(core) else core


def read_fragment(question: str) -> Fragment | None:
    """What part of a question a text is; None where it is a whole one, or unlike any."""
    whole = question.strip()
    if not whole or len(whole) > 200:
        return None
    core = without_lead(whole)
    plain = re.sub(r"[\s?!.,]+$", "", core)
    if (meant := _MEANT.fullmatch(re.sub(r"[\s?!.]+$", "", whole))) is not None:
        return _third(meant["text"])
    if (about := _ABOUT.fullmatch(plain)) is not None:
        return _third(about["text"])
    for part, pattern in _COMPILED:
        if (match := pattern.fullmatch(plain.lower())) is not None:
            return Fragment(part=part, opening=_opening(part, match))
    asked = read_question(core)
    joined = core != whole and _JOINING.match(whole) is not None
    return _asking(asked) or _helper(asked) or _bare(asked, whole, joined=joined)


def _opening(part: Part, match: re.Match[str]) -> str:
    groups = {name: text for name, text in match.groupdict().items() if text}
    if part is Part.ELSE:
        return groups.get("else", "what")
    if part is Part.NEXT:
        return "before" if groups.get("next", "").startswith("before") else "after"
    if "says" in groups:
        return "according to whom"
    if "come" in groups:
        return "how" if groups["come"] == "how so" else "why"
    return next(iter(groups.values()), "")


def _third(text: str) -> Fragment | None:
    text = re.sub(r"[\s?!.,]+$", "", text)
    asked = read_question(text)
    opened = any(lower in ("who", "that", "which", "where", "when") for lower in asked.lower)
    whole = not opened and any(_is_finite(asked, n) for n in range(1, asked.stop))
    if (
        not text
        or whole
        or asked.lower[0] in ("you", "me", "us", "to", "that", "if")
        or _WANTED.search(text.lower())
    ):
        return None
    return Fragment(part=Part.THIRD, text=text)


def _asking(asked: Asked) -> Fragment | None:
    """ "Why?", "In which month?", "Why in June?": a question word without a verb."""
    place = next((n for n in range(min(3, asked.stop)) if asked.lower[n] in ASKING), None)
    if place is None or asked.stop > _MOST_ASKING + 2:
        return None
    if any(
        asked.words.kinds[n] not in (Kind.PREPOSITION, Kind.VERB) and asked.lower[n] not in PLACING
        for n in range(place)
    ):
        return None
    if place and asked.words.kinds[0] is Kind.VERB and asked.lower[0] != "according":
        return None
    end = place + 1
    while end < asked.stop and asked.words.kinds[end] not in (Kind.PREPOSITION, Kind.MARK):
        if asked.words.kinds[end] in (Kind.AUXILIARY, Kind.PRONOUN, Kind.SUBORDINATOR) or _is_finite(
            asked, end
        ):
            return None
        end += 1
    if not _asks_for_a_thing(asked, place, end):
        return None
    if end > _MOST_ASKING or (end < asked.stop and asked.words.kinds[end] is Kind.MARK):
        return None
    if asked.lower[end : end + 1] == ("of",):
        return None
    rest = asked.piece(end, asked.stop)
    if rest and (any(_is_finite(asked, n) for n in range(end, asked.stop)) or end > place + 2):
        return None
    return Fragment(part=Part.ASKS, opening=asked.piece(0, end).lower(), text=rest)


def _asks_for_a_thing(asked: Asked, place: int, end: int) -> bool:
    """Whether no verb follows the question word: "which minister", not "what restrictions remain"."""
    after = [n for n in range(place + 1, end) if asked.lower[n] not in _PRECISE]
    first = asked.lower[place + 1] if after else ""
    if asked.lower[place] in ("what", "which", "whose"):
        most = 2 if first in ("other", "first", "last") else 1
    elif asked.lower[place] == "how":
        most = 2 if first in ("many", "much") else 1 if first in _DEGREES else 0
    else:
        most = 0
    verbs = [n for n in after if form_of(asked.lower[n]) and not is_noun_too(asked.lower[n])]
    return len(after) <= most and not verbs


def _is_finite(asked: Asked, place: int) -> bool:
    form = form_of(asked.lower[place])
    if place + 1 == asked.stop and is_noun_too(asked.lower[place]) and "many" in asked.lower[:place]:
        return False  # "By how many votes?"
    nominal = any(p.start < place < p.end for p in asked.phrases)
    return asked.words.kinds[place] is Kind.AUXILIARY or (
        bool(form & (Form.PAST | Form.PRESENT)) and not nominal
    )


def _helper(asked: Asked) -> Fragment | None:
    """ "Who did?", "Did the mayor?": an auxiliary without its verb."""
    if asked.stop == 2 and asked.lower[0] == "who" and is_helper(asked.lower[1]):
        return Fragment(part=Part.HELPER, opening="who", text=asked.lower[1])
    subject = asked.subject
    if asked.auxiliary != 0 or asked.verb is not None or asked.predicate != asked.stop or subject is None:
        return None
    words = [asked.words.tokens[n] for n in range(subject.start, subject.end)]
    named = all(token.name for token in words)
    pronoun = len(words) == 1 and words[0].lower in ("he", "she", "it", "they")
    known = (
        len(words) == 2
        and words[0].lower == "the"
        and subject.being in (Being.PERSON, Being.PEOPLE, Being.BODY)
    )
    if subject.end != asked.stop or not (named or pronoun or known):
        return None
    return Fragment(part=Part.HELPER, opening=asked.lower[0], text=asked.piece(1, asked.stop))


def _bare(asked: Asked, whole: str, *, joined: bool) -> Fragment | None:
    """ "And in 2019?", "The tram?": a phrase without a verb, after "and" or as a short question."""
    if not asked.stop or asked.asking or asked.auxiliary is not None or not _is_phrase(asked):
        return None
    text = asked.piece(0, asked.stop)
    if joined:
        return (
            Fragment(part=Part.THIRD, text=text)
            if whole.endswith("?") or asked.stop <= _MOST_ASKING
            else None
        )
    if not whole.endswith("?"):
        return None
    placed = asked.words.kinds[0] is Kind.PREPOSITION and asked.stop <= _MOST_ASKING
    short = asked.stop <= _MOST_BARE and (
        asked.stop == 1
        or asked.words.kinds[0] is Kind.DETERMINER
        or all(t.name for t in asked.words.tokens[: asked.stop])
    )
    return Fragment(part=Part.THIRD, text=text) if placed or short else None


def _is_phrase(asked: Asked) -> bool:
    inside = {n for phrase in asked.phrases for n in range(phrase.start, phrase.end)}
    loose = (Kind.PREPOSITION, Kind.JOINT, Kind.DETERMINER)
    return all(
        n in inside
        or asked.words.kinds[n] in loose
        or asked.lower[n] in _LOOSE | PLACING
        or is_time_adverb(asked.lower[n])
        or asked.lower[n] in ("him", "her", "them", "he", "she", "they", "it", "that", "this")
        for n in range(asked.stop)
    )
