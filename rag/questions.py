"""What people type, made fit to be asked: cleaned, of a bearable length, and English."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from rag.background import words
from rag.errors import QuestionError

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

MOST_WORDS = 150
MOST_CHARACTERS = 2000

_SURE = 0.6  # of another language, before a question is sent back
# Function words of English that no other large language shares (not "is", "was", "in", "so", "no").
_ENGLISH = frozenset(
    """about after against and any are been before between but by can could did does during each ever from has
    have him his how if into its many might much must not of or other our out said should since such than that
    the their them then there these they this those to up us we were what when where which while who whom
    whose why with without would you your""".split()
)
# What a terminal colours text with; without its escape character, "[31m" would be left of it.
_TERMINAL_CODE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_INVISIBLE = ("Cf", "Cs", "Co", "Cn")


def read_question(text: str) -> str:
    """The question or claim in NFC, on one line, without control and invisible characters.

    Raises QuestionError when it has no word or figure, more than 150 of them, or is not English.
    """
    if not isinstance(text, str):
        raise QuestionError(f"A question is text, not {type(text).__name__}.")
    text = _TERMINAL_CODE.sub("", text)
    shown = [c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) not in _INVISIBLE]
    spaced = (" " if unicodedata.category(c) == "Cc" else c for c in shown)
    question = " ".join("".join(spaced).split())
    if not question:
        raise QuestionError("The question is empty. Type a question, such as: What restrictions remain?")
    if len(question) > MOST_CHARACTERS or len(question.split()) > MOST_WORDS:
        raise QuestionError(
            f"The question has {len(question.split()):,} words ({len(question):,} characters). Ask in at "
            f"most {MOST_WORDS} words and {MOST_CHARACTERS:,} characters, one thing at a time."
        )
    if not any(character.isalnum() for character in question):
        raise QuestionError(
            f"There is no word in {question[:40]!r}. Ask in words, such as: When was it decided?"
        )
    _check_language(question)
    return question


def _check_language(question: str) -> None:
    letters = [character for character in question if character.isalpha()]
    latin = sum("LATIN" in unicodedata.name(character, "") for character in letters)
    if latin < len(letters) / 2:
        raise QuestionError(_not_english("in another script"))
    asked = {word.lower() for word in words(question)}
    # Names and single words look like any language; one English function word settles it.
    if len(asked) < 3 or asked & _ENGLISH:
        return
    language, probability = _identifier().classify(question)
    if language != "en" and probability >= _SURE:
        raise QuestionError(_not_english(f"in another language ({language})"))


def _not_english(how: str) -> str:
    return f"The question seems to be {how}. Presscheck reads English only, so far: ask in English."


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
