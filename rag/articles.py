"""The border to files: .txt, .md, .html, .pdf and .docx become Articles with normalised text."""

from __future__ import annotations

import re
import stat
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath

from rag import _documents, _markup
from rag._formats import NO_TEXT, Draft, decode
from rag.errors import ArticleReadError, CorpusError
from rag.schema import Article

_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ud800-\udfff]")
_BLANK_LINES = re.compile(r"\n{3,}")

_HEADLINE_LENGTH = 160
_METADATA_LENGTH = 300
_CLOSING = "\"'”’»)]"


def _read_text(content: bytes) -> Draft:
    return Draft(text=decode(content))


_READERS: dict[str, Callable[[bytes], Draft]] = {
    ".txt": _read_text,
    ".md": _markup.read_markdown,
    ".markdown": _markup.read_markdown,
    ".html": _markup.read_html,
    ".htm": _markup.read_html,
    ".pdf": _documents.read_pdf,
    ".docx": _documents.read_docx,
}
SUFFIXES: frozenset[str] = frozenset(_READERS)


def normalise(text: str) -> str:
    r"""Bring text into the one form in which its characters are counted.

    Every kind of line end becomes "\n", composed characters are composed (NFC), byte order marks,
    control characters and lone surrogates go, and so do blanks at line ends, more than one blank
    line in a row, and blank lines at either end. Everything else is kept: quotation marks,
    no-break spaces, joiners and direction marks are the article's own. Idempotent.
    """
    text = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text))
    # A pattern for the blanks at line ends would take quadratic time on a long run of blanks.
    text = "\n".join(line.rstrip() for line in unicodedata.normalize("NFC", text).split("\n"))
    return _BLANK_LINES.sub("\n\n", text).strip("\n")


def parse_article(content: bytes, *, name: str) -> Article:
    """Read the bytes of a file as an article, by the suffix of its `name`.

    The title is the one its metadata names (or its first heading), else a first line that looks like
    a headline, else the file name without its suffix; a first line that is the title is not part of
    the text. The source is the outlet its metadata names, else the file name. A `url` that isn't http
    or https is dropped. Raises ArticleReadError with a reason on one line; a `published` in front
    matter that isn't a date is such a reason, for left out it would hide the article from every search
    by date, while a date that a page or document states unreadably is no date.
    """
    reader = _reader(name)
    if not content:
        raise ArticleReadError("The file is empty.")
    draft = reader(content)
    text = normalise(draft.text)
    if not any(character.isalnum() for character in text):
        raise ArticleReadError(NO_TEXT)
    title = _one_line(draft.title)
    title, text = _without_title(text, title) if title else _split_headline(text)
    path = PurePath(name)
    return Article.from_text(
        text=text,
        title=title or _one_line(path.stem),
        source=_one_line(draft.source) or _one_line(path.name),
        author=_one_line(draft.author),
        published=draft.published,
        url=_web_address(draft.url),
    )


def read_article(path: Path, *, max_bytes: int) -> Article:
    """Read a file of at most `max_bytes` as an article; see parse_article.

    Raises ArticleReadError with a reason on one line, without the path.
    """
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise ArticleReadError("It is a folder, not a file.")
        if not stat.S_ISREG(status.st_mode):
            raise ArticleReadError("It is a device or pipe, not a file.")
        _reader(path.name)
        if status.st_size > max_bytes:
            raise ArticleReadError(_too_large(status.st_size, max_bytes))
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except FileNotFoundError as error:
        reason = "The file is gone; it was moved or deleted."
        if path.is_symlink():
            reason = "It is a link to a file that doesn't exist."
        raise ArticleReadError(reason) from error
    except PermissionError as error:
        raise ArticleReadError("There is no permission to read the file; change who may read it.") from error
    except (OSError, ValueError) as error:
        reason = _one_line(str(getattr(error, "strerror", None) or error))
        raise ArticleReadError(f"The file can't be read: {reason}.") from error
    if len(content) > max_bytes:
        raise ArticleReadError(_too_large(len(content), max_bytes))
    return parse_article(content, name=path.name)


def find_files(folder: Path) -> list[Path]:
    """Every file below `folder`, sorted, whether its type is supported or not.

    Left out are hidden files and folders, the lock files of word processors (~$...), and what isn't a
    file, such as pipes. A broken link is a file, so that it can be reported. Linked folders are
    followed, each once, and not when they lead to a place above or below `folder`. Raises CorpusError
    when `folder` or a folder below it can't be listed: taken as empty, its articles would be removed.
    """
    try:
        if not folder.exists():
            raise CorpusError(f"The folder {folder} doesn't exist; create it, or name another one.")
        if not folder.is_dir():
            raise CorpusError(f"{folder} isn't a folder; name the folder that the articles are in.")
        return sorted(_walk(folder))
    except OSError as error:
        raise CorpusError(
            f"{error.filename or folder} can't be read ({error.strerror}): "
            "change who may read it, or move it away."
        ) from error


def _walk(folder: Path) -> Iterator[Path]:
    root = folder.resolve()
    visited: set[Path] = set()
    pending = [folder]
    while pending:
        for path in _list(pending.pop()):
            if path.name.startswith((".", "~$")):
                continue
            if path.is_file() or (path.is_symlink() and not path.exists()):
                yield path
            elif path.is_dir():
                if path.is_symlink() and not _is_new(path.resolve(), root, visited):
                    continue
                pending.append(path)


def _is_new(target: Path, root: Path, visited: set[Path]) -> bool:
    if target in visited or target.is_relative_to(root) or root.is_relative_to(target):
        return False
    visited.add(target)
    return True


def _list(folder: Path) -> list[Path]:
    try:
        # Sorted, so that of two links to one folder it is always the same that is followed.
        return sorted(folder.iterdir(), reverse=True)
    except FileNotFoundError:  # It was removed after its name was listed.
        return []


def _reader(name: str) -> Callable[[bytes], Draft]:
    suffix = PurePath(name).suffix.lower()
    if suffix not in _READERS:
        supported = ", ".join(sorted(SUFFIXES))
        kind = f"Files of the type {_one_line(suffix)}" if suffix else "Files without an ending in their name"
        raise ArticleReadError(f"{kind} can't be read; the supported types are {supported}.")
    return _READERS[suffix]


def _too_large(size: int, limit: int) -> str:
    megabytes = f"The file has {size / 1e6:,.2f} MB and the largest that is read has {limit / 1e6:,.2f} MB"
    return f"{megabytes}; the setting RAG_MAX_FILE_MB raises that."


def _one_line(value: str) -> str:
    line = " ".join(normalise(value).split())
    return line if len(line) <= _METADATA_LENGTH else line[: _METADATA_LENGTH - 1].rstrip() + "…"


def _web_address(value: str) -> str:
    address = "".join(normalise(value).split())
    return address if address.lower().startswith(("http://", "https://")) else ""


def _without_title(text: str, title: str) -> tuple[str, str]:
    first, _, rest = text.partition("\n")
    repeated = _one_line(first).casefold() == title.casefold() and rest.strip()
    return title, rest.lstrip("\n") if repeated else text


def _split_headline(text: str) -> tuple[str, str]:
    first, _, rest = text.partition("\n")
    headline = _one_line(first)
    looks_like_one = (
        0 < len(headline) <= _HEADLINE_LENGTH
        and not headline.rstrip(_CLOSING).endswith((".", ":", ";", ","))
        and any(character.isalpha() for character in headline)
    )
    if looks_like_one and rest.startswith("\n"):
        return headline, rest.lstrip("\n")
    return "", text
