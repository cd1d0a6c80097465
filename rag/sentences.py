"""Text -> sentences: exact offsets, their place in the layout, and which ones sit inside a quotation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from rag._boundaries import CLOSERS, TERMINAL_MARKS, sentence_starts
from rag.schema import Sentence, SentenceKind

_HEADING_WORDS = 15
_LONGEST_HEADING = 200  # characters
_CAPTION_WORDS = 80
_WRAP_WIDTH = 200  # characters; a longer line is a paragraph, not a hard-wrapped line
_LIST_ITEM = re.compile(r"(?:[-*•‣◦·+–—]|\(?(?:\d{1,3}|[a-z])[.)])\s")
_TITLE_SUFFIX = re.compile(r"\s[|–—-]\s[^|–—]*$")  # "Army leaves city | Example News"

_AGENCY = r"(?:AP|Reuters|AFP|Getty|EPA|EFE|Shutterstock|Alamy|Bloomberg|Unsplash|iStock|Zuma)"
_MEDIUM = (
    r"(?:(?:file )?photo(?:graph)?|image|picture|pic|illustration|graphic|video|handout|фото|foto|bild)s?"
)
# Each alternative asks for a mark of a credit besides the word, for articles also talk about photos.
_CREDIT_AT_END = re.compile(
    rf"[(\[]\s*(?:{_MEDIUM}\s*(?:$|[)\]:/|]|(?:credit|courtesy|via|by|from)\b|{_AGENCY}\b)|{_AGENCY}\s*/|©"
    rf"|{_AGENCY}\s+(?:photo|images)\b|credits?\s*:|courtesy\s+of\b|via\s+{_AGENCY}\b)[^()\[\]]{{0,160}}[)\]]?\.?$"
    rf"|\b{_AGENCY}\s?/\s?\w[^.!?]{{0,60}}$|\b(?:AP|AFP)\s+photo\b[^.!?]{{0,60}}$"
    rf"|(?<=[.!?|”\")] )\s*{_MEDIUM}(?:\s+credit)?\s*(?::|by\b|courtesy of\b)[^.!?]{{0,80}}\.?$",
    re.IGNORECASE,
)
_CREDIT_AT_START = re.compile(
    rf"[(\[]?(?:{_MEDIUM}(?:\s+(?:credit|source|caption|copyright|courtesy))?\s*[:/|]"
    rf"|(?:image|media)\s+(?:credit|source|caption|copyright),|{_AGENCY}\s+photo\s?/|credits?\s*:|pictured\s*:|©)",
    re.IGNORECASE,
)
# Without a mark of its own, only a line that is no sentence is a credit: "Photo by Ann Lee".
_BARE_CREDIT = re.compile(
    rf"{_MEDIUM}\s+(?:by|courtesy|credit|source|caption|copyright)\b|{_AGENCY}\s+(?:photo|images)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Paragraph:
    start: int
    end: int
    text: str  # as it stands, line breaks included


def split_sentences(text: str, *, title: str = "") -> tuple[Sentence, ...]:
    """Split `text` into sentences: in order, not overlapping, covering every character but white space.

    `title` is the article's title: a paragraph that repeats it is a heading. Any string is accepted.
    """
    paragraphs = _paragraphs(text)
    spans = [_sentence_spans(paragraph) for paragraph in paragraphs]
    kinds = _kinds(paragraphs, spans, title)
    sentences: list[Sentence] = []
    for number, (paragraph, kind) in enumerate(zip(paragraphs, kinds, strict=True)):
        quoted = _quoted_starts(paragraph.text, [start for start, _ in spans[number]])
        sentences += [
            Sentence(
                start=paragraph.start + start,
                end=paragraph.start + end,
                paragraph=number,
                kind=kind,
                in_quotation=start in quoted,
            )
            for start, end in spans[number]
        ]
    return tuple(sentences)


def _sentence_spans(paragraph: _Paragraph) -> list[tuple[int, int]]:
    text = "".join(" " if character.isspace() else character for character in paragraph.text)
    starts = [0, *sentence_starts(text)]
    ends = [*starts[1:], len(text)]
    return [(start, start + len(text[start:end].rstrip())) for start, end in zip(starts, ends, strict=True)]


# Paragraphs


def _paragraphs(text: str) -> list[_Paragraph]:
    found: list[_Paragraph] = []
    block: list[tuple[int, str]] = []
    offset = 0
    for line in [*text.splitlines(keepends=True), ""]:
        if line.strip():
            block.append((offset, line))
        elif block:
            found += _paragraphs_of_block(block, text)
            block = []
        offset += len(line)
    return found


def _paragraphs_of_block(block: list[tuple[int, str]], text: str) -> list[_Paragraph]:
    """Tell hard-wrapped lines, which are joined, from lines that are whole paragraphs."""
    lines = [line.strip() for _, line in block]
    width = max(map(len, lines))
    wrapped = width <= _WRAP_WIDTH and any(
        not _ends_sentence(line) and _is_lower(after) for line, after in pairwise(lines)
    )
    # A lone "- " or "3. " may have been wrapped to the start of its line.
    listed = sum(bool(_LIST_ITEM.match(line)) for line in lines) > 1
    found: list[_Paragraph] = []
    first = 0
    for number in range(len(block)):
        last = number + 1 == len(block)
        if last or _breaks(lines[number], lines[number + 1], width=width, wrapped=wrapped, listed=listed):
            start, line = block[first]
            start += len(line) - len(line.lstrip())
            end = block[number][0] + len(block[number][1].rstrip())
            found.append(_Paragraph(start, end, text[start:end]))
            first = number + 1
    return found


def _breaks(line: str, after: str, *, width: int, wrapped: bool, listed: bool) -> bool:
    """Whether the line break between two lines of a block ends a paragraph.

    A line is broken off on purpose when the next line's first word would still have fitted in it.
    """
    if listed and _LIST_ITEM.match(after):
        return True
    first_word = min(len(after.split(None, 1)[0]), 20)
    on_purpose = len(line) + 1 + first_word <= (width if not wrapped else 0.8 * width)
    if _ends_sentence(line):
        return on_purpose or not wrapped
    return on_purpose and not _is_lower(after) and not line.endswith((",", "-", "–", "—"))


def _ends_sentence(line: str) -> bool:
    return line.rstrip(CLOSERS + " ").endswith(tuple(TERMINAL_MARKS))


def _is_lower(line: str) -> bool:
    return line.lstrip("\"'“‘«„([")[:1].islower()


# Quotations

_CLOSED_BY = {
    '"': '"”',
    "“": '”"',
    "„": "“”",
    "”": "”",
    "«": "»",
    "»": "«»",
    "「": "」",
    "『": "』",
}
_ENDS_QUOTATION = frozenset(TERMINAL_MARKS + ",;")  # before a mark these say that it closes
_QUOTE_MARK = re.compile('["“”„«»「」『』]')


def _quoted_starts(text: str, starts: list[int]) -> set[int]:
    """Which of `starts` lie inside a quotation that was opened before them."""
    quoted: set[int] = set()
    opened: list[str] = []
    pending = iter(starts)
    start = next(pending, None)
    for match in _QUOTE_MARK.finditer(text):
        while start is not None and start <= match.start():
            if opened:
                quoted.add(start)
            start = next(pending, None)
        _turn(
            opened,
            match.group(),
            text[match.start() - 1 : match.start()],
            text[match.end() : match.end() + 1],
        )
    if opened:
        quoted.update([] if start is None else [start, *pending])
    return quoted


def _turn(opened: list[str], mark: str, before: str, after: str) -> None:
    """Open or close a quotation at `mark`, which stands between two characters ("" at an end)."""
    starts_word = bool(after.strip())
    spaced = starts_word and not before.strip()
    opens = mark in "“„「『" or (starts_word and not before.isalnum() and before not in _ENDS_QUOTATION)
    if opened and mark in _CLOSED_BY[opened[-1]] and not (mark == '"' and spaced):
        opened.pop()
    elif opens and mark in _CLOSED_BY and mark not in opened:
        opened.append(mark)


# Kinds


def _kinds(
    paragraphs: list[_Paragraph], spans: list[list[tuple[int, int]]], title: str
) -> list[SentenceKind]:
    titles = {_letters(title), _letters(_TITLE_SUFFIX.sub("", title))} - {""}
    punctuated = sum(_is_punctuated(paragraph.text) for paragraph in paragraphs)
    headings_expected = punctuated >= 0.15 * len(paragraphs)
    kinds: list[SentenceKind] = []
    for paragraph, sentences in zip(paragraphs, spans, strict=True):
        heading_like = headings_expected and len(sentences) == 1 and _is_heading_like(paragraph.text)
        if _is_caption(paragraph.text, titles):
            kinds.append(SentenceKind.CAPTION)
        elif heading_like or _letters(paragraph.text) in titles:
            kinds.append(SentenceKind.HEADING)
        else:
            kinds.append(SentenceKind.BODY)
    _release_tables(kinds)
    if SentenceKind.BODY not in kinds:
        return [SentenceKind.BODY] * len(kinds)
    return kinds


def _release_tables(kinds: list[SentenceKind]) -> None:
    """Turn four or more headings in a row into body, in place: they are a table, a poem or a list.

    The rows above the first body paragraph stay: title, subtitle, byline and date.
    """
    run: list[int] = []
    seen_body = False
    for number, kind in enumerate([*kinds, SentenceKind.BODY]):
        if kind is SentenceKind.HEADING:
            run.append(number)
            continue
        if seen_body and len(run) >= 4:
            for row in run:
                kinds[row] = SentenceKind.BODY
        run = []
        seen_body = seen_body or kind is SentenceKind.BODY


def _is_punctuated(text: str) -> bool:
    return text.rstrip(CLOSERS + " ").endswith(tuple(TERMINAL_MARKS + ":;,—–-"))


def _is_heading_like(text: str) -> bool:
    if len(text) > _LONGEST_HEADING:
        return False
    wide = sum("⺀" <= character <= "鿿" or "가" <= character <= "힣" for character in text)
    words = max(len(text.split()), wide // 2)
    lettered = any(character.isalpha() for character in text)
    return lettered and words <= _HEADING_WORDS and not _is_punctuated(text) and not _LIST_ITEM.match(text)


def _is_caption(text: str, titles: set[str]) -> bool:
    words = len(text.split())
    if words > _CAPTION_WORDS or len(text) > 10 * _CAPTION_WORDS:
        return False
    if words <= _CAPTION_WORDS // 2 and _CREDIT_AT_START.match(text):
        return True
    if words <= _HEADING_WORDS and _BARE_CREDIT.match(text) and not _is_punctuated(text):
        return True
    credit = _CREDIT_AT_END.search(text)
    if credit is None:
        return False
    return (
        credit.group()[0] in "(["
        or words <= _CAPTION_WORDS // 2
        or _letters(text[: credit.start()]) in titles
    )


def _letters(text: str) -> str:
    """`text` without case, punctuation and spacing, to compare titles by."""
    return "".join(character for character in text.casefold() if character.isalnum())
