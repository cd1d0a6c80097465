"""Text that others wrote, put into Markdown so that it shows as it is and can't do anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

# Links, images, HTML, entities, emphasis, code, tables, mathematics, footnotes, mentions and headings.
_ACTIVE = re.compile(r"[\\`*_{}\[\]<>&|~#$@^]|:(?=//)|(?<=\bwww)\.", re.IGNORECASE)
_STARTS_A_BLOCK = re.compile(r"^(?:[+=-]|\d{1,9}(?=[.)]))")
_IN_ADDRESSES = ":/?#@!$&'*+,;=%~"


def escaped(text: str) -> str:
    """Text on one line, as inline Markdown, at the start of a line or in it."""
    line = _ACTIVE.sub(lambda found: "\\" + found.group(), " ".join(text.split()))
    start = _STARTS_A_BLOCK.match(line)
    if start is None:
        return line
    if start.group().isdigit():  # "1." would begin a list; of the two, only the full stop can be escaped
        return f"{start.group()}\\{line[start.end() :]}"
    return "\\" + line


def block_quote(text: str) -> Iterator[str]:
    """The lines of a block quotation in which each line of the text is a paragraph."""
    for number, line in enumerate(line for line in text.splitlines() if line.strip()):
        if number:
            yield ">"
        yield f"> {escaped(line)}"


def link(text: str, address: str) -> str:
    """A link to a web address; only the text where the address is none."""
    if not address.lower().startswith(("http://", "https://")):
        return escaped(text)
    # An ampersand may begin an entity, also in an address.
    return f"[{escaped(text)}]({quote(address, safe=_IN_ADDRESSES).replace('&', '&amp;')})"
