"""What people hand in to be checked: made fit, sent back when it is no claim, and split into its parts.

The rules are for English, with word lists in place of a parser: where they are not sure, what was typed is a
claim, and the claim stays whole. docs/claims.md lists them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag._clause_words import Token, Words, as_sentence, read_tokens
from rag._no_claims import is_opinion, is_question, is_request, is_topic
from rag._polarity import opposite_words
from rag._splitting import can_be_parted, parts_of
from rag._verb_forms import lemma_of
from rag.errors import ClaimError
from rag.questions import Noun, read_line
from rag.sentences import split_sentences

CLAIM = Noun(name="claim", verb="Write", example="The US lifted every restriction.", error=ClaimError)
MOST_CLAIM_WORDS = 60  # one sentence; what is longer is a paragraph
MOST_PARTS = 5
_MOST_TOKENS = 2 * MOST_CLAIM_WORDS  # words and marks; with more, it wasn't read by `read_claim`

_QUOTES = (("“", "”"), ('"', '"'), ("‘", "’"), ("'", "'"), ("«", "»"))
_NAME_WITH_A_MARK = re.compile(r"(?<!^)\b[A-Z][a-z]+!$")  # "In 2017, Shout! Factory released"
_APOSTROPHE = re.compile(r"(?<=\w)['’](?=\w)")
_NEGATIONS = frozenset("not never no none nobody neither nor without cannot".split())
_POSITIVE = {"won't": "will", "can't": "can"}
_MARKS = ',.;:!?"“”()'


@dataclass(frozen=True, kw_only=True, slots=True)
class SplitPart:
    """One thing that a claim says: text to be read by itself, which stands for claim[start:end]."""

    text: str
    start: int
    end: int


def read_claim(text: str) -> str:
    """The claim in NFC, on one line, without invisible characters and without quotation marks around it.

    Raises ClaimError, saying what to do, for what is not one claim in English: nothing, a question, a
    request, an opinion, a topic, a paragraph.
    """
    claim = _without_quotes(read_line(text, CLAIM))
    words = Words(read_tokens(claim))
    _check_length(claim)
    if is_request(words, claim):
        raise ClaimError(
            f"That is a request, not a claim: {_short(claim)!r}. Write what is said to be so, such as: "
            f"{CLAIM.example}"
        )
    if is_question(words):
        raise ClaimError(
            f"That is a question, not a claim: {_short(claim)!r}. Ask it instead, with `ask`; or write the "
            f"answer that you want to have checked as a statement, such as: {CLAIM.example}"
        )
    if is_topic(words):
        raise ClaimError(
            f"{_short(claim)!r} is a topic, not a claim: it says nothing that could be true or false. Write "
            f"a sentence, such as: {CLAIM.example} To see what there is on a topic, use `search`."
        )
    if is_opinion(words, claim):
        raise ClaimError(
            f"That is an opinion or a wish: {_short(claim)!r}. No article can settle it. Check what it rests "
            f"on, as something that happened or was said, such as: {CLAIM.example}"
        )
    return claim


def _check_length(claim: str) -> None:
    sentences: list[str] = []
    for each in split_sentences(claim):
        if each.in_quotation:
            continue
        if sentences and _NAME_WITH_A_MARK.search(sentences[-1]):
            sentences[-1] += " " + claim[each.start : each.end]
        else:
            sentences.append(claim[each.start : each.end])
    if len(sentences) > 1 or len(claim.split()) > MOST_CLAIM_WORDS:
        raise ClaimError(
            f"That is a paragraph: {len(sentences)} sentence{'s' * (len(sentences) > 1)}, "
            f"{len(claim.split())} words. Check one sentence of at most {MOST_CLAIM_WORDS} words at a time, "
            f"for instance: {_short(sentences[0])!r}"
        )


def _without_quotes(claim: str) -> str:
    """Without quotation marks around the whole, or one at an end whose other half is missing."""
    before = ""
    while before != claim:
        before = claim
        for opening, closing in _QUOTES:
            plain = _APOSTROPHE.sub("_", claim)
            marks = plain.count(opening) + (plain.count(closing) if opening != closing else 0)
            starts, ends = plain.startswith(opening), plain.endswith(closing)
            if marks == 2 and starts and ends and len(claim) > 2:
                claim = claim[1:-1].strip()
            elif marks == 1 and (starts or ends) and any(c.isalnum() for c in claim):
                # An apostrophe may begin or end a word: "'90s", "the workers'".
                claim = claim.strip(opening + closing).strip() if opening not in "'‘" else claim
    return claim


def split_claim(claim: str) -> tuple[SplitPart, ...]:
    """The parts of a claim in order, at least one: clauses, verb phrases, relative clauses, and figures.

    What a part shares with the one before it (the subject, an auxiliary, "X said that") is said again. A
    claim of which it isn't sure how to part it, or that has more than five parts, stays whole.
    """
    words = Words(read_tokens(claim))
    if 0 < len(words) <= _MOST_TOKENS and can_be_parted(words):
        placed = [_placed(part) for part in parts_of(words)]
        parts = sorted((part for part in placed if part is not None), key=lambda part: (part.start, part.end))
        if 1 < len(placed) == len(parts) <= MOST_PARTS:
            return tuple(parts)
    return (SplitPart(text=as_sentence(words.tokens), start=0, end=len(claim)),)


def opposite(claim: str) -> str:
    """A claim's words with their opposites for them and without its negations, to find what denies it.

    It need not be a sentence: it is only searched with. The claim itself where nothing is left of it.
    """
    said = [turned for typed in claim.split() if (turned := _turned(typed))]
    return " ".join(said) or claim


def _turned(typed: str) -> str:
    """The opposite of a word, with the marks beside it; the word where it has none, "" for a negation."""
    word = typed.strip(_MARKS)
    lower = word.lower().replace("’", "'")
    if lower in _NEGATIONS:
        return ""
    if lower.endswith("n't"):
        return typed.replace(word, _POSITIVE.get(lower, lower.removesuffix("n't")))
    opposites = opposite_words()
    other = opposites.get(lower) or opposites.get(lemma_of(lower))
    return typed.replace(word, other) if other and word else typed


def _placed(tokens: Sequence[Token]) -> SplitPart | None:
    """A part with its place: from its first word that stands in the claim to its last."""
    marks = (",", ";", ".", "–", "—")
    starts = [token.start for token in tokens if token.start is not None and token.text not in marks]
    ends = [token.end for token in tokens if token.end is not None and token.text not in marks]
    if not starts or not ends:
        return None
    return SplitPart(text=as_sentence(tokens), start=min(starts), end=max(ends))


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77].rstrip() + "..."
