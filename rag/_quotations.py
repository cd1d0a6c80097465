"""Which characters of an article stand in quotation marks as someone's words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag._speech_verbs import QUOTED

# A quotation that isn't closed where its paragraph ends goes on in the next. An apostrophe opens one only
# where a stop before another closes it, for it stands in many words.
_QUOTATION = re.compile(
    r"“[^”]*(?:”|\Z)|«[^»]*(?:»|\Z)|„[^“”]*(?:[“”]|\Z)|»[^«]*«|\"[^\"]*(?:\"|\Z)"
    r"|(?<!\S)[‘'](?=\w).{1,800}?[,.!?…]['’](?!\w)",
    re.DOTALL,
)
_OPENING = tuple("“«„\"‘'")
_STOP = re.compile(r"[,.!?…—–-]\s*$")
_SCARE_WORDS = 3  # words; fewer without a stop are a nickname or a word the writer keeps a distance from


@dataclass(frozen=True, slots=True)
class Quotation:
    """A quotation with its marks; `turn` is shared by those that are one speech over several paragraphs.

    `speech` is false for a word or two that are only set off, and `whole` true for a whole sentence or more.
    """

    start: int
    end: int
    turn: int
    speech: bool
    whole: bool


def find_quotations(text: str, paragraphs: Sequence[tuple[int, int]]) -> list[Quotation]:
    """Every quotation in the paragraphs (start and end of each), in order."""
    found: list[Quotation] = []
    turn = 0
    goes_on = False
    for number, (start, end) in enumerate(paragraphs):
        after = text[paragraphs[number + 1][0]] if number + 1 < len(paragraphs) else ""
        for match in _QUOTATION.finditer(text[start:end]):
            marked = match.group()
            closed = len(marked) > 1 and marked[-1] in "”»“«\"’'"
            # A mark for inches never closes: it opens no speech, unless the next paragraph goes on with it.
            if not closed and not after.startswith(_OPENING):
                continue
            if not (goes_on and match.start() == 0):
                turn += 1
            goes_on = not closed
            found.append(
                _quotation(
                    marked, start + match.start(), turn, closed=closed, led=_leads(text[start:end], match)
                )
            )
    return found


def _leads(paragraph: str, match: re.Match[str]) -> bool:
    """Whether a quotation opens its sentence and a comma follows it: '«Nous tenons», said the mayor'."""
    opens = not match.start() or paragraph[: match.start()].rstrip().endswith((".", "?", "!", "”", '"', "»"))
    return opens and paragraph[match.end() : match.end() + 1] == ","


def _quotation(marked: str, start: int, turn: int, *, closed: bool, led: bool) -> Quotation:
    inner = marked[1:-1] if closed else marked[1:]
    stopped = led or not closed or bool(_STOP.search(inner))
    return Quotation(
        start=start,
        end=start + len(marked),
        turn=turn,
        speech=stopped or len(inner.split()) > _SCARE_WORDS,
        whole=stopped and inner.lstrip()[:1].isupper(),
    )


def covered(text: str, quotations: Sequence[Quotation]) -> str:
    """The text, as long as before, with speech covered by `QUOTED` and the marks of single words blanked."""
    pieces: list[str] = []
    done = 0
    for quotation in quotations:
        pieces.append(text[done : quotation.start])
        marked = text[quotation.start : quotation.end]
        pieces.append(QUOTED * len(marked) if quotation.speech else f" {marked[1:-1]} ")
        done = quotation.end
    return "".join(pieces) + text[done:]
