"""Answers as what the page shows: escaped HTML for the chat, plain records for the evidence panel.

`web.checks` does the same for claim checks. Everything that comes from articles or readers goes through
`escape`, or to the panel as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rag.errors import IndexBusyError
from rag.presentation import NOT_FOUND_TEXT, describe_confidence, describe_writing, said_by
from rag.schema import Answer, Article, Citation, Evidence
from rag.sentences import split_sentences

NEAREST_SHOWN = 3
PENDING = '<div class="pending">Reading the articles…</div>'

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 \u0080-\ud7ff\ue000-\U0010ffff]")
_PARAGRAPH_GAP = re.compile(r"(\s*\n[^\S\n]*\n\s*)")

ArticleOf = Callable[[str], Article]


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A marked piece of an article: `key` is unique in a conversation, `label` is what its chip says.

    `text` is what the answer quotes from `start` to `end` of the article. `cited` is false for the nearest
    passages of an answer that wasn't found.
    """

    key: str
    label: str
    article_id: str
    start: int
    end: int
    text: str
    cited: bool


def escape(text: str) -> str:
    """Text as HTML on one line that is only ever text, for HTML, Markdown and template readers alike."""
    return _NOT_PLAIN.sub(lambda found: _entity(found[0]), text)


def _entity(character: str) -> str:
    return "<br>" if character == "\n" else f"&#{ord(character)};"


def question_html(question: str) -> str:
    """A reader's question as a chat message."""
    return f'<div class="question">{escape(question)}</div>'


def answer_html(answer: Answer, *, turn: int, article: ArticleOf, whole: bool = True) -> str:
    """An answer as a chat message, with a chip for each citation; `turn` counts the questions from 1.

    An answer that is still growing (not `whole`) doesn't say yet how sure it is.
    """
    body = _found_html(answer, turn, article) if answer.statements else _not_found_html(answer, turn)
    asked = f'<p class="asked-as">Asked as: {escape(answer.question)}</p>' if answer.typed else ""
    sure = f'<p class="confidence">{escape(describe_confidence(answer))}</p>' if whole else ""
    return f'<div class="answer">{asked}{body}{_writing_html(answer) if whole else ""}{sure}</div>'


def _writing_html(answer: Answer) -> str:
    """What a chat model wrote that doesn't hold, struck out with the reason, and who worded the answer."""
    rejected = answer.writing.rejected if answer.writing is not None else ()
    lines = [
        f'<p class="rejected"><del>{escape(one.text)}</del> <span>{escape(one.reason)}</span></p>'
        for one in rejected
    ]
    told = describe_writing(answer)
    return "".join(lines) + (f'<p class="worded">{escape(told)}</p>' if told else "")


def marks(answer: Answer, *, turn: int) -> tuple[Mark, ...]:
    """What the evidence panel marks for an answer: its citations, or else its nearest passages."""
    if answer.statements:
        return cited_marks(answer.citations, turn=turn)
    return nearest_marks(answer.evidence, turn=turn)


def cited_marks(citations: Iterable[Citation], *, turn: int) -> tuple[Mark, ...]:
    """A mark for each citation."""
    return tuple(_mark(c, key=citation_key(turn, c.number), label=f"[{c.number}]") for c in citations)


def nearest_marks(evidence: Sequence[Evidence], *, turn: int) -> tuple[Mark, ...]:
    """A mark for each of the nearest passages that are shown."""
    nearest = enumerate(evidence[:NEAREST_SHOWN], start=1)
    return tuple(_mark(e, key=_near_key(turn, number), label=f"Passage {number}") for number, e in nearest)


def evidence_record(
    shown: Sequence[Mark], *, turn: int, article: ArticleOf, opened: str = ""
) -> dict[str, Any]:
    """What the evidence panel needs to show the articles of some marks, whole, with their marked pieces.

    `opened` is the key of the mark that it opens at, by default the first. Raises IndexBusyError when an
    article has been replaced since and the marks would stand elsewhere in it.
    """
    ids = dict.fromkeys(mark.article_id for mark in shown)
    return {
        "turn": turn,
        "opened": opened or (shown[0].key if shown else ""),
        "marks": [{"key": m.key, "label": m.label, "article": m.article_id, "cited": m.cited} for m in shown],
        "articles": [
            _article_record(article(article_id), [m for m in shown if m.article_id == article_id])
            for article_id in ids
        ],
    }


def segments(text: str, spans: Iterable[tuple[int, int, str]]) -> list[dict[str, Any]]:
    """Cut `text` where a span (start, end, key) begins or ends; each piece has the keys it is under.

    The pieces joined give back the text.
    """
    spans = tuple(spans)
    cuts = sorted({0, len(text), *(min(max(cut, 0), len(text)) for s in spans for cut in s[:2])})
    return [
        {"text": text[start:end], "keys": [key for first, last, key in spans if first <= start < last]}
        for start, end in pairwise(cuts)
    ]


def _found_html(answer: Answer, turn: int, article: ArticleOf) -> str:
    statements = "".join(
        f'<p class="statement">{escape(statement.text)} {chips_html(turn, statement.citations)}</p>'
        f"{''.join(dict.fromkeys(map(said_html, statement.citations)))}"
        for statement in answer.statements
    )
    sources = "".join(
        f"<li>{chips_html(turn, [c for c in answer.citations if c.article_id == article_id])} "
        f"<cite>{escape(article(article_id).title)}</cite> · {escape(byline(article(article_id)))}</li>"
        for article_id in dict.fromkeys(citation.article_id for citation in answer.citations)
    )
    return f'{statements}<ul class="sources">{sources}</ul>'


def _not_found_html(answer: Answer, turn: int) -> str:
    nearest = nearest_html(answer.evidence, "No sentence answers this surely enough.", turn=turn)
    return f'<p class="verdict">{escape(NOT_FOUND_TEXT)}</p>{nearest}'


def nearest_html(found: Sequence[Evidence], why: str, *, turn: int) -> str:
    """The nearest passages, each with a chip, after `why` they are shown; nothing if there are none."""
    if not found:
        return ""
    nearest = "".join(
        f"<li><blockquote>{escape(evidence.text)}</blockquote>"
        f'<p class="from"><cite>{escape(evidence.title)}</cite> '
        f"{_chip(_near_key(turn, number), f'Show passage {number}', '')}</p></li>"
        for number, evidence in enumerate(found[:NEAREST_SHOWN], start=1)
    )
    return f'<p class="intro">{escape(why)} The nearest passages:</p><ol class="nearest">{nearest}</ol>'


def said_html(citation: Citation) -> str:
    """Who says a quote, as a paragraph; nothing where the article itself does.

    "Partly" is put before it where the quote also has words that nobody in the article is quoted with.
    """
    said = said_by(citation)
    if not said:
        return ""
    if not _wholly_said(citation):
        said = f"partly {said}"
    return f'<p class="said">{escape(said[0].upper() + said[1:])}</p>'


def _wholly_said(citation: Citation) -> bool:
    spans = [(each.start, each.end) for each in citation.attributions]
    letters = (place for place, letter in enumerate(citation.quote, citation.start) if letter.isalnum())
    return all(any(start <= place < end for start, end in spans) for place in letters)


def byline(article: Article) -> str:
    """Source, author and date of an article, as far as it has them."""
    published = article.published
    day = f"{published.day} {published:%B %Y}" if published else "no date given"
    return " · ".join(part for part in (article.source, article.author, day) if part)


def chips_html(turn: int, citations: Iterable[Citation]) -> str:
    """A chip for each citation; a click on it opens the evidence panel at the quote."""
    return " ".join(_chip(citation_key(turn, c.number), f"[{c.number}]", c.quote) for c in citations)


def _chip(key: str, label: str, quote: str) -> str:
    title = f' title="{escape(" ".join(quote.split()))}"' if quote else ""
    return f'<button type="button" class="cite" value="{key}"{title}>{escape(label)}</button>'


def citation_key(turn: int, number: int) -> str:
    """The key of a citation's mark, unique in a conversation."""
    return f"t{turn}-{number}"


def _near_key(turn: int, number: int) -> str:
    return f"t{turn}-n{number}"


def _mark(piece: Citation | Evidence, *, key: str, label: str) -> Mark:
    return Mark(
        key=key,
        label=label,
        article_id=piece.article_id,
        start=piece.start,
        end=piece.end,
        text=piece.quote if isinstance(piece, Citation) else piece.text,
        cited=isinstance(piece, Citation),
    )


def _article_record(article: Article, shown: Sequence[Mark]) -> dict[str, Any]:
    if any(article.text[mark.start : mark.end] != mark.text for mark in shown):
        raise IndexBusyError(f"The article {article.title!r} was replaced while it was read. Ask again.")
    return {
        "id": article.id,
        "title": article.title,
        "byline": byline(article),
        "url": article.url if article.url.startswith(("https://", "http://")) else "",
        "blocks": _blocks(article, [(mark.start, mark.end, mark.key) for mark in shown]),
    }


def _blocks(article: Article, spans: Sequence[tuple[int, int, str]]) -> list[dict[str, Any]]:
    """Paragraphs, and the gaps between them, each with its segments: joined, the article's text."""
    kinds = {s.start: s.kind.value for s in split_sentences(article.text, title=article.title)}
    blocks = []
    start = 0
    for number, text in enumerate(_PARAGRAPH_GAP.split(article.text)):
        indent = len(text) - len(text.lstrip())
        kind = "gap" if number % 2 else kinds.get(start + indent, "body")
        if text.strip() and text.strip() == article.title:
            kind = "title"
        moved = [(first - start, last - start, key) for first, last, key in spans]
        if text:
            blocks.append({"kind": kind, "segments": segments(text, moved)})
        start += len(text)
    return blocks
