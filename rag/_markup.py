"""Markdown and HTML files, read into Drafts (markdown-it-py, python-frontmatter, trafilatura, lxml)."""

from __future__ import annotations

import codecs
import datetime
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, cast

from rag._formats import NO_TEXT, Draft, decode, read_date, silence
from rag.errors import ArticleReadError

if TYPE_CHECKING:
    from lxml import etree, html

_FRONT_MATTER_LENGTH = 64_000
_NOTHING = frozenset({"", "~", "null"})

_BLANKS = re.compile(r"[ \t\n\r\f]+")
_EDGE, _LINE_BREAK, _CELL = "\x1e", "\v", "\x1f"
_SEPARATORS = {"br": _LINE_BREAK, "lb": _LINE_BREAK, "td": _CELL, "th": _CELL, "cell": _CELL}
_SOFT_HYPHEN = "\xad"
# The tags of HTML, and those of the trees that trafilatura makes (head is a heading there).
_BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog",
     "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5",
     "h6", "head", "header", "hgroup", "hr", "item", "li", "list", "main", "nav", "ol", "p", "pre", "quote",
     "row", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul")
)  # fmt: skip
_UNREAD = frozenset(
    ("button", "canvas", "datalist", "embed", "iframe", "math", "noscript", "object", "script", "select",
     "style", "svg", "template", "textarea", "title")
)  # fmt: skip

# In the style of an element, without its white space: not shown, of no size, off the page.
_HIDING = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|font-size:(?:0|1px)(?![.\d]*[1-9])"
    r"|(?:left|top|right|bottom|text-indent|margin-left):-\d{3,}|clip:rect\(0|clip-path:inset\((?:50|100)%"
)
_PALE = re.compile(
    r"opacity:0(?:\.0+)?(?:;|!|$)|(?:^|;)color:(?:transparent|rgba\([^)]*,0(?:\.0+)?\))"
    r"|^(?!.*background).*(?:^|;)color:(?:#fff(?:fff)?\b|white\b|rgb\(255,255,255\))"
)

_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,30})""", re.IGNORECASE)
_CHARSET_BYTES = 4096
# What browsers read the labels as (https://encoding.spec.whatwg.org/#names-and-labels), where Python
# takes them literally: the quotation marks of Windows-1252 would become control characters.
_LABELS = {
    "ascii": "cp1252", "us-ascii": "cp1252", "iso-8859-1": "cp1252", "iso8859-1": "cp1252",
    "latin1": "cp1252", "iso-8859-9": "cp1254", "tis-620": "cp874", "gb2312": "gb18030", "gbk": "gb18030",
    "big5": "big5hkscs", "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932",
    "euc-kr": "cp949", "euc-jp": "euc_jp",
}  # fmt: skip
_OTHER_LABELS = re.compile(r"windows-\d{3,4}|cp\d{3,4}|iso-?8859-\d{1,2}|koi8-[ru]|macintosh|gb18030")

# Trafilatura takes quadratic time; a long news page has about 10,000 elements.
_MAX_ELEMENTS = 50_000
_HTML_TOO_LARGE = f"The page has more than {_MAX_ELEMENTS:,} elements, too many for an article; split it."
_TOO_DEEP = "The elements of the page are nested too deeply to be read."
_HTML_DAMAGE = "The page can't be read; it is damaged or isn't HTML."
# Trafilatura keeps the errors of its parts to itself except when its input is not what they expect.
_TRAFILATURA_ERRORS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def read_markdown(content: bytes) -> Draft:
    """Read Markdown with or without YAML front matter (title, source, author, published or date, url).

    The first heading is the title when front matter names none and nothing stands before it.
    """
    from markdown_it import MarkdownIt

    metadata, body = _split_front_matter(decode(content))
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = parser.parse(body)
    root = _parse_html(parser.renderer.render(tokens, parser.options, {}))
    _drop_hidden(root)
    blocks = _blocks(root)
    title = metadata.get("title", "")
    if not title and tokens and tokens[0].type == "heading_open":
        heading = parser.renderer.render(tokens[:3], parser.options, {})
        title = " ".join(_blocks(_parse_html(heading)))
    return Draft(
        text="\n\n".join(blocks),
        title=title,
        source=metadata.get("source", ""),
        author=metadata.get("author", ""),
        published=_published(metadata.get("published") or metadata.get("date", "")),
        url=metadata.get("url", ""),
    )


def _split_front_matter(text: str) -> tuple[dict[str, str], str]:
    import yaml
    from frontmatter.default_handlers import YAMLHandler

    text = text.lstrip()
    handler = YAMLHandler()
    if not handler.detect(text):
        return {}, text
    try:
        front_matter, body = handler.split(text)
    except ValueError:  # The line of dashes is a rule, not the start of front matter.
        return {}, text
    if len(front_matter) > _FRONT_MATTER_LENGTH:
        raise ArticleReadError("The front matter is too long to be one; check its closing line (---).")
    try:
        # Every value stays the text that it is written as, and this loader, unlike the one in C that
        # is the default, survives deep nesting.
        values = handler.load(front_matter, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = text[: text.index(front_matter)].count("\n") + (mark.line if mark else 0) + 1
        raise ArticleReadError(
            f"The front matter isn't valid YAML at line {line}: {error.problem}."
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ArticleReadError("The front matter isn't valid YAML; correct or remove it.") from error
    if values and not isinstance(values, dict):
        return {}, text
    return {str(key).lower(): _plain(value) for key, value in (values or {}).items()}, body


def _plain(value: object) -> str:
    values = value if isinstance(value, list) else [value]
    parts = [part.strip() for part in values if isinstance(part, str)]
    return ", ".join(part for part in parts if part.lower() not in _NOTHING)


def _published(value: str) -> datetime.date | None:
    published = read_date(value)
    if value and not published:
        raise ArticleReadError(
            f"The front matter says published: {value[:40]!r}, which isn't a date like 2024-06-13."
        )
    return published


def read_html(content: bytes) -> Draft:
    """Read a page's article without what surrounds it, and what the page says about it.

    The date is one that the page's markup states, never one guessed from its text.
    """
    silence("trafilatura", "htmldate", "courlan", "justext")
    from trafilatura import bare_extraction

    root = _parse_html(decode(content, declared=_declared_encoding(content)))
    if sum(1 for _ in root.iter()) > _MAX_ELEMENTS:
        raise ArticleReadError(_HTML_TOO_LARGE)
    _drop_hidden(root)
    source_blocks = _blocks(root)
    dates = {"original_date": True, "extensive_search": False, "min_date": "1600-01-01"}
    try:
        page = bare_extraction(root, with_metadata=True, include_comments=False, date_extraction_params=dates)
    except _TRAFILATURA_ERRORS as error:
        raise ArticleReadError(_HTML_DAMAGE) from error
    if page is None or isinstance(page, dict):
        raise ArticleReadError(NO_TEXT)
    return Draft(
        text="\n\n".join(_with_own_characters(_blocks(page.body), source_blocks)),
        title=page.title or "",
        source=page.sitename or page.hostname or "",
        author=(page.author or "").replace("; ", ", "),
        published=read_date(page.date or ""),
        url=page.url or "",
    )


def _drop_hidden(root: etree._Element) -> None:
    """Take out what the page's own markup keeps from its readers' eyes.

    What may only wait to be shown, or is pale on something dark, is taken out where it is the lesser part.
    """
    everything = _length(root)
    for element in list(root.iter()):
        if element is root or element.tag == "body" or not isinstance(element.tag, str):
            continue
        style = "".join(str(element.get("style", "")).lower().split())
        hidden = element.tag == "template" or element.get("hidden") is not None or _HIDING.search(style)
        pale = _PALE.search(style) and _length(element) < everything / 2
        if hidden or pale:
            cast("html.HtmlElement", element).drop_tree()


def _length(element: etree._Element) -> int:
    return sum(len(text) for text in element.itertext())


def _declared_encoding(content: bytes) -> str:
    found = _CHARSET.search(content[:_CHARSET_BYTES])
    label = found[1].decode("ascii", "ignore").lower() if found else ""
    if label in _LABELS:
        return _LABELS[label]
    try:
        return codecs.lookup(label).name if _OTHER_LABELS.fullmatch(label) else ""
    except LookupError:
        return ""


def _parse_html(markup: str) -> etree._Element:
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(markup.encode(), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise ArticleReadError(NO_TEXT) from error
    # What stands deeper than the parser goes would be left out without a word.
    if any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
        raise ArticleReadError(_TOO_DEEP)
    return root


def _blocks(root: etree._Element) -> list[str]:
    """The text of each paragraph, heading, list item and table row below `root`, in order."""
    blocks = []
    for raw in "".join(_pieces(root)).split(_EDGE):
        lines = _BLANKS.sub(" ", raw.replace(_SOFT_HYPHEN, "")).split(_LINE_BREAK)
        text = "\n".join(line.strip(" ") for line in lines).strip()
        if text:
            blocks.append(re.sub(f" *{_CELL} *", "\t", text.strip(_CELL)).strip())
    return blocks


def _pieces(root: etree._Element) -> Iterator[str]:
    pending: list[etree._Element | str] = [root]
    while pending:
        piece = pending.pop()
        if isinstance(piece, str):
            yield piece
            continue
        tag = piece.tag if isinstance(piece.tag, str) else ""
        if tag in _UNREAD:
            continue
        edge = _EDGE if tag in _BLOCKS else _SEPARATORS.get(tag, "")
        text = (piece.text or "").replace("\n", _LINE_BREAK if tag in {"pre", "code"} else "\n")
        parts: list[etree._Element | str] = [edge, text]
        for child in piece:
            parts += child, child.tail or ""
        parts.append(edge if tag in _BLOCKS else "")
        pending.extend(reversed(parts))


def _with_own_characters(blocks: Iterable[str], source_blocks: Iterable[str]) -> list[str]:
    """Give extracted text back the no-break spaces, joiners and spacing that it has in its source.

    Trafilatura takes joiners and direction marks out, which other scripts and emoji are spelt with.
    """
    own = {_letters(block): block for block in source_blocks}
    own |= {_letters(line): line for block in own.values() for line in block.split("\n")}
    return [own.get(_letters(block), block) for block in blocks]


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isprintable() and character != " ")
