"""What a chat model wrote, held against the sentences it names: shown only if they bear it out.

First rules that can be read: the numbers must be those of evidence it was given, it must be a whole sentence
that says something, and every figure, date, name and word of weight in it must be in that evidence. Then the
verifier, with a threshold of its own: what is shown as supported must hardly ever be wrong.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.background import stem_idf, stems, word_stem, words
from rag.claims import split_claim
from rag.comparison import Difference, DifferenceKind, compare
from rag.encoder import Encoder
from rag.generation import Draft, NumberedSentence
from rag.retrieval import Query
from rag.schema import Stance
from rag.tokens import as_stored, compress
from rag.verification import ClaimVerifier
from rag.verifier import STANCES

SURE_ENOUGH = 0.8
"""The probability of support from which a statement is shown: chosen on claims the verifier did not see."""
SURE_OF_BEGINNING = 0.5
"""The same for the beginning of a sentence, word for word, of whose end nothing turns it round."""
SAME_WORDS = 0.3
"""The largest share of a statement's words, by IDF, that its evidence may lack."""
_RARE = 0.6  # the IDF of a word that must be in the evidence
_FEWEST_WORDS = 3
_MOST_NAMED = 4  # sentences, for one statement

_ENDS = re.compile(r"[.!?][\"'”’)\]]*$")
_ABOUT_EVIDENCE = re.compile(
    r"\b(?:evidence|sentences?|articles?|text|passages?|sources?|context|information)\b[^.]{0,40}"
    r"\b(?:(?:do|does|did|is|are|was|were)(?: not|n['’]t)|no|not enough|insufficient|lacks?|fails?)\b"
    r"|\bno (?:information|evidence|mention|answer)\b|\bnot (?:mentioned|specified|stated|provided|given)\b"
    r"|\b(?:as an ai|language model|i (?:can|can['’]?no?t|am|do|don['’]t|will|have|must|apologi[sz]e))\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"https?://|www\.|\]\(|<\w", re.IGNORECASE)
_SIGNED = re.compile(r"(?<![\w.,])[-−](\d[\d.,]*\d|\d)")
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "’": "'", "‘": "'"})
_GAP = 3  # characters between sentences that follow each other
_CONDITIONS = frozenset(
    """if unless whether would could might may untrue false rumour rumours rumor rumors denied denies deny lie
    lies hoax nobody""".split()
)
"""Words of evidence without which a statement says more than it does."""
_TURNING = _CONDITIONS | frozenset(
    """not no never without but although though except until only almost nearly hardly according claimed
    claims alleged allegedly reportedly said says told refused failed instead unlike than or""".split()
)
"""Words at the end of a sentence that may turn round, or leave to others, how it began."""
_CALENDAR = frozenset(
    word_stem(word)
    for word in """monday tuesday wednesday thursday friday saturday sunday january february march april may
    june july august september october november december the a an in on at it he she they""".split()
)
_NAMED = frozenset({DifferenceKind.NUMBER, DifferenceKind.DATE, DifferenceKind.NAME})


@dataclass(frozen=True, kw_only=True)
class Held:
    """A statement with the sentences it names: borne out by them, or not, for a `reason` in words.

    `support` is the probability (0 to 1) that they support it, 0 where it did not come to that.
    """

    text: str
    sentences: tuple[NumberedSentence, ...]
    reason: str = ""
    support: float = 0.0

    @property
    def is_borne_out(self) -> bool:
        """Whether it may be shown as supported."""
        return not self.reason


_Unit = tuple[NumberedSentence, ...]
"""Evidence that is judged as one: a sentence, or several that follow each other."""


class Guard:
    """Holds drafts against their evidence."""

    def __init__(
        self, *, verifier: ClaimVerifier, encoder: Encoder, sure_enough: float = SURE_ENOUGH
    ) -> None:
        self._verifier = verifier
        self._encoder = encoder
        self._sure_enough = sure_enough

    def hold(self, draft: Draft, evidence: Mapping[int, NumberedSentence]) -> Held:
        """Whether the sentences that a draft names bear it out; `evidence` is all it could name, by number.

        Numbers that aren't among them are never put right: the draft is not borne out. Of the sentences that
        it names those are kept that bear it out, or all of them where they don't.
        """
        named = tuple(dict.fromkeys(draft.numbers))
        known = tuple(evidence[number] for number in named if number in evidence)
        reason = _form(draft, evidence)
        if reason:
            return Held(text=draft.text, sentences=known, reason=reason)
        same = next((one for one in known if _same(draft.text, one.text)), None)
        if same is not None:
            return Held(text=draft.text, sentences=(same,), support=1.0)
        asserted = [one for one in known if not _bare(one.text).endswith("?")]
        if not asserted:
            return Held(text=draft.text, sentences=known, reason="Its evidence is a question.")
        units = _units(asserted)
        reason = _wording(draft.text, units) or _against(draft.text, known)
        if reason:
            return Held(text=draft.text, sentences=known, reason=reason)
        found = [self._best(part.text, units) for part in split_claim(draft.text)]
        support = min(supported for supported, _ in found)
        least = self._sure_enough
        if any(is_beginning(draft.text, one.text) for one in known):
            least = min(least, SURE_OF_BEGINNING)
        if support < least:
            reason = f"Its evidence doesn't surely say so ({support:.2f})."
            return Held(text=draft.text, sentences=known, reason=reason, support=support)
        bearing = {one.number: one for _, unit in found for one in unit}
        kept = tuple(bearing[number] for number in sorted(bearing))
        return Held(text=draft.text, sentences=kept, support=support)

    def _best(self, text: str, units: Sequence[_Unit]) -> tuple[float, _Unit]:
        """How likely the best of the units supports a statement, and which: of those that do the smallest."""
        asked = Query.read(text, self._encoder)
        found = [(self._support_of(asked, unit), unit) for unit in units]
        enough = [(support, unit) for support, unit in found if support >= self._sure_enough]
        if enough:
            return min(enough, key=lambda one: (len(one[1]), -one[0]))
        return max(found, key=lambda one: one[0])

    def _support_of(self, asked: Query, unit: _Unit) -> float:
        text = _text_of(unit)
        encoding = self._encoder.encode(text)
        states = as_stored(compress(encoding.tokens)) if encoding.tokens is not None else None
        judged = self._verifier.judge_text(asked, text, title=unit[0].title, states=states)
        if any(difference.contradicts for difference in judged.comparison.differences):
            return 0.0
        return float(judged.probabilities[STANCES.index(Stance.SUPPORTS)])


def _form(draft: Draft, evidence: Mapping[int, NumberedSentence]) -> str:
    """What is wrong with a draft's form; "" where nothing is."""
    if len(words(draft.text)) < _FEWEST_WORDS or not _ENDS.search(draft.text):
        return "It is no whole sentence."
    if draft.text.endswith("?"):
        return "It is a question."
    if _ABOUT_EVIDENCE.search(draft.text):
        return "It speaks of the evidence, or of the model, and not of what was asked."
    if _LINK.search(draft.text):
        return "It holds a link or mark-up."
    if not draft.numbers:
        return "It names no evidence."
    if len(set(draft.numbers)) > _MOST_NAMED:
        return "It names more sentences than one statement can need."
    unknown = [number for number in draft.numbers if number not in evidence]
    if unknown:
        return f"It names evidence that isn't there: [{unknown[0]}]."
    return ""


def _same(text: str, sentence: str) -> bool:
    """Whether a statement is a sentence of the evidence, character for character but for quotes and case."""
    return _bare(text) == _bare(sentence)


def _bare(text: str) -> str:
    straight = unicodedata.normalize("NFC", text).translate(_QUOTES)
    return " ".join(straight.replace('"', " ").split()).casefold()


def is_beginning(text: str, sentence: str) -> bool:
    """Whether a statement is how a sentence begins, word for word, and the rest doesn't turn it round."""
    own, whole = _bare(text).rstrip(".! ").split(), _bare(sentence).split()
    begins = [word.rstrip(",;:.") for word in whole[: len(own)]] == [word.rstrip(",;:.") for word in own]
    return begins and not {word.strip(",;:.()") for word in whole[len(own) :]} & _TURNING


def _units(named: Sequence[NumberedSentence]) -> list[_Unit]:
    """Each named sentence, and those together that follow each other in one article."""
    units: list[_Unit] = [(one,) for one in named]
    ordered = sorted(named, key=lambda one: one.number)
    run = ordered[:1]
    for one in [*ordered[1:], None]:
        if one is not None and _follows(run[-1], one):
            run.append(one)
            continue
        if len(run) > 1:
            units.append(tuple(run))
        run = [] if one is None else [one]
    return units


def _follows(one: NumberedSentence, other: NumberedSentence) -> bool:
    """Whether a sentence stands right after another, with nothing but white space between."""
    same = one.passage.article_id == other.passage.article_id
    return same and other.number == one.number + 1 and other.sentence.start - one.sentence.end <= _GAP


def _text_of(unit: _Unit) -> str:
    return " ".join(one.text for one in unit)


def _wording(text: str, units: Sequence[_Unit]) -> str:
    """What stands in a statement and in none of its evidence, in words; "" where nothing of weight does."""
    told = [_lacking(text, _text_of(unit)) for unit in units]
    return "" if "" in told else told[-1]


def _lacking(text: str, evidence: str) -> str:
    for difference in compare(text, evidence).differences:
        if difference.contradicts or difference.kind in _NAMED:
            return _told(difference)
    for signed in _SIGNED.findall(evidence):
        if re.search(rf"(?<![\d.,−-]){re.escape(signed)}(?![\d.,]*\d)", text):
            return f"It says {signed}; its evidence says -{signed}."
    around = set(stems(evidence))
    own = {stem: stem_idf(stem) for stem in stems(text)}
    new = {stem: idf for stem, idf in own.items() if stem not in around}
    rare = max(new, key=lambda stem: new[stem], default="")
    if rare and new[rare] >= _RARE:
        return f'It says "{_word_of(rare, text)}", which its evidence doesn\'t.'
    if sum(new.values()) > SAME_WORDS * max(sum(own.values()), 1e-9):
        return "It says much that its evidence doesn't."
    return _reordered(text, evidence) or _unconditional(text, evidence)


def _reordered(text: str, evidence: str) -> str:
    """Two names in the other order than in the evidence may mean that the roles are swapped."""
    order = [word_stem(word) for word in words(evidence)]
    names = [word_stem(word) for word in words(text) if word[:1].isupper() and word_stem(word) in order]
    places = [order.index(name) for name in dict.fromkeys(names) if name not in _CALENDAR]
    return "" if places == sorted(places) else "It has the names of its evidence in another order."


def _unconditional(text: str, evidence: str) -> str:
    """What holds only under a condition, or is only doubted, is not so."""
    own, whole = ({word.lower() for word in words(part) if word != "May"} for part in (text, evidence))
    left_out = sorted((whole - own) & _CONDITIONS)
    return f'Its evidence says "{left_out[0]}".' if left_out else ""


def _against(text: str, named: Sequence[NumberedSentence]) -> str:
    """What a sentence that it names says against a statement."""
    for one in named:
        for difference in compare(text, one.text).differences:
            if difference.contradicts:
                return _told(difference)
    return ""


def _word_of(stem: str, text: str) -> str:
    return next((word for word in words(text) if stem in stems(word)), stem)


def _told(difference: Difference) -> str:
    if difference.found:
        return f"It says {difference.claimed}; its evidence says {difference.found}."
    if difference.kind in _NAMED:
        return f"It says {difference.claimed}; its evidence doesn't."
    return difference.reason
