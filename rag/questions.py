"""What people type, made fit to be asked: cleaned, of a bearable length, and English."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from rag._visible import visible_line
from rag.background import words
from rag.errors import QuestionError

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

MOST_WORDS = 150
MOST_CHARACTERS = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class Noun:
    """What is typed, for the messages: "question" that one can "Ask", an example, and the error raised."""

    name: str
    verb: str
    example: str
    error: type[QuestionError]


QUESTION = Noun(name="question", verb="Ask", example="What restrictions remain?", error=QuestionError)

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


def read_question(text: str) -> str:
    """The question in NFC, on one line, without control and invisible characters.

    Raises QuestionError when it has no word or figure, more than 150 of them, or is not English.
    """
    return read_line(text, QUESTION)


def read_line(text: str, noun: Noun) -> str:
    """What was typed, a question or a claim, in NFC, on one line, without control and invisible characters.

    Raises the noun's error as `read_question` does.
    """
    if not isinstance(text, str):
        raise noun.error(f"A {noun.name} is text, not {type(text).__name__}.")
    text = _TERMINAL_CODE.sub("", text)
    line = visible_line(unicodedata.normalize("NFC", text))
    if not line:
        raise noun.error(f"The {noun.name} is empty. Type a {noun.name}, such as: {noun.example}")
    if len(line) > MOST_CHARACTERS or len(line.split()) > MOST_WORDS:
        raise noun.error(
            f"The {noun.name} has {len(line.split()):,} words ({len(line):,} characters). {noun.verb} in at "
            f"most {MOST_WORDS} words and {MOST_CHARACTERS:,} characters, one thing at a time."
        )
    if not any(character.isalnum() for character in line):
        raise noun.error(f"There is no word in {line[:40]!r}. {noun.verb} in words, such as: {noun.example}")
    _check_language(line, noun)
    return line


def _check_language(line: str, noun: Noun) -> None:
    letters = [character for character in line if character.isalpha()]
    latin = sum("LATIN" in unicodedata.name(character, "") for character in letters)
    if latin < len(letters) / 2:
        raise noun.error(_not_english(noun, "in another script"))
    asked = {word.lower() for word in words(line)}
    # Names and single words look like any language; one English function word settles it.
    if len(asked) < 3 or asked & _ENGLISH:
        return
    language, probability = _identifier().classify(line)
    if language != "en" and probability >= _SURE:
        raise noun.error(_not_english(noun, f"in another language ({language})"))


def _not_english(noun: Noun, how: str) -> str:
    return (
        f"The {noun.name} seems to be {how}. Presscheck reads English only, so far: "
        f"{noun.verb.lower()} in English."
    )


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
