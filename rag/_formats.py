"""What every file format is read into (`Draft`), and what their readers share: decoding and dates."""

from __future__ import annotations

import codecs
import datetime
import itertools
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.errors import ArticleReadError

NO_TEXT = "There is no readable text in the file."

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BINARY = "The file holds binary data, not text; check that its ending is the right one."
_UNDECODABLE = "The encoding of the file can't be told; save it as UTF-8."
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_CONTROL_SHARE = 0.01
_DETECTION_BYTES = 200_000
_NEAR_TIE = 0.1
_DATE_FORMATS = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%B %d %Y", "%b %d %Y")
_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt\s].*)?", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What a file says, before its text is normalised; empty where it says nothing."""

    text: str
    title: str = ""
    source: str = ""
    author: str = ""
    published: datetime.date | None = None
    url: str = ""


def decode(content: bytes, *, declared: str = "") -> str:
    """Turn the bytes of a text file into text, without its byte order mark.

    A byte order mark decides, then UTF-8 if the bytes are valid, then the `declared` encoding (a
    Python codec name), then detection. Raises ArticleReadError when the bytes aren't text.
    """
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return _checked(_strictly(content[len(mark) :], encoding))
    if b"\0" in content:
        raise ArticleReadError(_BINARY)
    for encoding in itertools.chain(filter(None, ("utf-8", declared)), _likely_encodings(content)):
        try:
            return _checked(content.decode(encoding))
        except UnicodeDecodeError:
            continue
    raise ArticleReadError(_UNDECODABLE)


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise ArticleReadError(_UNDECODABLE) from error


def _checked(text: str) -> str:
    if sum(1 for _ in _CONTROLS.finditer(text)) > _CONTROL_SHARE * len(text):
        raise ArticleReadError(_BINARY)
    return text


def _likely_encodings(content: bytes) -> Iterator[str]:
    from charset_normalizer import from_bytes

    # Detection reads the whole of what it is given, and needs only the lines that aren't ASCII.
    telling = b"\n".join(line for line in content.splitlines() if not line.isascii())
    if len(telling) > _DETECTION_BYTES:
        sample = telling[:_DETECTION_BYTES]
        telling = sample.rpartition(b"\n")[0] or sample
    matches = list(from_bytes(telling))
    if not matches:
        raise ArticleReadError(_BINARY)
    best = matches[0]
    for match in matches:
        # Code pages of Latin script tie on short texts, and the first by name (cp1250) would win:
        # "naïve" became "naďve". Nearly all such files are Windows-1252.
        near = match.chaos <= best.chaos and match.coherence >= best.coherence - _NEAR_TIE
        if match.encoding == "cp1252" and near:
            yield match.encoding
    for match in matches:
        yield match.encoding


def read_date(value: str) -> datetime.date | None:
    """The day that `value` names, as it is written there (no time zone is applied), or None.

    Understood are ISO 8601 with or without a time, and English dates that name the month; 03/04/2024
    is not, for it is another day in another country.
    """
    value = " ".join(value.split())
    if found := _ISO_DATE.fullmatch(value):
        year, month, day = (int(part) for part in found.groups())
        try:
            return datetime.date(year, month, day)
        except ValueError:
            return None
    for date_format in _DATE_FORMATS:
        try:
            return datetime.datetime.strptime(value, date_format).date()
        except ValueError:
            continue
    return None


def silence(*loggers: str) -> None:
    """Keep libraries from printing what the raised reason says better; a level set before stays."""
    for name in loggers:
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.CRITICAL + 1)
