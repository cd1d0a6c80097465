"""PDF and Word files, read into Drafts (pypdf, python-docx)."""

from __future__ import annotations

import io
import itertools
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rag._formats import NO_TEXT, Draft, silence
from rag.errors import ArticleReadError

if TYPE_CHECKING:
    from docx.document import Document
    from lxml import etree
    from pypdf import PdfReader

_ENCRYPTED = "The file is encrypted; save a copy of it without a password."
_ENCRYPTED_OR_OLD = (
    "The file is encrypted, or an old Word file (.doc); save it as a .docx without a password."
)
_PDF_DAMAGE = "The file is damaged, or isn't a PDF."
_DOCX_DAMAGE = "The file is damaged, or isn't a Word document (.docx)."
_NO_TEXT_LAYER = "The PDF has no text, only pictures of it; run text recognition (OCR) on it first."
_TOO_MUCH_TEXT = "The file unpacks to more than an article can be; split it into articles."

# What pypdf and python-docx let through from their own workings when a file is damaged: found by
# feeding them files cut short and with bits flipped (pypdf's own documentation says as much).
_DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
_MAX_CHARACTERS = 10_000_000
_UNPACKED_BYTES = 16_000_000

_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"\W*(page\s*)?#(\s*(of|/)\s*#)?\W*", re.IGNORECASE)
_SENTENCE_END = re.compile(r"""[.!?…]["'”’»)\]]*$""")
_WORD = re.compile(r"\w+")
_BROKEN_WORD = re.compile(r"\w+(?=[-\u2010]$)")
_COMPOUND = re.compile(r"\w+-\w+")

_OLE = b"\xd0\xcf\x11\xe0"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_RUN_CHARACTERS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "\u2011"}

# Titles and authors that programs fill in by themselves.
_NO_TITLE = re.compile(
    r"(untitled|document|word document|microsoft word\b.*|.*\.(docx?|pdf|indd|qxd|rtf|odt|pages)|\W*)\d*",
    re.IGNORECASE,
)
_NO_AUTHOR = re.compile(
    r"(python-docx|admin(istrator)?|(default |office |windows |microsoft office )?user|unknown|anonymous)",
    re.IGNORECASE,
)


def read_pdf(content: bytes) -> Draft:
    """Read the text layer of a PDF; lines are joined into paragraphs, headers and footers left out."""
    silence("pypdf")
    from pypdf import apply_configuration
    from pypdf.errors import DependencyError, DeprecationError, PyPdfError

    try:
        # Without this, what can be recovered of a damaged page would pass for the whole of it.
        with apply_configuration(zlib_maximum_recovery_input_length=0):
            pages, title, author = _unpack_pdf(content)
    except DependencyError as error:
        raise ArticleReadError(_ENCRYPTED) from error
    except (PyPdfError, DeprecationError, *_DAMAGE) as error:
        raise ArticleReadError(_PDF_DAMAGE) from error
    text = _paragraphs(_without_page_edges(pages))
    if not text:
        raise ArticleReadError(_NO_TEXT_LAYER)
    return Draft(text=text, title=_sensible(title, _NO_TITLE), author=_sensible(author, _NO_AUTHOR))


def _unpack_pdf(content: bytes) -> tuple[list[list[str]], object, object]:
    """The lines of every page, the title and the author."""
    from pypdf import PasswordType, PdfReader

    reader = PdfReader(io.BytesIO(content))
    # Many files are encrypted without a password, only to forbid printing.
    if reader.is_encrypted and reader.decrypt("") is PasswordType.NOT_DECRYPTED:
        raise ArticleReadError(_ENCRYPTED)
    pages = list(_page_lines(reader))
    metadata = reader.metadata
    return pages, *((metadata.title, metadata.author) if metadata else (None, None))


def _sensible(value: object, nonsense: re.Pattern[str]) -> str:
    text = value.strip() if isinstance(value, str) else ""
    return "" if nonsense.fullmatch(text) else text


def _page_lines(reader: PdfReader) -> Iterator[list[str]]:
    characters = 0
    for page in reader.pages:
        text = page.extract_text()
        characters += len(text)
        if characters > _MAX_CHARACTERS:
            raise ArticleReadError(_TOO_MUCH_TEXT)
        yield [line.strip() for line in text.strip().splitlines()]


def _without_page_edges(pages: Sequence[list[str]]) -> list[str]:
    """All lines but page numbers, and the headers and footers that most pages share."""
    edges = Counter(
        pattern for page in pages for pattern in {_DIGITS.sub("#", line) for line in (*page[:1], *page[-1:])}
    )

    def is_furniture(line: str) -> bool:
        pattern = _DIGITS.sub("#", line)
        return bool(_PAGE_NUMBER.fullmatch(pattern)) or edges[pattern] > max(2, len(pages) / 2)

    lines: list[str] = []
    for page in pages:
        inner = list(page)
        for edge in (0, -1):
            if inner and (not inner[edge] or is_furniture(inner[edge])):
                del inner[edge]
        lines += inner
    return lines


def _paragraphs(lines: Sequence[str]) -> str:
    """Join wrapped lines: a paragraph ends where the next word would still have fitted on the line."""
    lengths = sorted(len(line) for line in lines if line)
    width = lengths[len(lengths) * 9 // 10] if lengths else 0
    compounds = frozenset(match[0].lower() for line in lines for match in _COMPOUND.finditer(line))
    pieces: list[str] = []
    previous = ""
    for line in lines:
        if not previous or not line or _ends_paragraph(previous, line, width):
            pieces.append("\n\n")
        else:
            pieces[-1], gap = _joint(pieces[-1], line, compounds)
            pieces.append(gap)
        pieces.append(line)
        previous = line
    return "".join(pieces).strip()


def _ends_paragraph(line: str, following: str, width: int) -> bool:
    if len(line) + 1 + len(following.split(maxsplit=1)[0]) > 0.9 * width:
        return False
    if _SENTENCE_END.search(line):
        return True
    return len(line) < 0.6 * width and not following[0].islower()


def _joint(line: str, following: str, compounds: frozenset[str]) -> tuple[str, str]:
    """`line` as it stands before `following` in a paragraph, and what comes between the two."""
    if line.endswith("\xad"):
        return line[:-1], ""
    broken, rest = _BROKEN_WORD.search(line), _WORD.match(following)
    if not broken or not rest:
        return line, " "
    # A hyphen that the word has anyway (well-known) looks like one that only divides it.
    compound = f"{broken[0]}-{rest[0]}".lower() in compounds
    divided = rest[0][0].islower() and broken[0].isalpha() and not compound
    return (line[:-1] if divided else line), ""


def read_docx(content: bytes) -> Draft:
    """Read a Word document: its paragraphs in order, a table row as one line, insertions accepted.

    A title or heading at its start is the title, else that of its properties.
    """
    if content.startswith(_OLE):
        raise ArticleReadError(_ENCRYPTED_OR_OLD)
    from docx import Document
    from docx.opc.exceptions import OpcError
    from lxml import etree

    try:
        _check_unpacked_size(content)
        document = Document(io.BytesIO(content))
        rows_and_texts = list(_rows_and_texts(document))
        properties = document.core_properties
        title, author = properties.title, properties.author
        heading = _opening_heading(document)
    except (OpcError, etree.LxmlError, zipfile.BadZipFile, EOFError, RuntimeError, *_DAMAGE) as error:
        raise ArticleReadError(_DOCX_DAMAGE) from error
    blocks: list[str] = []
    for row, group in itertools.groupby(rows_and_texts, key=lambda pair: pair[0]):
        texts = [text for _, text in group]
        blocks += texts if row is None else ["\t".join(texts)]
    if not blocks:
        raise ArticleReadError(NO_TEXT)
    return Draft(
        text="\n\n".join(blocks),
        title=heading or _sensible(title, _NO_TITLE),
        author=_sensible(author, _NO_AUTHOR).replace("; ", ", ").replace(";", ", "),
    )


def _check_unpacked_size(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        # No more is ever unpacked of a member than it declares. Pictures don't shrink when packed,
        # so only what is beyond the size of the file itself counts.
        unpacked = sum(member.file_size for member in package.infolist())
    if unpacked > len(content) + _UNPACKED_BYTES:
        raise ArticleReadError(_TOO_MUCH_TEXT)


def _rows_and_texts(document: Document) -> Iterator[tuple[etree._Element | None, str]]:
    """Each paragraph that isn't empty, with the table row it stands in."""
    # python-docx's own paragraphs leave out tracked insertions, content controls and text boxes.
    for paragraph in document.element.body.iter(f"{_W}p"):
        text = _paragraph_text(paragraph)
        # The fallback repeats a text box for programs that can't show it.
        if text and next(paragraph.iterancestors(_FALLBACK), None) is None:
            yield next(paragraph.iterancestors(f"{_W}tr"), None), text


def _paragraph_text(paragraph: etree._Element) -> str:
    pieces = []
    for run in paragraph.iter(f"{_W}r"):
        owner = next(run.iterancestors(f"{_W}p"), None)
        if owner is not paragraph or next(run.iterancestors(f"{_W}moveFrom"), None) is not None:
            continue
        for part in run:
            if part.tag == f"{_W}t":
                pieces.append(part.text or "")
            else:
                pieces.append(_RUN_CHARACTERS.get(part.tag, ""))
    return "".join(pieces).strip()


def _opening_heading(document: Document) -> str:
    from docx.enum.style import WD_STYLE_TYPE

    for paragraph in document.element.body.iterchildren(f"{_W}p"):
        if text := _paragraph_text(paragraph):
            style = document.part.get_style(paragraph.style, WD_STYLE_TYPE.PARAGRAPH)
            return text if style.name in {"Title", "Heading 1"} else ""
    return ""
