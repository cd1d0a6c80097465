"""What a reader sees of a text: without the characters that don't show."""

from __future__ import annotations

import unicodedata

INVISIBLE = ("Cf", "Cs", "Co", "Cn")
"""The Unicode categories of characters that don't show: formats, lone surrogates, private, unassigned."""


def visible_line(text: str) -> str:
    """A text on one line, without invisible characters; control characters and white space become a space."""
    shown = (c for c in text if unicodedata.category(c) not in INVISIBLE)
    return " ".join("".join(" " if unicodedata.category(c) == "Cc" else c for c in shown).split())
